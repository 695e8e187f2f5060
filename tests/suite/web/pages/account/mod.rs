//! One's own account.

mod access;
mod activity;
mod data;
mod deletion;
mod email;
mod oathtool;
mod password;
mod profile;
mod reauthentication;
mod recovery;
mod second_factor;
mod sessions;
mod tokens;
mod trusted_devices;

use crate::support::{Browser, Site};

/// The secret that the page of the authenticator app shows.
pub fn secret(browser: &mut Browser) -> String {
    browser.get("/account/second-factor/totp").text(".secret code").replace(' ', "")
}

/// Confirms the secret and lets time pass, so that the next code is a new one.
pub fn turn_on_totp(site: &Site, browser: &mut Browser, secret: &str) {
    let answer = browser.submit("/account/second-factor/totp", &[("code", &site.totp(secret))]);
    assert_eq!((answer.status, answer.location()), (303, "/account/second-factor"), "{}", answer.body);
    site.pass(60);
}

#[test]
fn every_page_sends_strangers_to_sign_in_and_back() {
    let site = Site::new();
    for path in [
        "/account",
        "/account/password",
        "/account/second-factor",
        "/account/second-factor/totp",
        "/account/sessions",
        "/account/access",
        "/account/activity",
    ] {
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        assert_eq!(site.browser().get(path).location(), format!("/login?next={next}"));
        let answer = site.browser_of("eve").get(path);
        assert_eq!((answer.status, answer.texts("h1")), (200, vec!["My account".to_owned()]), "{path}");
        assert_eq!(answer.texts(".tabs [aria-current=page]").len(), 1, "{path}");
    }
}

#[test]
fn no_form_of_the_account_is_read_without_our_token() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    for path in [
        "",
        "/verification",
        "/password",
        "/second-factor/totp",
        "/second-factor/email",
        "/second-factor/totp/remove",
        "/sessions/others/end",
        "/sessions/1/end",
    ] {
        assert_eq!(browser.post(&format!("/account{path}"), &[("password", "x")]).status, 403, "{path}");
    }
}
