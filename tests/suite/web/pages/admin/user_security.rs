use super::{flash, give, role};
use crate::support::Site;

#[test]
fn the_tab_tells_factors_codes_and_failures_and_ends_all_sessions_after_a_look() {
    let site = Site::new();
    let bob = site.id("bob");
    let tab = format!("/admin/users/{bob}/sessions");
    let mut ada = site.browser_of("ada");
    let none = ada.get(&tab);
    assert!(none.text("main").contains("None: his password alone lets him in"));
    assert!(none.text(".facts").contains("None since the last sign-in"), "{}", none.text(".facts"));
    let mut browser = site.browser_of("bob");
    site.turn_on_totp("bob");
    for _ in 0..4 {
        site.browser().post("/login", &[]);
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
        site.pass(30);
    }
    let page = ada.get(&tab);
    let factor = page.text("section[aria-labelledby=factors-title] tbody tr");
    assert!(factor.contains("authenticator app") && factor.contains("2026-03-02"), "{factor}");
    assert!(page.text(".facts").contains("4 sign-ins were refused since the last sign-in"), "{}", page.text(".facts"));
    let confirm = ada.get(&format!("{tab}/delete"));
    assert!(confirm.text("h1").contains("End all sessions of Bob"), "{}", confirm.text("main"));
    assert!(confirm.text(".effects").contains("Ends "), "{}", confirm.text("main"));
    assert_eq!(browser.get("/account").status, 200, "only asked so far");
    let done = ada.submit(&format!("{tab}/delete"), &[("reason", "a lost laptop")]);
    assert!(flash(&mut ada, done.location()).contains("Ended "));
    assert_eq!(browser.get("/account").status, 303);
    assert!(ada.get("/admin/audit?q=laptop").text(".timeline li").contains("ada ended sessions of bob"));
}

#[test]
fn an_admin_sees_trusted_devices_and_ends_the_trust() {
    let site = Site::new();
    let bob = site.id("bob");
    let secret = site.turn_on_totp("bob");
    let mut browser = site.browser();
    browser.submit("/login", &[("username_or_email", "bob"), ("password", &crate::support::password("bob"))]);
    let in_it = browser.submit("/login/code", &[("code", &site.totp(&secret)), ("trust", "1")]);
    assert_eq!(in_it.status, 303, "{}", in_it.text("main"));
    let tab = format!("/admin/users/{bob}/sessions");
    let mut ada = site.browser_of("ada");
    let page = ada.get(&tab);
    assert!(
        page.text("section[aria-labelledby=devices-title] tbody").contains("Firefox on Linux"),
        "{}",
        page.text("main")
    );
    let one = page.attr("section[aria-labelledby=devices-title] tbody a.button", "href").unwrap();
    let confirm = ada.get(&one);
    assert!(confirm.text(".effects").contains("Firefox on Linux from 127.0.0.1"));
    let token = confirm.attr("main input[name=form_token]", "value").unwrap();
    let done = ada.post(&one, &[("form_token", &token)]);
    assert!(flash(&mut ada, done.location()).contains("1 device is trusted no more"), "{}", done.body);
    assert!(!ada.get(&tab).has("section[aria-labelledby=devices-title]"));
    assert!(
        ada.get(&format!("/admin/users/{bob}/activity"))
            .text(".timeline li")
            .contains("ada ended the trust in devices of bob")
    );
    give(&site, "eve", role(&site, "looker", &["rolecall.users:read", "rolecall.sessions:read"]));
    let mut eve = site.browser_of("eve");
    assert_eq!((eve.get(&tab).status, eve.get(&format!("{tab}/delete")).status, eve.get(&one).status), (200, 403, 403));
}
