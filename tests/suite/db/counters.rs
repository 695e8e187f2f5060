//! How many rows there are.

use crate::support::{Database, Site};
use rolecall::{
    app::{Actor, audit::Filter},
    db::{Db, counters},
    domain::page::{COUNTED, ListQuery, Total},
};

fn numbers(database: &Database) -> [i64; 3] {
    let db = Db::open(&database.target, 1).unwrap();
    [counters::USERS, counters::ROLES, counters::PERMISSIONS]
        .map(|name| db.read(|conn| counters::get(conn, name)).unwrap())
}

#[test]
fn what_comes_and_goes_is_counted_whoever_writes_it() {
    let database = Database::fresh();
    let user = |n: i64, deleted: &str| {
        format!(
            "('u{n}', 'u{n}', 'u{n}@a.b', 'u{n}@a.b', '', '', '', '2026-01-01 00:00:00', '2026-01-01 00:00:00', {deleted})"
        )
    };
    let insert = "INSERT INTO users (username, username_key, email, email_key, first_name, last_name, search_key, created_at, updated_at, deleted_at) VALUES ";
    let begun = numbers(&database);
    let counted = || numbers(&database)[0] - begun[0];
    database.tamper(&format!("{insert}{}, {}, {}", user(1, "NULL"), user(2, "NULL"), user(3, "'2026-01-02 00:00:00'")));
    assert_eq!(counted(), 2);
    database.tamper("UPDATE users SET deleted_at = '2026-01-02 00:00:00' WHERE username = 'u1'");
    assert_eq!(counted(), 1);
    database.tamper("UPDATE users SET deleted_at = '2026-01-03 00:00:00' WHERE username = 'u1'");
    assert_eq!(counted(), 1);
    database.tamper("UPDATE users SET deleted_at = NULL WHERE username = 'u1'");
    assert_eq!(counted(), 2);
    database.tamper("DELETE FROM users");
    assert_eq!(counted(), 0);
}

#[test]
fn the_numbers_are_those_of_the_lists_and_go_down_with_them() {
    let site = Site::new();
    let operator = Actor::operator();
    let before = numbers(&site.database);
    let query = ListQuery { limit: Some(100), ..ListQuery::default() };
    let users = site.app.users(&operator, &query, None).unwrap();
    let (roles, permissions) =
        (site.app.roles(&operator, &query).unwrap(), site.app.permissions(&operator, &query).unwrap());
    assert_eq!(before, [users.items.len(), roles.items.len(), permissions.items.len()].map(|n| n as i64));
    assert_eq!([users.total, roles.total, permissions.total].map(Total::number), before);
    let log = site.app.audit_log(&operator, &query, &Filter::default()).unwrap();
    assert_eq!(log.total, Total::Exactly(log.items.first().unwrap().id));
    let id = users.items.last().unwrap().user.id;
    site.app.delete_user(&operator, id, "").unwrap();
    assert_eq!(site.app.users(&operator, &query, None).unwrap().total, Total::Exactly(before[0] - 1));
}

#[test]
fn a_search_counts_no_further_than_ten_thousand() {
    let site = Site::new();
    let rows = |from: i64, to: i64| {
        let series = format!("WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) ");
        site.database.tamper(&format!(
            "{series}INSERT INTO users (username, username_key, email, email_key, first_name, last_name, search_key, created_at, updated_at) \
             SELECT 'clone' || i, 'clone' || i, i || '@clone.example', i || '@clone.example', 'C', '', '  c  clone' || i || '  ' || i || '@clone.example', \
             '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM n"
        ));
    };
    rows(1, COUNTED);
    let mut ada = site.browser_of("ada");
    let said = |ada: &mut crate::support::Browser| ada.get("/admin/users?q=clone").text(".shown");
    assert!(said(&mut ada).contains("25 of 10,000"), "exactly so many");
    rows(COUNTED + 1, COUNTED + 1);
    assert!(said(&mut ada).contains("25 of more than 10,000"), "one more");
    let list = site.program_of("ada").get("/api/v1/users?q=clone").json();
    assert_eq!((list["total"].as_i64(), list["total_exact"].as_bool()), (Some(COUNTED), Some(false)));
    let all = site.program_of("ada").get("/api/v1/users").json();
    assert_eq!(all["total_exact"].as_bool(), Some(true));
    assert!(all["total"].as_i64().unwrap() > COUNTED + 1);
}
