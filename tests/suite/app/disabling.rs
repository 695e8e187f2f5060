//! Disabling and enabling by date: exactly at the moment, without anything that has to run then.

use crate::support::{Site, password};
use rolecall::{
    app::{Actor, App, entropy::Rng},
    db::Db,
    domain::{Error, Time, bars::Disabling, keys::Keys},
};
use serde_json::{Value, json};
use std::sync::Arc;

const DAY: i64 = 24 * 3600;

fn plan(site: &Site, name: &str, from: Option<Time>, until: Option<Time>) -> Result<(), Error> {
    let plan = Disabling { disable_at: from, enable_at: until };
    site.app.disable_user(&Actor::operator(), site.id(name), plan, "leaves").map(drop)
}

fn enter(site: &Site) -> u16 {
    site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status
}

/// What a program is told that asks whether bob may read posts.
fn check(site: &Site, asker: &mut crate::support::Program, at: Option<Time>) -> Value {
    let mut ask = json!({ "user": "bob", "permission": "posts:read" });
    if let Some(at) = at {
        ask["at"] = json!(at.rfc3339());
    }
    let answer = asker.post("/api/v1/check", ask);
    assert_eq!(answer.status, 200, "{} at {}", answer.body, site.now());
    answer.json()
}

#[test]
fn who_leaves_on_friday_is_out_at_that_moment_and_not_a_second_before() {
    let site = Site::new();
    let friday = site.now().plus_seconds(3000);
    let (mut browser, mut program, mut ada) = (site.browser_of("bob"), site.program_of("bob"), site.program_of("ada"));
    let mut session = ada.post("/api/v1/check", json!({ "user": "bob", "permission": "posts:read" })).json();
    assert_eq!(session["valid_until"], Value::Null);
    plan(&site, "bob", Some(friday), None).unwrap();
    session = check(&site, &mut ada, None);
    assert_eq!((&session["allowed"], &session["valid_until"]), (&json!(true), &json!(friday)));
    assert_eq!(check(&site, &mut ada, Some(friday))["allowed"], false, "and who asks of then is told");
    site.pass(2999);
    assert_eq!((browser.get("/account").status, program.get("/api/v1/me").status), (200, 200));
    assert_eq!(check(&site, &mut ada, None)["allowed"], true);
    site.pass(1);
    assert_eq!((browser.get("/account").status, program.get("/api/v1/me").status), (303, 401));
    assert_eq!(check(&site, &mut ada, None)["allowed"], false);
    assert_eq!(enter(&site), 422);
    let reset = site.browser().submit("/forgot", &[("email", "bob@example.com")]);
    assert_eq!(reset.status, 303);
    assert!(site.mails("bob@example.com").iter().all(|mail| mail.kind != "reset_password"));
}

#[test]
fn after_a_leave_he_signs_in_again_and_no_session_of_before_comes_back() {
    let site = Site::with(|config| config.sign_in.limits.absolute = 30 * DAY);
    let (mut browser, mut ada) = (site.browser_of("bob"), site.program_of("ada"));
    let (from, until) = (site.now().plus_seconds(600), site.now().plus_seconds(1200));
    plan(&site, "bob", Some(from), Some(until)).unwrap();
    site.pass(600);
    assert_eq!(enter(&site), 422);
    let asked = check(&site, &mut ada, None);
    assert_eq!((&asked["allowed"], &asked["valid_until"]), (&json!(false), &json!(until)));
    site.pass(600);
    assert_eq!(check(&site, &mut ada, None)["allowed"], true);
    assert_eq!(browser.get("/account").status, 303, "a session ends once");
    site.pass(10);
    assert_eq!(enter(&site), 303);
    for (at, allowed) in [(from.minus_seconds(1), true), (from, false), (until.minus_seconds(1), false), (until, true)]
    {
        assert_eq!(check(&site, &mut ada, Some(at))["allowed"], allowed, "{at}");
    }
}

#[test]
fn every_node_goes_by_its_own_clock_without_being_told() {
    let site = Site::new();
    let at = site.now().plus_seconds(3600);
    plan(&site, "bob", Some(at), None).unwrap();
    assert_eq!(enter(&site), 303, "here it is not yet so far");
    let mut config = crate::support::config(site.database.target.clone(), site.address);
    config.sign_in.bcrypt_cost = 4;
    let later = move || at;
    let db = Db::open(&config.database, 2).unwrap();
    let node = App::new(config, Keys::derive(b"a secret of the tests"), db, Arc::new(later), Rng::seeded(7));
    let sign_in =
        node.sign_in(rolecall::app::Origin::default(), "bob", &password("bob"), rolecall::app::login::Client::Program);
    assert!(matches!(sign_in, Err(Error::BadCredentials)), "{sign_in:?}");
}

#[test]
fn the_last_admin_cannot_be_disabled_beforehand_either() {
    let site = Site::new();
    let refused = plan(&site, "ada", Some(site.now().plus_seconds(DAY)), Some(site.now().plus_seconds(2 * DAY)));
    assert!(matches!(refused, Err(Error::Conflict { code: "last_admin", .. })), "{refused:?}");
}

#[test]
fn what_was_set_is_taken_back_replaced_and_told_in_the_log() {
    let site = Site::new();
    let (mut ada, bob) = (site.browser_of("ada"), site.id("bob"));
    let path = format!("/admin/users/{bob}");
    let soon = site.now().plus_seconds(DAY);
    let backwards = [("disable_at", &*soon.input()), ("enable_at", "2026-03-02T09:30")];
    let refused = ada.submit(&format!("{path}/disable"), &backwards);
    assert_eq!((refused.status, refused.attr("#f-disable_at", "value")), (422, Some(soon.input())));
    assert!(refused.has("#f-enable_at-error"));
    assert_eq!(ada.submit(&format!("{path}/disable"), &[("disable_at", &*soon.input())]).location(), path);
    let page = ada.get(&path);
    assert!(page.text(".page-title").contains(&format!("Disabled from {soon}")), "{}", page.text(".page-title"));
    assert_eq!(ada.get("/admin/users?filter=planned").texts("tbody th .under"), ["bob"]);
    assert_eq!(ada.get("/admin/users?filter=active").texts("tbody th .under"), ["ada", "bob", "eve"]);
    assert_eq!(ada.get(&format!("{path}/disable")).attr("#f-disable_at", "value"), Some(soon.input()));
    assert_eq!(ada.submit_to(&path, &format!("{path}/enable"), &[]).location(), path);
    assert!(!ada.get(&path).text(".page-title").contains("from"));
    let told = ada.get("/admin/audit?filter=user").texts(".timeline li").join("\n");
    assert!(told.contains(&format!("ada set that bob is disabled from {soon}")), "{told}");
    assert!(told.contains("ada took back that bob is to be disabled"), "{told}");
    site.pass(2 * DAY);
    assert_eq!(enter(&site), 303);
}

#[test]
fn who_was_invited_is_disabled_beforehand_too_and_his_page_takes_it_back() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let dan = [("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")];
    let path = ada.submit("/admin/users/new", &dan).location().to_owned();
    let (soon, later) = (site.now().plus_seconds(DAY), site.now().plus_seconds(2 * DAY));
    let both = [("disable_at", &*soon.input()), ("enable_at", &*later.input())];
    assert_eq!(ada.submit(&format!("{path}/disable"), &both).location(), path);
    let page = ada.get(&path);
    let details = page.attr(".tabs a[href$='/details']", "href").unwrap();
    assert!(ada.get(&details).text("dl.facts").contains(&format!("{soon} until {later}")));
    assert!(page.has(&format!("a[href='{path}/disable']")) && page.has(&format!("form[action='{path}/invitation']")));
    assert!(page.has(&format!("form[action='{path}/enable']")));
}

#[test]
fn a_program_sets_both_moments_and_sees_them() {
    let site = Site::new();
    let (mut ada, bob) = (site.program_of("ada"), site.id("bob"));
    let path = format!("/api/v1/users/{bob}");
    let body = json!({ "disable_at": "2026-03-06T18:00:00Z", "enable_at": "2026-04-01T00:00:00Z", "reason": "parental leave" });
    assert_eq!(ada.post(&format!("{path}/disabled"), body).status, 200);
    let user = ada.get(&path).json();
    assert_eq!(
        (&user["status"], &user["disable_at"], &user["enable_at"]),
        (&json!("active"), &json!("2026-03-06T18:00:00.000000Z"), &json!("2026-04-01T00:00:00.000000Z"))
    );
    let wrong = ada.post(&format!("{path}/disabled"), json!({ "enable_at": "yesterday" }));
    assert!(wrong.status == 422 && wrong.json()["errors"]["enable_at"].is_string(), "{}", wrong.body);
    assert_eq!(ada.delete(&format!("{path}/disabled")).status, 200);
    assert_eq!(ada.get(&path).json()["disable_at"], Value::Null);
    assert_eq!(ada.post(&format!("{path}/disabled?reason=left"), json!({})).status, 200);
    assert_eq!(ada.get(&path).json()["status"], "disabled");
}
