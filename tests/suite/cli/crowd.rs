//! The many people of `rolecall demo --users`.

use super::run;
use crate::support::{Database, config};
use diesel::{RunQueryDsl, sql_types::Text};
use rolecall::{
    app::{
        Actor, App, Origin,
        checks::{Ask, Subject},
        entropy::Rng,
        login::Client,
        role_members::RoleMember,
    },
    cli::demo::{PASSWORD, crowd},
    db::{Conn, Db, audit, audit::Filter},
    domain::{
        Time,
        condition::Attributes,
        keys::Keys,
        page::{ListQuery, Page, Total},
        permission::BUILT_IN,
        user::User,
    },
};
use std::sync::Arc;

const USERS: i64 = 2000;
const NOW: &str = "2026-06-10T10:30";

/// An App on the database, as a server that was started on it.
fn open(database: &Database) -> App {
    let config = config(database.target.clone(), ([127, 0, 0, 1], 8080).into());
    let (db, now) = (Db::open(&config.database, config.pool).unwrap(), Time::parse(NOW).unwrap());
    let app = App::new(config, Keys::derive(b"a secret of the tests"), db, Arc::new(move || now), Rng::seeded(7));
    app.prepare().unwrap();
    app
}

fn filled(database: &Database) -> App {
    crowd::fill_app(&open(database), USERS, &mut |_, _, _| ()).unwrap();
    open(database)
}

/// All rows of a list, page by page, and what the first page says how many there are.
fn walk<T>(list: impl Fn(&ListQuery) -> Page<T>, mut query: ListQuery) -> (Vec<T>, Total) {
    query.limit = Some(1000);
    let first = list(&query);
    let (mut rows, total, mut next) = (first.items, first.total, first.next);
    while let Some(cursor) = next {
        let page = list(&ListQuery { cursor, ..query.clone() });
        rows.extend(page.items);
        next = page.next;
    }
    (rows, total)
}

fn users(app: &App, query: ListQuery) -> (Vec<User>, Total) {
    let operator = Actor::operator();
    let (rows, total) = walk(|query| app.users(&operator, query, None).unwrap(), query);
    (rows.into_iter().map(|row| row.user).collect(), total)
}

fn counted<T>((rows, total): &(Vec<T>, Total)) -> i64 {
    assert_eq!(*total, Total::Exactly(rows.len() as i64), "the list is as long as it says");
    rows.len() as i64
}

/// What the database says.
fn texts(database: &Database, sqlite: &str, postgres: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows: Vec<Row> = Db::open(&database.target, 1)
        .unwrap()
        .read(|conn| {
            Ok(match conn {
                Conn::Sqlite(conn) => diesel::sql_query(sqlite).load(conn)?,
                Conn::Pg(conn) => diesel::sql_query(postgres).load(conn)?,
            })
        })
        .unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

#[test]
fn there_are_as_many_of_each_as_was_promised_and_the_lists_count_them() {
    let database = Database::fresh();
    let (app, operator) = (filled(&database), Actor::operator());
    // One in two hundred was deleted.
    let living = counted(&users(&app, ListQuery::default()));
    assert!((1970..=2001).contains(&living), "{living}");
    assert_eq!(counted(&walk(|query| app.roles(&operator, query).unwrap(), ListQuery::default())), 20 + 1);
    let permissions = counted(&walk(|query| app.permissions(&operator, query).unwrap(), ListQuery::default()));
    assert_eq!(permissions, 200 + BUILT_IN.len() as i64);
    assert!(counted(&walk(|query| app.session_list(&operator, query).unwrap(), ListQuery::default())) > 20);
    let number = |table: &str| {
        let sql = format!("SELECT CAST(count(*) AS text) AS text FROM {table}");
        texts(&database, &sql, &sql)[0].parse::<i64>().unwrap()
    };
    assert_eq!((number("users"), number("user_assignments")), (USERS + 1, 5 * USERS + 1));
    assert!(number("audit_events") > 5 * USERS);
    let people = app.overview(&operator).unwrap().people.unwrap();
    assert_eq!(people.users, Total::Exactly(living));
    for (filter, at_least) in [
        ("active", 1500),
        ("disabled", 20),
        ("planned", 1),
        ("leaving", 1),
        ("invited", 100),
        ("unverified", 200),
        ("no-second-factor", 600),
        ("ending", 10),
    ] {
        let found = counted(&users(&app, ListQuery { filter: filter.into(), ..ListQuery::default() }));
        assert!(found >= at_least, "{filter}: {found}");
    }
}

#[test]
fn everybody_is_found_by_name_username_and_address_and_can_sign_in() {
    let database = Database::fresh();
    let app = filled(&database);
    let everybody = users(&app, ListQuery::default()).0;
    for user in everybody.iter().step_by(37) {
        let inside = &user.email[2..user.email.len() - 2];
        for q in [user.name(), user.username.clone(), user.email.to_uppercase(), inside.to_owned()] {
            let found = users(&app, ListQuery { q: q.clone(), ..ListQuery::default() });
            assert!(found.0.iter().any(|one| one.id == user.id), "{q}");
            counted(&found);
        }
    }
    let active = users(&app, ListQuery { filter: "active".into(), ..ListQuery::default() }).0;
    let able = active.iter().filter(|user| user.email_verified_at.is_some() && user.last_sign_in_at.is_some());
    for user in able.take(3) {
        app.sign_in(Origin::default(), &user.username, PASSWORD, Client::Program).unwrap();
    }
}

#[test]
fn the_members_of_each_role_are_those_whose_rights_the_engine_knows() {
    let database = Database::fresh();
    let (app, operator) = (filled(&database), Actor::operator());
    let fresh = app.fresh().unwrap();
    let roles = walk(|query| app.roles(&operator, query).unwrap(), ListQuery::default()).0;
    let mut asked = 0;
    for row in roles.into_iter().filter(|row| row.role.name != "admin" && !row.role.is_group()) {
        let view = app.role(&operator, row.role.id).unwrap();
        assert!(!view.own.is_empty() && row.members.number() > 0, "{}", row.role.name);
        let query = ListQuery { filter: "direct".into(), ..ListQuery::default() };
        let members = walk(|query| app.role_members(&operator, row.role.id, query).unwrap(), query).0;
        let everywhere = members.iter().find_map(|RoleMember { user, held }| {
            held.iter().find(|held| held.row.role_id == row.role.id && held.row.scope.is_empty()).map(|_| user.id)
        });
        let Some(user) = everywhere else { continue };
        let pattern = view.own.iter().map(|grant| grant.pattern()).find(|pattern| pattern.is_single()).unwrap();
        let ask = Ask {
            subject: Subject::User(user),
            permission: pattern,
            scope: rolecall::domain::scope::Scope::root(),
            at: None,
            attributes: Attributes::default(),
        };
        assert!(app.check(&operator, fresh, &ask).unwrap().allowed, "{} {user}", row.role.name);
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
}

#[test]
fn the_log_is_one_chain_and_goes_on_with_what_is_done_afterwards() {
    let database = Database::fresh();
    let (app, operator) = (filled(&database), Actor::operator());
    let before = app.verify_audit(&operator).unwrap();
    assert!(before.broken_at.is_none() && before.events > 5 * USERS, "{before:?}");
    let user = users(&app, ListQuery { filter: "active".into(), ..ListQuery::default() }).0.remove(7);
    app.set_user_disabled(&operator, user.id, true, "").unwrap();
    let after = app.verify_audit(&operator).unwrap();
    assert!(after.broken_at.is_none() && after.events > before.events, "{after:?}");
    let log = app.audit_log(&operator, &ListQuery::default(), &Filter::default()).unwrap();
    assert_eq!((log.items[0].action.as_str(), log.total), ("user.disable", Total::Exactly(after.events)));
}

#[test]
fn what_was_put_aside_is_there_again_and_holds() {
    let things = |database: &Database| {
        texts(
            database,
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS text FROM sqlite_master ORDER BY 1",
            "SELECT indexdef AS text FROM pg_indexes WHERE schemaname = 'public' \
             UNION ALL SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) || convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
             UNION ALL SELECT tgrelid::regclass::text || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        )
    };
    let (empty, full) = (Database::fresh(), Database::fresh());
    drop(filled(&full));
    let is_planner = |thing: &String| thing.contains("sqlite_stat");
    let all: Vec<String> = things(&full).into_iter().filter(|thing| !is_planner(thing)).collect();
    assert!(all.len() > 60);
    assert_eq!(all, things(&empty).into_iter().filter(|thing| !is_planner(thing)).collect::<Vec<_>>());
    // PostgreSQL has looked at each foreign key when it was made again.
    assert_eq!(
        texts(&full, "SELECT \"table\" AS text FROM pragma_foreign_key_check", "SELECT 'x' AS text LIMIT 0").len(),
        0
    );
    let wrong = "SELECT username AS text FROM users WHERE has_second_factor <> EXISTS (SELECT 1 FROM factors WHERE user_id = users.id AND confirmed_at IS NOT NULL AND ended_at IS NULL)";
    assert_eq!(texts(&full, wrong, wrong).len(), 0);
}

#[test]
fn the_same_number_makes_the_same_people_and_the_same_past() {
    let (first, second) = (Database::fresh(), Database::fresh());
    let (one, other) = (filled(&first), filled(&second));
    let told = |user: User| format!("{user:?}");
    let people = |app: &App| users(app, ListQuery::default()).0.into_iter().skip(1).map(told).collect::<Vec<_>>();
    assert!(people(&one).len() > 1900);
    let mask = |mut lines: Vec<String>| {
        // Salted anew each time.
        lines.iter_mut().for_each(|line| {
            if let Some(at) = line.find("password_hash") {
                line.truncate(at);
            }
        });
        lines
    };
    assert_eq!(mask(people(&one)), mask(people(&other)));
    let end = |database: &Database| Db::open(&database.target, 1).unwrap().read(audit::last).unwrap();
    assert_eq!(end(&first), end(&second), "to the last hash");
    let given = "SELECT user_id || ' ' || role_id || ' ' || scope || ' ' || coalesce(CAST(valid_to AS text), '') AS text FROM user_assignments ORDER BY id";
    assert_eq!(texts(&first, given, given), texts(&second, given, given));
}

#[test]
fn the_command_fills_an_empty_database_once_and_says_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::empty();
    let key = "k".repeat(40);
    let url = database.url();
    let vars = [("DATABASE_URL", url.as_str()), ("SECRET_KEY", &key)];
    let fill = ["demo", "--users", "300", "--fill-only"];
    let (code, said) = run(folder.path(), &vars, &fill);
    assert_eq!(code, Some(0), "{said}");
    for step in ["roles", "permissions", "users", "assignments", "audit events", "indexes"] {
        let line =
            said.lines().find(|line| line.starts_with(&format!("{step:<13} ["))).unwrap_or_else(|| panic!("{said}"));
        assert!(line.contains(&format!("[{}]", "#".repeat(30))), "{line}");
    }
    assert!(said.contains("300 of 300") && said.contains("Filled in") && said.contains(PASSWORD), "{said}");
    let (code, said) = run(folder.path(), &vars, &fill);
    assert!(code == Some(1) && said.contains("has users already"), "{said}");
    let (code, said) = run(folder.path(), &vars, &["audit", "verify"]);
    assert!(code == Some(0) && said.contains("1,5"), "{said}");
    let (code, said) = run(folder.path(), &[], &fill);
    assert!(code == Some(1) && said.contains("DATABASE_URL"), "{said}");
    assert!(run(folder.path(), &vars, &["demo", "--users", "99"]).1.contains("100"));
}
