use super::lasting;
use crate::support::Site;

#[test]
fn the_answer_is_the_same_whoever_has_the_address() {
    let site = Site::new();
    let (mut known, mut unknown) = (site.browser(), site.browser());
    let pages = [
        known.submit("/forgot", &[("email", "bob@example.com")]),
        unknown.submit("/forgot", &[("email", "nobody@example.com")]),
    ];
    assert_eq!(pages[0].location(), "/forgot/done");
    assert_eq!(lasting(&pages[0]), lasting(&pages[1]));
    assert_eq!(lasting(&known.get("/forgot/done")), lasting(&unknown.get("/forgot/done")));
    assert!(site.last_mail("bob@example.com").path().starts_with("/reset/"));
    assert!(site.mails("nobody@example.com").is_empty());
}

#[test]
fn an_empty_address_is_told_at_its_field() {
    let site = Site::new();
    let answer = site.browser().submit("/forgot", &[("email", "  ")]);
    assert_eq!(answer.status, 422);
    assert!(answer.has("#f-email-error"));
}

#[test]
fn asking_again_and_again_is_slowed_down_on_the_page_itself() {
    let site = Site::new();
    let mut browser = site.browser();
    let mut last = browser.submit("/forgot", &[("email", "x1@example.com")]);
    for _ in 0..15 {
        last = browser.submit("/forgot", &[("email", "x2@example.com")]);
    }
    assert_eq!(last.status, 429);
    assert!(last.text(".error-summary").contains("Too many"));
    assert_eq!(last.attr("#f-email", "value").as_deref(), Some("x2@example.com"));
}
