//! The made-up company of `rolecall demo`.

use crate::support::{Database, config};
use rolecall::{
    app::{Actor, App, entropy::Rng},
    cli::demo::{HandClock, PASSWORD, company},
    db::{Db, audit::Filter},
    domain::{Time, keys::Keys, page::ListQuery, permission::BUILT_IN},
};
use std::sync::Arc;

const END: &str = "2026-06-10T10:30";

/// An App with the company in it; the clock stands at the end of its story.
fn filled(database: &Database, seed: u64) -> App {
    let end = Time::parse(END).unwrap();
    let config = config(database.target.clone(), ([127, 0, 0, 1], 8080).into());
    let clock = HandClock::default();
    clock.set(company::first_day(end));
    let db = Db::open(&config.database, config.pool).unwrap();
    let app = App::new(
        config,
        Keys::derive(b"a secret of the tests"),
        db,
        clock.clock(Arc::new(move || end)),
        Rng::seeded(seed),
    );
    app.prepare().unwrap();
    company::fill(&app, &clock, seed, end).unwrap();
    assert_eq!(app.now(), end, "the clock was let go");
    app
}

/// The usernames of all, in the order in which they came.
fn usernames(app: &App) -> Vec<String> {
    let mut names = vec![];
    let mut query = ListQuery { sort: "created".into(), limit: Some(100), ..ListQuery::default() };
    loop {
        let page = app.users(&Actor::operator(), &query, None).unwrap();
        names.extend(page.items.into_iter().map(|row| row.user.username));
        match page.next {
            Some(next) => query.cursor = next,
            None => return names,
        }
    }
}

#[test]
fn the_company_is_whole_and_its_history_believable() {
    let database = Database::fresh();
    let app = filled(&database, 7);
    let operator = Actor::operator();
    let overview = app.overview(&operator).unwrap();
    let people = overview.people.unwrap();
    assert!((195..=210).contains(&people.users.number()), "{people:?}");
    assert!(
        people.disabled.number() >= 3 && people.without_second_factor.number() < people.users.number(),
        "{people:?}"
    );
    assert!(people.sessions.number() >= 8, "{people:?}");
    assert!(people.ending.number() >= 6, "{people:?}");
    assert_eq!(overview.permissions.number(), 120 + i64::try_from(BUILT_IN.len()).unwrap());
    let roles = app.all_roles(&operator).unwrap();
    assert_eq!((roles.len(), roles.iter().filter(|role| role.is_group()).count()), (26, 4), "25 and admin");
    for old in ["hr", "ops", "call-centre", "fax-desk"] {
        assert!(roles.iter().all(|role| role.name != old), "{old}");
    }
    let verified = app.verify_audit(&operator).unwrap();
    assert!(verified.broken_at.is_none() && verified.events > 1000, "{verified:?}");
    assert!(app.mails(&operator, &ListQuery::default()).unwrap().total.number() > 200);
}

#[test]
fn everything_that_can_happen_did_and_time_only_goes_forward() {
    let database = Database::fresh();
    let app = filled(&database, 8);
    let operator = Actor::operator();
    let happened = |action: &str| {
        app.audit_log(&operator, &ListQuery::default(), &Filter { action: action.into(), ..Filter::default() })
            .unwrap()
            .total
            .number()
    };
    for action in [
        "user.create",
        "user.update",
        "user.disable",
        "user.enable",
        "user.delete",
        "user.sign_up",
        "role.create",
        "role.update",
        "role.delete",
        "role.give",
        "role.take",
        "role.include",
        "role.exclude",
        "constraint.create",
        "permission.create",
        "permission.update",
        "permission.grant",
        "permission.revoke",
        "permission.delete",
        "session.begin",
        "session.end",
        "session.refused",
        "factor.add",
        "password.reset",
        "password.forgotten",
        "password.send_reset",
    ] {
        assert!(happened(action) > 0, "{action}");
    }
    let (mut query, mut last) = (ListQuery { limit: Some(100), ..ListQuery::default() }, Time::parse(END).unwrap());
    loop {
        let page = app.audit_log(&operator, &query, &Filter::default()).unwrap();
        for event in &page.items {
            assert!(event.at <= last, "{event:?}");
            last = event.at;
        }
        match page.next {
            Some(next) => query.cursor = next,
            None => break,
        }
    }
    assert!(last >= company::first_day(Time::parse(END).unwrap()));
}

#[test]
fn the_same_seed_makes_the_same_people() {
    let (first, second, other) = (Database::fresh(), Database::fresh(), Database::fresh());
    let names = usernames(&filled(&first, 7));
    assert_eq!(names, usernames(&filled(&second, 7)));
    assert_ne!(names, usernames(&filled(&other, 9)));
}

#[test]
fn the_demo_serves_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (data, temp) = (folder.path().join("data"), folder.path().join("temp"));
    std::fs::create_dir(&temp).unwrap();
    let vars = [
        ("DATA_DIR", data.to_str().unwrap()),
        ("TMPDIR", temp.to_str().unwrap()),
        ("MAIL_SERVER", "mail.example.com"),
        ("MAIL_FROM", "a@example.com"),
    ];
    let mut server = super::Served::start(folder.path(), &vars, &["demo"]);
    let line = server.line("Sign in at ");
    let address = url::Url::parse(line.split_whitespace().last().unwrap()).unwrap();
    let mut program = crate::support::Program::new(([127, 0, 0, 1], address.port().unwrap()).into());
    for name in [company::ADMIN, company::MEMBER] {
        let answer = program.post("/login", serde_json::json!({ "username_or_email": name, "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert!(!data.exists(), "the configured folder is not touched");
    assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 1);
    assert!(std::process::Command::new("kill").arg(server.process.id().to_string()).status().unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 0, "nothing is left");
}
