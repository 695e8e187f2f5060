//! `ETag`, `If-Match` and `If-None-Match`.

use super::{good, names_field, problem};
use crate::support::{Answer, Program, Site, at_once};
use serde_json::{Value, json};

fn send(program: &mut Program, method: &str, path: &str, (name, value): (&str, &str), body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), (name, value)];
    let body = if method == "GET" || method == "HEAD" { vec![] } else { body.to_string().into_bytes() };
    program.raw(method, &format!("/api/v1{path}"), &headers, body)
}

fn tag(program: &mut Program, path: &str) -> String {
    let answer = program.get(&format!("/api/v1{path}"));
    good(&answer, 200);
    let tag = answer.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
    tag
}

/// One of each kind: how it is shown and changed.
fn things(site: &Site, ada: &mut Program) -> Vec<(String, &'static str, Value)> {
    let bob = site.id("bob");
    let mut made = |path: &str, body: Value| {
        let answer = ada.post(&format!("/api/v1{path}"), body);
        good(&answer, 201);
        answer.location().strip_prefix("/api/v1").unwrap().to_owned()
    };
    let role = made("/roles", json!({ "name": "clerk" }));
    let junior = made("/roles", json!({ "name": "teller" }));
    let junior_id: i64 = junior.rsplit('/').next().unwrap().parse().unwrap();
    vec![
        (made(&format!("/users/{bob}/roles"), json!({ "role_id": junior_id })), "DELETE", json!({})),
        (made(&format!("{role}/permissions"), json!({ "permission": "posts:read" })), "DELETE", json!({})),
        (made(&format!("{role}/inclusions"), json!({ "junior_id": junior_id })), "DELETE", json!({})),
        (format!("{role}/sign-in-rules"), "PUT", json!({ "sessions_at_once": 3 })),
        (role, "PATCH", json!({ "description": "x" })),
        (made("/permissions", json!({ "resource": "a", "action": "b" })), "PATCH", json!({ "label": "x" })),
        (
            made("/constraints", json!({ "name": "few", "kind": "at_most", "role_id": junior_id, "n": 9 })),
            "PATCH",
            json!({ "n": 8 }),
        ),
        (made("/forward-rules", json!({ "host": "a.example.com", "path": "/" })), "PATCH", json!({ "note": "x" })),
        (made("/me/tokens", json!({ "name": "one" })), "PATCH", json!({ "name": "two" })),
        ("/settings".to_owned(), "PATCH", json!({ "settings": { "SESSION_HOURS": "12" } })),
        (format!("/users/{bob}"), "PATCH", json!({ "first_name": "Robert" })),
    ]
}

#[test]
fn one_thing_has_a_tag_that_changes_with_it_and_guards_it() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (path, method, body) in things(&site, &mut ada) {
        let first = tag(&mut ada, &path);
        assert_eq!(tag(&mut ada, &path), first, "{path} by itself");
        // What one has is not sent again.
        for known in [first.as_str(), &format!("\"x\", W/{first}"), "*"] {
            let same = send(&mut ada, "GET", &path, ("if-none-match", known), &json!({}));
            assert_eq!(
                (same.status, same.body.as_str(), same.header("etag")),
                (304, "", first.as_str()),
                "{path} {known}"
            );
        }
        good(&send(&mut ada, "GET", &path, ("if-none-match", "\"0\""), &json!({})), 200);
        // Another's state is not written over.
        for wrong in ["\"999999\"", "\"x\"", &format!("W/{first}")] {
            problem(&send(&mut ada, method, &path, ("if-match", wrong), &body), 412, "precondition_failed");
        }
        problem(&send(&mut ada, method, &path, ("if-match", "17"), &body), 400, "malformed");
        let dry = format!("{path}?dry_run=1");
        problem(&send(&mut ada, method, &dry, ("if-match", "\"999999\""), &body), 412, "precondition_failed");
        good(&send(&mut ada, method, &dry, ("if-match", &first), &body), 200);
        assert_eq!(tag(&mut ada, &path), first, "{path} after a dry run");
        let written = send(&mut ada, method, &path, ("if-match", &format!("\"0-x\", {first}")), &body);
        good(&written, 200);
        let after = written.header("etag").to_owned();
        assert!(!after.is_empty(), "{path}");
        problem(&send(&mut ada, method, &path, ("if-match", &first), &body), 412, "precondition_failed");
        if method != "DELETE" {
            assert_ne!(tag(&mut ada, &path), first, "{path} was changed");
            // The tag of a write names the same state.
            good(&send(&mut ada, method, &path, ("if-match", &after), &body), 200);
            good(&send(&mut ada, method, &path, ("if-match", "*"), &body), 200);
        }
    }
}

#[test]
fn a_tag_speaks_of_the_thing_itself_and_its_copy_of_all_that_is_shown() {
    let site = Site::new();
    let (mut ada, bob) = (site.program_of("ada"), site.id("bob"));
    let role = good(&ada.post("/api/v1/roles", json!({ "name": "clerk" })), 201)["id"].clone();
    let path = format!("/roles/{role}");
    let first = tag(&mut ada, &path);
    good(&ada.post(&format!("/api/v1/users/{bob}/roles"), json!({ "role_id": role })), 201);
    // One member more: who has the page has another, but nobody changed the role.
    good(&send(&mut ada, "GET", &path, ("if-none-match", &first), &json!({})), 200);
    good(&send(&mut ada, "PATCH", &path, ("if-match", &first), &json!({ "description": "x" })), 200);
    // Below a user it is the user that is guarded, in whatever way he was changed.
    let user = tag(&mut ada, &format!("/users/{bob}"));
    let disable = format!("/users/{bob}/disabled");
    good(&send(&mut ada, "POST", &disable, ("if-match", &user), &json!({})), 200);
    problem(&send(&mut ada, "DELETE", &disable, ("if-match", &user), &json!({})), 412, "precondition_failed");
    // A part of the fields is another answer of the same state.
    let whole = tag(&mut ada, &path);
    let part = tag(&mut ada, &format!("{path}?fields=name"));
    assert_ne!(whole, part);
    good(&send(&mut ada, "PATCH", &path, ("if-match", &part), &json!({ "description": "y" })), 200);
    // Lists have no tag, so none can be right.
    assert_eq!(ada.get("/api/v1/roles").header("etag"), "");
    problem(
        &send(&mut ada, "POST", "/roles", ("if-match", "\"1\""), &json!({ "name": "z" })),
        412,
        "precondition_failed",
    );
    good(&send(&mut ada, "POST", "/roles", ("if-match", "*"), &json!({ "name": "z" })), 201);
    // Who may not is told so, whatever he has seen.
    let mut eve = site.program_of("eve");
    problem(&send(&mut eve, "PATCH", &path, ("if-match", "\"0\""), &json!({ "description": "z" })), 403, "forbidden");
    names_field(
        &send(&mut ada, "PATCH", &path, ("if-match", "*"), &json!({ "colour": "red" })),
        422,
        "invalid",
        "colour",
    );
}

#[test]
fn of_many_who_write_by_the_same_tag_at_once_one_wins() {
    for round in 0..3 {
        let site = Site::new();
        let mut ada = site.program_of("ada");
        let role = good(&ada.post("/api/v1/roles", json!({ "name": "clerk" })), 201)["id"].clone();
        let path = format!("/roles/{role}");
        let seen = tag(&mut ada, &path);
        let writers = (0..6).map(|_| site.program_of("ada")).collect();
        let answers = at_once(writers, |number, program| {
            send(program, "PATCH", &path, ("if-match", &seen), &json!({ "description": format!("by {number}") }))
        });
        let mut told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        told.sort_unstable();
        assert_eq!(told, [200, 412, 412, 412, 412, 412], "round {round}");
        let kept = ada.get(&format!("/api/v1{path}")).json()["description"].clone();
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap().json()["description"].clone();
        assert_eq!(kept, winner);
    }
}
