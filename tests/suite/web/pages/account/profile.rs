use crate::support::Site;

#[test]
fn bob_changes_his_name_without_his_password() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    let answer = browser.submit("/account", &[("first_name", "Robert"), ("last_name", "")]);
    assert_eq!((answer.status, answer.location()), (303, "/account"));
    let page = browser.get("/account");
    assert_eq!(page.attr("#f-first_name", "value").as_deref(), Some("Robert"));
    assert_eq!(page.text(".me-name"), "Robert");
}

#[test]
fn a_name_that_somebody_has_is_told_at_its_field() {
    let site = Site::new();
    let answer = site.browser_of("bob").submit("/account", &[("username", "Eve")]);
    assert_eq!(answer.status, 409);
    assert!(answer.has("#f-username-error"));
}

#[test]
fn a_new_verification_link_replaces_the_one_before() {
    let site = Site::new();
    let (mut browser, old) = (site.browser_of("bob"), site.last_mail("bob@example.com").path());
    assert_eq!(browser.submit_to("/account", "/account/verification", &[]).location(), "/account");
    let new = site.last_mail("bob@example.com").path();
    assert_eq!((browser.get(&old).status, browser.get(&new).status), (410, 200));
    let token = browser.get("/account").attr("main input[name=form_token]", "value").unwrap();
    browser.submit(&new, &[]);
    assert!(!browser.get("/account").has("form[action='/account/verification']"));
    assert_eq!(browser.post("/account/verification", &[("form_token", &token)]).status, 303);
    assert!(browser.get("/account").text(".flash").contains("verified already"));
}
