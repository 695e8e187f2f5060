//! For proxies in front of applications.

mod sign_in;
mod verify;

use crate::support::{Answer, Browser, Program, Site};
use serde_json::{Value, json};

const BROWSER: (&str, &str) = ("accept", "text/html");
const PROGRAM: (&str, &str) = ("accept", "application/json");

/// What a proxy asks about `GET http://app.example.com…`, for whoever has these cookies.
fn verify(program: &mut Program, query: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let about = [("x-forwarded-host", "app.example.com"), ("x-forwarded-uri", uri), ("x-forwarded-proto", "http")];
    let mut all: Vec<(&str, &str)> =
        about.into_iter().filter(|(name, _)| !headers.iter().any(|(other, _)| other == name)).collect();
    if !headers.iter().any(|(name, _)| *name == "x-forwarded-method") {
        all.push(("x-forwarded-method", "GET"));
    }
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    program.raw("GET", &format!("/auth/verify{query}"), &all, vec![])
}

/// A rule that ada makes.
fn rule(site: &Site, body: Value) -> i64 {
    let answer = site.program_of("ada").post("/api/v1/forward-rules", body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["id"].as_i64().unwrap()
}

/// One who has nothing but the cookie that an application is sent.
fn behind_the_proxy(site: &Site, browser: &mut Browser, to: &str) -> Program {
    let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
    let answer = browser.get(&format!("/auth/sign-in?to={to}"));
    assert_eq!(answer.status, 200, "{} {}", answer.location(), answer.body);
    let mut program = site.program();
    let cookie = browser.cookies()["rolecall-forward"].clone();
    program.cookies().insert("rolecall-forward".into(), cookie);
    program
}

/// A permission `invoices:read` for the role `member`, in this scope, which bob gets.
fn invoices(site: &Site, scope: &str) {
    let mut ada = site.program_of("ada");
    let made = ada.post("/api/v1/permissions", json!({ "resource": "invoices", "action": "read" }));
    assert_eq!(made.status, 201, "{}", made.body);
    let role = ada.post("/api/v1/roles", json!({ "name": "reader, first", "permissions": ["invoices:read"] })).json();
    let path = format!("/api/v1/users/{}/roles", site.id("bob"));
    assert_eq!(ada.post(&path, json!({ "role_id": role["id"], "scope": scope })).status, 201);
}
