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

#[test]
fn by_the_longer_policy_less_is_enough_beside_a_second_factor_that_is_demanded() {
    use rolecall::domain::{password::Policy, sign_in_rules::Demand};
    let change = |site: &Site, browser: &mut crate::support::Browser, new: &str| {
        let help = browser.get("/account/password").text("#f-password-help");
        let fields = [("current_password", password("bob")), ("password", new.to_owned())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.submit("/account/password", &fields);
        site.pass(60);
        (help, answer.status)
    };
    let short = "vq7 kz2 xw";
    let site = Site::with(|config| config.sign_in.policy = Policy::Nist);
    let mut bob = site.browser_of("bob");
    let secret = super::secret(&mut bob);
    super::turn_on_totp(&site, &mut bob, &secret);
    let (help, status) = change(&site, &mut bob, short);
    assert!(help.contains("15 characters") && status == 422, "one that he may turn off again counts for nothing");
    let site = Site::with(|config| {
        (config.sign_in.policy, config.sign_in.second_factor) = (Policy::Nist, Demand::Any);
    });
    let mut bob = site.browser_of("bob");
    let (help, status) = change(&site, &mut bob, short);
    assert!(help.contains("15 characters") && status == 422, "it is demanded, and not set up yet");
    let secret = super::secret(&mut bob);
    super::turn_on_totp(&site, &mut bob, &secret);
    let (help, status) = change(&site, &mut bob, short);
    assert!(help.contains("8 characters") && status == 303, "{help}");
}
