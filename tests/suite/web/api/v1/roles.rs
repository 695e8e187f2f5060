//! Roles, what they have and what they include.

use super::{column, good, names_field, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn a_role_is_made_changed_and_deleted() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let made = ada.post("/api/v1/roles", json!({ "name": "Clerk", "description": "Files." }));
    let role = good(&made, 201);
    assert_eq!((&role["kind"], &role["built_in"]), (&json!("role"), &json!(false)));
    let changed = good(&ada.patch(made.location(), json!({ "name": "Filing clerk" })), 200);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Filing clerk"), &json!("Files.")));
    assert!(changed["revision"].as_i64() > role["revision"].as_i64());
    good(&ada.delete(made.location()), 200);
    problem(&ada.get(made.location()), 404, "not_found");
}

#[test]
fn names_of_roles_are_unique_and_those_of_rolecall_stay() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    names_field(&ada.post("/api/v1/roles", json!({ "name": "MEMBER" })), 409, "taken", "name");
    names_field(&ada.post("/api/v1/roles", json!({ "name": "x", "kind": "tribe" })), 422, "invalid", "kind");
    let admin = format!("/api/v1/roles/{}", site.role("admin"));
    problem(&ada.patch(&admin, json!({ "name": "boss" })), 409, "built_in");
    problem(&ada.delete(&admin), 409, "built_in");
}

#[test]
fn a_permission_is_given_to_a_role_and_taken_from_it() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    let path = format!("/api/v1/roles/{}/permissions", site.role("member"));
    let made = ada.post(&path, json!({ "permission": "posts:*", "reason": "writes too" }));
    assert_eq!(good(&made, 201)["permission"], "posts:*");
    assert_eq!(column(&good(&ada.get(&path), 200), "permission"), ["posts:*", "posts:read"]);
    assert_eq!(bob.get("/api/v1/me").json()["permissions"].as_array().unwrap().len(), 2);
    names_field(&ada.post(&path, json!({ "permission": "posts:*" })), 409, "taken", "permission");
    names_field(&ada.post(&path, json!({ "permission": "posts" })), 422, "invalid", "permission");
    names_field(&ada.post(&path, json!({ "permission": "nothing:registered" })), 422, "invalid", "permission");
    good(&ada.delete(made.location()), 200);
    assert_eq!(bob.get("/api/v1/me").json()["permissions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_role_includes_another_and_a_circle_is_named() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let senior = good(&ada.post("/api/v1/roles", json!({ "name": "senior" })), 201)["id"].clone();
    let member = site.role("member");
    let made = ada.post(&format!("/api/v1/roles/{senior}/inclusions"), json!({ "junior_id": member }));
    good(&made, 201);
    assert_eq!(good(&ada.get(made.location()), 200)["junior"], "member");
    let view = good(&ada.get(&format!("/api/v1/roles/{senior}")), 200);
    assert_eq!(view["inherited"], json!([{ "permission": "posts:read", "from": { "id": member, "name": "member" } }]));
    assert_eq!(good(&ada.get(&format!("/api/v1/roles/{member}")), 200)["included_by"][0]["name"], "senior");
    let circle = problem(
        &ada.post(&format!("/api/v1/roles/{member}/inclusions"), json!({ "junior_id": senior })),
        409,
        "circle",
    );
    assert!(
        circle["detail"].as_str().unwrap().contains("member includes senior")
            || circle["detail"].as_str().unwrap().contains("senior includes member"),
        "{circle}"
    );
    names_field(
        &ada.post(&format!("/api/v1/roles/{member}/inclusions"), json!({ "junior_id": 999 })),
        422,
        "invalid",
        "junior_id",
    );
    good(&ada.delete(made.location()), 200);
    assert_eq!(good(&ada.get(&format!("/api/v1/roles/{senior}/inclusions")), 200)["total"], 0);
}

#[test]
fn two_patches_of_different_fields_both_last() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let path = format!("/api/v1/roles/{}", site.role("member"));
    good(&ada.patch(&path, json!({ "name": "Reader" })), 200);
    good(&ada.patch(&path, json!({ "description": "New." })), 200);
    let role = good(&ada.get(&path), 200);
    assert_eq!((&role["name"], &role["description"]), (&json!("Reader"), &json!("New.")));
}

#[test]
fn a_new_role_has_its_permissions_from_the_beginning_or_is_not_made() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let made = ada.post("/api/v1/roles", json!({ "name": "poster", "permissions": ["posts:read", "posts:*"] }));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(ada.get(made.location()).json()["permissions"].as_array().unwrap().len(), 2);
    let wrong = ada.post("/api/v1/roles", json!({ "name": "other", "permissions": ["posts:read", "posts:raed"] }));
    assert_eq!((wrong.status, wrong.json()["errors"]["permissions"].is_null()), (422, false), "{}", wrong.body);
    let maker = crate::support::role(&site, "maker", &["rolecall.roles:write", "rolecall.roles:read"]);
    crate::support::give(&site, "eve", maker);
    let refused = site.program_of("eve").post("/api/v1/roles", json!({ "name": "o", "permissions": ["posts:read"] }));
    assert_eq!(refused.status, 403);
    assert_eq!(ada.get("/api/v1/roles?q=other").json()["total"], 0);
}
