//! Whatever is done to the log past Rolecall is found, and told with the event that it is about.

use crate::support::Site;
use rolecall::{
    app::{Actor, audit::Filter, audit_chain::Verified},
    domain::{
        audit::Format,
        audit_mark::Finding,
        page::ListQuery,
        role::{Assign, RoleDraft},
    },
};
use std::path::PathBuf;
use tempfile::TempDir;

/// The copy of the head that a server keeps in its folder.
fn copy(folder: &TempDir) -> PathBuf {
    std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "json"))
        .expect("a copy of the head")
}

fn site_in(folder: &TempDir) -> Site {
    Site::with(|config| config.data_dir = folder.path().to_owned())
}

fn verify(site: &Site) -> Verified {
    site.app.verify_audit(&Actor::operator()).unwrap()
}

fn last(site: &Site) -> i64 {
    verify(site).events
}

fn act(site: &Site) {
    let role = site.app.role_by_name(&Actor::operator(), "member").unwrap();
    let words = format!("{} again", role.description);
    site.app.update_role(&Actor::operator(), role.id, &RoleDraft::parse("member", "", &words).unwrap()).unwrap();
}

#[test]
fn every_kind_of_tampering_is_found_and_named() {
    let folder = TempDir::new().unwrap();
    let changed = "UPDATE audit_events SET object_name = 'eve' WHERE id = 3";
    let moved = "UPDATE audit_events SET id = 1000000 WHERE id = 3; UPDATE audit_events SET id = 3 WHERE id = 4; UPDATE audit_events SET id = 4 WHERE id = 1000000";
    let inserted = "INSERT INTO audit_events (id, at, action, object_kind, request_id, ip, actor_name, object_name, reason, detail_salt, detail_hash, hash) SELECT 9999, at, action, object_kind, request_id, ip, actor_name, object_name, reason, detail_salt, detail_hash, hash FROM audit_events WHERE id = 3";
    let first = "UPDATE audit_events SET at = '2020-01-01 00:00:00' WHERE id = 1";
    let head = "UPDATE audit_marks SET seal = 'mine'";
    for (what, sql, expected) in [
        ("changed", changed, Finding::Changed { id: 3 }),
        ("first changed", first, Finding::OutOfPlace { id: 1 }),
        ("removed", "DELETE FROM audit_events WHERE id IN (4, 5)", Finding::Missing { from: 4, to: 5 }),
        ("reordered", moved, Finding::OutOfPlace { id: 3 }),
        ("head forged", head, Finding::ForeignHead { id: 0 }),
        ("head removed", "DELETE FROM audit_marks", Finding::NoHead { id: 0 }),
    ] {
        let site = site_in(&folder);
        let events = last(&site);
        site.database.tamper(sql);
        let expected = match expected {
            Finding::ForeignHead { .. } => Finding::ForeignHead { id: events },
            Finding::NoHead { .. } => Finding::NoHead { id: events },
            other => other,
        };
        assert_eq!(verify(&site).found, Some(expected.clone()), "{what}");
        // Going on does not mend it.
        act(&site);
        assert_eq!(
            verify(&site).found.map(|found| std::mem::discriminant(&found)),
            Some(std::mem::discriminant(&expected)),
            "{what}, later"
        );
    }
    let site = site_in(&folder);
    let events = last(&site);
    site.database.tamper(inserted);
    assert_eq!(verify(&site).found, Some(Finding::Missing { from: events + 1, to: 9998 }));
}

#[test]
fn a_cut_off_end_is_found_before_and_after_the_next_event() {
    let folder = TempDir::new().unwrap();
    let site = site_in(&folder);
    let events = last(&site);
    site.database.tamper(&format!("DELETE FROM audit_events WHERE id > {}", events - 2));
    assert_eq!(verify(&site).found, Some(Finding::CutOff { from: events - 1, to: events }));
    act(&site);
    assert_eq!(verify(&site).found, Some(Finding::Missing { from: events - 1, to: events }));
}

#[test]
fn an_older_head_put_back_with_a_cut_off_end_is_found_by_the_copy_beside_the_database() {
    let folder = TempDir::new().unwrap();
    let site = site_in(&folder);
    let events = last(&site);
    site.database.tamper("CREATE TABLE old_marks AS SELECT * FROM audit_marks");
    act(&site);
    assert!(site.app.keep_audit_head().unwrap());
    assert!(!site.app.keep_audit_head().unwrap(), "nothing new");
    let back = "DELETE FROM audit_marks; INSERT INTO audit_marks SELECT * FROM old_marks";
    site.database.tamper(back);
    assert_eq!(verify(&site).found, Some(Finding::OldHead { id: events }));
    site.database.tamper(&format!("DELETE FROM audit_events WHERE id > {events}"));
    assert_eq!(verify(&site).found, Some(Finding::RolledBack { last: events, seen: events + 1 }));
    // What is written then does not hide it: the event that this server has seen is another one.
    site.pass(60);
    act(&site);
    assert_eq!(verify(&site).found, Some(Finding::Rewritten { id: events + 1 }));
    std::fs::write(
        copy(&folder),
        std::fs::read_to_string(copy(&folder)).unwrap().replace("\"event_id\":", "\"event_id\":1"),
    )
    .unwrap();
    assert!(matches!(verify(&site).found, Some(Finding::ForeignCopy { .. })));
}

#[test]
fn two_servers_on_one_database_write_one_chain_with_one_head() {
    let folder = TempDir::new().unwrap();
    let site = site_in(&folder);
    let other = Site::on(site.database.share(), |config| config.data_dir = folder.path().to_owned());
    for _ in 0..5 {
        act(&site);
        act(&other);
    }
    assert_eq!((verify(&site).found, verify(&other).found), (None, None));
}

#[test]
fn what_retention_leaves_can_be_verified_and_a_removal_by_hand_is_still_found() {
    let folder = TempDir::new().unwrap();
    let site = Site::with(|config| {
        config.data_dir = folder.path().to_owned();
        config.audit.retention_days = Some(30);
    });
    let before = last(&site);
    site.app.tidy().unwrap();
    assert_eq!(verify(&site).events, before, "nothing is old enough");
    site.pass(31 * 24 * 3600);
    act(&site);
    site.app.tidy().unwrap();
    let left = verify(&site);
    assert!(left.found.is_none() && left.events < before, "{left:?}");
    let events = site.app.audit_log(&Actor::operator(), &ListQuery::default(), &Filter::default()).unwrap().items;
    assert_eq!(events[0].action, "audit.expire");
    assert!(events[0].after.as_ref().unwrap().contains(&format!("\"removed\":{before}")));
    // What somebody has, and had, stays.
    assert!(!site.app.user(&Actor::operator(), site.id("bob")).unwrap().assignments.is_empty());
    let first = events.last().unwrap().id;
    site.database.tamper(&format!("DELETE FROM audit_events WHERE id = {first}"));
    assert_eq!(verify(&site).found, Some(Finding::Missing { from: first, to: first }));
    site.database.tamper(&format!("UPDATE audit_marks SET event_id = {first} WHERE name = 'beginning'"));
    assert_eq!(verify(&site).found, Some(Finding::ForeignBeginning { id: first }));
}

#[test]
fn a_log_from_before_there_was_a_head_is_given_one_once() {
    let folder = TempDir::new().unwrap();
    let site = site_in(&folder);
    site.database.tamper("DELETE FROM audit_marks");
    site.app.prepare().unwrap();
    assert_eq!(verify(&site).found, None);
    site.app.keep_audit_head().unwrap();
    site.database.tamper("DELETE FROM audit_marks");
    site.app.prepare().unwrap();
    assert!(matches!(verify(&site).found, Some(Finding::NoHead { .. })), "this server has seen a head");
}

#[test]
fn an_export_holds_every_event_and_is_verified_without_the_database() {
    let folder = TempDir::new().unwrap();
    let site = site_in(&folder);
    let (operator, all) = (Actor::operator(), (ListQuery::default(), Filter::default()));
    let give = Assign::parse(site.id("eve"), site.role("member"), "", "", "", "=HYPERLINK(\"x\")").unwrap();
    site.app.give_role(&operator, &give).unwrap();
    let events = last(&site);
    let take = |format| {
        let export = site.app.export_audit(&operator, &all.0, &all.1, format).unwrap();
        let mut out = vec![];
        site.app.write_export(export, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let lines = take(Format::Jsonl);
    assert_eq!(lines.lines().count() as i64, events);
    let verified = site.app.verify_export(&operator, lines.as_bytes()).unwrap();
    assert_eq!((verified.events, verified.found), (events, None));
    let forged = lines.replace("\"actor_name\":\"operator\"", "\"actor_name\":\"nobody\"");
    assert!(site.app.verify_export(&operator, forged.as_bytes()).unwrap().found.is_some());
    let short: Vec<&str> = lines.lines().enumerate().filter(|(number, _)| *number != 4).map(|(_, line)| line).collect();
    assert_eq!(
        site.app.verify_export(&operator, short.join("\n").as_bytes()).unwrap().found,
        Some(Finding::Missing { from: 5, to: 5 })
    );
    let csv = take(Format::Csv);
    assert!(csv.starts_with("id,at,revision,action,"));
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")\""), "no cell is a formula");
    let log = site.app.audit_log(&operator, &all.0, &all.1).unwrap().items;
    assert_eq!(log[0].action, "audit.export");
    let only = Filter { action: "role.give".into(), ..Filter::default() };
    let mut export = site.app.export_audit(&operator, &all.0, &only, Format::Jsonl).unwrap();
    let text = site.app.next_of_export(&mut export).unwrap().unwrap();
    assert!(text.lines().all(|line| line.contains("role.give")) && !text.is_empty());
}
