use super::lasting;
use crate::support::Site;
use rolecall::{config::Breached, domain::password::Policy};

const PASSWORD: &str = "several words of zoe";
const ZOE: [(&str, &str); 5] = [
    ("first_name", "Zoe"),
    ("last_name", ""),
    ("username", "zoe"),
    ("email", "zoe@example.com"),
    ("password", PASSWORD),
];

fn zoe<'a>(field: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    ZOE.iter().map(|(name, old)| (*name, if *name == field { value } else { old })).collect()
}

#[test]
fn zoe_signs_up_without_a_last_name_and_signs_in() {
    let site = Site::new();
    let mut browser = site.browser();
    let answer = browser.submit("/signup", &ZOE);
    assert_eq!((answer.status, answer.location()), (303, "/signup/done"));
    assert_eq!(browser.get("/signup/done").text("h1"), "Check your mail");
    assert!(site.last_mail("zoe@example.com").path().starts_with("/verify/"));
    assert_eq!(browser.submit("/login", &[("username_or_email", "zoe"), ("password", PASSWORD)]).status, 303);
    assert_eq!(browser.get("/signup").location(), "/");
}

#[test]
fn mistakes_are_told_at_their_fields_and_what_was_typed_stays_but_for_the_password() {
    let site = Site::new();
    let answer = site.browser().submit(
        "/signup",
        &[("first_name", "Zoe"), ("username", "zoe@home"), ("email", "zoe"), ("password", "hunter2")],
    );
    assert_eq!(answer.status, 422);
    for field in ["username", "email", "password"] {
        assert!(!answer.text(&format!("#f-{field}-error")).is_empty(), "{field}");
        assert!(answer.has(&format!(".error-summary a[href='#f-{field}']")), "{field}");
    }
    assert_eq!(answer.attr("#f-username", "value").as_deref(), Some("zoe@home"));
    assert_eq!(answer.attr("#f-first_name", "value").as_deref(), Some("Zoe"));
    assert!(!answer.body.contains("hunter2"));
    assert!(site.mails("zoe").is_empty());
}

#[test]
fn a_taken_username_is_told_at_its_field() {
    let site = Site::new();
    let answer = site.browser().submit("/signup", &zoe("username", "BOB"));
    assert_eq!(answer.status, 409);
    assert!(answer.has("#f-username-error") && !answer.has("#f-email-error"));
    assert!(!answer.body.contains(PASSWORD));
}

#[test]
fn a_known_address_gets_the_same_page_and_its_owner_a_mail() {
    let site = Site::new();
    let known = site.browser().submit("/signup", &zoe("email", "bob@example.com"));
    let new = site.browser().submit(
        "/signup",
        &[("first_name", "Yan"), ("username", "yan"), ("email", "yan@example.com"), ("password", PASSWORD)],
    );
    assert_eq!(lasting(&known), lasting(&new));
    assert_eq!(site.last_mail("bob@example.com").kind, "account_exists");
    assert_eq!(site.browser().submit("/login", &[("username_or_email", "zoe"), ("password", PASSWORD)]).status, 422);
}

#[test]
fn signing_up_again_and_again_floods_no_mailbox() {
    let site = Site::new();
    for number in 0..12 {
        let username = format!("zoe{number}");
        let mut form = zoe("email", "bob@example.com");
        form[2].1 = &username;
        let answer = site.browser().submit("/signup", &form);
        assert_eq!((answer.status, answer.location()), (303, "/signup/done"), "{number}");
    }
    let told = site.mails("bob@example.com").into_iter().filter(|mail| mail.kind == "account_exists").count();
    assert_eq!(told, 5, "the sixth mail was the welcome when he signed up");
}

#[test]
fn a_sign_up_without_our_token_makes_no_account() {
    let site = Site::new();
    let mut browser = site.browser();
    browser.get("/signup");
    assert_eq!(browser.post("/signup", &ZOE).status, 403);
    assert!(site.mails("zoe").is_empty());
}

#[test]
fn the_longer_password_policy_is_told_and_held() {
    let site = Site::with(|config| config.sign_in.policy = Policy::Nist);
    let mut browser = site.browser();
    assert!(browser.get("/signup").body.contains("At least 15 characters"));
    let refused = browser.submit("/signup", &zoe("password", "fourteen signs"));
    assert!(refused.status == 422 && refused.body.contains("at least 15 characters"), "{}", refused.body);
    assert_eq!(browser.submit("/signup", &zoe("password", "fifteen  signs!")).status, 303);
}

#[test]
fn a_stolen_password_is_refused_and_the_person_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    // SHA-1 of `horse battery staple correct`.
    std::fs::write(&list, "DB052A75FF7AD2979C79CB112B21B039B36813E6:3\n").unwrap();
    let site = Site::with(|config| config.sign_in.breached = Some(Breached::open(&list).unwrap()));
    let refused = site.browser().submit("/signup", &zoe("password", "horse battery staple correct"));
    assert!(refused.status == 422 && refused.body.contains("stolen"), "{}", refused.body);
    assert_eq!(site.browser().submit("/signup", &zoe("password", "horse battery staple incorrect")).status, 303);
}

#[test]
fn the_username_that_was_chosen_with_a_known_address_does_not_tell_that_it_is_known() {
    let site = Site::new();
    for (email, username) in [("bob@example.com", "charlie"), ("new@example.com", "delta")] {
        let sign_up = |email: &'static str, username: &'static str| {
            let fields: Vec<_> =
                zoe("email", email).into_iter().map(|(k, v)| (k, if k == "username" { username } else { v })).collect();
            site.browser().submit("/signup", &fields)
        };
        assert_eq!(sign_up(email, username).location(), "/signup/done");
        // Now somebody who wants to know asks for the username, with an address that is surely his own.
        let asked = sign_up("spy@example.com", username);
        assert_eq!(asked.status, 409, "{email}");
        assert!(!asked.text("#f-username-error").is_empty());
    }
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.submit("/account", &[("username", "delta")]).status, 409);
    assert_eq!(bob.submit("/account", &[("username", "charlie")]).status, 303, "to its owner it is free");
    assert!(site.last_mail("bob@example.com").text.contains("the username was changed from bob"));
}
