//! What the panel can do, programs can.

use super::{good, names_field, problem};
use crate::support::{Program, Site, password};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// App methods that pages call and no route of the API does, each with the reason.
const PAGES_ONLY: &[(&str, &str)] = &[
    (
        "begin_list_export export_audit next_of_export role_members audit_length",
        "files for people; programs page the lists",
    ),
    (
        "assignments chosen_users users_by_ids users_named sessions_chosen role_name username find_user",
        "shows what was ticked; programs name ids",
    ),
    (
        "pattern_named patterns_named permission_named role_named roles_named user_named was_registered subject",
        "names that are typed; programs name ids",
    ),
    (
        "constraint_list constraint_view forward_rule role_reach role_members_to_come describe_permission",
        "the same, as a page shows it",
    ),
    ("update_constraint update_role update_account create_role_having", "whole forms; programs patch, or create whole"),
    (
        "set_user_disabled sessions_of_all end_sessions first_holders permissions_by",
        "the same act by another method of the App",
    ),
    (
        "done_by undone_by name_matrix_change understand jobs_under_way beginners user_activity",
        "words for people around an act that has a route",
    ),
    (
        "idle_seconds password_min sign_in_settings trusted_device_days resources failed_mails pending_email verify_audit",
        "facts beside a form",
    ),
    ("test_mail_outcome", "`/mails/{id}` tells it"),
    ("clone new_token due forward_token", "no act"),
    ("sign_in finish_sign_in send_code check_setup_link set_up", "the way in, by its own routes or by a browser alone"),
    (
        "confirm_email_change email_link undo_email_change disown disowning_link reset_link verification_link",
        "links in mails: a person opens them",
    ),
];

fn called(folder: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            called(path.to_str().unwrap(), found);
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let squeezed = text.split_whitespace().collect::<String>();
        for mark in ["app.", "App::"] {
            for rest in squeezed.split(mark).skip(1) {
                let end = rest.find(|c: char| c != '_' && !c.is_ascii_lowercase()).unwrap_or(rest.len());
                let is_call = mark == "App::" || rest[end..].starts_with('(');
                found.extend(is_call.then(|| rest[..end].to_owned()).filter(|name| !name.is_empty()));
            }
        }
    }
}

#[test]
fn whatever_pages_do_has_a_route_or_a_reason() {
    let (mut pages, mut api) = (BTreeSet::new(), BTreeSet::new());
    called("src/web/pages", &mut pages);
    called("src/web/api", &mut api);
    assert!(pages.len() > 100 && api.len() > 100, "{} {}", pages.len(), api.len());
    let excused: BTreeSet<&str> = PAGES_ONLY.iter().flat_map(|(names, _)| names.split(' ')).collect();
    let missing: Vec<&String> = pages.difference(&api).filter(|name| !excused.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "no route of the API does what these do: {missing:?}");
}

fn done(program: &mut Program, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let dry = program.json(method, &format!("/api/v1{path}?dry_run=1"), body.clone());
    good(&dry, 200);
    let answer = program.json(method, &format!("/api/v1{path}"), body.clone());
    assert_eq!(answer.status, status, "{path} {}", answer.body);
    if status == 204 { json!(null) } else { answer.json() }
}

#[test]
fn one_sees_to_ones_own_account() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    assert_eq!(done(&mut bob, "PATCH", "/me", &json!({ "first_name": "Robert" }), 200)["first_name"], "Robert");
    names_field(&bob.patch("/api/v1/me", json!({ "email": "x@example.com" })), 422, "invalid", "email");
    let new = json!({ "current_password": password("bob"), "password": "an altogether different one" });
    let wrong = json!({ "current_password": "wrong", "password": "an altogether different one" });
    names_field(&bob.json("PUT", "/api/v1/me/password", wrong), 422, "invalid", "current_password");
    let mut other = site.program_of("bob");
    done(&mut bob, "PUT", "/me/password", &new, 204);
    problem(&other.get("/api/v1/me"), 401, "sign_in_required");
    good(&bob.get("/api/v1/me"), 200);
    problem(&bob.post("/api/v1/me/recovery-codes", json!({})), 409, "no_factor");
    done(&mut bob, "POST", "/me/verification", &json!({}), 204);
    assert!(site.last_mail("bob@example.com").path().contains("/verify/"));
    let told = good(&bob.get("/api/v1/me/activity"), 200);
    assert_eq!(told["items"][0]["action"], "password.change");
}

#[test]
fn an_admin_does_what_the_panel_does() {
    let site = Site::new();
    let (mut ada, bob) = (site.program_of("ada"), site.id("bob"));
    let security = good(&ada.get(&format!("/api/v1/users/{bob}/security")), 200);
    assert_eq!((&security["factors"], &security["password_off"]), (&json!([]), &json!(false)));
    done(&mut ada, "POST", &format!("/users/{bob}/password-reset"), &json!({}), 204);
    assert!(site.last_mail("bob@example.com").path().contains("/reset/"));
    let devices = format!("/api/v1/users/{bob}/trusted-devices");
    problem(&ada.json("DELETE", &devices, json!({ "reason": "lost" })), 404, "not_found");
    problem(&ada.delete(&format!("{devices}/1")), 404, "not_found");
    // Several assignments at once.
    let mut give = |name: &str| {
        let role = good(&ada.post("/api/v1/roles", json!({ "name": name })), 201)["id"].clone();
        good(&ada.post(&format!("/api/v1/users/{bob}/roles"), json!({ "role_id": role })), 201)["id"].clone()
    };
    let ids = json!([give("clerk"), give("teller")]);
    let end = site.now().plus_seconds(3 * 24 * 3600).rfc3339();
    done(&mut ada, "PATCH", "/assignments", &json!({ "ids": ids, "valid_to": end }), 200);
    let ending = good(&ada.get("/api/v1/assignments/ending"), 200);
    assert_eq!((&ending["total"], &ending["items"][0]["username"]), (&json!(2), &json!("bob")));
    assert_eq!(good(&ada.get("/api/v1/assignments/ending?days=2"), 200)["total"], 0);
    names_field(&ada.get("/api/v1/assignments/ending?days=0"), 422, "invalid", "days");
    let ids: Vec<Value> = super::column(&ending, "id");
    done(&mut ada, "POST", "/assignments/taking", &json!({ "ids": ids, "reason": "over" }), 200);
    assert_eq!(good(&ada.get("/api/v1/assignments/ending"), 200)["total"], 0);
    // The log, and what is found by words.
    let last = good(&ada.get("/api/v1/audit?limit=1"), 200)["items"][0]["id"].clone();
    let event = good(&ada.get(&format!("/api/v1/audit/{last}")), 200);
    assert_eq!((&event["id"], &event["action"]), (&last, &json!("role.take")));
    assert!(!event["around"].as_array().unwrap().is_empty());
    problem(&ada.get("/api/v1/audit/999999"), 404, "not_found");
    assert_eq!(done(&mut ada, "POST", "/audit/verification", &json!({}), 202)["kind"], "verify_audit");
    assert_eq!(good(&ada.get("/api/v1/search?q=bob"), 200)["users"][0]["username"], "bob");
    assert_eq!(good(&ada.get("/api/v1/suggestions?kind=user&q=bo"), 200)["suggestions"][0]["name"], "bob");
    assert_eq!(good(&ada.get("/api/v1/overview"), 200)["people"]["users"], json!({ "number": 3, "exact": true }));
    // Mails.
    let mail = done(&mut ada, "POST", "/settings/test-mail", &json!({}), 202)["mail_id"].clone();
    good(&ada.get(&format!("/api/v1/mails/{mail}")), 200);
    problem(&ada.post(&format!("/api/v1/mails/{mail}/retry"), json!({})), 409, "not_failed");
    assert_eq!(done(&mut ada, "POST", "/mails/retry", &json!({}), 200)["mails"], 0);
    problem(&ada.post("/api/v1/jobs/999/resumption", json!({})), 404, "not_found");
}

#[test]
fn who_is_no_admin_gets_none_of_it() {
    let site = Site::new();
    let (mut eve, bob) = (site.program_of("eve"), site.id("bob"));
    for path in ["overview", "search?q=a", "suggestions?kind=user&q=b", "assignments/ending", "audit/1", "mails/1"] {
        problem(&eve.get(&format!("/api/v1/{path}")), 403, "forbidden");
    }
    problem(&eve.get(&format!("/api/v1/users/{bob}/security")), 403, "forbidden");
    for path in [
        format!("users/{bob}/password-reset"),
        "audit/verification".into(),
        "mails/retry".into(),
        "settings/test-mail".into(),
    ] {
        problem(&eve.post(&format!("/api/v1/{path}"), json!({})), 403, "forbidden");
    }
    let ids = json!({ "ids": [site.first_assignment(site.role("member")).unwrap().0] });
    problem(&eve.post("/api/v1/assignments/taking", ids), 403, "forbidden");
}

#[test]
fn mailed_codes_are_turned_on_by_a_mailed_code() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let at = "/api/v1/me/factors/email";
    problem(&site.program().post(at, json!({})), 401, "sign_in_required");
    assert_eq!(bob.post(at, json!({})).status, 202);
    names_field(&bob.post(at, json!({ "code": "00000000" })), 422, "invalid", "code");
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(bob.post(at, json!({ "code": code, "end_other_sessions": false })).status, 204);
    assert_eq!(good(&bob.get("/api/v1/me/factors"), 200)["items"][0]["method"], "email");
    problem(&bob.post(at, json!({})), 409, "already_on");
}

#[test]
fn two_users_are_compared() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    let found = good(&ada.get(&format!("/api/v1/users/{bob}/comparison/{eve}")), 200);
    assert_eq!(
        (&found["only_first"][0]["permission"], &found["both"], &found["only_second"]),
        (&json!("posts:read"), &json!([]), &json!([]))
    );
    let past = good(&ada.get(&format!("/api/v1/users/{bob}/comparison/{eve}?at=2001-01-01")), 200);
    assert_eq!(past["only_first"], json!([]));
    problem(&ada.get(&format!("/api/v1/users/{bob}/comparison/999")), 404, "not_found");
    names_field(&ada.get(&format!("/api/v1/users/{bob}/comparison/{eve}?at=then")), 422, "invalid", "at");
    problem(&site.program_of("eve").get(&format!("/api/v1/users/{eve}/comparison/{bob}")), 403, "forbidden");
}

#[test]
fn the_trust_in_one_device_ends_and_then_in_all() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut ada = site.program_of("ada");
    let security = format!("/api/v1/users/{}/security", site.id("bob"));
    let trusted = |ada: &mut Program| good(&ada.get(&security), 200)["trusted_devices"].as_array().unwrap().clone();
    for _ in 0..2 {
        let mut browser = site.browser();
        browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
        assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&secret)), ("trust", "1")]).status, 303);
        site.pass(60);
    }
    let devices = trusted(&mut ada);
    assert_eq!(devices.len(), 2);
    let all = format!("/api/v1/users/{}/trusted-devices", site.id("bob"));
    let one = format!("{all}/{}", devices[0]["id"]);
    assert_eq!(good(&ada.delete(&format!("{one}?dry_run=1")), 200)["dry_run"], true);
    assert_eq!(trusted(&mut ada).len(), 2);
    good(&ada.delete(&one), 200);
    assert_eq!(trusted(&mut ada), devices[1..]);
    good(&ada.json("DELETE", &all, json!({ "reason": "a lost laptop" })), 200);
    assert_eq!(trusted(&mut ada), Vec::<Value>::new());
}

#[test]
fn new_recovery_codes_end_those_before() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut bob = site.program();
    let sign_in = |program: &mut Program, token: &str| {
        let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": token });
        program.post("/api/v1/sessions", body).status
    };
    assert_eq!(sign_in(&mut bob, &site.totp(&secret)), 201);
    let made = |bob: &mut Program| -> Vec<String> {
        let told = good(&bob.post("/api/v1/me/recovery-codes", json!({})), 200);
        told["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = (made(&mut bob), made(&mut bob));
    assert_eq!((first.len(), second.len()), (8, 8));
    assert_eq!(sign_in(&mut site.program(), &first[0]), 401);
    assert_eq!(sign_in(&mut site.program(), &second[0]), 201);
    assert_eq!(good(&bob.get("/api/v1/me/factors"), 200)["recovery_codes_left"], 7);
}

#[test]
fn a_mail_that_failed_is_sent_again_and_so_are_all() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    site.database.tamper(
        "UPDATE mails SET failed_at = created_at, next_try_at = NULL, tries = 10, last_error = 'connection refused'",
    );
    let failed =
        |ada: &mut Program| good(&ada.get("/api/v1/mails?filter=failed"), 200)["items"].as_array().unwrap().clone();
    let before = failed(&mut ada);
    assert!(before.len() >= 2);
    let one = format!("/api/v1/mails/{}/retry", before[0]["id"]);
    assert_eq!(ada.post(&one, json!({})).status, 204);
    assert_eq!(failed(&mut ada), before[1..]);
    problem(&ada.post(&one, json!({})), 409, "not_failed");
    assert_eq!(good(&ada.post("/api/v1/mails/retry", json!({})), 200)["mails"], before.len() - 1);
    assert_eq!(failed(&mut ada), Vec::<Value>::new());
}

#[test]
fn a_job_whose_node_died_goes_on() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let begun = ada.post("/api/v1/audit/verification", json!({}));
    let id = begun.json()["id"].as_i64().unwrap_or_else(|| panic!("{} {}", begun.status, begun.body));
    let resumption = format!("/api/v1/jobs/{id}/resumption");
    problem(&ada.post(&resumption, json!({})), 409, "not_interrupted");
    site.database.tamper(&format!(
        "UPDATE jobs SET state = 'running', claim = 'x', heartbeat_at = '2026-03-02 08:00:00' WHERE id = {id}"
    ));
    assert_eq!(good(&ada.get(&format!("/api/v1/jobs/{id}")), 200)["status"], "interrupted");
    assert_eq!(good(&ada.post(&resumption, json!({})), 200)["status"], "queued");
}
