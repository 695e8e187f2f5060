use crate::support::{Site, password};
use serde_json::json;

const PAGE: &str = "/admin/sessions/end";

#[test]
fn ada_ends_the_sessions_of_all_users_and_keeps_her_own_by_choice() {
    let site = Site::new();
    let (mut ada, mut other, mut bob) = (site.browser_of("ada"), site.browser_of("ada"), site.browser_of("bob"));
    let mut program = site.program_of("eve");
    assert!(ada.get("/admin/sessions").has(&format!("a[href='{PAGE}']")));
    let page = ada.get(PAGE);
    assert!(page.text(".effects").contains("4 sessions now") && page.attr("#f-keep_own", "checked").is_some());
    assert_eq!(ada.submit(PAGE, &[("reason", "a key was stolen")]).location(), "/admin/sessions");
    assert!(ada.get("/admin/sessions").text(".flash").contains("Ended 3 sessions"));
    let log = ada.get("/admin/audit").text(".timeline li");
    assert!(log.contains("ended the sessions of all users") && log.contains("a key was stolen"), "{log}");
    assert_eq!((bob.get("/account").status, other.get("/admin").status), (303, 303));
    assert_eq!(program.get("/api/v1/me").status, 401);
    assert!(bob.visit("/account").text(".callout").contains("The sessions of all users were ended"));
    let token = ada.get(PAGE).attr("main input[name=form_token]", "value").unwrap();
    assert_eq!(ada.post(PAGE, &[("form_token", &token)]).location(), "/login");
    assert_eq!(ada.get("/admin").status, 303, "without the box her own ends too");
}

#[test]
fn a_sign_in_under_way_begins_anew_after_it() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut bob = site.browser();
    bob.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    let mut ada = site.program_of("ada");
    assert_eq!(ada.json("DELETE", "/api/v1/users/all/sessions", json!({ "keep_own": true })).status, 200);
    let late = bob.post("/login/code", &[("code", &site.totp(&secret))]);
    assert_ne!(late.location(), "/");
    assert!(bob.get("/account").location().starts_with("/login"));
}

#[test]
fn only_who_has_every_right_ends_all_and_only_after_a_recent_proof() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let path = "/api/v1/users/all/sessions";
    let role = ada.post("/api/v1/roles", json!({ "name": "bouncer" })).json()["id"].as_i64().unwrap();
    let grant = json!({ "permission": "rolecall.sessions:write" });
    assert_eq!(ada.post(&format!("/api/v1/roles/{role}/permissions"), grant).status, 201);
    ada.post(&format!("/api/v1/users/{}/roles", site.id("bob")), json!({ "role_id": role }));
    for name in ["bob", "eve"] {
        let refused = site.program_of(name).json("DELETE", path, json!({ "keep_own": true }));
        assert_eq!(refused.status, 403, "{name}");
        assert_eq!(site.browser_of(name).get(PAGE).status, 403);
    }
    assert_eq!(ada.json("DELETE", path, json!({})).status, 422, "whether to keep one's own must be said");
    site.pass(601);
    let refused = ada.json("DELETE", path, json!({ "keep_own": true }));
    assert_eq!(refused.json()["code"], "reauthentication_required");
    let mut browser = site.browser_of("ada");
    site.pass(601);
    let asks = browser.submit(PAGE, &[]);
    assert!(asks.status == 403 && asks.has("#f-reauth_password"));
}
