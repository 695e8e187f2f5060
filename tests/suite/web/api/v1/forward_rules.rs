//! The rules of forward-auth.

use super::{column, good, names_field, problem};
use crate::support::{Program, Site};
use serde_json::{Value, json};

fn make(ada: &mut Program, body: Value) -> Value {
    good(&ada.post("/api/v1/forward-rules", body), 201)
}

#[test]
fn a_rule_is_made_read_changed_and_deleted_and_the_log_tells_of_it() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let body = json!({ "host": "App.example.com", "path": "/admin/", "methods": ["post", "GET"], "permission": "posts:read",
        "scope": "project/42", "note": "The panel", "reason": "it is ours" });
    let answer = ada.post("/api/v1/forward-rules", body);
    let made = good(&answer, 201);
    let path = answer.location().to_owned();
    assert_eq!(path, format!("/api/v1/forward-rules/{}", made["id"]));
    let read = good(&ada.get(&path), 200);
    for (field, value) in [
        ("host", json!("app.example.com")),
        ("path", json!("/admin")),
        ("methods", json!(["GET", "POST"])),
        ("permission", json!("posts:read")),
        ("scope", json!("project/42")),
        ("note", json!("The panel")),
        ("created_by", json!(site.id("ada"))),
    ] {
        assert_eq!((&made[field], &read[field]), (&value, &value));
    }
    site.pass(60);
    let changed = good(&ada.patch(&path, json!({ "methods": [], "permission": "", "scope": "" })), 200);
    assert_eq!(
        (&changed["methods"], &changed["permission"], &changed["host"]),
        (&json!([]), &Value::Null, &made["host"])
    );
    assert_ne!(changed["changed_at"], changed["created_at"]);
    assert!(changed["revision"].as_i64() > made["revision"].as_i64());
    let same = good(&ada.patch(&path, json!({ "note": "The panel" })), 200);
    assert_eq!(same["revision"], changed["revision"], "nothing was changed");
    good(&ada.delete(&format!("{path}?reason=old")), 200);
    problem(&ada.get(&path), 404, "not_found");
    let log = good(&ada.get("/api/v1/audit?action=forward_rule"), 200);
    assert_eq!(column(&log, "action"), ["forward_rule.delete", "forward_rule.update", "forward_rule.create"]);
    let page = site.browser_of("ada").get("/admin/audit?filter=forward_rule").text("main");
    assert!(
        page.contains("ada made the rule app.example.com/admin (GET, POST) for applications behind a proxy"),
        "{page}"
    );
    assert!(page.contains("ada deleted the rule app.example.com/admin"), "{page}");
}

#[test]
fn two_rules_that_are_alike_are_refused() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    make(&mut ada, json!({ "host": "a.example.com", "path": "/x", "methods": ["GET", "POST"] }));
    for (host, path, methods) in [
        ("a.example.com", "/x", json!(["GET", "POST"])),
        ("A.example.com", "/x/", json!(["POST", "PUT"])),
        ("a.example.com", "/X", json!(["GET"])),
    ] {
        let body = json!({ "host": host, "path": path, "methods": methods });
        names_field(&ada.post("/api/v1/forward-rules", body), 409, "taken", "path");
    }
    make(&mut ada, json!({ "host": "a.example.com", "path": "/x" }));
    let other = make(&mut ada, json!({ "host": "a.example.com", "path": "/x", "methods": ["PUT"] }));
    let path = format!("/api/v1/forward-rules/{}", other["id"]);
    names_field(&ada.patch(&path, json!({ "methods": ["PUT", "GET"] })), 409, "taken", "path");
    good(&ada.patch(&path, json!({ "methods": ["PUT", "DELETE"] })), 200);
}

#[test]
fn what_cannot_be_a_rule_is_told_at_its_field() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (field, body) in [
        ("host", json!({ "host": "https://a" })),
        ("path", json!({ "path": "/a/../b" })),
        ("methods", json!({ "methods": ["a/b"] })),
        ("permission", json!({ "permission": "posts:raed" })),
        ("scope", json!({ "permission": "posts:read", "scope": "a b" })),
        ("note", json!({ "note": "x".repeat(201) })),
        ("order", json!({ "order": 1 })),
    ] {
        names_field(&ada.post("/api/v1/forward-rules", body), 422, "invalid", field);
    }
}

#[test]
fn rules_come_by_host_and_path_in_pages_and_are_found_by_words() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (host, path) in [("b.net", "/"), ("", "/"), ("*.b.net", "/"), ("a.net", "/z"), ("a.net", "/")] {
        make(&mut ada, json!({ "host": host, "path": path }));
    }
    let first = good(&ada.get("/api/v1/forward-rules?limit=3"), 200);
    assert_eq!((column(&first, "host"), &first["total"]), (vec!["".into(), "a.net".into(), "a.net".into()], &json!(5)));
    let next = format!("/api/v1/forward-rules?limit=3&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(column(&good(&ada.get(&next), 200), "host"), ["b.net", "*.b.net"]);
    let found = good(&ada.get("/api/v1/forward-rules?q=a.net+z"), 200);
    assert_eq!(column(&found, "path"), ["/z"]);
}

#[test]
fn whoever_may_not_change_settings_makes_no_rule() {
    let site = Site::new();
    let id = make(&mut site.program_of("ada"), json!({}))["id"].clone();
    let (mut eve, mut stranger) = (site.program_of("eve"), site.program());
    let path = format!("/api/v1/forward-rules/{id}");
    for address in ["/api/v1/forward-rules", path.as_str()] {
        problem(&eve.get(address), 403, "forbidden");
        problem(&stranger.get(address), 401, "sign_in_required");
    }
    problem(&eve.post("/api/v1/forward-rules", json!({})), 403, "forbidden");
    problem(&eve.patch(&path, json!({ "path": "/x" })), 403, "forbidden");
    problem(&eve.delete(&path), 403, "forbidden");
    let mut ada = site.program_of("ada");
    site.pass(3000);
    problem(&ada.delete(&path), 403, "reauthentication_required");
    let dry = good(&ada.post("/api/v1/forward-rules?dry_run=1", json!({ "path": "/new" })), 200);
    assert_eq!(dry["possible"], true);
    assert_eq!(good(&ada.get("/api/v1/forward-rules"), 200)["total"], 1);
}

#[test]
fn a_rule_made_on_one_node_holds_on_the_others_with_their_next_answer() {
    let site = Site::new();
    let other = Site::on(site.database.share(), |_| {});
    let mut bob = other.program_of("bob");
    let about = [("x-forwarded-host", "a"), ("x-forwarded-uri", "/x"), ("x-forwarded-method", "GET")];
    let mut ask = || bob.raw("GET", "/auth/verify", &about, vec![]).status;
    let mut ada = site.program_of("ada");
    assert_eq!(ask(), 403);
    for _ in 0..5 {
        let id = make(&mut ada, json!({ "path": "/x" }))["id"].clone();
        assert_eq!(ask(), 200);
        good(&ada.delete(&format!("/api/v1/forward-rules/{id}")), 200);
        assert_eq!(ask(), 403);
    }
}
