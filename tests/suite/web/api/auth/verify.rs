//! May this request go on?

use super::{BROWSER, PROGRAM, invoices, rule, verify};
use crate::support::{Answer, Site};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

fn code(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.json()["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_stranger_is_sent_to_sign_in_as_a_browser_and_told_401_as_a_program() {
    let site = Site::new();
    let mut stranger = site.program();
    let sign_in = format!(
        "http://localhost:{}/auth/sign-in?to=http%3A%2F%2Fapp.example.com%2Fa%3Fb%3Dc%26d",
        site.address.port()
    );
    let answer = verify(&mut stranger, "", "/a?b=c&d", &[BROWSER]);
    assert_eq!((answer.status, answer.location()), (302, sign_in.as_str()));
    assert_eq!(answer.header("cache-control"), "no-store");
    for (query, headers) in
        [("", vec![PROGRAM]), ("", vec![BROWSER, ("x-forwarded-method", "POST")]), ("?redirect=no", vec![BROWSER])]
    {
        let answer = verify(&mut stranger, query, "/a?b=c&d", &headers);
        assert_eq!(code(&answer, 401), "sign_in_required");
        let way = if query.is_empty() { "" } else { sign_in.as_str() };
        assert_eq!(answer.location(), way, "nginx sends browsers there, and tells programs 401");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    // Whatever the method of the question itself.
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let about = [("x-forwarded-host", "a"), ("x-forwarded-uri", "/"), ("x-forwarded-method", "GET"), PROGRAM];
        assert_eq!(stranger.raw(method, "/auth/verify", &about, vec![]).status, 401, "{method}");
    }
}

#[test]
fn who_it_is_is_told_in_four_headers_that_are_always_there() {
    let site = Site::new();
    invoices(&site, "");
    rule(&site, json!({ "path": "/" }));
    let mut bob = site.program_of("bob");
    let answer = verify(&mut bob, "", "/", &[PROGRAM]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let all = ["remote-user", "remote-name", "remote-email", "remote-groups"].map(|name| answer.header(name));
    assert_eq!(all, ["bob", "Bob Example", "bob@example.com", "member,reader%2C first"]);
    let answer = verify(&mut site.program_of("eve"), "", "/", &[PROGRAM]);
    assert_eq!((answer.status, answer.header("remote-groups")), (200, ""));
    assert!(answer.headers.contains_key("remote-groups"), "or the client's own would be let through");
}

#[test]
fn all_permissions_of_the_query_are_needed_in_its_scope() {
    let site = Site::new();
    invoices(&site, "project/42");
    let mut bob = site.program_of("bob");
    let mut ask = |query: &str| verify(&mut bob, query, "/whatever//..", &[PROGRAM]);
    assert_eq!(ask("?permission=posts:read").status, 200, "the address does not matter where the proxy has decided");
    assert_eq!(code(&ask("?permission=invoices:read"), 403), "forbidden");
    let there = ask("?permission=invoices:read&scope=project/42/docs");
    assert_eq!((there.status, there.header("remote-groups")), (200, "member,reader%2C first"));
    assert_eq!(ask("?permission=posts:read").header("remote-groups"), "member", "a role elsewhere is none here");
    assert_eq!(ask("?permission=posts:read&permission=invoices:read&scope=project/42").status, 200);
    assert_eq!(code(&ask("?permission=posts:read&permission=rolecall.users:read"), 403), "forbidden");
    assert_eq!(code(&ask("?permission=nothing:known"), 403), "permission_not_registered");
    for odd in [
        "?permission=posts:*",
        "?permission=posts",
        "?permission=",
        "?scope=a",
        "?permision=posts:read",
        "?redirect=yes",
    ] {
        assert_eq!(code(&ask(odd), 422), "invalid", "{odd}");
    }
}

#[test]
fn the_rule_table_decides_and_is_closed() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let mut eve = site.program_of("eve");
    assert_eq!(code(&verify(&mut bob, "", "/", &[PROGRAM]), 403), "no_rule");
    rule(&site, json!({ "host": "app.example.com", "path": "/" }));
    let posts = rule(&site, json!({ "host": "*.example.com", "path": "/posts", "permission": "posts:read" }));
    assert_eq!(verify(&mut eve, "", "/posts", &[PROGRAM]).status, 200, "the host by name goes before");
    let ada = &mut site.program_of("ada");
    let path = format!("/api/v1/forward-rules/{posts}");
    assert_eq!(ada.patch(&path, json!({ "host": "app.example.com", "methods": ["GET", "post"] })).status, 200);
    assert_eq!(code(&verify(&mut eve, "", "/posts/1?x", &[PROGRAM]), 403), "forbidden", "in force at once");
    assert_eq!(verify(&mut bob, "", "/posts/1?x", &[PROGRAM]).status, 200);
    assert_eq!(verify(&mut eve, "", "/postscript", &[PROGRAM]).status, 200);
    for (method, status) in [("POST", 403), ("HEAD", 403), ("PUT", 200)] {
        assert_eq!(
            verify(&mut eve, "", "/posts", &[PROGRAM, ("x-forwarded-method", method)]).status,
            status,
            "{method}"
        );
    }
    assert_eq!(code(&verify(&mut eve, "", "/posts", &[PROGRAM, ("x-forwarded-host", "other.net")]), 403), "no_rule");
    // A permission that is gone is nobody's, not even the admin's.
    let id = ada.get("/api/v1/permissions?q=posts:read").json()["items"][0]["id"].as_i64().unwrap();
    assert_eq!(ada.delete(&format!("/api/v1/permissions/{id}")).status, 200);
    assert_eq!(code(&verify(ada, "", "/posts", &[PROGRAM]), 403), "permission_not_registered");
    assert_eq!(ada.delete(&path).status, 200);
    assert_eq!(verify(&mut eve, "", "/posts", &[PROGRAM]).status, 200);
}

#[test]
fn an_address_that_can_be_read_in_two_ways_is_refused_whoever_asks() {
    let site = Site::new();
    rule(&site, json!({ "path": "/" }));
    rule(&site, json!({ "path": "/Admin", "permission": "posts:read" }));
    let mut ada = site.program_of("ada");
    for uri in [
        "/x/../Admin",
        "//Admin",
        "/x;/Admin",
        "/%2e%2e/Admin",
        "/x%2fAdmin",
        "/x%5cAdmin",
        "/admin",
        "/x%25",
        "Admin",
        "/%ff",
    ] {
        assert_eq!(code(&verify(&mut ada, "", uri, &[PROGRAM]), 403), "ambiguous_address", "{uri}");
    }
    for header in [
        ("x-http-method-override", "DELETE"),
        ("x-original-url", "/Admin"),
        ("x-forwarded-method", "get"),
        ("x-forwarded-host", "a, b"),
        ("x-forwarded-host", "app.example.com."),
    ] {
        assert_eq!(code(&verify(&mut ada, "", "/", &[PROGRAM, header]), 403), "ambiguous_address", "{header:?}");
    }
    for missing in ["x-forwarded-host", "x-forwarded-uri", "x-forwarded-method"] {
        assert_eq!(code(&verify(&mut ada, "", "/", &[PROGRAM, (missing, "")]), 403), "no_address", "{missing}");
    }
    let twice = [("x-forwarded-uri", "/x"), ("x-forwarded-uri", "/Admin"), PROGRAM];
    assert_eq!(code(&verify(&mut ada, "", "", &twice), 403), "no_address");
    assert_eq!(verify(&mut ada, "", "/Admin/", &[PROGRAM]).status, 200);
}

#[test]
fn a_browser_that_may_not_is_told_on_a_page_which_permission_is_missing() {
    let site = Site::new();
    let mut eve = site.program_of("eve");
    let answer = verify(&mut eve, "?permission=posts:read", "/", &[BROWSER]);
    assert_eq!((answer.status, answer.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(answer.text("main").contains("posts:read") && answer.text("h1") == "Not allowed", "{}", answer.body);
    assert!(answer.text("small").contains(answer.header("x-request-id")));
    assert!(!answer.has("script, link, img, form, [style]"), "nothing of ours can be loaded there");
    let style = answer.body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(!style.contains("url(") && !style.contains("@import"));
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains(&format!("'sha256-{hash}'")), "{policy}");
    assert!(!policy.contains("unsafe"));
}

#[test]
fn what_is_taken_away_counts_at_the_next_request() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let ask = |bob: &mut crate::support::Program| verify(bob, "?permission=posts:read", "/", &[PROGRAM]).status;
    assert_eq!(ask(&mut bob), 200);
    let (user, assignment) = site.first_assignment(site.role("member")).unwrap();
    let mut ada = site.program_of("ada");
    assert_eq!(ada.delete(&format!("/api/v1/users/{user}/roles/{assignment}")).status, 200);
    assert_eq!(ask(&mut bob), 403);
    assert_eq!(ada.post(&format!("/api/v1/users/{user}/disabled"), json!({})).status, 200);
    assert_eq!(ask(&mut bob), 401);
}

#[test]
fn what_was_let_through_counts_as_a_use_of_the_permission() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    verify(&mut bob, "?permission=posts:read", "/", &[PROGRAM]);
    site.app.write_uses().unwrap();
    let uses = bob.get("/api/v1/me/uses").json();
    assert_eq!(uses["items"][0]["permission"], "posts:read", "{uses}");
}

#[test]
fn a_program_passes_by_its_token_within_what_that_has() {
    let site = Site::new();
    invoices(&site, "");
    let mut bob = site.program_of("bob");
    let made = bob.post("/api/v1/me/tokens", json!({ "name": "robot", "permissions": ["posts:read"] }));
    assert_eq!(made.status, 201, "{}", made.body);
    let token = format!("Bearer {}", made.json()["secret"].as_str().unwrap());
    let mut robot = site.program();
    let mut ask = |query: &str, token: &str| verify(&mut robot, query, "/", &[PROGRAM, ("authorization", token)]);
    let answer = ask("?permission=posts:read", &token);
    assert_eq!((answer.status, answer.header("remote-user")), (200, "bob"));
    assert_eq!(answer.header("remote-groups"), "", "a part of the owner's rights is not his roles");
    assert_eq!(code(&ask("?permission=invoices:read", &token), 403), "forbidden");
    assert_eq!(code(&ask("?permission=posts:read", "Bearer something"), 401), "invalid_token");
    assert_eq!(code(&ask("?permission=posts:read", "Basic eA=="), 401), "sign_in_required");
}

#[test]
fn a_client_does_not_choose_the_permission_by_its_own_query() {
    let site = Site::new();
    rule(&site, json!({ "path": "/", "permission": "rolecall.users:read" }));
    let mut bob = site.program_of("bob");
    let query = "?permission=posts:read";
    for passed_on in [
        format!("/{query}"),
        format!("/{query}#x"),
        format!("/{query}&redirect=no"),
        "/?permission=posts%3Aread".into(),
    ] {
        let answer = verify(&mut bob, query, &passed_on, &[PROGRAM]);
        assert_eq!(code(&answer, 403), "query_passed_on", "{passed_on}");
    }
    assert_eq!(code(&verify(&mut bob, "", &format!("/{query}"), &[PROGRAM]), 403), "forbidden");
    assert_eq!(verify(&mut bob, query, "/?other", &[PROGRAM]).status, 200, "it is the proxy's own");
}
