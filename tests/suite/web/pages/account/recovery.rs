use super::{secret, turn_on_totp};
use crate::support::{Answer, Browser, Site, password};
use serde_json::json;

const PAGE: &str = "/account/second-factor/recovery";
const INDEX: &str = "/account/second-factor";

/// Bob with an authenticator app, and the codes that he made.
fn bob_with_codes(site: &Site) -> (Browser, Vec<String>) {
    let mut bob = site.browser_of("bob");
    let secret = secret(&mut bob);
    turn_on_totp(site, &mut bob, &secret);
    let codes = make(&mut bob);
    (bob, codes)
}

fn make(bob: &mut Browser) -> Vec<String> {
    let answer = bob.submit(PAGE, &[("password", &password("bob"))]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.texts("ol.recovery code")
}

fn sign_in_with(site: &Site, code: &str) -> (Browser, Answer) {
    let mut browser = site.browser();
    let first = browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert!(first.location().starts_with("/login/code"));
    let answer = browser.submit("/login/code", &[("recovery_code", code)]);
    (browser, answer)
}

#[test]
fn eight_codes_are_shown_once_and_each_signs_in_once() {
    let site = Site::new();
    let (mut bob, codes) = bob_with_codes(&site);
    assert_eq!(codes.len(), 8);
    assert!(codes.iter().all(|code| code.len() == 29 && code.split('-').count() == 5), "{codes:?}");
    assert!(codes.iter().all(|code| !bob.get(PAGE).body.contains(code) && !bob.get(INDEX).body.contains(code)));
    assert!(bob.get(INDEX).text("main").contains("8 left"));
    let (mut browser, answer) = sign_in_with(&site, &codes[0]);
    assert_eq!((answer.status, answer.location()), (303, INDEX));
    assert!(browser.get(INDEX).text("main").contains("7 left"));
    assert!(browser.get("/account/sessions").text("tr:has(.chip)").contains("password and recovery code"));
    let mail = site.last_mail("bob@example.com");
    assert!(mail.text.contains("one of your recovery codes was used; 7 are left"), "{}", mail.text);
    let (_, again) = sign_in_with(&site, &codes[0]);
    assert_eq!(again.status, 422);
    assert!(again.has("details[open] #f-recovery_code-error"));
    // As people type it: small letters, other gaps.
    assert_eq!(sign_in_with(&site, &codes[1].to_lowercase().replace('-', " ")).1.status, 303);
}

#[test]
fn a_program_sends_a_recovery_code_as_its_token() {
    let site = Site::new();
    let (_, codes) = bob_with_codes(&site);
    let mut program = site.program();
    let body = |token: &str| json!({ "username_or_email": "bob", "password": password("bob"), "token": token });
    let due = program.post("/login", body("")).json();
    assert_eq!(due["methods"], json!(["totp", "recovery"]));
    assert_eq!(program.post("/login", body(&codes[0])).status, 200);
    assert_eq!(site.program().post("/login", body(&codes[0])).status, 401);
    assert_eq!(site.program().post("/login", body("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA")).status, 401);
}

#[test]
fn new_codes_end_the_old_ones_and_need_a_proof_by_the_second_factor() {
    let site = Site::new();
    let (mut bob, old) = bob_with_codes(&site);
    assert!(bob.get(PAGE).text(".callout").contains("will not work any more"));
    let new = make(&mut bob);
    site.pass(601);
    let refused = bob.submit(PAGE, &[("password", &password("bob"))]);
    assert!(refused.status == 403 && refused.has("#f-reauth_code"), "{}", refused.body);
    assert_eq!(sign_in_with(&site, &old[0]).1.status, 422);
    assert_eq!(sign_in_with(&site, &new[0]).1.status, 303);
}

#[test]
fn the_codes_of_one_are_nothing_to_another() {
    let site = Site::new();
    let (_, codes) = bob_with_codes(&site);
    let secret = site.turn_on_totp("eve");
    let body = |token: &str| json!({ "username_or_email": "eve", "password": password("eve"), "token": token });
    assert_eq!(site.program().post("/login", body(&codes[0])).status, 401);
    assert_eq!(site.program().post("/login", body(&site.totp(&secret))).status, 200);
}

#[test]
fn without_a_second_factor_there_are_no_codes_and_with_the_last_one_they_end() {
    let site = Site::new();
    let mut eve = site.browser_of("eve");
    assert!(!eve.get(INDEX).body.contains("Recovery codes"));
    assert_eq!(eve.get(PAGE).location(), INDEX);
    let (mut bob, codes) = bob_with_codes(&site);
    let answer = bob.submit(&format!("{INDEX}/totp/remove"), &[("password", &password("bob")), ("code", &codes[0])]);
    assert_eq!((answer.status, answer.location()), (303, INDEX), "a recovery code stands in here too");
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    assert_eq!(sign_in_with(&site, &codes[1]).1.status, 422);
}

#[test]
fn the_codes_are_not_kept_readable() {
    let site = Site::new();
    let (_, codes) = bob_with_codes(&site);
    for code in codes {
        let bare = code.replace('-', "");
        site.database.tamper(&format!("CREATE TABLE plain (n BIGINT CHECK (n = 0)); INSERT INTO plain SELECT count(*) FROM recovery_codes WHERE code_hash LIKE '%{bare}%' OR code_hash LIKE '%{code}%'; DROP TABLE plain"));
    }
}

#[test]
fn an_admin_takes_the_factors_off_who_lost_them_and_tells_why() {
    let site = Site::new();
    let (mut bob, codes) = bob_with_codes(&site);
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}/second-factors/delete", site.id("bob"));
    assert!(ada.get(&format!("/admin/users/{}/sessions", site.id("bob"))).has(&format!("a[href='{path}']")));
    let refused = ada.submit(&path, &[("reason", " ")]);
    assert_eq!(refused.status, 422);
    assert!(refused.has("#f-reason-error"));
    assert_eq!(ada.submit(&path, &[("reason", "lost his phone, called from his desk")]).status, 303);
    assert_eq!(bob.get("/account").status, 303, "his sessions have ended");
    let mail = site.last_mail("bob@example.com").text;
    assert!(mail.contains("ada took your second factors off") && mail.contains("lost his phone"), "{mail}");
    let mut browser = site.browser_of("bob");
    assert!(!browser.get(INDEX).body.contains("Recovery codes"));
    let secret = secret(&mut browser);
    turn_on_totp(&site, &mut browser, &secret);
    assert_eq!(sign_in_with(&site, &codes[0]).1.status, 422);
}

#[test]
fn nobody_takes_the_factors_off_himself_nor_off_who_may_do_more() {
    let site = Site::new();
    let (mut bob, _) = bob_with_codes(&site);
    let path = |name: &str| format!("/api/v1/users/{}/factors", site.id(name));
    let mut ada = site.program_of("ada");
    let off = |program: &mut crate::support::Program, name: &str, reason: &str| {
        program.json("DELETE", &path(name), json!({ "reason": reason }))
    };
    assert_eq!(off(&mut ada, "ada", "mine").json()["code"], "own_factors");
    assert_eq!(off(&mut ada, "eve", "has none").json()["code"], "no_factor");
    assert_eq!(off(&mut ada, "bob", "").status, 422);
    assert_eq!(off(&mut site.program_of("eve"), "bob", "for fun").status, 403);
    assert_eq!(bob.get("/account").status, 200);
    assert_eq!(off(&mut ada, "bob", "lost").status, 200);
}
