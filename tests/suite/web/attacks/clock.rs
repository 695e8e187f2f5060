//! The clock is set forward and back by days: nothing that ended comes back, nothing works twice, nobody is kept out.

use crate::support::{Site, password};
use serde_json::json;

const DAYS: i64 = 3 * 24 * 3600;

#[test]
fn a_session_that_was_found_too_old_stays_dead_when_the_clock_goes_back() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    site.pass(DAYS);
    assert!(bob.get("/account").location().starts_with("/login"));
    let mut later = site.browser_of("bob");
    site.pass(-DAYS);
    assert!(bob.get("/account").location().starts_with("/login"));
    assert_eq!(later.get("/account").status, 200, "one from the future is simply young");
}

#[test]
fn a_code_of_the_future_makes_none_of_the_past_work_and_recovery_codes_still_do() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    let secret = site.turn_on_totp("bob");
    let page = browser.submit("/account/second-factor/recovery", &[("password", &password("bob"))]);
    let recovery = page.texts("ol.recovery code").remove(0);
    let enter = |token: &str| {
        site.program()
            .post("/login", json!({ "username_or_email": "bob", "password": password("bob"), "token": token }))
            .status
    };
    let past = site.totp(&secret);
    site.pass(DAYS);
    assert_eq!(enter(&past), 401);
    assert_eq!(enter(&site.totp(&secret)), 200);
    site.pass(-DAYS);
    assert_eq!(enter(&past), 401, "a step before the last one that was taken");
    assert_eq!(enter(&recovery), 200);
}

#[test]
fn links_and_codes_end_when_the_clock_leaps_and_used_ones_stay_used_when_it_goes_back() {
    let site = Site::new();
    site.app.forgot_password(Default::default(), "bob@example.com").unwrap();
    let link = site.last_mail("bob@example.com").path();
    site.pass(DAYS);
    assert_eq!(site.browser().get(&link).status, 410);
    site.pass(-DAYS);
    assert_eq!(site.browser().submit(&link, &[("password", "an entirely new password")]).status, 303);
    site.pass(-DAYS);
    assert_eq!(site.browser().get(&link).status, 410);
}

#[test]
fn failures_in_the_future_keep_nobody_out_when_the_clock_is_right_again() {
    let site = Site::new();
    site.pass(DAYS);
    for _ in 0..3 {
        site.program().post("/login", json!({ "username_or_email": "bob", "password": "wrong" }));
    }
    site.pass(-DAYS);
    let enter =
        || site.program().post("/login", json!({ "username_or_email": "bob", "password": password("bob") })).status;
    assert_eq!(enter(), 200);
    for _ in 0..6 {
        site.program().post("/login", json!({ "username_or_email": "bob", "password": "wrong" }));
    }
    assert_eq!(enter(), 429);
    site.pass(-DAYS);
    assert_eq!(enter(), 200);
}
