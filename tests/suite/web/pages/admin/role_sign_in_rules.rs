use crate::support::{Browser, Site, password};
use serde_json::json;

const DAY: i64 = 24 * 3600;
const FACTORS: &str = "/account/second-factor";

/// Has ada demand this of role `member`, which bob has.
fn demand(site: &Site, rules: serde_json::Value) {
    let mut ada = site.program_of("ada");
    let answer = ada.json("PUT", &format!("/api/v1/roles/{}/sign-in-rules", site.role("member")), rules);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn turn_on_mailed_codes(site: &Site, browser: &mut Browser, name: &str) {
    browser.submit_to(FACTORS, "/account/second-factor/email", &[("send", "1")]);
    let code = site.last_mail(&format!("{name}@example.com")).code();
    let answer = browser.submit("/account/second-factor/email", &[("code", &code)]);
    assert_eq!((answer.status, answer.location()), (303, FACTORS));
}

#[test]
fn ada_changes_the_rules_on_their_page_and_reads_them_on_the_role() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let role = format!("/admin/roles/{}", site.role("member"));
    assert!(ada.get(&role).text("section[aria-labelledby=rules-title]").contains("demands nothing"));
    let page = format!("{role}/sign-in-rules");
    let wrong = ada.submit(&page, &[("idle_minutes", "x"), ("session_hours", "0")]);
    assert!(wrong.status == 422 && wrong.has("#f-idle_minutes-error"));
    let fields = [
        ("second_factor", "app"),
        ("idle_minutes", "15"),
        ("session_hours", "8"),
        ("sessions_at_once", "3"),
        ("every_sign_in", "1"),
        ("ends_sessions", "1"),
    ];
    assert_eq!(ada.submit(&page, &fields).location(), role);
    let told = ada.get(&role).text("section[aria-labelledby=rules-title]");
    for fact in ["Authenticator app", "after 15 min", "8 h at most", "3 at most", "at every sign-in", "is signed out"] {
        assert!(told.contains(fact), "{told}");
    }
    assert!(ada.get(&page).attr("#f-ends_sessions", "checked").is_some());
    let audit = ada.get("/admin/audit").text(".timeline li");
    assert!(audit.contains("changed what is demanded of the sign-in by member"), "{audit}");
    assert_eq!(site.browser_of("bob").get(&page).status, 403);
    let admin = format!("/admin/roles/{}/sign-in-rules", site.role("admin"));
    assert_eq!(ada.submit(&admin, &[("second_factor", "any")]).status, 303, "the built-in role too");
}

#[test]
fn who_lacks_the_second_factor_has_days_of_grace_and_then_only_its_page() {
    let site = Site::new();
    demand(&site, json!({ "second_factor": "any" }));
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account");
    assert_eq!(page.status, 200);
    assert!(page.text(".callout.warn").contains("A second factor is demanded of you"), "{}", page.body);
    assert!(page.text(".callout.warn").contains("2026-03-09"));
    site.pass(6 * DAY);
    assert_eq!(site.browser_of("bob").get("/account").status, 200, "a new sign-in begins no new grace");
    site.pass(DAY);
    let mut bob = site.browser_of("bob");
    for path in ["/account", "/account/password", "/account/sessions", "/admin"] {
        let answer = bob.get(path);
        assert_eq!((answer.status, answer.location()), (303, FACTORS), "{path}");
    }
    assert!(bob.get(FACTORS).text(".callout").contains("to go on"));
    let mut program = site.program_of("bob");
    let check = json!({ "permission": "posts:read" });
    assert_eq!(program.post("/api/v1/me/check", check.clone()).json()["allowed"], false);
    let refused = program.get("/api/v1/users");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("second_factor_demanded")));
    turn_on_mailed_codes(&site, &mut bob, "bob");
    assert_eq!(bob.get("/account").status, 200);
    assert!(!bob.get("/account").has(".callout.warn"));
    assert_eq!(program.post("/api/v1/me/check", check).json()["allowed"], true);
}

#[test]
fn what_is_demanded_cannot_be_turned_off() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    turn_on_mailed_codes(&site, &mut bob, "bob");
    demand(&site, json!({ "second_factor": "any" }));
    bob.submit("/account/second-factor/email/remove", &[("send", "1")]);
    let code = site.last_mail("bob@example.com").code();
    let fields = [("password", password("bob")), ("code", code)];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = bob.submit("/account/second-factor/email/remove", &fields);
    assert_eq!(refused.status, 409);
    assert!(refused.text(".error-summary").contains("set up another one first"), "{}", refused.body);
    demand(&site, json!({}));
    assert_eq!(bob.submit("/account/second-factor/email/remove", &fields).location(), FACTORS);
}

#[test]
fn where_an_app_is_demanded_mailed_codes_neither_count_nor_sign_in() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    turn_on_mailed_codes(&site, &mut bob, "bob");
    demand(&site, json!({ "second_factor": "app" }));
    let sign_in = || {
        let mut browser = site.browser();
        browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
        browser
    };
    let mut other = sign_in();
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(other.submit("/login/code", &[("code", &code)]).location(), "/", "there is nothing else yet");
    site.pass(7 * DAY);
    let mut other = sign_in();
    let code = site.last_mail("bob@example.com").code();
    other.submit("/login/code", &[("code", &code)]);
    assert_eq!(other.get("/account").location(), FACTORS);
    assert!(other.get(FACTORS).text(".callout").contains("not enough"));
    let secret = other.get("/account/second-factor/totp").text(".secret code").replace(' ', "");
    assert_eq!(other.submit("/account/second-factor/totp", &[("code", &site.totp(&secret))]).location(), FACTORS);
    assert_eq!(other.get("/account").status, 200);
    site.pass(60);
    let mut third = sign_in();
    let page = third.get("/login/code");
    assert!(!page.has("button[name=send]"), "{}", page.body);
    assert_eq!(third.submit_to("/login/code", "/login/code", &[("send", "1")]).status, 409);
    assert_eq!(third.submit("/login/code", &[("code", &site.totp(&secret))]).location(), "/");
}

#[test]
fn the_server_can_demand_it_of_all_and_switch_mailed_codes_off() {
    use rolecall::domain::sign_in_rules::Demand;
    let site = Site::with(|config| {
        (config.sign_in.second_factor, config.sign_in.grace, config.sign_in.email_codes) = (Demand::Any, 0, false);
    });
    let mut eve = site.browser_of("eve");
    assert_eq!(eve.get("/").location(), "/account");
    assert_eq!(eve.get("/account").location(), FACTORS);
    let page = eve.get(FACTORS);
    assert!(!page.has("#email-title"));
    let token = page.attr("input[name=form_token]", "value").unwrap();
    assert_eq!(eve.post("/account/second-factor/email", &[("form_token", &token), ("send", "1")]).status, 303);
    assert!(site.mails("eve@example.com").iter().all(|mail| mail.kind != "sign_in_code"));
    let secret = eve.get("/account/second-factor/totp").text(".secret code").replace(' ', "");
    eve.submit("/account/second-factor/totp", &[("code", &site.totp(&secret))]);
    assert_eq!(eve.get("/account").status, 200);
}

#[test]
fn a_role_makes_sessions_shorter_for_those_who_have_it_by_inclusion_too() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let group = ada.post("/api/v1/roles", json!({ "name": "crew", "kind": "group" })).json()["id"].as_i64().unwrap();
    ada.post(&format!("/api/v1/roles/{group}/inclusions"), json!({ "junior_id": site.role("member") }));
    ada.post(&format!("/api/v1/users/{}/roles", site.id("eve")), json!({ "role_id": group }));
    demand(&site, json!({ "idle_minutes": 10, "session_hours": 1 }));
    let (mut bob, mut eve) = (site.browser_of("bob"), site.browser_of("eve"));
    for _ in 0..7 {
        site.pass(500);
        assert_eq!((bob.get("/account").status, eve.get("/account").status), (200, 200));
    }
    site.pass(101);
    assert!(bob.get("/account").location().starts_with("/login"), "an hour has passed");
    assert!(eve.get("/account").location().starts_with("/login"));
    let (mut bob, mut ada) = (site.browser_of("bob"), site.browser_of("ada"));
    site.pass(601);
    assert!(bob.get("/account").location().starts_with("/login"), "idle");
    assert_eq!(ada.get("/account").status, 200);
}

#[test]
fn a_rule_that_comes_later_shortens_the_sessions_that_are_open() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    site.pass(1800);
    assert_eq!(bob.get("/account").status, 200);
    site.pass(1860);
    demand(&site, json!({ "session_hours": 1 }));
    assert!(bob.get("/account").location().starts_with("/login"));
}

#[test]
fn who_loses_a_role_that_asks_for_it_is_signed_out() {
    let site = Site::new();
    let (mut bob, mut ada) = (site.browser_of("bob"), site.program_of("ada"));
    let roles = format!("/api/v1/users/{}/roles", site.id("bob"));
    let held = ada.get(&roles).json()["items"][0]["id"].as_i64().unwrap();
    demand(&site, json!({ "ends_sessions": true }));
    assert_eq!(bob.get("/account").status, 200);
    assert_eq!(ada.delete(&format!("{roles}/{held}")).status, 200);
    assert!(bob.get("/account").location().starts_with("/login"));
}

#[test]
fn who_has_only_mailed_codes_when_they_are_switched_off_gets_in_by_them_to_set_up_an_app() {
    let site = Site::with(|config| config.sign_in.email_codes = false);
    // From the time before they were switched off.
    let (bob, at) = (site.id("bob"), "'2026-03-01 00:00:00'");
    let row =
        format!("INSERT INTO factors (user_id, kind, created_at, confirmed_at) VALUES ({bob}, 'email', {at}, {at})");
    site.database.tamper(&row);
    let sign_in = || {
        let mut browser = site.browser();
        browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
        let code = site.last_mail("bob@example.com").code();
        assert_eq!(browser.submit("/login/code", &[("code", &code)]).location(), "/");
        browser
    };
    let mut bob = sign_in();
    assert!(bob.get("/account").text(".callout.warn").contains("A second factor is demanded of you"));
    assert!(bob.get(FACTORS).text("section[aria-labelledby=email-title]").contains("switched off here"));
    site.pass(7 * DAY);
    let mut bob = sign_in();
    assert_eq!(bob.get("/account").location(), FACTORS);
    let secret = bob.get("/account/second-factor/totp").text(".secret code").replace(' ', "");
    assert_eq!(bob.submit("/account/second-factor/totp", &[("code", &site.totp(&secret))]).location(), FACTORS);
    assert_eq!(bob.get("/account").status, 200);
    site.pass(601);
    let proof = bob.get("/account/reauthentication");
    assert!(proof.has("#f-reauth_code") && !proof.has("button[name=reauth_send]"), "only the app is strong now");
    let mut other = site.browser();
    other.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert!(!other.get("/login/code").has("button[name=send]"));
}

#[test]
fn a_program_whose_user_is_overdue_can_do_nothing_but_set_up_a_factor() {
    let site = Site::new();
    demand(&site, json!({ "second_factor": "app" }));
    let mut bob = site.program_of("bob");
    let told = bob.get("/api/v1/me/factors").json();
    assert_eq!((&told["overdue"], told["due_at"].is_string()), (&json!(false), true), "{told}");
    site.pass(7 * DAY);
    let mut bob = site.program_of("bob");
    assert_eq!(bob.get("/api/v1/me/factors").json()["overdue"], true);
    for path in ["/api/v1/roles", "/api/v1/users", "/api/v1/permissions", "/api/v1/sessions/1/roles", "/api/v1/audit"] {
        let refused = bob.get(path);
        assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("second_factor_demanded")), "{path}");
    }
    let open = bob.post("/api/v1/me/factors/enrolment", json!({})).json();
    let code = site.totp(open["secret"].as_str().unwrap());
    assert_eq!(bob.post("/api/v1/me/factors", json!({ "code": code })).status, 201);
    assert_eq!(bob.get("/api/v1/me/factors").json()["overdue"], false);
    assert_eq!(bob.post("/api/v1/me/check", json!({ "permission": "posts:read" })).json()["allowed"], true);
}

#[test]
fn who_loses_the_role_that_demands_it_is_free_again() {
    let site = Site::new();
    demand(&site, json!({ "second_factor": "any" }));
    site.browser_of("bob");
    site.pass(7 * DAY);
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.get("/account").location(), FACTORS);
    let mut ada = site.program_of("ada");
    let roles = format!("/api/v1/users/{}/roles", site.id("bob"));
    let held = ada.get(&roles).json()["items"][0]["id"].as_i64().unwrap();
    assert_eq!(ada.delete(&format!("{roles}/{held}")).status, 200);
    assert_eq!(bob.get("/account").status, 200);
}
