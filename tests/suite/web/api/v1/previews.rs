//! `?dry_run=1`: what a change would do, and that it does nothing.

use super::{good, names_field, problem};
use crate::support::{Program, Site};
use serde_json::{Value, json};

fn count(site: &Site) -> i64 {
    let log = site.app.audit_log(
        &rolecall::app::Actor::operator(),
        &rolecall::domain::page::ListQuery::default(),
        &rolecall::app::audit::Filter::default(),
    );
    log.unwrap().total.number()
}

fn dry(program: &mut Program, method: &str, path: &str, body: Value) -> Value {
    let joint = if path.contains('?') { '&' } else { '?' };
    good(&program.json(method, &format!("{path}{joint}dry_run=1"), body), 200)
}

#[test]
fn every_write_of_rights_can_be_tried_and_leaves_nothing() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (bob, eve, member) = (site.id("bob"), site.id("eve"), site.role("member"));
    let held = good(&ada.get(&format!("/api/v1/users/{bob}/roles")), 200)["items"][0]["id"].clone();
    let own = good(&ada.get(&format!("/api/v1/roles/{member}/permissions")), 200)["items"][0]["id"].clone();
    let permission = site.app.permission_by_name(&rolecall::app::Actor::operator(), "posts:read").unwrap().id;
    let (before, revision) = (count(&site), site.app.revision(site.app.fresh().unwrap()));
    let gain = |user: &str, what: &str| (user.to_owned(), "gains", what.to_owned());
    let loss = |user: &str, what: &str| (user.to_owned(), "losses", what.to_owned());
    for (method, path, body, expected) in [
        ("POST", format!("/users/{eve}/roles"), json!({ "role_id": member }), vec![gain("eve", "posts:read")]),
        (
            "POST",
            format!("/users/{eve}/roles"),
            json!({ "role_id": member, "valid_from": "2026-05-01" }),
            vec![gain("eve", "posts:read")],
        ),
        ("DELETE", format!("/users/{bob}/roles/{held}"), json!({}), vec![loss("bob", "posts:read")]),
        (
            "POST",
            format!("/roles/{member}/permissions"),
            json!({ "permission": "posts:*" }),
            vec![gain("bob", "posts:*")],
        ),
        ("DELETE", format!("/roles/{member}/permissions/{own}"), json!({}), vec![loss("bob", "posts:read")]),
        (
            "POST",
            format!("/roles/{member}/inclusions"),
            json!({ "junior_id": site.role("admin") }),
            vec![gain("bob", "*:*")],
        ),
        ("DELETE", format!("/roles/{member}"), json!({}), vec![loss("bob", "posts:read")]),
        ("DELETE", format!("/permissions/{permission}"), json!({}), vec![loss("bob", "posts:read")]),
        ("POST", format!("/users/{bob}/disabled"), json!({}), vec![loss("bob", "posts:read")]),
        ("DELETE", format!("/users/{bob}"), json!({}), vec![loss("bob", "posts:read")]),
        ("POST", "/roles".to_owned(), json!({ "name": "new", "includes": [member] }), vec![]),
        (
            "POST",
            "/constraints".to_owned(),
            json!({ "name": "r", "kind": "at_least", "role_id": member, "n": 1 }),
            vec![],
        ),
    ] {
        let seen = dry(&mut ada, method, &format!("/api/v1{path}"), body);
        let mut found = vec![];
        for user in seen["users"].as_array().unwrap() {
            for side in ["gains", "losses"] {
                for one in user[side].as_array().unwrap() {
                    let what = one["permission"].as_str().unwrap().to_owned();
                    found.push((user["name"].as_str().unwrap().to_owned(), side, what));
                }
            }
        }
        assert_eq!(found, expected, "{method} {path}");
        assert_eq!(
            (&seen["dry_run"], &seen["possible"], &seen["complete"]),
            (&json!(true), &json!(true), &json!(true))
        );
        assert_eq!(seen["revision"], revision, "{method} {path}");
    }
    assert_eq!((count(&site), site.app.revision(site.app.fresh().unwrap())), (before, revision));
    assert_eq!(site.program_of("bob").get("/api/v1/me").status, 200);
}

#[test]
fn a_preview_counts_sessions_and_warns_of_patterns_that_cover_nothing() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let member = site.role("member");
    let _bob = (site.program_of("bob"), site.program_of("bob"));
    let seen =
        dry(&mut ada, "POST", &format!("/api/v1/roles/{member}/permissions"), json!({ "permission": "ghosts:*" }));
    assert!(seen["warnings"][0].as_str().unwrap().contains("ghosts:* covers no registered permission"));
    assert_eq!(seen["sessions"], 2);
    assert_eq!(seen["roles"][0]["gains"][0]["permission"], "ghosts:*");
    let made = ada.post(&format!("/api/v1/roles/{member}/permissions"), json!({ "permission": "ghosts:*" }));
    good(&made, 201);
}

#[test]
fn a_dry_run_is_refused_as_the_act_would_be() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    let (eve, member) = (site.id("eve"), site.role("member"));
    let path = format!("/api/v1/users/{eve}/roles?dry_run=1");
    problem(&bob.post(&path, json!({ "role_id": member })), 403, "forbidden");
    names_field(&ada.post(&path, json!({ "role_id": member, "scope": ".." })), 422, "invalid", "scope");
    names_field(
        &ada.post(&format!("/api/v1/users/{eve}/roles?dry_run=maybe"), json!({ "role_id": member })),
        422,
        "invalid",
        "dry_run",
    );
    let last = site.app.user(&rolecall::app::Actor::operator(), site.id("ada")).unwrap().assignments[0].row.id;
    problem(&ada.delete(&format!("/api/v1/users/{}/roles/{last}?dry_run=1", site.id("ada"))), 409, "last_admin");
}
