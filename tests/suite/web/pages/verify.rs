use crate::support::Site;

fn verified(site: &Site) -> bool {
    let me = site.app.me(&site.actor("bob")).unwrap();
    me.user.email_verified_at.is_some()
}

#[test]
fn opening_the_link_changes_nothing_and_its_button_verifies_once() {
    let site = Site::new();
    let (mut browser, link) = (site.browser(), site.last_mail("bob@example.com").path());
    for _ in 0..2 {
        assert_eq!(browser.get(&link).text("main button.primary"), "Verify bob@example.com");
    }
    assert!(!verified(&site));
    assert_eq!(browser.submit(&link, &[]).location(), "/");
    assert!(verified(&site));
    assert!(browser.visit("/").text(".flash").contains("verified"));
    let again = browser.get(&link);
    assert_eq!(again.status, 410);
    assert!(again.text("main").contains("there is nothing to do"));
}

#[test]
fn the_button_without_our_token_verifies_nothing() {
    let site = Site::new();
    let (mut browser, link) = (site.browser(), site.last_mail("bob@example.com").path());
    browser.get(&link);
    assert_eq!(browser.post(&link, &[]).status, 403);
    assert!(!verified(&site));
}

#[test]
fn a_link_ends_after_a_day() {
    let site = Site::new();
    let link = site.last_mail("bob@example.com").path();
    site.pass(24 * 3600 - 1);
    assert_eq!(site.browser().get(&link).status, 200);
    site.pass(1);
    assert_eq!(site.browser().get(&link).status, 410);
}

#[test]
fn a_reset_token_verifies_nothing() {
    let site = Site::new();
    site.browser().submit("/forgot", &[("email", "bob@example.com")]);
    let token = site.last_mail("bob@example.com").path().replace("/reset/", "/verify/");
    assert_eq!(site.browser().get(&token).status, 410);
}
