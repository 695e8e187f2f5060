//! May he, who may, what may he, and why.

use super::{column, good, names_field, problem};
use crate::support::{Program, Site};
use serde_json::{Value, json};

/// Registers permissions.
fn register(ada: &mut Program, names: &[&str]) {
    for name in names {
        let (resource, action) = name.split_once(':').unwrap();
        good(&ada.post("/api/v1/permissions", json!({ "resource": resource, "action": action })), 201);
    }
}

/// Makes a role with these patterns and gives its id.
fn role(ada: &mut Program, name: &str, kind: &str, patterns: &[Value]) -> i64 {
    let id = good(&ada.post("/api/v1/roles", json!({ "name": name, "kind": kind })), 201)["id"].as_i64().unwrap();
    for pattern in patterns {
        good(&ada.post(&format!("/api/v1/roles/{id}/permissions"), pattern.clone()), 201);
    }
    id
}

fn include(ada: &mut Program, senior: i64, junior: i64) {
    good(&ada.post(&format!("/api/v1/roles/{senior}/inclusions"), json!({ "junior_id": junior })), 201);
}

fn give(ada: &mut Program, user: i64, body: Value) -> Value {
    good(&ada.post(&format!("/api/v1/users/{user}/roles"), body), 201)
}

fn allowed(program: &mut Program, body: Value) -> bool {
    good(&program.post("/api/v1/check", body), 200)["allowed"].as_bool().unwrap()
}

#[test]
fn an_allow_through_group_role_included_role_and_condition_names_every_link() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    register(&mut ada, &["invoices:approve"]);
    let grant =
        json!({ "permission": "invoices:*", "condition": "resource.status == \"open\"", "reason": "their work" });
    let approver = role(&mut ada, "approver", "role", &[grant]);
    let accountant = role(&mut ada, "accountant", "role", &[]);
    let finance = role(&mut ada, "finance", "group", &[]);
    include(&mut ada, accountant, approver);
    include(&mut ada, finance, accountant);
    let given = json!({ "role_id": finance, "scope": "country/de", "valid_to": "2026-12-31", "reason": "joined" });
    give(&mut ada, site.id("eve"), given);
    let ask = json!({ "user": "eve", "permission": "invoices:approve", "scope": "country/de/berlin",
        "attributes": { "resource": { "status": "open" } } });
    let why = good(&ada.post("/api/v1/explain", ask.clone()), 200);
    assert_eq!(why["allowed"], true);
    let path = why["path"].as_array().unwrap();
    let links: Vec<_> = path.iter().map(|l| [&l["kind"], &l["from"], &l["to"]].map(|v| v.as_str().unwrap())).collect();
    assert_eq!(
        links,
        [
            ["assignment", "eve", "finance"],
            ["inclusion", "finance", "accountant"],
            ["inclusion", "accountant", "approver"],
            ["grant", "approver", "invoices:*"]
        ]
    );
    assert!(path.iter().all(|link| link["given_by"] == "ada" && link["given_at"].is_string()));
    assert_eq!((&path[0]["reason"], &path[0]["scope"]), (&json!("joined"), &json!("country/de")));
    assert_eq!(path[3]["reason"], "their work");
    assert_eq!(why["conditions"], json!(["resource.status == \"open\""]));
    assert_eq!(why["valid_until"], "2026-12-31T00:00:00.000000Z");
    assert!(allowed(&mut ada, ask));
}

#[test]
fn a_deny_tells_what_comes_near_what_is_missing_and_who_could_give_it() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    register(&mut ada, &["docs:read", "docs:write"]);
    let reader = role(&mut ada, "reader", "role", &[json!({ "permission": "docs:read" })]);
    role(&mut ada, "editor", "role", &[json!({ "permission": "docs:*" }), json!({ "permission": "posts:read" })]);
    let why = |ada: &mut Program, scope: &str| {
        good(&ada.get(&format!("/api/v1/explain?user=eve&permission=docs:read&scope={scope}")), 200)
    };
    let nothing = why(&mut ada, "");
    assert_eq!((&nothing["allowed"], &nothing["misses"]), (&json!(false), &json!([])));
    let missing: Vec<_> = nothing["missing"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
    assert_eq!(missing, ["reader", "editor"], "the smallest role comes first");
    assert_eq!(nothing["missing"][0]["given_by"], json!(["ada"]));
    give(&mut ada, site.id("eve"), json!({ "role_id": reader, "scope": "project/42", "valid_from": "2026-04-01" }));
    assert_eq!(why(&mut ada, "project/420")["misses"][0]["code"], "elsewhere");
    let later = why(&mut ada, "project/42");
    assert_eq!(later["misses"][0]["code"], "not_yet");
    assert_eq!(later["valid_until"], "2026-04-01T00:00:00.000000Z");
    good(&ada.post(&format!("/api/v1/users/{}/disabled", site.id("eve")), json!({})), 200);
    assert_eq!(why(&mut ada, "project/42")["disabled"], true);
}

#[test]
fn a_condition_decides_and_what_was_not_given_never_allows() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    register(&mut ada, &["files:delete"]);
    let cleaner = role(&mut ada, "cleaner", "role", &[json!({ "permission": "files:delete" })]);
    give(&mut ada, site.id("bob"), json!({ "role_id": cleaner, "condition": "action.soft == true" }));
    let mut bob = site.program_of("bob");
    let soft = |value: Value| json!({ "permission": "files:delete", "attributes": { "action": { "soft": value } } });
    assert!(allowed(&mut bob, soft(json!(true))));
    assert!(!allowed(&mut bob, soft(json!(false))));
    assert!(!allowed(&mut bob, soft(json!("true"))));
    assert!(!allowed(&mut bob, json!({ "permission": "files:delete" })));
    let why = good(&bob.post("/api/v1/explain", json!({ "permission": "files:delete" })), 200);
    assert_eq!(why["misses"][0]["code"], "condition");
    assert!(why["misses"][0]["text"].as_str().unwrap().contains("action.soft was not given"));
    // A conditional right is none to give on, and marked where rights are listed.
    let held = good(&ada.get(&format!("/api/v1/users/{}/permissions", site.id("bob"))), 200);
    assert_eq!(column(&held, "conditional"), [true, false]);
    let who = good(&ada.get("/api/v1/permissions/files:delete/users"), 200);
    let marks: Vec<_> = column(&who, "username").into_iter().zip(column(&who, "conditional")).collect();
    assert_eq!(marks, [(json!("ada"), json!(false)), (json!("bob"), json!(true))]);
}

#[test]
fn the_past_can_be_asked() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let bob = site.id("bob");
    let then = site.now().rfc3339();
    site.pass(1800);
    let held = good(&ada.get(&format!("/api/v1/users/{bob}/roles")), 200)["items"][0]["id"].clone();
    good(&ada.delete(&format!("/api/v1/users/{bob}/roles/{held}")), 200);
    let now = json!({ "user": "bob", "permission": "posts:read" });
    let mut before = now.clone();
    before["at"] = json!(then);
    assert!(!allowed(&mut ada, now));
    let answer = good(&ada.post("/api/v1/check", before.clone()), 200);
    assert_eq!(answer["allowed"], true);
    assert_eq!(answer["valid_until"], site.now().rfc3339(), "then it was taken");
    let why = good(&ada.get(&format!("/api/v1/explain?user=bob&permission=posts:read&at={then}")), 200);
    assert_eq!(why["path"][0]["to"], "member");
    let who = |ada: &mut Program, at: &str| {
        column(&good(&ada.get(&format!("/api/v1/permissions/posts:read/users?at={at}")), 200), "username")
    };
    assert_eq!(who(&mut ada, &then), ["ada", "bob"]);
    assert_eq!(who(&mut ada, ""), ["ada"]);
    let what = good(&ada.get(&format!("/api/v1/users/{bob}/permissions?at={then}")), 200);
    assert_eq!(column(&what, "permission"), ["posts:read"]);
    let changed = good(&ada.get(&format!("/api/v1/users/{bob}/comparison?from={then}")), 200);
    assert_eq!((&changed["gains"], &changed["losses"][0]["permission"]), (&json!([]), &json!("posts:read")));
    // Somebody who was disabled then could do nothing then.
    good(&ada.post(&format!("/api/v1/users/{}/disabled", site.id("ada") + 1), json!({})), 200);
    let disabled = site.now().rfc3339();
    site.pass(60);
    good(&ada.delete(&format!("/api/v1/users/{bob}/disabled")), 200);
    before["at"] = json!(disabled);
    assert!(!allowed(&mut ada, before));
}

#[test]
fn a_role_that_had_nothing_when_it_was_given_counts_when_it_gets_something() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let empty = role(&mut ada, "empty", "role", &[]);
    give(&mut ada, site.id("eve"), json!({ "role_id": empty }));
    let ask = json!({ "user": "eve", "permission": "posts:read" });
    assert!(!allowed(&mut ada, ask.clone()));
    good(&ada.post(&format!("/api/v1/roles/{empty}/permissions"), json!({ "permission": "posts:read" })), 201);
    assert!(allowed(&mut ada, ask));
}

#[test]
fn many_questions_are_answered_in_order_or_none() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let ask = |user: &str, permission: &str| json!({ "user": user, "permission": permission });
    let batch = |checks: Vec<Value>| json!({ "checks": checks });
    let answers = good(
        &ada.post(
            "/api/v1/check/batch",
            batch(vec![ask("bob", "posts:read"), ask("eve", "posts:read"), ask("ada", "posts:read")]),
        ),
        200,
    );
    let allowed: Vec<_> = answers["answers"].as_array().unwrap().iter().map(|a| a["allowed"].clone()).collect();
    assert_eq!(allowed, [true, false, true]);
    let wrong = ada.post("/api/v1/check/batch", batch(vec![ask("bob", "posts:read"), ask("bob", "posts")]));
    names_field(&wrong, 422, "invalid", "checks[1].permission");
    let many = (0..501).map(|_| ask("bob", "posts:read")).collect();
    names_field(&ada.post("/api/v1/check/batch", batch(many)), 422, "invalid", "checks");
    assert_eq!(good(&ada.post("/api/v1/check/batch", batch(vec![])), 200)["answers"], json!([]));
}

#[test]
fn only_who_may_asks_about_others_and_everybody_about_himself() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    assert!(allowed(&mut bob, json!({ "permission": "posts:read" })));
    assert!(allowed(&mut bob, json!({ "user": "bob", "permission": "posts:read" })));
    assert!(allowed(&mut bob, json!({ "user": site.id("bob"), "permission": "posts:read" })));
    for other in [json!("eve"), json!("nobody"), json!(site.id("eve")), json!(4711)] {
        problem(&bob.post("/api/v1/check", json!({ "user": other, "permission": "posts:read" })), 403, "forbidden");
    }
    names_field(
        &bob.post("/api/v1/me/check", json!({ "user": "bob", "permission": "posts:read" })),
        422,
        "invalid",
        "user",
    );
    assert!(good(&bob.post("/api/v1/me/check", json!({ "permission": "posts:read" })), 200)["allowed"] == true);
    problem(&bob.get("/api/v1/permissions/posts:read/users"), 403, "forbidden");
    // Within a scope, if that is where he may ask.
    let asker = role(&mut ada, "asker", "role", &[json!({ "permission": "rolecall.checks:read" })]);
    give(&mut ada, site.id("bob"), json!({ "role_id": asker, "scope": "here" }));
    assert!(!allowed(&mut bob, json!({ "user": "eve", "permission": "posts:read", "scope": "here/below" })));
    problem(&bob.post("/api/v1/check", json!({ "user": "eve", "permission": "posts:read" })), 403, "forbidden");
    problem(&site.program().post("/api/v1/check", json!({ "permission": "posts:read" })), 401, "sign_in_required");
}

#[test]
fn bad_questions_are_told_by_their_field() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let ask = |field: &str, value: Value| {
        let mut body = json!({ "user": "bob", "permission": "posts:read" });
        body[field] = value;
        body
    };
    for (field, value) in [
        ("permission", json!("posts:fly")),
        ("permission", json!("posts:*")),
        ("permission", json!("posts")),
        ("scope", json!("a/../b")),
        ("scope", json!("a//b")),
        ("scope", json!("a\u{1}b")),
        ("at", json!("yesterday")),
        ("user", json!("nobody")),
        ("user", json!(4711)),
        ("session_id", json!(1)),
        ("attributes", json!({ "weather": {} })),
        ("attributes", json!({ "resource": 3 })),
        ("colour", json!("red")),
    ] {
        names_field(&ada.post("/api/v1/check", ask(field, value.clone())), 422, "invalid", field);
        names_field(&ada.post("/api/v1/explain", ask(field, value)), 422, "invalid", field);
    }
    names_field(
        &ada.post("/api/v1/check", json!({ "session_id": 4711, "permission": "posts:read" })),
        422,
        "invalid",
        "session_id",
    );
}

#[test]
fn a_revision_that_is_not_reached_is_waited_for_shortly() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let revision = good(&ada.post("/api/v1/roles", json!({ "name": "new" })), 201)["revision"].as_i64().unwrap();
    let ask = |min: i64| json!({ "permission": "posts:read", "min_revision": min });
    let answer = good(&ada.post("/api/v1/check", ask(revision)), 200);
    assert!(answer["revision"].as_i64().unwrap() >= revision);
    problem(&ada.post("/api/v1/check", ask(revision + 1000)), 409, "behind");
    // It comes while the question waits.
    let waiter = std::thread::spawn({
        let mut ada = site.program_of("ada");
        move || ada.post("/api/v1/check", ask(revision + 1))
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
    good(&ada.post("/api/v1/roles", json!({ "name": "newer" })), 201);
    good(&waiter.join().unwrap(), 200);
}

#[test]
fn lists_of_who_and_what_come_in_pages() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let first = good(&ada.get("/api/v1/permissions/posts:read/users?limit=1"), 200);
    assert_eq!((column(&first, "username"), &first["total"]), (vec![json!("ada")], &json!(2)));
    let next = first["next"].as_str().unwrap();
    let second = good(&ada.get(&format!("/api/v1/permissions/posts:read/users?limit=1&cursor={next}")), 200);
    assert_eq!((column(&second, "username"), &second["next"]), (vec![json!("bob")], &json!(null)));
    let ask = role(&mut ada, "two", "role", &[json!({ "permission": "posts:*" })]);
    give(&mut ada, site.id("bob"), json!({ "role_id": ask }));
    let path = format!("/api/v1/users/{}/permissions?limit=1", site.id("bob"));
    let first = good(&ada.get(&path), 200);
    assert_eq!((column(&first, "permission"), &first["total"]), (vec![json!("posts:*")], &json!(2)));
    let second = good(&ada.get(&format!("{path}&cursor={}", first["next"].as_str().unwrap())), 200);
    assert_eq!(column(&second, "permission"), ["posts:read"]);
}

#[test]
fn the_last_use_of_a_permission_is_noted_at_most_once_a_minute() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    let uses = |ada: &mut Program| good(&ada.get(&format!("/api/v1/users/{}/uses", site.id("bob"))), 200);
    assert_eq!(uses(&mut ada)["items"], json!([]));
    let began = site.now().rfc3339();
    assert!(allowed(&mut bob, json!({ "permission": "posts:read" })));
    assert_eq!(uses(&mut ada)["items"], json!([{ "permission": "posts:read", "last_used_at": began }]));
    site.pass(30);
    assert!(allowed(&mut bob, json!({ "permission": "posts:read" })));
    assert_eq!(column(&uses(&mut ada), "last_used_at"), [began.as_str()], "not yet a minute");
    site.pass(40);
    let last = site.now().minus_seconds(40).rfc3339();
    assert_eq!(column(&uses(&mut ada), "last_used_at"), [last]);
    // A question that is denied, and one about the past, is no use.
    assert!(!allowed(&mut bob, json!({ "permission": "rolecall.users:read" })));
    assert_eq!(uses(&mut ada)["total"], 1);
    assert_eq!(good(&bob.get("/api/v1/me/uses"), 200)["total"], 1);
}
