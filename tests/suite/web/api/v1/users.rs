//! Users, their roles and their sessions.

use super::{column, good, names_field, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn a_user_is_made_found_changed_and_deleted() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let made = ada.post(
        "/api/v1/users",
        json!({ "first_name": "Grace", "last_name": "Hopper", "username": "grace", "email": "grace@example.com" }),
    );
    let user = good(&made, 201);
    let path = format!("/api/v1/users/{}", user["id"]);
    assert_eq!(made.location(), path);
    assert_eq!(site.last_mail("grace@example.com").kind, "invite");
    assert_eq!(good(&ada.get("/api/v1/users?q=hopper"), 200)["items"][0]["id"], user["id"]);
    let changed = good(&ada.patch(&path, json!({ "last_name": "Murray" })), 200);
    assert_eq!(
        (&changed["first_name"], &changed["last_name"], &changed["username"]),
        (&json!("Grace"), &json!("Murray"), &json!("grace"))
    );
    assert_eq!(good(&ada.get(&path), 200)["last_name"], "Murray");
    good(&ada.delete(&format!("{path}?reason=a%20mistake")), 200);
    problem(&ada.get(&path), 404, "not_found");
    let event = good(&ada.get("/api/v1/audit?action=user.delete"), 200)["items"][0].clone();
    assert_eq!((&event["reason"], &event["object"]["id"]), (&json!("a mistake"), &user["id"]));
}

#[test]
fn names_are_unique_and_judged_all_at_once() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let person = |username: &str, email: &str| json!({ "first_name": "X", "username": username, "email": email });
    names_field(&ada.post("/api/v1/users", person("BOB", "x@example.com")), 409, "taken", "username");
    names_field(&ada.post("/api/v1/users", person("x", "bob@EXAMPLE.com")), 409, "taken", "email");
    names_field(
        &ada.patch(&format!("/api/v1/users/{}", site.id("eve")), json!({ "username": "bob" })),
        409,
        "taken",
        "username",
    );
    let bad = ada.post("/api/v1/users", json!({ "first_name": "", "username": "a@b", "email": "nope" }));
    for field in ["first_name", "username", "email"] {
        names_field(&bad, 422, "invalid", field);
    }
}

#[test]
fn lists_are_filtered_and_sorted() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let mut names = |query: &str| column(&good(&ada.get(&format!("/api/v1/users?{query}")), 200), "username");
    assert_eq!(names("sort=-username"), ["eve", "bob", "ada"]);
    assert_eq!(names("filter=disabled"), [json!(null); 0]);
    assert_eq!(names(&format!("role={}", site.role("member"))), ["bob"]);
    let row = good(&ada.get("/api/v1/users?q=bob"), 200)["items"][0].clone();
    assert_eq!(row["roles"], json!([{ "id": site.role("member"), "name": "member" }]));
}

#[test]
fn a_disabled_user_is_out_at_once_and_back_when_enabled() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    let path = format!("/api/v1/users/{}/disabled", site.id("bob"));
    good(&ada.post(&path, json!({ "reason": "on leave" })), 200);
    problem(&bob.get("/api/v1/me"), 401, "sign_in_required");
    assert_eq!(good(&ada.get(&format!("/api/v1/users/{}", site.id("bob"))), 200)["status"], "disabled");
    good(&ada.delete(&path), 200);
    good(&site.program_of("bob").get("/api/v1/me"), 200);
}

#[test]
fn the_last_admin_cannot_be_disabled_deleted_or_demoted() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let me = format!("/api/v1/users/{}", site.id("ada"));
    let held = good(&ada.get(&format!("{me}/roles")), 200)["items"][0]["id"].clone();
    problem(&ada.post(&format!("{me}/disabled"), json!({})), 409, "last_admin");
    problem(&ada.delete(&me), 409, "last_admin");
    problem(&ada.delete(&format!("{me}/roles/{held}")), 409, "last_admin");
    good(&ada.get("/api/v1/users"), 200);
}

#[test]
fn a_role_is_given_in_a_scope_and_taken_with_a_reason() {
    let site = Site::new();
    let (mut ada, mut eve) = (site.program_of("ada"), site.program_of("eve"));
    let path = format!("/api/v1/users/{}/roles", site.id("eve"));
    let made = ada.post(&path, json!({ "role_id": site.role("member"), "scope": "project/42", "valid_to": "2027-01-01T00:00:00Z", "reason": "stands in" }));
    let row = good(&made, 201);
    assert_eq!((&row["scope"], &row["given_by"]), (&json!("project/42"), &json!(site.id("ada"))));
    assert_eq!(good(&ada.get(made.location()), 200)["giver"], "ada");
    assert_eq!(
        eve.get("/api/v1/me").json()["permissions"],
        json!([{ "permission": "posts:read", "scope": "project/42", "conditional": false }])
    );
    assert_eq!(
        good(&ada.get(&format!("/api/v1/users/{}/permissions", site.id("eve"))), 200)["items"],
        eve.get("/api/v1/me").json()["permissions"]
    );
    names_field(
        &ada.post(&path, json!({ "role_id": site.role("member"), "scope": "project/42" })),
        409,
        "taken",
        "role_id",
    );
    good(&ada.json("DELETE", made.location(), json!({ "reason": "is back" })), 200);
    assert_eq!(eve.get("/api/v1/me").json()["permissions"], json!([]));
    problem(&ada.delete(made.location()), 404, "not_found");
    assert_eq!(ada.get("/api/v1/audit?action=role.take").json()["items"][0]["reason"], "is back");
}

#[test]
fn an_assignment_with_bad_fields_is_refused() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let path = format!("/api/v1/users/{}/roles", site.id("eve"));
    let member = site.role("member");
    names_field(&ada.post(&path, json!({ "role_id": member, "scope": "a b" })), 422, "invalid", "scope");
    names_field(&ada.post(&path, json!({ "role_id": member, "valid_from": "soon" })), 422, "invalid", "valid_from");
    names_field(&ada.post(&path, json!({ "role_id": member, "valid_to": "2020-01-01" })), 422, "invalid", "valid_to");
    problem(&ada.post(&path, json!({ "role_id": 999 })), 404, "not_found");
}

#[test]
fn sessions_of_a_user_are_ended_one_or_all() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let mut bobs = [site.program_of("bob"), site.program_of("bob"), site.program_of("bob")];
    let path = format!("/api/v1/users/{}/sessions", site.id("bob"));
    let list = good(&ada.get(&path), 200);
    assert_eq!((list["total"].as_i64(), column(&list, "current")), (Some(3), vec![json!(false); 3]));
    let one = list["items"][0]["id"].clone();
    assert_eq!(good(&ada.delete(&format!("{path}/{one}")), 200)["ended"], 1);
    problem(&ada.delete(&format!("{path}/{one}")), 404, "not_found");
    assert_eq!(bobs.iter_mut().filter_map(|bob| (bob.get("/api/v1/me").status == 200).then_some(())).count(), 2);
    assert_eq!(good(&ada.delete(&path), 200)["ended"], 2);
    assert!(bobs.iter_mut().all(|bob| bob.get("/api/v1/me").status == 401));
}
