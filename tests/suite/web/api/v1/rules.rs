//! What holds for every route.

use super::{good, names_field, problem};
use crate::support::Site;
use serde_json::json;

/// Every route with a call that is good for an admin, and whether bob, who is none, may make it too.
fn calls(site: &Site) -> Vec<(&'static str, String, serde_json::Value, bool)> {
    let (eve, member) = (site.id("eve"), site.role("member"));
    vec![
        ("GET", "/me".into(), json!(null), true),
        ("POST", "/check".into(), json!({ "permission": "posts:read" }), true),
        ("POST", "/check".into(), json!({ "permission": "posts:read", "user": eve }), false),
        ("POST", "/check/batch".into(), json!({ "checks": [{ "permission": "posts:read" }] }), true),
        ("GET", "/explain?permission=posts:read".into(), json!(null), true),
        ("POST", "/explain".into(), json!({ "permission": "posts:read", "user": eve }), false),
        ("POST", "/me/check".into(), json!({ "permission": "posts:read" }), true),
        ("GET", "/me/permissions".into(), json!(null), true),
        ("GET", "/me/uses".into(), json!(null), true),
        ("GET", "/sessions/current/roles".into(), json!(null), true),
        ("GET", "/sessions/current/permissions".into(), json!(null), true),
        ("GET", "/permissions/posts:read/users".into(), json!(null), false),
        ("GET", format!("/users/{eve}/authorized-roles"), json!(null), false),
        ("GET", format!("/users/{eve}/operations/posts"), json!(null), false),
        ("GET", format!("/users/{eve}/uses"), json!(null), false),
        ("GET", format!("/users/{eve}/comparison?from=2026-01-01"), json!(null), false),
        ("GET", format!("/roles/{member}/assigned-users"), json!(null), false),
        ("GET", format!("/roles/{member}/authorized-users"), json!(null), false),
        ("GET", format!("/roles/{member}/effective-permissions"), json!(null), false),
        ("GET", format!("/roles/{member}/operations/posts"), json!(null), false),
        ("GET", "/constraints".into(), json!(null), false),
        ("POST", "/constraints".into(), json!({ "name": "r", "kind": "at_most", "role_id": member, "n": 9 }), false),
        ("PATCH", "/constraints/1".into(), json!({ "n": 8 }), false),
        ("GET", "/constraints/1".into(), json!(null), false),
        ("DELETE", "/constraints/1".into(), json!({ "reason": "enough" }), false),
        ("GET", "/sessions".into(), json!(null), true),
        ("GET", "/users".into(), json!(null), false),
        (
            "POST",
            "/users".into(),
            json!({ "first_name": "G", "username": "grace", "email": "grace@example.com" }),
            false,
        ),
        ("GET", format!("/users/{eve}"), json!(null), false),
        ("PATCH", format!("/users/{eve}"), json!({ "first_name": "Eva" }), false),
        ("POST", format!("/users/{eve}/disabled"), json!({ "reason": "on leave" }), false),
        ("DELETE", format!("/users/{eve}/disabled"), json!({}), false),
        ("GET", format!("/users/{eve}/permissions"), json!(null), false),
        ("GET", format!("/users/{eve}/roles"), json!(null), false),
        ("POST", format!("/users/{eve}/roles"), json!({ "role_id": member }), false),
        ("GET", format!("/users/{eve}/sessions"), json!(null), false),
        ("DELETE", format!("/users/{eve}/sessions"), json!(null), false),
        ("GET", "/roles".into(), json!(null), false),
        ("POST", "/roles".into(), json!({ "name": "clerk" }), false),
        ("GET", format!("/roles/{member}"), json!(null), false),
        ("PATCH", format!("/roles/{member}"), json!({ "description": "x" }), false),
        ("GET", format!("/roles/{member}/permissions"), json!(null), false),
        ("POST", format!("/roles/{member}/permissions"), json!({ "permission": "posts:*" }), false),
        ("GET", format!("/roles/{member}/inclusions"), json!(null), false),
        ("GET", "/permissions".into(), json!(null), false),
        ("POST", "/permissions".into(), json!({ "resource": "posts", "action": "write" }), false),
        ("GET", "/permissions/1".into(), json!(null), false),
        ("GET", "/audit".into(), json!(null), false),
        ("GET", "/mails".into(), json!(null), false),
        ("DELETE", format!("/roles/{member}"), json!({ "reason": "gone" }), false),
        ("DELETE", format!("/users/{eve}"), json!(null), false),
    ]
}

fn send(
    program: &mut crate::support::Program,
    method: &str,
    path: &str,
    body: &serde_json::Value,
) -> crate::support::Answer {
    let path = format!("/api/v1{path}");
    if body.is_null() { program.raw(method, &path, &[], vec![]) } else { program.json(method, &path, body.clone()) }
}

#[test]
fn every_route_asks_who_it_is_and_what_he_may() {
    let site = Site::new();
    let (mut nobody, mut bob, mut ada) = (site.program(), site.program_of("bob"), site.program_of("ada"));
    for (method, path, body, open) in calls(&site) {
        problem(&send(&mut nobody, method, &path, &body), 401, "sign_in_required");
        let answer = send(&mut bob, method, &path, &body);
        if open {
            good(&answer, 200);
        } else {
            problem(&answer, 403, "forbidden");
        }
        let answer = send(&mut ada, method, &path, &body);
        assert!([200, 201].contains(&answer.status), "{method} {path} {} {}", answer.status, answer.body);
        let asks = ["/check", "/explain", "/me/check"].iter().any(|question| path.starts_with(question));
        if method != "GET" && !asks {
            assert!(
                answer.json()["revision"].as_i64().is_some_and(|revision| revision > 0),
                "{method} {path} {}",
                answer.body
            );
        }
        if answer.status == 201 && path != "/users" {
            assert_eq!(ada.get(answer.location()).status, 200, "{}", answer.location());
        }
    }
}

#[test]
fn unknown_and_odd_ids_are_404() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let member = site.role("member");
    for id in ["999", "0", "-1"] {
        for path in [
            format!("/users/{id}"),
            format!("/users/{id}/roles"),
            format!("/users/{id}/permissions"),
            format!("/users/{id}/sessions"),
            format!("/roles/{id}"),
            format!("/roles/{id}/inclusions"),
            format!("/permissions/{id}"),
            format!("/roles/{member}/permissions/{id}"),
            format!("/users/1/roles/{id}"),
        ] {
            problem(&ada.get(&format!("/api/v1{path}")), 404, "not_found");
        }
        for path in [
            format!("/users/{id}"),
            format!("/users/{id}/disabled"),
            format!("/users/{id}/sessions"),
            format!("/users/1/sessions/{id}"),
            format!("/users/1/roles/{id}"),
            format!("/roles/{id}"),
            format!("/roles/{member}/permissions/{id}"),
            format!("/roles/{member}/inclusions/{id}"),
            format!("/permissions/{id}"),
        ] {
            problem(&ada.delete(&format!("/api/v1{path}")), 404, "not_found");
        }
    }
    for path in
        ["/users/ada", "/users/1e3", "/users/99999999999999999999", "/roles/%00", "/nothing", "", "/users/1/nothing"]
    {
        problem(&ada.get(&format!("/api/v1{path}")), 404, "not_found");
    }
    problem(&ada.patch("/api/v1/users/ada", json!({})), 404, "not_found");
}

#[test]
fn a_method_that_is_not_taken_is_405_and_names_those_that_are() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (method, path, allow) in [
        ("PUT", "/users", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/users/1", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        ("DELETE", "/me", "GET, PATCH, HEAD, OPTIONS"),
        ("GET", "/sessions/current", "DELETE, OPTIONS"),
    ] {
        let answer = ada.raw(method, &format!("/api/v1{path}"), &[], vec![]);
        problem(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow);
    }
}

#[test]
fn a_body_that_is_not_what_is_expected_is_told_clearly() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    names_field(&ada.post("/api/v1/roles", json!({})), 422, "invalid", "name");
    names_field(&ada.post("/api/v1/roles", json!({ "name": 7 })), 422, "invalid", "name");
    names_field(&ada.post("/api/v1/roles", json!({ "name": ["x"] })), 422, "invalid", "name");
    names_field(&ada.post("/api/v1/roles", json!({ "name": "x", "owner": 1 })), 422, "invalid", "owner");
    names_field(&ada.post("/api/v1/users/1/roles", json!({ "role_id": "1" })), 422, "invalid", "role_id");
    names_field(&ada.json("DELETE", "/api/v1/roles/1", json!({ "why": "x" })), 422, "invalid", "why");
    for (kind, body) in [
        ("application/json", "{\"name\":"),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "{\"name\":\"x\"} x"),
        ("application/json", "\u{0}"),
        ("text/plain", "{\"name\":\"x\"}"),
        ("", "{\"name\":\"x\"}"),
        ("application/x-www-form-urlencoded", "name=x"),
    ] {
        let answer = ada.raw("POST", "/api/v1/roles", &[("content-type", kind)], body.into());
        let expected: &[u16] = if kind == "application/json" { &[400, 422] } else { &[415] };
        assert!(expected.contains(&answer.status), "{kind} {body} {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{kind} {body}");
    }
}

#[test]
fn a_body_has_each_key_once_and_objects_where_objects_belong() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let mut send = |path: &str, body: &[u8]| {
        ada.raw("POST", &format!("/api/v1/{path}"), &[("content-type", "application/json")], body.to_vec())
    };
    for twice in [
        ("roles", r#"{"name":"a","name":"b"}"#),
        ("roles", r#"{"name":"a","\u006eame":"b"}"#),
        ("check", r#"{"permission":"posts:read","attributes":{"resource":{"x":1,"x":2}}}"#),
    ] {
        let told = problem(&send(twice.0, twice.1.as_bytes()), 400, "malformed");
        assert!(told["detail"].as_str().unwrap().contains("stands twice"), "{told}");
    }
    problem(&send("roles", br#"["a","role","",[],[],[]]"#), 400, "malformed");
    problem(&send("roles", b"{\"name\":\"\xff\"}"), 400, "malformed");
    problem(&send("roles", format!("{{\"name\":{}", "[".repeat(1000)).as_bytes()), 400, "malformed");
    let user = r#""first_name":"A","last_name":"B","username":"ab","email":"ab@example.com""#;
    for (path, body, field) in [
        ("users", format!(r#"{{{user},"roles":[[2,"",null,null,null,""]]}}"#), "roles[0]"),
        ("users", format!(r#"{{{user},"roles":[{{"scope":""}}]}}"#), "roles[0].role_id"),
        ("users", format!(r#"{{{user},"roles":[{{"role_id":1e999}}]}}"#), "roles[0].role_id"),
        ("users", format!(r#"{{{user},"roles":[{{"role_id":99999999999999999999}}]}}"#), "roles[0].role_id"),
        ("check", r#"{"permission":"posts:read","attributes":[]}"#.to_owned(), "attributes"),
        ("check/batch", r#"{"checks":[["posts:read"]]}"#.to_owned(), "checks[0]"),
        (
            "users/bulk",
            r#"{"act":"enable","users":{"matching":["","active"]},"mode":"all"}"#.to_owned(),
            "users.matching",
        ),
    ] {
        names_field(&send(path, body.as_bytes()), 422, "invalid", field);
    }
}

#[test]
fn a_body_that_is_not_declared_as_json_in_utf_8_is_415() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for kind in ["text/plain", "", "application/json; charset=iso-8859-1", "application/json;a=b; Charset=\"utf-16\""] {
        for (method, path) in [("POST", "/api/v1/roles"), ("DELETE", "/api/v1/roles/2"), ("POST", "/api/v1/check")] {
            let answer = ada.raw(method, path, &[("content-type", kind)], "{}".into());
            let told = problem(&answer, 415, "unsupported_media_type");
            assert!(told["detail"].as_str().unwrap().contains("application/json"), "{told}");
            assert_eq!(answer.header("accept"), "application/json");
        }
    }
    for (place, kind) in ["application/json; charset=UTF-8", "application/json;charset=\"utf-8\"", "Application/JSON"]
        .into_iter()
        .enumerate()
    {
        let body = json!({ "name": format!("role{place}") }).to_string();
        good(&ada.raw("POST", "/api/v1/roles", &[("content-type", kind)], body.into()), 201);
    }
}

#[test]
fn a_huge_body_is_413_and_is_not_read() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
    for path in ["/api/v1/roles", "/create_role"] {
        // Refused by its length alone, so nothing of it need be sent.
        let answer = ada.raw(
            "POST",
            path,
            &[("content-type", "application/json"), ("expect", "100-continue")],
            huge.clone().into_bytes(),
        );
        assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("too_large")), "{path}");
    }
    let large = ada.post("/api/v1/roles", json!({ "name": "x".repeat(70_000) }));
    problem(&large, 413, "too_large");
    assert_eq!(ada.get("/api/v1/roles").json()["total"], 2);
}

#[test]
fn a_bad_query_is_refused_and_a_good_one_walks_the_list() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for list in ["users", "roles", "permissions", "audit", "mails"] {
        for bad in ["limit=0", "limit=101", "limit=x", "limit=-1", "limit=99999999999999999999"] {
            names_field(&ada.get(&format!("/api/v1/{list}?{bad}")), 422, "invalid", "limit");
        }
        problem(&ada.get(&format!("/api/v1/{list}?cursor=made-up")), 400, "malformed");
        let whole = good(&ada.get(&format!("/api/v1/{list}?limit=100")), 200);
        let (mut found, mut cursor) = (vec![], String::new());
        loop {
            let page = good(&ada.get(&format!("/api/v1/{list}?limit=2&cursor={cursor}")), 200);
            assert_eq!(page["total"], whole["total"], "{list}");
            found.extend(super::column(&page, "id"));
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(found, super::column(&whole, "id"), "{list}");
        let back = ada.get(&format!("/api/v1/{list}?limit=2&cursor={cursor}")).json()["prev"].clone();
        assert_eq!(back.is_string(), found.len() > 2, "{list}");
        assert_eq!(good(&ada.get(&format!("/api/v1/{list}?q=no%25such_thing")), 200)["total"], 0, "{list}");
    }
    problem(&ada.get("/api/v1/users?limit=1&limit=2"), 400, "malformed");
    for (bad, field) in [
        ("users?sort=password_hash", "sort"),
        ("roles?sort=x", "sort"),
        ("users?filter=disable", "filter"),
        ("me?q=x", "q"),
        ("users?page=2", "page"),
        ("users?fields=id,password_hash", "fields"),
    ] {
        names_field(&ada.get(&format!("/api/v1/{bad}")), 422, "invalid", field);
    }
    names_field(&ada.get("/api/v1/users?role=x"), 422, "invalid", "role");
}

#[test]
fn the_cookie_of_another_server_is_nobody_here() {
    let site = Site::new();
    let mut stranger = site.program();
    let mine = site.program_of("bob").cookies()["rolecall"].clone();
    let flipped: String = mine.chars().rev().collect();
    let ask = json!({ "permission": "rolecall.users:read" });
    for cookie in [flipped.as_str(), "x", "%00", &format!("{}x", mine)] {
        stranger.cookies().insert("rolecall".into(), cookie.into());
        problem(&stranger.get("/api/v1/me"), 401, "sign_in_required");
        problem(&stranger.post("/api/v1/check", ask.clone()), 401, "sign_in_required");
    }
    stranger.cookies().insert("rolecall".into(), mine);
    good(&stranger.get("/api/v1/me"), 200);
    good(&stranger.post("/api/v1/check", ask.clone()), 200);
    // Signed with the same key, but the session is not in this server's database.
    let other = Site::new().program_of("bob").cookies()["rolecall"].clone();
    stranger.cookies().insert("rolecall".into(), other);
    problem(&stranger.get("/api/v1/me"), 401, "sign_in_required");
    problem(&stranger.post("/api/v1/check", ask), 401, "sign_in_required");
}

#[test]
fn another_sites_page_can_change_nothing() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let body = || json!({ "name": "pwned" }).to_string().into_bytes();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = ada.raw("POST", "/api/v1/roles", &[("content-type", "application/json"), (name, value)], body());
        problem(&answer, 403, "cross_site");
    }
    assert_eq!(ada.get("/api/v1/roles?q=pwned").json()["total"], 0);
    let listed = ada.raw(
        "POST",
        "/api/v1/roles",
        &[
            ("content-type", "application/json"),
            ("origin", "https://app.example.com"),
            ("sec-fetch-site", "cross-site"),
        ],
        body(),
    );
    good(&listed, 201);
    assert_eq!(
        (listed.header("access-control-allow-origin"), listed.header("access-control-allow-credentials")),
        ("https://app.example.com", "true")
    );
    assert!(listed.header("access-control-expose-headers").to_lowercase().contains("location"));
}

#[test]
fn a_preflight_is_granted_to_listed_origins_only() {
    let site = Site::new();
    let ask = |origin: &str, method: &str, headers: &str| {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        site.program().raw("OPTIONS", "/api/v1/users/1", &asked, vec![])
    };
    let granted = ask("https://app.example.com", "PATCH", "content-type, if-match, idempotency-key");
    assert_eq!((granted.status, granted.header("access-control-allow-origin")), (200, "https://app.example.com"));
    assert!(granted.header("access-control-allow-methods").contains("PATCH"));
    for (origin, method, headers) in [
        ("https://evil.example", "PATCH", "content-type"),
        ("null", "GET", ""),
        ("https://app.example.com", "TRACE", ""),
        ("https://app.example.com", "GET", "x-evil"),
    ] {
        let refused = ask(origin, method, headers);
        assert!(refused.status >= 400 && refused.status < 500, "{origin} {method} {headers}: {}", refused.status);
        assert_eq!(refused.header("access-control-allow-origin"), "", "{origin}");
    }
    let read = site.program_of("ada").raw("GET", "/api/v1/me", &[("origin", "https://evil.example")], vec![]);
    assert_eq!(read.header("access-control-allow-origin"), "");
}

#[test]
fn an_answer_has_just_the_fields_that_are_asked_for() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let list = good(&ada.get("/api/v1/users?fields=id,username&limit=2&sort=username"), 200);
    assert_eq!(list["items"], json!([{ "id": 1, "username": "ada" }, { "id": 2, "username": "bob" }]));
    assert_eq!((&list["total"], list["next"].is_string()), (&json!(3), true));
    assert_eq!(good(&ada.get("/api/v1/users/2?fields=email"), 200), json!({ "email": "bob@example.com" }));
    let whole = good(&ada.get("/api/v1/users/2"), 200);
    assert_eq!(good(&ada.get("/api/v1/users/2?fields="), 200), whole);
    // What is refused is told whole.
    problem(&ada.get("/api/v1/users/99?fields=email"), 404, "not_found");
    problem(&site.program_of("bob").get("/api/v1/users/1?fields=email"), 403, "forbidden");
}

#[test]
fn head_answers_what_get_does_but_for_the_body() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let get = ada.get("/api/v1/users/2");
    let head = ada.raw("HEAD", "/api/v1/users/2", &[], vec![]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(ada.raw("HEAD", "/api/v1/users/99", &[], vec![]).status, 404);
    assert_eq!(site.program().raw("HEAD", "/api/v1/users/2", &[], vec![]).status, 401);
}
