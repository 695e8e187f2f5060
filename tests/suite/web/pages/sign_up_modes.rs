//! Who may make an account by himself: `SIGN_UP`.

use super::lasting;
use crate::support::{Answer, Mailed, Site, password};
use rolecall::{app::Actor, domain::sign_up::SignUpMode};
use serde_json::json;

const DAY: i64 = 24 * 3600;

/// Ada, bob and eve came in while it was open; then the mode was set.
fn site(mode: SignUpMode) -> Site {
    let site = Site::bare(|config| config.sign_in.sign_up = mode);
    site.people_by_invitation();
    site
}

fn sign_up(site: &Site, name: &str) -> Answer {
    let email = format!("{name}@example.com");
    site.browser().submit(
        "/signup",
        &[("first_name", "Zoe"), ("username", name), ("email", &*email), ("password", &*password(name))],
    )
}

fn enter(site: &Site, name: &str, password: &str) -> Answer {
    site.browser().submit("/login", &[("username_or_email", name), ("password", password)])
}

fn mail(site: &Site, to: &str, kind: &str) -> Option<Mailed> {
    site.mails(to).into_iter().rfind(|mail| mail.kind == kind)
}

fn program(site: &Site) -> Answer {
    let form = json!({ "first_name": "Z", "username": "zoe", "email": "zoe@example.com", "password": password("zoe") });
    site.program().post("/signup", form)
}

#[test]
fn closed_and_by_invitation_say_so_and_make_nothing() {
    for (mode, words, code) in [
        (SignUpMode::Closed, "Sign-up is closed", "sign_up_closed"),
        (SignUpMode::Invitation, "By invitation", "invitation_only"),
    ] {
        let site = site(mode);
        let mut browser = site.browser();
        let page = browser.get("/signup");
        assert_eq!((page.status, page.text("h1").as_str()), (403, words));
        assert!(!browser.get("/login").has("a[href='/signup']"));
        // A form that was open before it was closed.
        let token = browser.get("/login").attr("main input[name=form_token]", "value").unwrap();
        let known = [("form_token", &*token), ("username", "zoe"), ("email", "bob@example.com")];
        let new = [("form_token", &*token), ("username", "zoe"), ("email", "zoe@example.com")];
        let answers = [browser.post("/signup", &known), browser.post("/signup", &new)];
        assert_eq!(answers[0].status, 403);
        assert_eq!(lasting(&answers[0]), lasting(&answers[1]));
        let refused = program(&site);
        assert_eq!(
            (refused.status, &refused.json()["code"], &refused.json()["success"]),
            (403, &json!(code), &json!(false))
        );
        assert!(site.mails("zoe").is_empty());
    }
    assert!(Site::new().browser().get("/login").has("a[href='/signup']"));
}

#[test]
fn by_invitation_the_mailed_link_lets_in() {
    let site = site(SignUpMode::Invitation);
    let mut ada = site.browser_of("ada");
    ada.submit("/admin/users/new", &[("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")]);
    let path = mail(&site, "dan@example.com", "invite").unwrap().path();
    assert_eq!(site.browser().submit(&path, &[("password", &password("dan"))]).status, 303);
    assert_eq!(enter(&site, "dan", &password("dan")).status, 303);
}

#[test]
fn with_approval_an_account_waits_until_an_admin_lets_it_in() {
    let site = site(SignUpMode::Approval);
    let mut ada = site.browser_of("ada");
    assert_eq!(sign_up(&site, "zoe").location(), "/signup/done");
    assert!(site.browser().get("/signup/done").text("main").contains("an administrator must let you in"));
    assert!(!ada.get("/admin").has("a[href='/admin/users?filter=waiting']"), "not verified: nothing to decide");
    let early = enter(&site, "zoe", &password("zoe"));
    assert!(early.status == 403 && early.text(".error-summary").contains("Verify your e-mail address first"));
    let verify = mail(&site, "zoe@example.com", "verify_email").unwrap().path();
    let mut zoe = site.browser();
    assert_eq!(zoe.submit(&verify, &[]).location(), "/login");
    assert!(zoe.get("/login").text(".flash").contains("must let you in now"));
    // The right password tells that it waits; a wrong one, and an unknown name, tell nothing.
    let right = enter(&site, "zoe", &password("zoe"));
    assert!(right.text(".error-summary").contains("waits for an administrator"), "{}", right.body);
    let (wrong, unknown) = (enter(&site, "zoe", "wrong wrong"), enter(&site, "nobody", "wrong wrong"));
    assert_eq!(wrong.text(".error-summary"), unknown.text(".error-summary"));
    let refused = site.program().post("/login", json!({ "username_or_email": "zoe", "password": password("zoe") }));
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("awaits_approval")));
    assert_eq!(ada.get("/admin").texts("a[href='/admin/users?filter=waiting'] .stat-value"), ["1"]);
    assert_eq!(ada.get("/admin/users?filter=waiting").texts("tbody th .under"), ["zoe"]);
    let path = format!("/admin/users/{}", site.id("zoe"));
    assert!(ada.get(&path).text(".page-title").contains("Waits for approval"));
    assert_eq!(ada.submit_to(&path, &format!("{path}/approval"), &[]).location(), path);
    assert!(mail(&site, "zoe@example.com", "sign_up_approved").is_some());
    site.pass(60);
    assert_eq!(enter(&site, "zoe", &password("zoe")).status, 303);
    assert!(!ada.get("/admin").has("a[href='/admin/users?filter=waiting']"));
    let told = ada.get("/admin/audit?filter=user").texts(".timeline li").join("\n");
    assert!(told.contains("ada let zoe in, who had signed up"), "{told}");
}

#[test]
fn who_is_turned_away_is_told_why_and_leaves_nothing() {
    let site = site(SignUpMode::Approval);
    sign_up(&site, "zoe");
    site.browser().submit(&mail(&site, "zoe@example.com", "welcome").unwrap().path(), &[]);
    let (mut ada, id) = (site.browser_of("ada"), site.id("zoe"));
    let path = format!("/admin/users/{id}/rejection");
    let silent = ada.submit(&path, &[]);
    assert!(silent.status == 422 && silent.has("#f-reason-error"));
    assert_eq!(ada.submit(&path, &[("reason", "We do not know you.")]).location(), "/admin/users?filter=waiting");
    let told = mail(&site, "zoe@example.com", "sign_up_rejected").unwrap();
    assert!(told.text.contains("We do not know you."), "{}", told.text);
    assert_eq!(ada.get(&format!("/admin/users/{id}")).status, 404);
    assert_eq!(enter(&site, "zoe", &password("zoe")).status, 422);
    assert_eq!(sign_up(&site, "zoe").location(), "/signup/done", "the names are free");
}

#[test]
fn with_approval_known_and_new_addresses_are_answered_alike() {
    let site = site(SignUpMode::Approval);
    let form = |username: &'static str, email: &'static str| {
        let password = "several words of zoe";
        site.browser()
            .submit("/signup", &[("first_name", "Z"), ("username", username), ("email", email), ("password", password)])
    };
    assert_eq!(lasting(&form("zoe", "bob@example.com")), lasting(&form("yan", "yan@example.com")));
}

#[test]
fn only_who_may_write_users_lets_in() {
    let site = site(SignUpMode::Approval);
    sign_up(&site, "zoe");
    site.browser().submit(&mail(&site, "zoe@example.com", "welcome").unwrap().path(), &[]);
    let path = format!("/api/v1/users/{}/approval", site.id("zoe"));
    assert_eq!(site.program_of("bob").post(&path, json!({})).status, 403);
    let mut ada = site.program_of("ada");
    assert_eq!(ada.post(&path, json!({})).status, 200);
    let again = ada.post(&path, json!({}));
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("not_waiting")));
}

#[test]
fn who_waits_may_do_nothing_whatever_he_was_given() {
    let site = site(SignUpMode::Approval);
    sign_up(&site, "zoe");
    let mut ada = site.program_of("ada");
    let given = ada.post(&format!("/api/v1/users/{}/roles", site.id("zoe")), json!({ "role_id": site.role("member") }));
    assert_eq!(given.status, 201, "{}", given.body);
    let check = ada.post("/api/v1/check", json!({ "user": "zoe", "permission": "posts:read" }));
    assert_eq!(check.json()["allowed"], false, "{}", check.body);
    let who = ada.get("/api/v1/permissions/posts:read/users").json();
    assert!(!who.to_string().contains("zoe"), "{who}");
}

#[test]
fn sign_ups_that_nobody_finished_go_after_a_week_and_those_that_nobody_decided_on_after_a_month() {
    let site = site(SignUpMode::Approval);
    for name in ["never", "waits"] {
        sign_up(&site, name);
    }
    let invited = rolecall::domain::user::Profile::parse("Dan", "", "dan", "dan@example.com").unwrap();
    site.app.create_user(&Actor::operator(), &invited).unwrap();
    site.browser().submit(&mail(&site, "waits@example.com", "welcome").unwrap().path(), &[]);
    let there = |name: &str| site.app.find_user(&Actor::operator(), name).is_ok();
    site.pass(7 * DAY);
    site.app.tidy().unwrap();
    assert!(there("never") && there("waits"));
    site.pass(1);
    site.app.tidy().unwrap();
    assert!(!there("never") && there("waits"));
    site.pass(23 * DAY);
    site.app.tidy().unwrap();
    assert!(!there("waits") && there("dan") && there("bob") && there("eve"), "those whom an admin made stay");
    assert!(mail(&site, "waits@example.com", "sign_up_rejected").unwrap().text.contains("30 days"));
    assert!(site.app.verify_audit(&Actor::operator()).unwrap().broken_at.is_none());
}
