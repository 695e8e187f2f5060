//! The audit log and the outbox.

use super::{column, good, names_field, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn the_log_tells_who_did_what_to_whom_and_is_narrowed() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let member = site.role("member");
    ada.patch(&format!("/api/v1/roles/{member}"), json!({ "description": "Reads." }));
    let event = good(&ada.get("/api/v1/audit"), 200)["items"][0].clone();
    assert_eq!(
        (&event["action"], &event["actor"]["name"], &event["object"]),
        (&json!("role.update"), &json!("ada"), &json!({ "kind": "role", "id": member, "name": "member" }))
    );
    assert_eq!(
        (&event["before"]["description"], &event["after"]["description"]),
        (&json!("Reads posts."), &json!("Reads."))
    );
    let mut actions = |query: &str| column(&good(&ada.get(&format!("/api/v1/audit?{query}")), 200), "action");
    assert_eq!(actions("actor_id=1&action=role"), ["role.update"]);
    assert_eq!(actions(&format!("object_kind=role&object_id={member}&action=permission")), ["permission.grant"]);
    assert_eq!(actions(&format!("user_id={}", site.id("bob"))), ["role.give", "user.sign_up"]);
    names_field(&ada.get("/api/v1/audit?actor_id=x"), 422, "invalid", "actor_id");
    names_field(&ada.get("/api/v1/audit?object_id=1"), 422, "invalid", "object_kind");
    names_field(&ada.get("/api/v1/audit?object_kind=user"), 422, "invalid", "object_id");
}

#[test]
fn the_outbox_is_listed_without_what_the_mails_say() {
    let site = Site::new();
    let answer = site.program_of("ada").get("/api/v1/mails?q=bob&filter=waiting");
    let mail = good(&answer, 200)["items"][0].clone();
    assert_eq!(
        (&mail["to_address"], &mail["status"], &mail["kind"]),
        (&json!("bob@example.com"), &json!("waiting"), &json!("welcome"))
    );
    let token = site.last_mail("bob@example.com").path();
    assert!(mail.get("body").is_none() && !answer.body.contains(&token));
}

#[test]
fn a_revision_is_undone_by_a_program_after_a_look() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (eve, member) = (site.id("eve"), site.role("member"));
    let given = good(&ada.post(&format!("/api/v1/users/{eve}/roles"), json!({ "role_id": member })), 201);
    let address = format!("/api/v1/revisions/{}/undo", given["revision"]);
    let preview = good(&ada.post(&format!("{address}?dry_run=1"), json!({})), 200);
    assert_eq!(preview["users"][0]["losses"][0]["permission"], "posts:read");
    let undone = good(&ada.post(&address, json!({ "reason": "wrong" })), 200);
    assert_eq!(undone["revision"].as_i64().unwrap(), given["revision"].as_i64().unwrap() + 1);
    problem(&ada.post(&address, json!({})), 409, "already_undone");
    problem(&ada.post("/api/v1/revisions/4711/undo", json!({})), 404, "not_found");
    problem(&site.program_of("bob").post(&address, json!({})), 403, "forbidden");
    problem(&site.program().post(&address, json!({})), 401, "sign_in_required");
}
