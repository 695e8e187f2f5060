use super::account::{secret, turn_on_totp};
use crate::support::{Site, password};
use rolecall::{app::Actor, domain::user::Profile};

const NEW: &str = "quite another password";

fn link(site: &Site) -> String {
    site.browser().submit("/forgot", &[("email", "bob@example.com")]);
    site.last_mail("bob@example.com").path()
}

#[test]
fn the_link_sets_a_password_once_and_ends_all_sessions() {
    let site = Site::new();
    let mut before = site.browser_of("bob");
    let (link, mut browser) = (link(&site), site.browser());
    assert!(browser.get(&link).text("main").contains("bob"));
    let answer = browser.submit(&link, &[("password", NEW)]);
    assert_eq!((answer.status, answer.location()), (303, "/login"));
    assert!(browser.get("/login").has(".flash.ok"));
    assert_eq!(before.get("/").location(), "/login");
    let again = browser.get(&link);
    assert_eq!(again.status, 410);
    assert_eq!(again.attr("main .actions a", "href").as_deref(), Some("/forgot"));
    assert_eq!(
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status,
        422
    );
    site.pass(60);
    assert_eq!(site.browser().submit("/login", &[("username_or_email", "bob"), ("password", NEW)]).status, 303);
}

#[test]
fn a_second_click_and_an_expired_link_say_what_to_do() {
    let site = Site::new();
    let (mut browser, used) = (site.browser(), link(&site));
    let token = browser.get(&used).attr("main input[name=form_token]", "value").unwrap();
    let fields = [("form_token", token.as_str()), ("password", NEW)];
    assert_eq!(browser.post(&used, &fields).status, 303);
    assert_eq!(browser.post(&used, &fields).status, 410);
    let late = link(&site);
    site.pass(15 * 60);
    assert_eq!(browser.get(&late).status, 410);
    assert_eq!(browser.post(&late, &fields).status, 410);
}

#[test]
fn a_weak_password_is_told_and_the_link_still_works() {
    let site = Site::new();
    let (mut browser, link) = (site.browser(), link(&site));
    let answer = browser.submit(&link, &[("password", "iloveyou")]);
    assert_eq!(answer.status, 422);
    assert!(answer.has("#f-password-error") && !answer.body.contains("iloveyou"));
    assert_eq!(browser.submit(&link, &[("password", NEW)]).status, 303);
}

#[test]
fn a_new_password_does_not_skip_the_second_factor() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    let (mut browser, link) = (site.browser(), link(&site));
    assert_eq!(browser.submit(&link, &[("password", NEW)]).location(), "/login");
    let answer = browser.submit("/login", &[("username_or_email", "bob"), ("password", NEW)]);
    assert!(answer.location().starts_with("/login/code"), "{}", answer.location());
    assert_eq!(browser.get("/account").status, 303);
}

#[test]
fn a_verification_token_resets_nothing() {
    let site = Site::new();
    let token = site
        .mails("bob@example.com")
        .iter()
        .find(|mail| mail.kind == "welcome")
        .unwrap()
        .path()
        .replace("/verify/", "/reset/");
    assert_eq!(site.browser().get(&token).status, 410);
}

#[test]
fn somebody_who_was_invited_chooses_a_first_password() {
    let site = Site::new();
    let profile = Profile::parse("Zoe", "", "zoe", "zoe@example.com").unwrap();
    site.app.create_user(&Actor::operator(), &profile).unwrap();
    let (mut browser, link) = (site.browser(), site.last_mail("zoe@example.com").path());
    assert_eq!(browser.get(&link).text("h1"), "Choose a password");
    assert_eq!(browser.submit(&link, &[("password", NEW)]).status, 303);
    assert_eq!(browser.submit("/login", &[("username_or_email", "zoe"), ("password", NEW)]).status, 303);
}

#[test]
fn the_token_leaves_neither_by_a_referer_nor_by_a_cache() {
    let site = Site::new();
    let answer = site.browser().get(&link(&site));
    assert!(["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")));
    assert_eq!(answer.header("cache-control"), "no-store");
}
