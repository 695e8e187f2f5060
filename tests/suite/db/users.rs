//! The list of users, against a list in memory.

use crate::support::Site;
use rolecall::{
    app::{Actor, names::Kind, users::UserRow},
    db::Db,
    domain::{
        page::{ListQuery, Page},
        role::RoleDraft,
        search,
    },
};

/// Rows that are many for the plan of a list.
const MANY: i64 = 20_500;

fn clones(site: &Site) {
    let at = "CAST('2026-01-01 00:00:00' AS TIMESTAMP)";
    let at = if matches!(site.database.target, rolecall::db::Target::Sqlite(_)) { "'2026-01-01 00:00:00'" } else { at };
    site.database.tamper(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) \
         INSERT INTO users (username, username_key, email, email_key, first_name, last_name, search_key, created_at, updated_at, \
         email_verified_at) SELECT 'clone' || i, 'clone' || i, (i % 100) || '.' || i || '@clone.example', \
         (i % 100) || '.' || i || '@clone.example', 'Cy', 'Borg', '  cy  borg  clone' || i || '  ' || (i % 100) || '.' || i || '@clone.example', \
         {at}, {at}, CASE WHEN i % 50 = 0 THEN {at} END FROM n"
    ));
}

fn query(q: &str, filter: &str, sort: &str) -> ListQuery {
    ListQuery { q: q.into(), filter: filter.into(), sort: sort.into(), limit: Some(100), ..ListQuery::default() }
}

/// All pages, forth; and the last step back shows the page before.
fn walk(site: &Site, mut query: ListQuery, role: Option<i64>) -> Vec<UserRow> {
    let mut rows = vec![];
    loop {
        let page = site.app.users(&Actor::operator(), &query, role).unwrap();
        rows.extend(page.items);
        match page.next {
            Some(next) => query.cursor = next,
            None => break,
        }
    }
    rows
}

#[test]
fn each_search_filter_and_order_finds_what_a_list_in_memory_finds() {
    let site = Site::new();
    let operator = Actor::operator();
    for (n, first) in ["Anna", "Änne", "Johanna", "Al", "Zoë"].into_iter().enumerate() {
        for last in ["Smith", "O'Neil", "van Dam"] {
            let name = format!(
                "{}{n}.{}",
                first.to_lowercase().chars().next().unwrap(),
                last.to_lowercase().replace([' ', '\''], "-")
            );
            let profile = rolecall::domain::user::Profile::parse(
                first,
                last,
                &name,
                &format!("u{n}.{}@Test.example", last.len()),
            )
            .unwrap();
            site.app.invite_user(&operator, &profile, &[]).unwrap();
        }
    }
    site.turn_on_totp("bob");
    site.app.set_user_disabled(&operator, site.id("eve"), true, "").unwrap();
    let all = walk(&site, query("", "", ""), None);
    assert_eq!(all.len(), 18);
    let key = |row: &UserRow| row.user.profile().search_key();
    for typed in [
        "",
        "anna",
        "ANN",
        "än",
        "an",
        "a",
        "z",
        "nil",
        "o'",
        "smith jo",
        "n da",
        "test.example",
        "zzz",
        "%",
        "_",
        "\"",
        "'",
        "\\",
        "a*",
        "OR",
        "@te",
        "3@t",
    ] {
        let needles = search::needles(typed);
        let expected: Vec<_> =
            all.iter().filter(|row| needles.iter().all(|needle| key(row).contains(needle))).collect();
        for sort in ["username", "-username", "email", "-email", "created", "-created", "last_sign_in", "-last_sign_in"]
        {
            let found = walk(&site, ListQuery { limit: Some(4), ..query(typed, "", sort) }, None);
            let mut names: Vec<_> = expected.iter().map(|row| (order(row, sort), row.user.id)).collect();
            names.sort();
            if sort.starts_with('-') {
                names.reverse();
            }
            assert_eq!(
                found.iter().map(|row| row.user.id).collect::<Vec<_>>(),
                names.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
                "{typed:?} {sort}"
            );
        }
        let page = site.app.users(&operator, &query(typed, "", ""), None).unwrap();
        assert_eq!(page.total.number(), expected.len() as i64, "{typed:?}");
    }
    let unverified = all.iter().filter(|row| row.user.email_verified_at.is_none()).count();
    let names = |filter: &str| walk(&site, query("", filter, ""), None).len();
    assert_eq!(
        ["active", "disabled", "planned", "waiting", "leaving", "unverified", "invited", "no-second-factor", "ending"]
            .map(names),
        [17, 1, 0, 0, 0, unverified, 15, 17, 0]
    );
}

fn order(row: &UserRow, sort: &str) -> String {
    match sort.trim_start_matches('-') {
        "username" => row.user.username.to_lowercase(),
        "email" => row.user.email.to_lowercase(),
        "created" => row.user.created_at.rfc3339(),
        _ => row.user.last_sign_in_at.unwrap_or_default().rfc3339(),
    }
}

#[test]
fn many_rows_are_walked_and_few_are_sorted_and_nobody_sees_the_difference() {
    let site = Site::new();
    clones(&site);
    let operator = Actor::operator();
    let first = |q: &str, filter: &str, sort: &str| {
        let page = site.app.users(&operator, &query(q, filter, sort), None).unwrap();
        (page.items.iter().map(|row| row.user.username.clone()).take(3).collect::<Vec<_>>().join(" "), page.total)
    };
    // Every clone has the word: more than can be sorted.
    let (names, total) = first("clone", "", "-username");
    assert_eq!(names, "clone9999 clone9998 clone9997");
    assert!(!total.is_exact(), "{total}");
    // In the middle, by its cursor, forth and back.
    let page = site.app.users(&operator, &query("cy", "", "email"), None).unwrap();
    let second =
        site.app.users(&operator, &ListQuery { cursor: page.next.unwrap(), ..query("cy", "", "email") }, None).unwrap();
    let back = site
        .app
        .users(&operator, &ListQuery { cursor: second.prev.unwrap(), ..query("cy", "", "email") }, None)
        .unwrap();
    let ids = |rows: &[UserRow]| rows.iter().map(|row| row.user.id).collect::<Vec<_>>();
    assert_eq!(ids(&back.items), ids(&page.items));
    assert!(ids(&second.items).iter().all(|id| !ids(&page.items).contains(id)));
    // Rare beside frequent; many that only together are few.
    assert!(first("clone1234", "no-second-factor", "created").0.starts_with("clone1234 "));
    assert_eq!(first("borg 77.1077@", "", "").0, "clone1077");
    let both = site.app.users(&operator, &query("clone", "unverified", ""), None).unwrap();
    assert!(both.items.iter().all(|row| row.user.email_verified_at.is_none()) && both.items.len() == 100);
    assert_eq!(first("clone", "disabled", "").1.number(), 0);
}

/// A role that those clones have whose names come late: as the list is found in several ways, so is each page of it.
#[test]
fn each_way_of_finding_a_page_finds_what_a_list_in_memory_finds() {
    let site = Site::new();
    clones(&site);
    let operator = Actor::operator();
    let role = site.app.create_role(&operator, &RoleDraft::parse("late", "", "").unwrap()).unwrap().value.id;
    let at = if matches!(site.database.target, rolecall::db::Target::Sqlite(_)) {
        "'2026-01-01 00:00:00'"
    } else {
        "CAST('2026-01-01 00:00:00' AS TIMESTAMP)"
    };
    site.database.tamper(&format!(
        "INSERT INTO user_assignments (user_id, role_id, scope, valid_from, given_at, reason) \
         SELECT id, {role}, '', {at}, {at}, '' FROM users WHERE username_key >= 'clone5' AND username_key < 'clonf'"
    ));
    let all = walk(&site, query("", "", ""), None);
    let passes = |row: &UserRow, q: &str, filter: &str, role: Option<i64>| {
        let (user, key) = (&row.user, row.user.profile().search_key());
        search::needles(q).iter().all(|needle| key.contains(needle))
            && (filter.is_empty() || user.email_verified_at.is_none())
            && (role.is_none() || user.username.as_str() >= "clone5" && user.username.as_str() < "clonf")
    };
    for q in ["", "clone", "clone9", "clone1 borg"] {
        for filter in ["", "unverified"] {
            for role in [None, Some(role)] {
                for sort in ["username", "-email", "created"] {
                    let mut expected: Vec<_> = all.iter().filter(|row| passes(row, q, filter, role)).collect();
                    expected.sort_by_key(|row| (order(row, sort), row.user.id));
                    if sort.starts_with('-') {
                        expected.reverse();
                    }
                    let ids = |rows: &[&UserRow]| rows.iter().map(|row| row.user.id).collect::<Vec<_>>();
                    let what = format!("{q:?} {filter:?} {role:?} {sort}");
                    let first = site.app.users(&operator, &query(q, filter, sort), role).unwrap();
                    let shown = |page: &Page<UserRow>| page.items.iter().map(|row| row.user.id).collect::<Vec<_>>();
                    assert_eq!(shown(&first), ids(&expected[..expected.len().min(100)]), "{what}");
                    let n = expected.len() as i64;
                    assert!(
                        if first.total.is_exact() { first.total.number() == n } else { first.total.number() <= n },
                        "{what}"
                    );
                    if let (Some(role), "", "username") = (role, filter, sort) {
                        let members = site.app.role_members(&operator, role, &query(q, "", "-username")).unwrap();
                        let last: Vec<i64> = ids(&expected).into_iter().rev().take(100).collect();
                        let shown: Vec<i64> = members.items.iter().map(|member| member.user.id).collect();
                        assert_eq!(shown, last, "{what}, the members backwards");
                    }
                    let Some(next) = first.next.clone() else { continue };
                    let second =
                        site.app.users(&operator, &ListQuery { cursor: next, ..query(q, filter, sort) }, role).unwrap();
                    assert_eq!(shown(&second), ids(&expected[100..expected.len().min(200)]), "{what}, the second page");
                    let back = ListQuery { cursor: second.prev.clone().unwrap(), ..query(q, filter, sort) };
                    assert_eq!(shown(&site.app.users(&operator, &back, role).unwrap()), shown(&first), "{what}, back");
                }
            }
        }
    }
}

#[test]
fn whoever_types_a_name_gets_the_likeliest_first() {
    let site = Site::new();
    let operator = Actor::operator();
    for (username, first, last) in
        [("smith", "Zed", "Z"), ("smithy", "A", "B"), ("blacksmith", "C", "D"), ("joe", "Joe", "Smithers")]
    {
        let profile =
            rolecall::domain::user::Profile::parse(first, last, username, &format!("{username}@x.example")).unwrap();
        site.app.invite_user(&operator, &profile, &[]).unwrap();
    }
    let named = |kind, typed: &str| {
        let found = site.app.suggestions(&operator, kind, typed).unwrap();
        found.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    let names = |typed: &str| named(Kind::User, typed);
    assert_eq!(names("Smith"), ["smith", "smithy", "joe", "blacksmith"]);
    assert_eq!(names("joe@x.example"), ["joe"]);
    assert_eq!(names("joe sm"), ["joe"]);
    assert_eq!(names("  ")[..2], ["ada", "blacksmith"], "the first ones, when nothing was typed");
    let limited = Db::open(&site.database.target, 1).unwrap();
    let two = limited.read(|conn| rolecall::db::users::best(conn, "smith", 2)).unwrap();
    assert_eq!(two.into_iter().map(|user| user.username).collect::<Vec<_>>(), ["smith", "smithy"]);
    assert_eq!(named(Kind::Role, "mem").first().map(String::as_str), Some("member"));
    let permissions = named(Kind::Permission, "audit");
    assert!(permissions.contains(&"rolecall.audit:read".to_owned()), "{permissions:?}");
    assert!(site.app.suggestions(&site.actor("bob"), Kind::User, "smith").is_err(), "not for everybody");
}
