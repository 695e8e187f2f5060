use super::{secret, turn_on_totp};
use crate::support::{Answer, Browser, Site, password};
use serde_json::json;

const INDEX: &str = "/account/second-factor";

fn sign_in(site: &Site) -> (Browser, Answer) {
    let mut browser = site.browser();
    let answer = browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    (browser, answer)
}

fn remove(browser: &mut Browser, method: &str, password: &str, code: &str) -> Answer {
    browser.submit(&format!("{INDEX}/{method}/remove"), &[("password", password), ("code", code)])
}

#[test]
fn an_authenticator_app_is_set_up_from_the_page_and_then_signs_in_once_a_code() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account/second-factor/totp");
    assert!(page.has(".qr svg[role=img][viewBox][width][height] path") && !page.has("main [style]"));
    let secret = secret(&mut bob);
    assert_eq!(secret.len(), 32);
    turn_on_totp(&site, &mut bob, &secret);
    assert!(bob.get(INDEX).text(".flash").contains("is on"));
    let (mut browser, answer) = sign_in(&site);
    assert!(answer.location().starts_with("/login/code"));
    let code = site.totp(&secret);
    assert_eq!(browser.submit("/login/code", &[("code", &code)]).location(), "/");
    assert_eq!(browser.get("/").location(), "/account");
    assert!(browser.get("/account/sessions").text("tr:has(.chip)").contains("password and authenticator app"));
    let (mut again, _) = sign_in(&site);
    assert_eq!(again.submit("/login/code", &[("code", &code)]).status, 422, "a code is accepted once");
}

#[test]
fn a_wrong_code_turns_nothing_on_and_keeps_the_secret() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let secret_before = secret(&mut bob);
    let answer = bob.submit("/account/second-factor/totp", &[("code", "000000")]);
    assert_eq!(answer.status, 422);
    assert!(answer.has("#f-code-error"));
    assert_eq!(answer.text(".secret code").replace(' ', ""), secret_before);
    assert_eq!(sign_in(&site).1.location(), "/");
}

#[test]
fn a_working_secret_is_neither_shown_nor_replaced() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let first = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &first);
    let second = secret(&mut bob);
    assert_ne!(second, first, "another app gets another secret");
    let (mut browser, _) = sign_in(&site);
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&second))]).status, 422, "not confirmed yet");
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&first))]).location(), "/");
}

/// Adds an app with this name and gives its secret.
fn add(site: &Site, browser: &mut Browser, name: &str) -> String {
    let secret = secret(browser);
    let answer = browser.submit("/account/second-factor/totp", &[("name", name), ("code", &site.totp(&secret))]);
    assert_eq!((answer.status, answer.location()), (303, INDEX), "{}", answer.body);
    site.pass(60);
    secret
}

fn names(browser: &mut Browser) -> Vec<String> {
    browser.get(INDEX).texts("section[aria-labelledby=totp-title] th[scope=row]")
}

#[test]
fn a_person_has_several_apps_and_signs_in_with_a_code_of_any_of_them() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.get("/account/second-factor/totp").attr("#f-name", "value").as_deref(), Some("Phone"));
    let phone = add(&site, &mut bob, "Phone");
    assert_eq!(bob.get("/account/second-factor/totp").attr("#f-name", "value").as_deref(), Some("App 2"));
    let tablet = add(&site, &mut bob, "Grace’s tablet");
    assert!(site.last_mail("bob@example.com").text.contains("the authenticator app “Grace’s tablet” was set up"));
    assert_eq!(names(&mut bob), ["Phone", "Grace’s tablet"]);
    for secret in [&phone, &tablet, &phone] {
        let (mut browser, _) = sign_in(&site);
        let code = site.totp(secret);
        assert_eq!(browser.submit("/login/code", &[("code", &code)]).location(), "/");
        let (mut again, _) = sign_in(&site);
        assert_eq!(again.submit("/login/code", &[("code", &code)]).status, 422, "each code once");
        site.pass(60);
    }
    let log = bob.get("/account/activity").text(".timeline");
    assert!(log.contains("You turned on the second factor authenticator app “Grace’s tablet”"), "{log}");
}

#[test]
fn the_step_of_one_app_is_used_up_for_that_app_only() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let (phone, tablet) = (add(&site, &mut bob, "Phone"), add(&site, &mut bob, "Tablet"));
    let codes = [site.totp(&phone), site.totp(&tablet)];
    for code in &codes {
        let (mut browser, _) = sign_in(&site);
        assert_eq!(browser.submit("/login/code", &[("code", code)]).location(), "/");
    }
}

#[test]
fn an_app_is_renamed_and_a_name_that_is_taken_empty_or_odd_is_refused() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    add(&site, &mut bob, "Phone");
    add(&site, &mut bob, "Tablet");
    let rename = bob.get(INDEX).attr("section[aria-labelledby=totp-title] tbody a", "href").unwrap();
    assert_eq!(bob.get(&rename).attr("#f-name", "value").as_deref(), Some("Phone"));
    for wrong in ["", "tablet", "a\u{202e}b", &"x".repeat(41)] {
        let answer = bob.submit(&rename, &[("name", wrong)]);
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(answer.has("#f-name-error") && answer.attr("#f-name", "value").as_deref() == Some(wrong));
    }
    assert_eq!(bob.submit(&rename, &[("name", "Work phone <b>")]).location(), INDEX);
    assert_eq!(names(&mut bob), ["Work phone <b>", "Tablet"]);
    assert_eq!(site.browser_of("eve").get(&rename).status, 404, "not somebody else's");
    let third = secret(&mut bob);
    let taken = bob.submit("/account/second-factor/totp", &[("name", "TABLET"), ("code", &site.totp(&third))]);
    assert!(taken.status == 422 && taken.has("#f-name-error") && !taken.has("#f-code-error"), "{}", taken.body);
}

#[test]
fn one_app_of_several_is_turned_off_and_the_others_go_on() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let (phone, tablet) = (add(&site, &mut bob, "Phone"), add(&site, &mut bob, "Tablet"));
    assert_eq!(bob.get(&format!("{INDEX}/totp/remove")).location(), INDEX, "which one is not said");
    let page = bob.get(INDEX);
    let links =
        scraper::Selector::parse("section[aria-labelledby=totp-title] tbody tr:first-child a[href$=remove]").unwrap();
    let off = page.html().select(&links).next().unwrap().attr("href").unwrap().to_owned();
    assert!(bob.get(&off).text("h2").contains("“Phone”"));
    assert!(!bob.get(&off).has(".callout.warn"), "there is another one");
    let (mut other, _) = sign_in(&site);
    other.submit("/login/code", &[("code", &site.totp(&tablet))]);
    site.pass(60);
    let fields = [("password", password("bob")), ("code", site.totp(&tablet)), ("end_others", "1".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(bob.submit(&off, &fields).location(), INDEX);
    assert_eq!(names(&mut bob), ["Tablet"]);
    assert!(site.last_mail("bob@example.com").text.contains("the authenticator app “Phone” was turned off"));
    assert!(other.get("/account").location().starts_with("/login"), "the other sessions end by choice");
    site.pass(60);
    let (mut browser, _) = sign_in(&site);
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&phone))]).status, 422);
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&tablet))]).location(), "/");
}

#[test]
fn the_other_sessions_end_with_a_new_factor_unless_one_chooses_that_they_go_on() {
    let site = Site::new();
    let (mut bob, mut other) = (site.browser_of("bob"), site.browser_of("bob"));
    let page = bob.get("/account/second-factor/totp");
    assert!(page.attr("#f-end_others", "checked").is_some());
    let (token, first) =
        (page.attr("main input[name=form_token]", "value").unwrap(), page.text(".secret code").replace(' ', ""));
    let unchecked = [("form_token", token.as_str()), ("name", "Phone"), ("code", &site.totp(&first))];
    assert_eq!(bob.post("/account/second-factor/totp", &unchecked).location(), INDEX);
    assert_eq!(other.get("/account").status, 200);
    site.pass(60);
    add(&site, &mut bob, "Tablet");
    assert_eq!((bob.get("/account").status, other.get("/account").status), (200, 303));
    assert!(other.visit("/account").text(".callout").contains("your second factor was changed"));
}

#[test]
fn there_are_ten_apps_at_most() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    for number in 1..=10 {
        site.pass(-50);
        add(&site, &mut bob, &format!("App number {number}"));
    }
    assert!(!bob.get(INDEX).has("a[href='/account/second-factor/totp']"));
    assert_eq!(bob.get("/account/second-factor/totp").location(), INDEX);
    assert!(bob.get(INDEX).text(".flash").contains("the most that there may be"));
}

#[test]
fn programs_list_add_rename_and_remove_factors() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let body = |code: &str| json!({ "name": "Laptop", "code": code, "end_other_sessions": false });
    assert_eq!(bob.post("/api/v1/me/factors", body("123456")).json()["code"], "no_enrolment");
    let open = bob.post("/api/v1/me/factors/enrolment", json!({})).json();
    assert_eq!(open["name"], "Phone");
    let secret = open["secret"].as_str().unwrap();
    assert_eq!(bob.post("/api/v1/me/factors", body("000000")).status, 422);
    let made = bob.post("/api/v1/me/factors", body(&site.totp(secret)));
    assert_eq!((made.status, made.json()["name"].as_str()), (201, Some("Laptop")), "{}", made.body);
    let path = made.location().to_owned();
    site.pass(60);
    assert_eq!(bob.patch(&path, json!({ "name": "Desk" })).json()["name"], "Desk");
    let listed = bob.get("/api/v1/me/factors").json();
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["weaker"]), (&json!("Desk"), &json!(false)));
    assert!(!listed.to_string().contains(secret));
    assert_eq!(site.program_of("eve").patch(&path, json!({ "name": "Mine" })).status, 404);
    let by = |code: &str| json!({ "password": password("bob"), "code": code });
    assert_eq!(bob.json("DELETE", &path, by("000000")).status, 422);
    assert_eq!(bob.json("DELETE", &path, by(&site.totp(secret))).status, 204);
    assert_eq!(bob.get("/api/v1/me/factors").json()["total"], 0);
}

#[test]
fn pressing_turn_on_twice_ends_with_it_on() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account/second-factor/totp");
    let token = page.attr("main input[name=form_token]", "value").unwrap();
    let code = site.totp(&page.text(".secret code").replace(' ', ""));
    for _ in 0..2 {
        let answer = bob.post("/account/second-factor/totp", &[("form_token", &token), ("code", &code)]);
        assert_eq!((answer.status, answer.location()), (303, INDEX));
        assert!(bob.get(INDEX).text(".flash.ok").contains("is on"));
    }
}

#[test]
fn codes_by_e_mail_are_turned_on_by_a_mailed_code_and_then_sign_in() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    assert_eq!(
        bob.submit_to(INDEX, "/account/second-factor/email", &[("send", "1")]).location(),
        "/account/second-factor/email"
    );
    let wrong = bob.submit("/account/second-factor/email", &[("code", "00000000")]);
    assert!(wrong.status == 422 && wrong.has("#f-code-error"));
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(bob.submit("/account/second-factor/email", &[("code", &code)]).location(), INDEX);
    assert!(bob.get(INDEX).text(".flash.ok").contains("are on"));
    let (mut browser, answer) = sign_in(&site);
    assert!(answer.location().starts_with("/login/code"));
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(browser.submit("/login/code", &[("code", &code)]).location(), "/");
}

#[test]
fn the_app_is_turned_off_by_password_and_code_and_not_by_one_of_them() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    let no_password = remove(&mut bob, "totp", "wrong", &site.totp(&secret));
    assert!(no_password.status == 422 && no_password.has("#f-password-error"));
    let no_code = remove(&mut bob, "totp", &password("bob"), "000000");
    assert!(no_code.status == 422 && no_code.has("#f-code-error"));
    assert!(sign_in(&site).1.location().starts_with("/login/code"));
    let answer = remove(&mut bob, "totp", &password("bob"), &site.totp(&secret));
    assert_eq!((answer.status, answer.location()), (303, INDEX));
    assert_eq!(sign_in(&site).1.location(), "/");
    assert_eq!(bob.get("/account/second-factor/totp/remove").location(), INDEX);
}

#[test]
fn codes_by_e_mail_are_turned_off_by_password_and_a_mailed_code() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    bob.submit_to(INDEX, "/account/second-factor/email", &[("send", "1")]);
    bob.submit("/account/second-factor/email", &[("code", &site.last_mail("bob@example.com").code())]);
    let page = "/account/second-factor/email/remove";
    assert_eq!(bob.submit(page, &[("send", "1")]).location(), page);
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(remove(&mut bob, "email", "wrong", &code).status, 422);
    assert_eq!(remove(&mut bob, "email", &password("bob"), &code).location(), INDEX);
    assert_eq!(sign_in(&site).1.location(), "/");
}

#[test]
fn an_unknown_method_is_not_found() {
    let site = Site::new();
    assert_eq!(site.browser_of("bob").get("/account/second-factor/smoke/remove").status, 404);
}
