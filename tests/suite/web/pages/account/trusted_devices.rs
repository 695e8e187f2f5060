use super::{secret, turn_on_totp};
use crate::support::{Answer, Browser, Site, password};
use serde_json::json;

const INDEX: &str = "/account/second-factor";
const DAY: i64 = 24 * 3600;
const DEVICE: &str = "rolecall-device";

/// The first step. Where it leads tells whether a code is asked for.
fn first_step(browser: &mut Browser) -> String {
    let fields = [("username_or_email", "bob"), ("password", &password("bob"))];
    let answer = browser.submit("/login", &fields);
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.location().to_owned()
}

fn asks(browser: &mut Browser) -> bool {
    first_step(browser).starts_with("/login/code")
}

fn second_step(site: &Site, browser: &mut Browser, secret: &str, trust: bool) -> Answer {
    let code = site.totp(secret);
    let fields: &[(&str, &str)] = if trust { &[("code", &code), ("trust", "1")] } else { &[("code", &code)] };
    let answer = browser.submit("/login/code", fields);
    assert_eq!(answer.location(), "/", "{}", answer.body);
    site.pass(60);
    answer
}

/// Bob with an app, signed in on a device that he trusts.
fn trusting(site: &Site) -> (Browser, String) {
    let mut bob = site.browser_of("bob");
    let secret = secret(&mut bob);
    turn_on_totp(site, &mut bob, &secret);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
    second_step(site, &mut bob, &secret, true);
    (bob, secret)
}

#[test]
fn on_a_trusted_device_no_code_is_asked_for_until_the_days_are_over() {
    let site = Site::new();
    let (mut bob, secret) = trusting(&site);
    let mail = site.last_mail("bob@example.com").text;
    assert!(mail.contains("no code is asked for on Firefox on Linux") && mail.contains("2026-04-01"), "{mail}");
    let row = bob.get(INDEX).text("section[aria-labelledby=trusted-title] tbody tr");
    assert!(row.contains("Firefox on Linux") && row.contains("127.0.0.1") && row.contains("not yet"), "{row}");
    assert!(bob.get("/account/activity").text(".timeline").contains("asked for no code on Firefox on Linux until"));
    for _ in 0..3 {
        bob.submit("/logout", &[]);
        site.pass(7 * DAY);
        assert!(!asks(&mut bob));
    }
    assert!(bob.get("/account/sessions").text("tr:has(.chip)").contains("password and trusted device"));
    assert!(!bob.get(INDEX).text("section[aria-labelledby=trusted-title] tbody tr").contains("not yet"));
    assert!(asks(&mut site.browser()), "on another device it is");
    bob.submit("/logout", &[]);
    site.pass(9 * DAY + 1);
    assert!(asks(&mut bob), "using it makes it no longer");
    second_step(&site, &mut bob, &secret, false);
    assert!(!bob.get(INDEX).has("section[aria-labelledby=trusted-title] tbody"));
}

#[test]
fn without_the_box_nothing_is_trusted_and_where_it_is_off_there_is_none() {
    let site = Site::new();
    let (mut bob, secret) = (site.browser_of("bob"), site.turn_on_totp("bob"));
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
    assert!(bob.get("/login/code").text("label[class=check]").contains("for 30 days"));
    second_step(&site, &mut bob, &secret, false);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
    let site = Site::with(|config| config.sign_in.trusted_device = 0);
    let (mut bob, secret) = (site.browser_of("bob"), site.turn_on_totp("bob"));
    bob.submit("/logout", &[]);
    first_step(&mut bob);
    assert!(!bob.get("/login/code").has("input[name=trust]"));
    second_step(&site, &mut bob, &secret, true);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob), "a made-up box trusts nothing either");
}

#[test]
fn a_trusted_device_is_no_proof_for_a_sensitive_act_and_no_second_factor_of_a_program() {
    let site = Site::new();
    let (mut bob, secret) = trusting(&site);
    bob.submit("/logout", &[]);
    assert!(!asks(&mut bob));
    let refused = bob.submit_to(INDEX, "/account/second-factor/recovery", &[]);
    assert!(refused.status == 403 || refused.location().starts_with("/account/reauthentication"), "{}", refused.body);
    assert!(bob.get("/account/second-factor/totp").location().starts_with("/account/reauthentication"));
    let page = bob.get("/account/reauthentication");
    assert!(page.has("#f-reauth_code") && !page.has("#f-reauth_password"));
    bob.submit("/account/reauthentication", &[("reauth_code", &site.totp(&secret))]);
    assert_eq!(bob.get("/account/second-factor/totp").status, 200);
    let mut program = site.program();
    program.cookies().insert(DEVICE.into(), bob.cookies()[DEVICE].clone());
    let body = json!({ "username_or_email": "bob", "password": password("bob") });
    assert_eq!(program.post("/login", body).status, 401);
}

#[test]
fn a_copy_of_an_old_token_is_refused_and_so_is_a_wrong_password_with_a_good_one() {
    let site = Site::new();
    let (mut bob, _) = trusting(&site);
    let before = bob.cookies()[DEVICE].clone();
    bob.submit("/logout", &[]);
    assert!(!asks(&mut bob));
    assert_ne!(bob.cookies()[DEVICE], before, "the token changes whenever it is used");
    let mut thief = site.browser();
    thief.cookies().insert(DEVICE.into(), before);
    assert!(asks(&mut thief));
    let mut guesser = site.browser();
    guesser.cookies().insert(DEVICE.into(), bob.cookies()[DEVICE].clone());
    let wrong = guesser.submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
    assert_eq!(wrong.status, 422);
    let mut eves = site.browser();
    eves.cookies().insert(DEVICE.into(), bob.cookies()[DEVICE].clone());
    site.turn_on_totp("eve");
    let answer = eves.submit("/login", &[("username_or_email", "eve"), ("password", &password("eve"))]);
    assert!(answer.location().starts_with("/login/code"), "the device of one is not that of another");
}

#[test]
fn trust_is_taken_back_one_by_one_and_all_at_once() {
    let site = Site::new();
    let (mut one, secret) = trusting(&site);
    let mut two = site.browser();
    first_step(&mut two);
    second_step(&site, &mut two, &secret, true);
    let page = one.get(INDEX);
    assert_eq!(page.texts("section[aria-labelledby=trusted-title] tbody tr").len(), 2);
    let end = page.attr("section[aria-labelledby=trusted-title] td form", "action").unwrap();
    assert_eq!(one.submit_to(INDEX, &end, &[]).location(), INDEX);
    for browser in [&mut one, &mut two] {
        browser.submit("/logout", &[]);
    }
    assert!(!asks(&mut one) && asks(&mut two), "the latest stands first");
    second_step(&site, &mut two, &secret, true);
    one.submit_to(INDEX, "/account/second-factor/trusted-devices/end", &[]);
    for browser in [&mut one, &mut two] {
        browser.submit("/logout", &[]);
        assert!(asks(browser));
    }
}

#[test]
fn programs_list_trusted_devices_and_take_the_trust_back() {
    let site = Site::new();
    let (mut bob, secret) = trusting(&site);
    let mut program = site.program();
    let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": site.totp(&secret) });
    assert_eq!(program.post("/login", body).status, 200);
    let listed = program.get("/api/v1/me/trusted-devices").json();
    assert_eq!((&listed["total"], &listed["items"][0]["device"]), (&json!(1), &json!("Firefox on Linux")));
    let path = format!("/api/v1/me/trusted-devices/{}", listed["items"][0]["id"]);
    let mut ada = site.program_of("ada");
    assert_eq!(ada.delete(&path).status, 404, "not somebody else's");
    assert_eq!((program.delete(&path).status, program.delete(&path).status), (204, 404));
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
}

/// Whatever changes what the trust was given for ends it.
#[test]
fn a_change_of_password_or_factors_and_all_that_an_admin_does_end_the_trust() {
    type Change = fn(&Site, &mut Browser);
    let changes: [(&str, Change); 6] = [
        ("another password", |_, bob| {
            let fields = [("current_password", password("bob")), ("password", password("bob"))];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(bob.submit("/account/password", &fields).status, 303);
        }),
        ("a password by a mailed link", |site, _| {
            site.browser().submit("/forgot", &[("email", "bob@example.com")]);
            let path = site.last_mail("bob@example.com").path();
            assert_eq!(site.browser().submit(&path, &[("password", &password("bob"))]).status, 303);
        }),
        ("another factor", |site, bob| {
            let added = secret(bob);
            turn_on_totp(site, bob, &added);
        }),
        ("disabling", |site, _| {
            let mut ada = site.program_of("ada");
            let path = format!("/api/v1/users/{}/disabled", site.id("bob"));
            assert_eq!((ada.post(&path, json!({})).status, ada.delete(&path).status), (200, 200));
        }),
        ("disabling for a day that was set beforehand", |site, _| {
            let path = format!("/api/v1/users/{}/disabled", site.id("bob"));
            let leave = json!({ "disable_at": "2026-03-03", "enable_at": "2026-03-04" });
            assert_eq!(site.program_of("ada").post(&path, leave).status, 200);
            site.pass(3 * DAY);
        }),
        ("all sessions of all users", |site, _| {
            let mut ada = site.program_of("ada");
            let answer = ada.json("DELETE", "/api/v1/users/all/sessions", json!({ "keep_own": true }));
            assert_eq!(answer.status, 200, "{}", answer.body);
        }),
    ];
    for (what, change) in changes {
        let site = Site::new();
        let (mut bob, _) = trusting(&site);
        change(&site, &mut bob);
        bob.cookies().remove("rolecall");
        assert!(asks(&mut bob), "after {what}");
    }
}

#[test]
fn who_says_that_it_was_not_he_ends_the_trust() {
    let site = Site::new();
    let (mut bob, secret) = trusting(&site);
    let mut thief = site.browser();
    thief.is(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    );
    assert!(asks(&mut thief));
    second_step(&site, &mut thief, &secret, false);
    let told = site.last_mail("bob@example.com");
    assert_eq!(told.kind, "new_device");
    let reset = site.browser().submit(&told.path(), &[]).location().to_owned();
    assert_eq!(site.browser().submit(&reset, &[("password", &password("bob"))]).status, 303);
    bob.cookies().remove("rolecall");
    assert!(asks(&mut bob));
}

#[test]
fn after_a_reset_of_the_factors_the_next_one_is_asked_for_on_every_device() {
    let site = Site::new();
    let (mut bob, _) = trusting(&site);
    let mut ada = site.program_of("ada");
    let path = format!("/api/v1/users/{}/factors", site.id("bob"));
    assert_eq!(ada.json("DELETE", &path, json!({ "reason": "lost" })).status, 200);
    assert!(!asks(&mut bob), "he has none");
    let added = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &added);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
}

#[test]
fn a_role_can_ask_for_the_code_at_every_sign_in() {
    let site = Site::new();
    let (mut bob, secret) = trusting(&site);
    let mut ada = site.program_of("ada");
    let rules = format!("/api/v1/roles/{}/sign-in-rules", site.role("member"));
    assert_eq!(ada.json("PUT", &rules, json!({ "every_sign_in": true })).status, 200);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
    assert!(!bob.get("/login/code").has("input[name=trust]"));
    second_step(&site, &mut bob, &secret, true);
    ada.json("PUT", &rules, json!({}));
    bob.submit("/logout", &[]);
    assert!(!asks(&mut bob), "what he chose before holds again");
}

#[test]
fn what_was_trusted_by_a_mailed_code_asks_again_where_an_app_is_demanded() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    bob.submit_to(INDEX, "/account/second-factor/email", &[("send", "1")]);
    bob.submit("/account/second-factor/email", &[("code", &site.last_mail("bob@example.com").code())]);
    let added = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &added);
    bob.submit("/logout", &[]);
    first_step(&mut bob);
    bob.submit_to("/login/code", "/login/code", &[("send", "1")]);
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(bob.submit("/login/code", &[("code", &code), ("trust", "1")]).location(), "/");
    bob.submit("/logout", &[]);
    assert!(!asks(&mut bob));
    let mut ada = site.program_of("ada");
    let rules = format!("/api/v1/roles/{}/sign-in-rules", site.role("member"));
    assert_eq!(ada.json("PUT", &rules, json!({ "second_factor": "app" })).status, 200);
    bob.submit("/logout", &[]);
    assert!(asks(&mut bob));
}
