use crate::support::{Site, password};

const NEW: &str = "quite another password";

#[test]
fn a_new_password_ends_the_other_sessions_and_this_one_goes_on() {
    let site = Site::new();
    let (mut here, mut there) = (site.browser_of("bob"), site.browser_of("bob"));
    let answer = here.submit("/account/password", &[("current_password", &password("bob")), ("password", NEW)]);
    assert_eq!((answer.status, answer.location()), (303, "/account/password"));
    assert!(here.get("/account/password").text(".flash").contains("other sessions have ended"));
    assert_eq!(there.get("/").location(), "/login");
    assert_eq!(site.browser().submit("/login", &[("username_or_email", "bob"), ("password", NEW)]).status, 303);
    assert_eq!(site.last_mail("bob@example.com").kind, "security_notice");
}

#[test]
fn the_other_sessions_go_on_if_the_box_is_empty() {
    let site = Site::new();
    let (mut here, mut there) = (site.browser_of("bob"), site.browser_of("bob"));
    assert!(here.get("/account/password").has("#f-end_others[checked]"));
    here.submit("/account/password", &[("current_password", &password("bob")), ("password", NEW), ("end_others", "")]);
    assert_eq!(there.get("/").location(), "/account");
}

#[test]
fn a_wrong_present_password_and_a_weak_new_one_are_told_and_not_shown_again() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    let wrong = browser
        .submit("/account/password", &[("current_password", "wrong-horse"), ("password", NEW), ("end_others", "")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("#f-current_password-error") && !wrong.body.contains("wrong-horse") && !wrong.body.contains(NEW));
    assert!(!wrong.has("#f-end_others[checked]"), "the box stays as it was");
    let weak = browser.submit("/account/password", &[("current_password", &password("bob")), ("password", "iloveyou")]);
    assert!(weak.has("#f-password-error") && !weak.body.contains("iloveyou"));
    assert_eq!(
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status,
        303
    );
}
