//! Separation of duty and standing rules, and what a dry run shows of them.

use super::{column, good, names_field, problem};
use crate::support::{Answer, Program, Site};
use serde_json::{Value, json};

fn role(ada: &mut Program, name: &str, kind: &str) -> i64 {
    good(&ada.post("/api/v1/roles", json!({ "name": name, "kind": kind })), 201)["id"].as_i64().unwrap()
}

fn give(ada: &mut Program, user: i64, role: i64) -> Answer {
    ada.post(&format!("/api/v1/users/{user}/roles"), json!({ "role_id": role }))
}

/// Refused by the constraint of this name.
fn refused(answer: &Answer, name: &str) {
    let body = problem(answer, 409, "constraint");
    assert!(body["detail"].as_str().unwrap().contains(name), "{body}");
}

fn constraint(ada: &mut Program, body: Value) -> Answer {
    ada.post("/api/v1/constraints", body)
}

#[test]
fn a_static_set_keeps_duties_apart_also_by_inclusion() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (payer, approver, boss) =
        (role(&mut ada, "payer", "role"), role(&mut ada, "approver", "role"), role(&mut ada, "boss", "role"));
    let made = constraint(&mut ada, json!({ "name": "four eyes", "kind": "ssd", "roles": [payer, approver], "n": 2 }));
    let set = good(&made, 201);
    assert_eq!((&set["roles"], &set["n"]), (&json!([payer, approver]), &json!(2)));
    good(&give(&mut ada, site.id("eve"), payer), 201);
    refused(&give(&mut ada, site.id("eve"), approver), "four eyes");
    good(&give(&mut ada, site.id("eve"), boss), 201);
    let include = |ada: &mut Program, junior: i64| {
        ada.post(&format!("/api/v1/roles/{boss}/inclusions"), json!({ "junior_id": junior }))
    };
    refused(&include(&mut ada, approver), "four eyes");
    good(&include(&mut ada, payer), 201);
    // The preview says so without doing anything.
    let seen = good(
        &ada.post(
            &format!("/api/v1/users/{}/roles?dry_run=1", site.id("eve")),
            json!({ "role_id": approver, "scope": "elsewhere" }),
        ),
        200,
    );
    assert_eq!((&seen["possible"], &seen["broken"][0]["name"]), (&json!(false), &json!("four eyes")));
    assert!(seen["broken"][0]["why"].as_str().unwrap().contains("eve"));
    // A second set over roles that eve has already is refused.
    let late = json!({ "name": "late", "kind": "ssd", "roles": [payer, boss], "n": 2 });
    refused(&constraint(&mut ada, late), "eve");
    good(&ada.delete(made.location()), 200);
    good(&give(&mut ada, site.id("eve"), approver), 201);
    problem(&ada.get(made.location()), 404, "not_found");
}

#[test]
fn assignments_that_never_meet_in_time_are_apart() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (a, b) = (role(&mut ada, "a", "role"), role(&mut ada, "b", "role"));
    good(&constraint(&mut ada, json!({ "name": "apart", "kind": "ssd", "roles": [a, b], "n": 2 })), 201);
    let path = format!("/api/v1/users/{}/roles", site.id("eve"));
    good(&ada.post(&path, json!({ "role_id": a, "valid_to": "2026-04-01" })), 201);
    refused(&ada.post(&path, json!({ "role_id": b, "valid_from": "2026-03-31" })), "apart");
    good(&ada.post(&path, json!({ "role_id": b, "valid_from": "2026-04-01" })), 201);
}

#[test]
fn sets_change_only_as_the_standard_allows() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let roles: Vec<i64> = ["a", "b", "c"].map(|name| role(&mut ada, name, "role")).into();
    let new = |n: i64, roles: &[i64]| json!({ "name": "set", "kind": "ssd", "roles": roles, "n": n });
    for n in [0, 1, 4] {
        names_field(&constraint(&mut ada, new(n, &roles)), 422, "invalid", "n");
    }
    names_field(&constraint(&mut ada, new(2, &roles[..1])), 422, "invalid", "roles");
    names_field(&constraint(&mut ada, new(2, &[roles[0], 4711])), 422, "invalid", "roles");
    names_field(&constraint(&mut ada, json!({ "name": "set", "kind": "odd" })), 422, "invalid", "kind");
    names_field(
        &constraint(&mut ada, json!({ "name": "", "kind": "ssd", "roles": roles, "n": 2 })),
        422,
        "invalid",
        "name",
    );
    let made = constraint(&mut ada, new(3, &roles));
    good(&made, 201);
    names_field(&constraint(&mut ada, new(2, &roles)), 409, "taken", "name");
    let path = made.location();
    problem(&ada.delete(&format!("{path}/roles/{}", roles[0])), 409, "constraint");
    names_field(&ada.patch(path, json!({ "n": 4 })), 422, "invalid", "n");
    assert_eq!(good(&ada.patch(path, json!({ "n": 2 })), 200)["n"], 2);
    assert_eq!(good(&ada.delete(&format!("{path}/roles/{}", roles[0])), 200)["roles"], json!(roles[1..]));
    problem(&ada.delete(&format!("{path}/roles/{}", roles[0])), 404, "not_found");
    good(&ada.post(&format!("{path}/roles"), json!({ "role_id": roles[0] })), 200);
    names_field(&ada.post(&format!("{path}/roles"), json!({ "role_id": roles[0] })), 409, "taken", "role_id");
    // A role that goes leaves its sets, as long as they stay sets.
    good(&ada.delete(&format!("/api/v1/roles/{}", roles[2])), 200);
    assert_eq!(good(&ada.get(path), 200)["roles"], json!(roles[..2]));
    problem(&ada.delete(&format!("/api/v1/roles/{}", roles[1])), 409, "constraint");
    assert_eq!(column(&good(&ada.get("/api/v1/constraints?kind=ssd"), 200), "name"), ["set"]);
    assert_eq!(good(&ada.get("/api/v1/constraints?kind=dsd"), 200)["total"], 0);
}

#[test]
fn standing_rules_are_refused_by_their_name() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (eve, bob) = (site.id("eve"), site.id("bob"));
    for (resource, action) in [("invoices", "pay"), ("servers", "delete")] {
        good(&ada.post("/api/v1/permissions", json!({ "resource": resource, "action": action })), 201);
    }
    let (contractors, ops) = (role(&mut ada, "contractors", "group"), role(&mut ada, "ops", "group"));
    let payer = role(&mut ada, "payer", "role");
    good(&ada.post(&format!("/api/v1/roles/{payer}/permissions"), json!({ "permission": "invoices:pay" })), 201);
    let rule =
        json!({ "name": "no contractor pays", "kind": "never", "role_id": contractors, "permission": "invoices:pay" });
    good(&constraint(&mut ada, rule), 201);
    good(&give(&mut ada, eve, contractors), 201);
    refused(&give(&mut ada, eve, payer), "no contractor pays");
    good(&give(&mut ada, bob, payer), 201);
    refused(&give(&mut ada, bob, contractors), "no contractor pays");
    // Ada holds everything: the rule cannot be made before she is in the group.
    let within = json!({ "name": "ops delete", "kind": "only_within", "role_id": ops, "permission": "*:delete" });
    refused(&constraint(&mut ada, within.clone()), "ada");
    good(&give(&mut ada, site.id("ada"), ops), 201);
    good(&constraint(&mut ada, within), 201);
    let killer = role(&mut ada, "killer", "role");
    good(&ada.post(&format!("/api/v1/roles/{killer}/permissions"), json!({ "permission": "servers:delete" })), 201);
    refused(&give(&mut ada, eve, killer), "ops delete");
    good(&give(&mut ada, eve, ops), 201);
    good(&give(&mut ada, eve, killer), 201);
    let member = role(&mut ada, "trained", "role");
    let requires = json!({ "name": "training first", "kind": "requires", "role_id": killer, "required_id": member });
    refused(&constraint(&mut ada, requires.clone()), "eve");
    good(&give(&mut ada, eve, member), 201);
    good(&constraint(&mut ada, requires), 201);
    let held = good(&ada.get(&format!("/api/v1/users/{eve}/roles")), 200);
    let training = held["items"].as_array().unwrap().iter().find(|one| one["role"] == "trained").unwrap()["id"].clone();
    refused(&ada.delete(&format!("/api/v1/users/{eve}/roles/{training}")), "training first");
    good(&give(&mut ada, bob, ops), 201);
    refused(&give(&mut ada, bob, killer), "training first");
    problem(&ada.delete(&format!("/api/v1/roles/{member}")), 409, "constraint");
}

#[test]
fn numbers_of_holders_are_kept() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (eve, bob) = (site.id("eve"), site.id("bob"));
    let admin = site.role("admin");
    let two = json!({ "name": "two admins", "kind": "at_least", "role_id": admin, "n": 2 });
    refused(&constraint(&mut ada, two.clone()), "two admins");
    let second = good(&give(&mut ada, eve, admin), 201)["id"].clone();
    good(&constraint(&mut ada, two), 201);
    refused(&ada.delete(&format!("/api/v1/users/{eve}/roles/{second}")), "two admins");
    refused(&ada.post(&format!("/api/v1/users/{eve}/disabled"), json!({})), "two admins");
    refused(&ada.delete(&format!("/api/v1/users/{eve}")), "two admins");
    let chair = role(&mut ada, "chair", "role");
    good(&constraint(&mut ada, json!({ "name": "one chair", "kind": "at_most", "role_id": chair, "n": 1 })), 201);
    good(&give(&mut ada, eve, chair), 201);
    refused(&give(&mut ada, bob, chair), "one chair");
}

#[test]
fn a_dynamic_set_keeps_roles_from_being_active_together() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (teller, auditor) = (role(&mut ada, "teller", "role"), role(&mut ada, "auditor", "role"));
    for (role, action) in [(teller, "book"), (auditor, "audit")] {
        good(&ada.post("/api/v1/permissions", json!({ "resource": "accounts", "action": action })), 201);
        let pattern = format!("accounts:{action}");
        good(&ada.post(&format!("/api/v1/roles/{role}/permissions"), json!({ "permission": pattern })), 201);
    }
    good(&give(&mut ada, site.id("eve"), teller), 201);
    good(&give(&mut ada, site.id("eve"), auditor), 201);
    let mut eve = site.program_of("eve");
    let may = |eve: &mut Program, action: &str| {
        good(&eve.post("/api/v1/check", json!({ "permission": format!("accounts:{action}") })), 200)["allowed"]
            .as_bool()
            .unwrap()
    };
    assert!(may(&mut eve, "book") && may(&mut eve, "audit"));
    let set = json!({ "name": "not both", "kind": "dsd", "roles": [teller, auditor], "n": 2 });
    good(&constraint(&mut ada, set), 201);
    // The earlier assignment stays active, the later one gives way; eve can turn it round.
    assert!(may(&mut eve, "book") && !may(&mut eve, "audit"));
    refused(&eve.post("/api/v1/sessions/current/roles", json!({ "role_id": auditor })), "not both");
    let turned = good(&eve.json("PUT", "/api/v1/sessions/current/roles", json!({ "role_ids": [auditor] })), 200);
    assert_eq!((&turned["active"][0]["name"], &turned["restricted"]), (&json!("auditor"), &json!(true)));
    assert!(!may(&mut eve, "book") && may(&mut eve, "audit"));
    // Of the user, whatever his session, all roles count.
    let of_user = json!({ "user": "eve", "permission": "accounts:book" });
    assert_eq!(good(&ada.post("/api/v1/check", of_user), 200)["allowed"], true);
}

#[test]
fn a_session_runs_with_a_part_of_the_roles() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (admin, member) = (site.role("admin"), site.role("member"));
    good(&give(&mut ada, site.id("ada"), member), 201);
    let roles = good(&ada.get("/api/v1/sessions/current/roles"), 200);
    assert_eq!(roles["active"].as_array().unwrap().len(), 2);
    good(&ada.delete(&format!("/api/v1/sessions/current/roles/{admin}")), 200);
    problem(&ada.get("/api/v1/users"), 403, "forbidden");
    problem(&give(&mut ada, site.id("eve"), member), 403, "forbidden");
    assert_eq!(good(&ada.post("/api/v1/check", json!({ "permission": "posts:read" })), 200)["allowed"], true);
    problem(&ada.delete(&format!("/api/v1/sessions/current/roles/{admin}")), 404, "not_found");
    problem(&ada.post("/api/v1/sessions/current/roles", json!({ "role_id": member })), 409, "active");
    let held = good(&ada.get("/api/v1/sessions/current/permissions"), 200);
    assert_eq!(column(&held, "permission"), ["posts:read"]);
    good(&ada.post("/api/v1/sessions/current/roles", json!({ "role_id": admin })), 200);
    good(&ada.get("/api/v1/users"), 200);
    // Nobody activates what he does not have, and nobody sees or changes the sessions of others.
    let mut bob = site.program_of("bob");
    names_field(&bob.post("/api/v1/sessions/current/roles", json!({ "role_id": admin })), 422, "invalid", "role_id");
    let session = good(&ada.get("/api/v1/sessions"), 200)["items"][0]["id"].clone();
    problem(&bob.get(&format!("/api/v1/sessions/{session}/roles")), 404, "not_found");
    problem(
        &bob.json("PUT", &format!("/api/v1/sessions/{session}/roles"), json!({ "role_ids": [] })),
        404,
        "not_found",
    );
    problem(&bob.delete(&format!("/api/v1/sessions/{session}")), 404, "not_found");
    // CreateSession with a subset.
    let mut new = site.program();
    let body = json!({ "username_or_email": "ada", "password": crate::support::password("ada"), "role_ids": [member] });
    assert_eq!(good(&new.post("/api/v1/sessions", body), 201)["active"][0]["name"], "member");
    problem(&new.get("/api/v1/users"), 403, "forbidden");
    let mut other = site.program();
    let body = json!({ "username_or_email": "bob", "password": crate::support::password("bob"), "role_ids": [admin] });
    names_field(&other.post("/api/v1/sessions", body), 422, "invalid", "role_id");
    problem(&other.get("/api/v1/me"), 401, "sign_in_required");
}

#[test]
fn a_role_is_put_above_or_below_others_in_one_step() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let member = site.role("member");
    let above = json!({ "name": "above", "includes": [member] });
    let above = good(&ada.post("/api/v1/roles", above), 201)["id"].as_i64().unwrap();
    let below = json!({ "name": "below", "included_by": [member] });
    let below = good(&ada.post("/api/v1/roles", below), 201)["id"].as_i64().unwrap();
    names_field(&ada.post("/api/v1/roles", json!({ "name": "lost", "includes": [4711] })), 422, "invalid", "junior_id");
    assert!(site.app.role_by_name(&rolecall::app::Actor::operator(), "lost").is_err(), "nothing half done");
    good(&give(&mut ada, site.id("eve"), above), 201);
    let names = |ada: &mut Program, path: String, field: &str| column(&good(&ada.get(&path), 200), field);
    assert_eq!(
        names(&mut ada, format!("/api/v1/users/{}/authorized-roles", site.id("eve")), "name"),
        ["above", "below", "member"]
    );
    assert_eq!(names(&mut ada, format!("/api/v1/roles/{below}/authorized-users"), "username"), ["bob", "eve"]);
    assert_eq!(names(&mut ada, format!("/api/v1/roles/{below}/assigned-users"), "username"), [] as [Value; 0]);
    assert_eq!(names(&mut ada, format!("/api/v1/roles/{member}/assigned-users"), "username"), ["bob"]);
    assert_eq!(names(&mut ada, format!("/api/v1/roles/{above}/effective-permissions"), "role_id"), [member]);
    assert_eq!(names(&mut ada, format!("/api/v1/roles/{above}/operations/posts"), "name"), ["posts:read"]);
    assert_eq!(names(&mut ada, format!("/api/v1/users/{}/operations/posts", site.id("eve")), "name"), ["posts:read"]);
}

#[test]
fn with_a_limited_hierarchy_a_role_includes_one_other() {
    let site = Site::with(|config| config.limited_hierarchy = true);
    let mut ada = site.program_of("ada");
    let (a, b, c) = (role(&mut ada, "a", "role"), role(&mut ada, "b", "role"), role(&mut ada, "c", "role"));
    let include = |ada: &mut Program, s: i64, j: i64| {
        ada.post(&format!("/api/v1/roles/{s}/inclusions"), json!({ "junior_id": j }))
    };
    good(&include(&mut ada, a, b), 201);
    problem(&include(&mut ada, a, c), 409, "limited_hierarchy");
    good(&include(&mut ada, b, c), 201);
}
