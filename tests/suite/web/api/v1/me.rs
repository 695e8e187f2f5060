//! Oneself, and one's sessions.

use super::{column, good, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn bob_sees_himself_with_his_roles_and_permissions() {
    let site = Site::new();
    let me = good(&site.program_of("bob").get("/api/v1/me"), 200);
    assert_eq!(
        (&me["user"]["username"], &me["user"]["status"], &me["factors"]),
        (&json!("bob"), &json!("active"), &json!([]))
    );
    assert_eq!(
        (&me["roles"][0]["role"], &me["roles"][0]["reason"], &me["roles"][0]["in_force"]),
        (&json!("member"), &json!("a member"), &json!(true))
    );
    assert_eq!(me["permissions"], json!([{ "permission": "posts:read", "scope": "", "conditional": false }]));
    assert!(!me.to_string().contains("password"), "{me}");
}

#[test]
fn a_session_is_listed_and_ended() {
    let site = Site::new();
    let (mut one, mut other) = (site.program_of("bob"), site.program_of("bob"));
    let list = good(&one.get("/api/v1/sessions"), 200);
    assert_eq!(list["total"], 2);
    assert_eq!(column(&list, "current").iter().filter(|current| **current == json!(true)).count(), 1);
    assert_eq!(list["items"][0]["factors"], json!(["password"]));
    assert!(good(&one.delete("/api/v1/sessions/current"), 200)["revision"].is_i64());
    problem(&one.get("/api/v1/sessions"), 401, "sign_in_required");
    assert_eq!(good(&other.get("/api/v1/sessions"), 200)["total"], 1);
    problem(&site.program().delete("/api/v1/sessions/current"), 401, "sign_in_required");
}

#[test]
fn an_ended_session_stays_ended_though_its_cookie_comes_again() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let cookie = bob.cookies()["rolecall"].clone();
    good(&bob.delete("/api/v1/sessions/current"), 200);
    bob.cookies().insert("rolecall".into(), cookie);
    problem(&bob.get("/api/v1/me"), 401, "sign_in_required");
}
