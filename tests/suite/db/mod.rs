//! The database: migrations, the two helpers, what happens when it is gone.

mod counters;
mod freshness;
mod outage;
mod users;

use crate::support::{Database, Site};
use rolecall::{
    app::Actor,
    db::{Db, migrate, revision},
    domain::{Error, permission::Pattern, scope::Scope},
};

#[test]
fn migrations_run_once_and_can_be_taken_back() {
    let database = Database::empty();
    assert!(!migrate::run(&database.target).unwrap().is_empty());
    assert!(migrate::run(&database.target).unwrap().is_empty());
    migrate::revert_all(&database.target).unwrap();
    assert!(!migrate::run(&database.target).unwrap().is_empty());
}

#[test]
fn nodes_that_start_at_once_migrate_once() {
    let database = Database::empty();
    let runs: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..4).map(|_| scope.spawn(|| migrate::run(&database.target).map(|names| names.len()))).collect();
        started.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    assert_eq!(runs.iter().filter(|run| **run > 0).count(), 1, "{runs:?}");
}

#[test]
fn parallel_writes_lose_nothing_and_none_fails() {
    let site = Site::bare(|_| {});
    let db = Db::open(&site.database.target, 8).unwrap();
    let before = db.read(revision::current).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    db.write(|conn| {
                        // Read, then write what depends on it: the pattern that fails without the one writer's lock.
                        let seen = revision::current(conn)?;
                        assert_eq!(revision::next(conn)?, seen + 1);
                        Ok(())
                    })
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(db.read(revision::current).unwrap(), before + 200);
}

#[test]
fn an_error_undoes_the_whole_write() {
    let site = Site::bare(|_| {});
    let db = Db::open(&site.database.target, 2).unwrap();
    let before = db.read(revision::current).unwrap();
    let failed: Result<(), _> = db.write(|conn| {
        revision::next(conn)?;
        Err(Error::Gone)
    });
    assert!(matches!(failed, Err(Error::Gone)));
    assert_eq!(db.read(revision::current).unwrap(), before);
}

#[test]
fn a_read_sees_one_moment() {
    let site = Site::bare(|_| {});
    let db = Db::open(&site.database.target, 4).unwrap();
    db.read(|conn| {
        let before = revision::current(conn)?;
        db.write(revision::next).unwrap();
        assert_eq!(revision::current(conn)?, before);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_revisions_touched_is_forgotten_after_a_month_and_a_node_that_is_behind_it_reads_everything_anew() {
    let site = Site::new();
    let other = Site::on(site.database.share(), |_| {});
    let bob = other.actor("bob");
    let may = || {
        let now = other.app.actor(bob.session_id.unwrap(), bob.origin.clone()).unwrap();
        now.rights.cover(&Pattern::parse("posts:read").unwrap(), &Scope::root())
    };
    assert!(may());
    let operator = Actor::operator();
    let held = site.app.user(&operator, site.id("bob")).unwrap().assignments.remove(0);
    site.app.take_role(&operator, site.id("bob"), held.row.id, "").unwrap();
    // Whoever never verified his address would be gone after a month, too.
    site.database.tamper("UPDATE users SET email_verified_at = created_at");
    // A session that were over by then would be ended, which is a revision of its own.
    site.database
        .tamper("UPDATE sessions SET last_seen_at = '2099-01-01 00:00:00', expires_at = '2099-01-01 00:00:00'");
    site.pass(31 * 24 * 3600);
    assert!(site.app.tidy().unwrap() > 0);
    let db = Db::open(&site.database.target, 1).unwrap();
    let kept = db.read(|conn| {
        let current = revision::current(conn)?;
        revision::touched_since(conn, current - 1, current, 10)
    });
    assert!(kept.unwrap().is_none(), "nothing is left");
    assert!(!may(), "the taken role is gone, though nothing tells any more who was touched");
}

#[test]
fn the_columns_are_those_of_the_schema() {
    // Each query of the application names its columns by `schema.rs`; one that is missing on one database fails here.
    let site = Site::new();
    let schema = include_str!("../../../src/schema.rs");
    let mut tables = 0;
    for table in schema.split("diesel::table! {").skip(1) {
        let (head, body) = table.trim().split_once('{').unwrap();
        let name = head.split('(').next().unwrap().trim();
        let columns: Vec<_> = body
            .split('}')
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().split_once(" -> "))
            .map(|(column, _)| column)
            .collect();
        site.database.tamper(&format!("SELECT {} FROM {name}", columns.join(", ")));
        tables += 1;
    }
    assert!(tables > 30, "{tables}");
}

#[test]
fn the_audit_chain_tells_every_kind_of_tampering() {
    let changes = [
        "UPDATE audit_events SET actor_name = 'eve' WHERE id = 3",
        "UPDATE audit_events SET after = NULL WHERE id = (SELECT min(id) FROM audit_events WHERE after IS NOT NULL)",
        "DELETE FROM audit_events WHERE id = 4",
        "UPDATE audit_events SET id = 1000000 WHERE id = 3",
        "UPDATE audit_events SET at = '2020-01-01 00:00:00' WHERE id = 2",
    ];
    for change in changes {
        let site = Site::new();
        let operator = Actor::operator();
        assert_eq!(site.app.verify_audit(&operator).unwrap().broken_at, None);
        site.database.tamper(change);
        assert!(site.app.verify_audit(&operator).unwrap().broken_at.is_some(), "{change}");
    }
}

#[test]
fn no_secret_stands_readable_in_the_database() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut browser = site.browser_of("eve");
    let cookie = browser.cookies()["rolecall"].clone();
    site.program().post("/forgot_password", serde_json::json!({ "email": "eve@example.com" }));
    let token = site.last_mail("eve@example.com").path().rsplit('/').next().unwrap().to_owned();
    let raw = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    if let rolecall::db::Target::Sqlite(path) = &site.database.target {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.extend(std::fs::read(path.with_extension("db-wal")).unwrap_or_default());
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(holds(b"eve@example.com"), "the search itself works");
        for (what, needle) in [
            ("totp", raw.as_slice()),
            ("totp as text", secret.as_bytes()),
            ("link", token.as_bytes()),
            ("password", b"the long password of"),
            ("session", &cookie.as_bytes()[cookie.len() - 40..]),
        ] {
            assert!(!holds(needle), "{what}");
        }
    }
    assert_eq!(browser.get("/").status, 303);
}
