use crate::support::{Browser, Mailed, Site, password};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";

fn told(site: &Site) -> Vec<Mailed> {
    site.mails("bob@example.com").into_iter().filter(|mail| mail.kind == "new_device").collect()
}

/// Signs bob in with this browser.
fn enter(browser: &mut Browser) -> u16 {
    browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status
}

fn browser(site: &Site, name: &'static str) -> Browser {
    let mut browser = site.browser();
    browser.is(name);
    browser
}

#[test]
fn a_new_device_is_told_by_mail_and_a_known_one_is_not() {
    let site = Site::new();
    let mut firefox = browser(&site, FIREFOX);
    assert_eq!(enter(&mut firefox), 303);
    assert!(told(&site).is_empty(), "nobody is told of his first sign-in");
    let mut chrome = browser(&site, CHROME);
    assert_eq!(enter(&mut chrome), 303);
    let mail = told(&site).pop().unwrap();
    assert!(mail.text.contains("Chrome on Windows") && mail.text.contains("127.0.0.1"), "{}", mail.text);
    assert!(mail.path().starts_with("/not-me/"));
    for known in [&mut firefox, &mut chrome] {
        known.cookies().remove("rolecall");
        // After so long the address and the name are not familiar any more, but the browser has its token.
        site.pass(180 * 24 * 3600);
        assert_eq!(enter(known), 303);
    }
    assert_eq!(told(&site).len(), 1);
}

#[test]
fn the_device_of_one_is_not_the_device_of_another_but_a_browser_may_be_both() {
    let site = Site::new();
    let mut shared = browser(&site, FIREFOX);
    assert_eq!(enter(&mut shared), 303);
    shared.submit("/logout", &[]);
    shared.submit("/login", &[("username_or_email", "eve"), ("password", &password("eve"))]);
    shared.submit("/logout", &[]);
    site.pass(365 * 24 * 3600);
    assert_eq!(enter(&mut shared), 303);
    assert!(told(&site).is_empty());
    // A token that somebody made up or that another user has makes no device of his.
    let mut eves = browser(&site, CHROME);
    eves.submit("/login", &[("username_or_email", "eve"), ("password", &password("eve"))]);
    eves.submit("/logout", &[]);
    assert_eq!(enter(&mut eves), 303);
    assert_eq!(told(&site).len(), 1);
}

#[test]
fn the_link_only_asks_and_its_button_ends_everything_and_leads_to_a_new_password() {
    let site = Site::new();
    let mut bob = browser(&site, FIREFOX);
    enter(&mut bob);
    let mut thief = browser(&site, CHROME);
    enter(&mut thief);
    let mut program = site.program_of("bob");
    let path = told(&site).pop().unwrap().path();
    for _ in 0..3 {
        let page = site.browser().get(&path);
        assert_eq!((page.status, page.text("h1").as_str()), (200, "It was not you?"));
    }
    assert_eq!(thief.get("/account").status, 200, "a mail scanner that opens the link ends nothing");
    let mut owner = site.browser();
    let answer = owner.submit(&path, &[]);
    assert_eq!(answer.status, 303);
    let reset = answer.location().to_owned();
    assert!(reset.starts_with("/reset/"), "{reset}");
    assert_eq!(
        (thief.get("/account").status, bob.get("/account").status, program.get("/api/v1/me").status),
        (303, 303, 401)
    );
    assert_eq!(enter(&mut thief), 422, "the old password is nothing any more");
    assert_eq!(owner.submit(&reset, &[("password", "an entirely new password")]).status, 303);
    assert_eq!(enter(&mut thief), 422);
    let again = site.browser().get(&path);
    assert_eq!(again.status, 410, "the link works once");
    let enter_new = |browser: &mut Browser| {
        browser.submit("/login", &[("username_or_email", "bob"), ("password", "an entirely new password")]).status
    };
    site.pass(60);
    assert_eq!(enter_new(&mut bob), 303);
    assert_eq!(told(&site).len(), 3, "the thief's, the program's, and now his own: all devices are new again");
}

#[test]
fn a_second_factor_stays_due_after_it() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut thief = browser(&site, CHROME);
    enter(&mut thief);
    assert_eq!(thief.submit("/login/code", &[("code", &site.totp(&secret))]).status, 303);
    let mut owner = site.browser();
    let reset = owner.submit(&told(&site).pop().unwrap().path(), &[]).location().to_owned();
    owner.submit(&reset, &[("password", "an entirely new password")]);
    let answer = owner.submit("/login", &[("username_or_email", "bob"), ("password", "an entirely new password")]);
    assert!(answer.location().starts_with("/login/code"));
}

#[test]
fn the_link_ends_after_a_week_and_is_nothing_elsewhere() {
    let site = Site::new();
    enter(&mut browser(&site, FIREFOX));
    enter(&mut browser(&site, CHROME));
    let path = told(&site).pop().unwrap().path();
    let token = path.rsplit('/').next().unwrap().to_owned();
    assert_eq!(site.browser().get(&format!("/reset/{token}")).status, 410);
    assert_eq!(site.browser().get(&format!("/verify/{token}")).status, 410);
    site.pass(7 * 24 * 3600 - 10);
    assert_eq!(site.browser().get(&path).status, 200);
    site.pass(11);
    assert_eq!(site.browser().get(&path).status, 410);
}
