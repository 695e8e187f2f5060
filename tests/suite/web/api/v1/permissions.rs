//! Registered permissions.

use super::{column, good, names_field, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn a_permission_is_registered_described_and_deleted() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let made =
        ada.post("/api/v1/permissions", json!({ "resource": "Invoices", "action": "approve", "label": "Approve" }));
    assert_eq!(good(&made, 201)["name"], "invoices:approve");
    let changed = good(&ada.patch(made.location(), json!({ "description": "For payment." })), 200);
    assert_eq!((&changed["label"], &changed["description"]), (&json!("Approve"), &json!("For payment.")));
    names_field(&ada.patch(made.location(), json!({ "name": "invoices:pay" })), 422, "invalid", "name");
    assert_eq!(column(&good(&ada.get("/api/v1/permissions?q=invoices"), 200), "name"), ["invoices:approve"]);
    let view = good(&ada.get(made.location()), 200);
    assert_eq!((&view["people"], &view["last_used_at"], &view["last_uses"]), (&json!(1), &json!(null), &json!([])));
    let everywhere = json!([{ "scope": "", "conditional": false }]);
    assert_eq!(view["first_people"], json!([{ "id": site.id("ada"), "username": "ada", "places": everywhere }]));
    assert_eq!(view["roles"], json!([{ "id": site.role("admin"), "name": "admin", "own": true }]));
    good(&ada.delete(made.location()), 200);
    problem(&ada.get(made.location()), 404, "not_found");
}

#[test]
fn a_permission_is_registered_once_and_well_named() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    names_field(
        &ada.post("/api/v1/permissions", json!({ "resource": "posts", "action": "READ" })),
        409,
        "taken",
        "name",
    );
    let bad = ada.post("/api/v1/permissions", json!({ "resource": "*", "action": "a b" }));
    names_field(&bad, 422, "invalid", "resource");
    names_field(&bad, 422, "invalid", "action");
    problem(&ada.delete("/api/v1/permissions/1"), 409, "built_in");
}
