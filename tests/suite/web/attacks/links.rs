//! One-time links: nothing but their button spends them, and of many buttons at once one works.

use crate::support::{Answer, Browser, Site, at_once, password};
use rolecall::{app::Actor, domain::user::Profile};

/// The path in the last mail of a kind to an address.
fn mailed(site: &Site, to: &str, kind: &str) -> String {
    site.mails(to).into_iter().rfind(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind} to {to}")).path()
}

/// Of each kind of link one, with what its form takes.
fn all(site: &Site) -> Vec<(String, Vec<(&'static str, String)>)> {
    let new = ("password", "an entirely new password".to_owned());
    let operator = Actor::operator();
    let welcome = mailed(site, "eve@example.com", "welcome");
    site.app.forgot_password(Default::default(), "eve@example.com").unwrap();
    let reset = mailed(site, "eve@example.com", "reset_password");
    site.app.create_user(&operator, &Profile::parse("Ivy", "", "ivy", "ivy@example.com").unwrap()).unwrap();
    let invite = mailed(site, "ivy@example.com", "invite");
    site.browser_of("bob");
    let mut other = site.browser();
    other.is("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0");
    other.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    let not_me = mailed(site, "bob@example.com", "new_device");
    let mut ada = site.browser_of("ada");
    let asked = [("email", "ada@new.example"), ("current_password", &*password("ada"))];
    ada.submit_to("/account", "/account/email", &asked);
    let change = mailed(site, "ada@new.example", "change_email");
    // The one that lives 15 minutes comes first: the tests let time pass.
    vec![(reset, vec![new.clone()]), (welcome, vec![]), (invite, vec![new]), (not_me, vec![]), (change, vec![])]
}

fn press(browser: &mut Browser, path: &str, fields: &[(&'static str, String)]) -> Answer {
    // In a mail scanner's browser the page may be gone already.
    let page = browser.get(path);
    if page.status != 200 {
        return page;
    }
    let mut all: Vec<(String, String)> = page
        .fields("main form[method=post]")
        .into_iter()
        .filter(|(name, _)| !fields.iter().any(|(other, _)| other == name))
        .collect();
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &all)
}

#[test]
fn opening_a_link_in_whatever_way_spends_none_and_its_button_spends_it_once() {
    let site = Site::new();
    for (path, fields) in all(&site) {
        for _ in 0..3 {
            assert_eq!(site.browser().get(&path).status, 200, "{path}");
            assert_eq!(site.program().get(&path).status, 200, "{path}: a scanner that takes anything");
            let head = site.program().raw("HEAD", &path, &[("accept", "*/*")], vec![]).status;
            assert!([200, 404, 405].contains(&head), "{path}: {head}");
        }
        let mut browser = site.browser();
        assert_eq!(press(&mut browser, &path, &fields).status, 303, "{path}");
        site.pass(601);
        for mut again in [browser, site.browser()] {
            assert_eq!(again.get(&path).status, 410, "{path}: the page comes again");
            assert!([403, 410].contains(&press(&mut again, &path, &fields).status), "{path}: the form comes again");
        }
    }
    let undo = mailed(&site, "ada@example.com", "email_changed");
    assert!(undo.starts_with("/undo-email/"), "{undo}");
    for _ in 0..3 {
        assert_eq!(site.browser().get(&undo).status, 200);
    }
    assert_eq!(press(&mut site.browser(), &undo, &[]).status, 303);
    assert_eq!(site.browser().get(&undo).status, 410);
}

#[test]
fn of_many_who_press_the_button_of_one_link_at_once_one_succeeds() {
    let site = Site::new();
    for (path, fields) in all(&site) {
        let browsers = (0..5).map(|_| site.browser()).collect();
        let answers = at_once(browsers, |_, browser| press(browser, &path, &fields));
        let told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(told.iter().filter(|status| **status == 303).count(), 1, "{path} {told:?}");
        assert!(told.iter().all(|status| [303, 410, 429].contains(status)), "{path} {told:?}");
        site.pass(900);
    }
}

#[test]
fn of_many_who_use_the_set_up_link_at_once_one_becomes_admin() {
    let site = Site::bare(|_| {});
    let path = url::Url::parse(&site.app.setup_link().unwrap().unwrap()).unwrap().path().to_owned();
    for _ in 0..3 {
        assert_eq!(site.browser().get(&path).status, 200);
    }
    let answers = at_once((0..5).map(|_| site.browser()).collect(), |number, browser| {
        let name = format!("admin{number}");
        let fields = [
            ("first_name", "Ada".to_owned()),
            ("username", name.clone()),
            ("email", format!("{name}@example.com")),
            ("password", "several words of somebody".to_owned()),
        ];
        press(browser, &path, &fields)
    });
    let told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(told.iter().filter(|status| **status == 303).count(), 1, "{told:?}");
    assert!(told.iter().all(|status| [303, 410].contains(status)), "{told:?}");
}
