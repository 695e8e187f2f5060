//! The header `Idempotency-Key`.

use super::{column, good, names_field, problem};
use crate::support::{Answer, Program, Site, at_once};
use serde_json::{Value, json};

fn send(program: &mut Program, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    program.raw(method, path, &headers, body.to_string().into_bytes())
}

#[test]
fn a_write_that_is_sent_again_is_done_once_and_answered_alike() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let body = json!({ "name": "approver" });
    let first = send(&mut ada, "k1", "POST", "/api/v1/roles", &body);
    good(&first, 201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send(&mut ada, "k1", "POST", "/api/v1/roles", &body);
    assert_eq!((again.status, again.json(), again.location()), (201, first.json(), first.location()));
    assert_eq!((again.header("content-type"), again.header("idempotency-replayed")), ("application/json", "true"));
    // Without the key it is another wish.
    problem(&ada.post("/api/v1/roles", body.clone()), 409, "taken");
    // So it is with another key.
    problem(&send(&mut ada, "k2", "POST", "/api/v1/roles", &body), 409, "taken");
    let path = first.location().to_owned();
    let deleted = send(&mut ada, "k3", "DELETE", &path, &json!({}));
    good(&deleted, 200);
    assert_eq!(send(&mut ada, "k3", "DELETE", &path, &json!({})).body, deleted.body);
}

#[test]
fn a_key_belongs_to_one_request_of_one_user_for_a_day() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    good(&send(&mut ada, "k", "POST", "/api/v1/roles", &json!({ "name": "one" })), 201);
    for (method, path, body) in [
        ("POST", "/api/v1/roles", json!({ "name": "two" })),
        ("POST", "/api/v1/roles?dry_run=0", json!({ "name": "one" })),
        ("POST", "/api/v1/permissions", json!({ "name": "one" })),
    ] {
        names_field(&send(&mut ada, "k", method, path, &body), 422, "invalid", "Idempotency-Key");
    }
    for bad in ["", "ä", &"x".repeat(256)] {
        let dry = send(&mut ada, bad, "POST", "/api/v1/roles?dry_run=1", &json!({ "name": "z" }));
        names_field(&dry, 422, "invalid", "Idempotency-Key");
        names_field(
            &send(&mut ada, bad, "POST", "/api/v1/roles", &json!({ "name": "z" })),
            422,
            "invalid",
            "Idempotency-Key",
        );
    }
    // Bob's key is Bob's, whatever it is called; what he may not do is refused as ever.
    problem(
        &send(&mut site.program_of("bob"), "k", "POST", "/api/v1/roles", &json!({ "name": "one" })),
        403,
        "forbidden",
    );
    problem(
        &send(&mut site.program(), "k", "POST", "/api/v1/roles", &json!({ "name": "one" })),
        401,
        "sign_in_required",
    );
    site.pass(24 * 3600 + 1);
    let mut ada = site.program_of("ada");
    good(&send(&mut ada, "k", "POST", "/api/v1/roles", &json!({ "name": "two" })), 201);
}

#[test]
fn a_key_is_free_again_after_a_refusal_and_a_dry_run_takes_none() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    names_field(&send(&mut ada, "k", "POST", "/api/v1/roles", &json!({ "name": "" })), 422, "invalid", "name");
    good(&send(&mut ada, "k", "POST", "/api/v1/roles?dry_run=1", &json!({ "name": "one" })), 200);
    good(&send(&mut ada, "k", "POST", "/api/v1/roles", &json!({ "name": "one" })), 201);
    // A read is done as often as it is sent.
    good(&send(&mut ada, "k", "GET", "/api/v1/roles", &json!({})), 200);
}

#[test]
fn a_token_is_told_no_answer_that_its_owner_got() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let narrow = json!({ "name": "narrow", "permissions": ["rolecall.checks:read"] });
    let secret = good(&ada.post("/api/v1/me/tokens", narrow), 201)["secret"].as_str().unwrap().to_owned();
    let wide = json!({ "name": "wide" });
    let told = good(&send(&mut ada, "k", "POST", "/api/v1/me/tokens", &wide), 201);
    assert!(told["secret"].is_string());
    let again = send(&mut ada, "k", "POST", "/api/v1/me/tokens", &wide);
    assert_eq!(again.json(), told, "to whoever was told it once");
    let other = send(&mut site.program().bearing(&secret), "k", "POST", "/api/v1/me/tokens", &wide);
    names_field(&other, 422, "invalid", "Idempotency-Key");
}

#[test]
fn of_many_at_once_with_one_key_one_is_done() {
    let site = Site::new();
    let programs: Vec<Program> = (0..8).map(|_| site.program_of("ada")).collect();
    let body = json!({ "name": "once" });
    let answers = at_once(programs, |_, ada| send(ada, "k", "POST", "/api/v1/roles", &body));
    let (done, late): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert!(!done.is_empty() && done.iter().all(|answer| answer.body == done[0].body));
    assert!(late.iter().all(|answer| answer.status == 409 && answer.json()["code"] == "under_way"));
    let mut ada = site.program_of("ada");
    let named = column(&good(&ada.get("/api/v1/roles?q=once"), 200), "name");
    assert_eq!(named, ["once"]);
}
