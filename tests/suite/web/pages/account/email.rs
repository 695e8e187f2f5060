use crate::support::{Browser, Mailed, Site, password};
use rolecall::app::Actor;

/// The last mail of a kind to an address.
fn mail(site: &Site, to: &str, kind: &str) -> Mailed {
    site.mails(to).into_iter().rfind(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind} to {to}"))
}

fn has(site: &Site, to: &str, kind: &str) -> bool {
    site.mails(to).iter().any(|mail| mail.kind == kind)
}

/// Asks for another address of the one who is signed in.
fn ask(browser: &mut Browser, name: &str, email: &str) -> crate::support::Answer {
    browser.submit_to("/account", "/account/email", &[("email", email), ("current_password", &password(name))])
}

fn address(browser: &mut Browser) -> String {
    browser.get("/account").text("section[aria-labelledby=address-title] > p")
}

#[test]
fn another_address_needs_the_password_and_is_used_only_when_it_is_confirmed() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let refused = ada.submit_to("/account", "/account/email", &[("email", "ada@new.example")]);
    assert!(refused.status == 422 && refused.has("#f-current_password-error"));
    assert_eq!(refused.attr("#f-email", "value").as_deref(), Some("ada@new.example"));
    assert_eq!(ask(&mut ada, "ada", "ada@new.example").location(), "/account");
    let page = ada.get("/account");
    assert!(page.text(".callout").contains("ada@new.example"), "{}", page.text(".callout"));
    assert_eq!(address(&mut ada), "ada@example.com Verified");
    assert!(
        mail(&site, "ada@example.com", "security_notice").text.contains("address to ada@new.example was asked for")
    );
    let path = mail(&site, "ada@new.example", "change_email").path();
    assert!(path.starts_with("/change-email/"), "{path}");
    // A scanner that opens the link changes nothing; nor need it be the browser that asked.
    let mut other = site.browser();
    for _ in 0..2 {
        assert_eq!(other.get(&path).text("h1"), "Confirm your new address");
    }
    assert_eq!(address(&mut ada), "ada@example.com Verified");
    assert_eq!(other.submit(&path, &[]).status, 303);
    assert_eq!(address(&mut ada), "ada@new.example Verified");
    assert!(!ada.get("/account").has(".callout"));
    assert_eq!((other.get(&path).status, other.post(&path, &[]).status), (410, 403), "once only");
    let told = mail(&site, "ada@example.com", "email_changed");
    assert!(
        told.text.contains("It is now ada@new.example") && told.path().starts_with("/undo-email/"),
        "{}",
        told.text
    );
    let log = ada.get("/admin/audit?filter=user").texts(".timeline li").join("\n");
    assert!(log.contains("ada changed their e-mail address"), "{log}");
}

#[test]
fn the_old_address_undoes_the_change_ends_all_sessions_and_leads_to_a_new_password() {
    let site = Site::new();
    let mut thief = site.browser_of("ada");
    ask(&mut thief, "ada", "thief@new.example");
    thief.submit(&mail(&site, "thief@new.example", "change_email").path(), &[]);
    // He moves it on, so that there is a link to his own mailbox too.
    ask(&mut thief, "ada", "thief2@new.example");
    thief.submit(&mail(&site, "thief2@new.example", "change_email").path(), &[]);
    let his = mail(&site, "thief@new.example", "email_changed").path();
    let undo = mail(&site, "ada@example.com", "email_changed").path();
    let mut owner = site.browser();
    assert_eq!(owner.get(&undo).text("h1"), "Put the address back?");
    assert_eq!(thief.get("/account").status, 200, "opening it only asks");
    let reset = owner.submit(&undo, &[]).location().to_owned();
    assert!(reset.starts_with("/reset/"), "{reset}");
    assert_eq!(thief.get("/account").status, 303);
    assert_eq!(thief.get(&his).status, 410, "the thief cannot undo the undoing");
    let old = owner.submit("/login", &[("username_or_email", "ada"), ("password", &password("ada"))]);
    assert_eq!(old.status, 422);
    assert_eq!(owner.submit(&reset, &[("password", "an entirely new password")]).status, 303);
    site.pass(60);
    let new =
        owner.submit("/login", &[("username_or_email", "ada@example.com"), ("password", "an entirely new password")]);
    assert_eq!(new.status, 303);
    assert_eq!(address(&mut owner), "ada@example.com Verified");
    assert_eq!(owner.get(&undo).status, 410);
}

#[test]
fn an_address_that_was_never_verified_gets_no_link_that_opens_the_account() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    ask(&mut bob, "bob", "bob@new.example");
    bob.submit(&mail(&site, "bob@new.example", "change_email").path(), &[]);
    assert_eq!(address(&mut bob), "bob@new.example Verified");
    assert!(!has(&site, "bob@example.com", "email_changed"), "it may be a stranger's");
    assert!(mail(&site, "bob@example.com", "security_notice").text.contains("was changed"));
}

#[test]
fn asking_for_the_address_of_somebody_else_is_answered_alike_and_told_to_him() {
    let site = Site::new();
    let mut eve = site.browser_of("eve");
    let pages = ["nobody@new.example", "ada@example.com"].map(|email| {
        let answer = ask(&mut eve, "eve", email);
        let page = eve.get("/account");
        (answer.status, answer.location().to_owned(), page.text("main").replace(email, "…"))
    });
    assert_eq!(pages[0], pages[1]);
    let told = mail(&site, "ada@example.com", "address_in_use");
    assert!(!told.text.contains("change-email") && told.text.contains("your account ada"), "{}", told.text);
    assert!(!has(&site, "ada@example.com", "change_email"));
}

#[test]
fn of_two_who_ask_for_one_address_the_first_who_confirms_has_it() {
    let site = Site::new();
    let (mut bob, mut eve) = (site.browser_of("bob"), site.browser_of("eve"));
    ask(&mut bob, "bob", "shared@new.example");
    let bobs = mail(&site, "shared@new.example", "change_email").path();
    ask(&mut eve, "eve", "Shared@New.example");
    let eves = mail(&site, "Shared@New.example", "change_email").path();
    assert_ne!(bobs, eves);
    assert_eq!(eve.submit(&eves, &[]).status, 303);
    let late = bob.submit(&bobs, &[]);
    assert_eq!(late.status, 409);
    assert!(late.text(".error-summary").contains("Somebody else has this address meanwhile"), "{}", late.body);
    assert_eq!(address(&mut bob), "bob@example.com Not verified");
}

#[test]
fn the_newest_wish_counts_for_a_day_and_can_be_taken_back() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    ask(&mut bob, "bob", "one@new.example");
    ask(&mut bob, "bob", "two@new.example");
    let (one, two) =
        (mail(&site, "one@new.example", "change_email").path(), mail(&site, "two@new.example", "change_email").path());
    assert_eq!((bob.get(&one).status, bob.get(&two).status), (410, 200));
    assert_eq!(bob.submit_to("/account", "/account/email/cancel", &[]).location(), "/account");
    assert_eq!(bob.get(&two).status, 410);
    ask(&mut bob, "bob", "three@new.example");
    let three = mail(&site, "three@new.example", "change_email").path();
    site.pass(24 * 3600 - 5);
    assert_eq!(bob.get(&three).status, 200);
    site.pass(6);
    assert_eq!(bob.get(&three).status, 410);
}

#[test]
fn links_to_the_old_address_die_with_it() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let verify = mail(&site, "bob@example.com", "welcome").path();
    site.browser().submit("/forgot", &[("email", "bob@example.com")]);
    let reset = mail(&site, "bob@example.com", "reset_password").path();
    ask(&mut bob, "bob", "bob@new.example");
    bob.submit(&mail(&site, "bob@new.example", "change_email").path(), &[]);
    assert_eq!((bob.get(&reset).status, bob.get(&verify).status), (410, 410));
}

#[test]
fn a_new_password_ends_a_change_that_somebody_else_may_have_begun() {
    let site = Site::new();
    let mut thief = site.browser_of("bob");
    ask(&mut thief, "bob", "thief@new.example");
    let path = mail(&site, "thief@new.example", "change_email").path();
    let mut owner = site.browser();
    owner.submit("/forgot", &[("email", "bob@example.com")]);
    owner.submit(&mail(&site, "bob@example.com", "reset_password").path(), &[("password", "an entirely new password")]);
    assert_eq!(thief.get(&path).status, 410);
}

#[test]
fn other_letters_of_the_same_address_need_no_mail() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    assert_eq!(ask(&mut ada, "ada", "Ada@Example.com").location(), "/account");
    assert_eq!(address(&mut ada), "Ada@Example.com Verified");
    assert!(!has(&site, "ada@example.com", "change_email") && !has(&site, "ada@example.com", "email_changed"));
    assert!(ask(&mut ada, "ada", "Ada@Example.com").text("#f-email-error").contains("already"));
}

#[test]
fn an_admins_change_is_told_to_both_and_undone_by_the_old_one() {
    let site = Site::new();
    let operator = Actor::operator();
    let bob = site.id("bob");
    let verify = mail(&site, "bob@example.com", "welcome").path();
    site.browser().submit(&verify, &[]);
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{bob}");
    assert_eq!(ada.submit_to(&format!("{path}/edit"), &path, &[("email", "bob@new.example")]).location(), path);
    assert_eq!(site.app.user(&operator, bob).unwrap().user.email_verified_at, None);
    assert!(mail(&site, "bob@new.example", "verify_email").path().starts_with("/verify/"));
    let told = mail(&site, "bob@example.com", "email_changed");
    assert!(told.text.contains("was changed by an admin"), "{}", told.text);
    assert!(site.browser().submit(&told.path(), &[]).location().starts_with("/reset/"));
    assert_eq!(site.app.user(&operator, bob).unwrap().user.email, "bob@example.com");
}

#[test]
fn an_invited_user_whose_address_was_mistyped_is_invited_again() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    ada.submit("/admin/users/new", &[("first_name", "Dan"), ("username", "dan"), ("email", "den@example.com")]);
    let wrong = mail(&site, "den@example.com", "invite").path();
    let path = format!("/admin/users/{}", site.id("dan"));
    ada.submit_to(&format!("{path}/edit"), &path, &[("email", "dan@example.com")]);
    assert_eq!(ada.get(&wrong).status, 410);
    assert_eq!(ada.get(&mail(&site, "dan@example.com", "invite").path()).status, 200);
}

#[test]
fn a_disabled_user_confirms_nothing() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    ask(&mut bob, "bob", "bob@new.example");
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), true, "").unwrap();
    assert_eq!(site.browser().get(&mail(&site, "bob@new.example", "change_email").path()).status, 410);
}

#[test]
fn a_program_asks_for_another_address_too() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let body = serde_json::json!({ "email": "bob@new.example", "current_password": password("bob") });
    let asked = bob.post("/api/v1/me/email", body);
    assert_eq!((asked.status, &asked.json()["address"]), (202, &serde_json::json!("bob@new.example")));
    assert_eq!(bob.delete("/api/v1/me/email").status, 204);
    assert_eq!(bob.get(&mail(&site, "bob@new.example", "change_email").path()).status, 410);
}
