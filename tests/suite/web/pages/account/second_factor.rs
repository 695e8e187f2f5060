use super::{secret, turn_on_totp};
use crate::support::{Answer, Browser, Site, password};

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
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    let answer = bob.get("/account/second-factor/totp");
    assert_eq!((answer.status, answer.location()), (303, INDEX));
    let (mut browser, _) = sign_in(&site);
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&secret))]).location(), "/");
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
