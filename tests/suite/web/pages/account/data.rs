use crate::support::{Site, password};
use rolecall::{app::Actor, domain::role::Assign};
use serde_json::{Value, json};

const HERE: &str = "/account/data";

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().filter_map(|item| item[key].as_str()).collect()
}

#[test]
fn the_file_has_all_that_is_kept_of_one_and_nothing_secret() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let (operator, bob) = (Actor::operator(), site.id("bob"));
    let taken = site.app.user(&operator, bob).unwrap().assignments.remove(0).row;
    site.app.take_role(&operator, bob, taken.id, "moved on").unwrap();
    site.app.give_role(&operator, &Assign::parse(bob, taken.role_id, "project/1", "", "", "again").unwrap()).unwrap();
    let mut browser = site.browser();
    browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&secret))]).status, 303);
    assert!(browser.get("/account").has(&format!("a[href='{HERE}']")));
    let file = browser.submit(HERE, &[]);
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"rolecall-2026-03-02.json\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let data = file.json();
    assert_eq!((&data["user"]["email"], &data["factors"][0]["kind"]), (&json!("bob@example.com"), &json!("totp")));
    assert_eq!(texts(&data["roles"], "reason"), ["a member", "again"]);
    assert!(data["roles"][0]["ended_at"].is_string() && data["roles"][1]["ended_at"].is_null());
    assert_eq!(data["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(data["sessions"][0]["current"], true);
    assert_eq!(data["devices"].as_array().unwrap().len(), 1);
    assert!(texts(&data["mails"], "subject").iter().any(|subject| subject.contains("Welcome")), "{}", data["mails"]);
    let actions = texts(&data["events"], "action");
    for action in ["user.sign_up", "factor.add", "role.give", "role.take", "session.begin", "user.download"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    assert_eq!(data["events_total"], actions.len());
    let stored = site.app.user(&operator, bob).unwrap().user.password_hash.unwrap();
    for hidden in [secret.as_str(), stored.as_str(), "token_hash", "key_hash", "secret", "password_hash"] {
        assert!(!file.body.contains(hidden), "{hidden}");
    }
}

#[test]
fn what_others_did_is_told_without_where_they_were_and_without_third_ones() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    ada.patch(&format!("/api/v1/users/{bob}"), json!({ "last_name": "Changed" }));
    ada.patch(&format!("/api/v1/users/{eve}"), json!({ "last_name": "Third" }));
    let bobs = site.program_of("bob").get("/api/v1/me/data");
    assert_eq!(bobs.status, 200);
    let updated =
        bobs.json()["events"].as_array().unwrap().iter().find(|event| event["action"] == "user.update").cloned();
    let updated = updated.unwrap();
    assert_eq!((&updated["actor"]["name"], &updated["ip"]), (&json!("ada"), &json!("")));
    assert_eq!(updated["after"]["last_name"], "Changed");
    assert!(!bobs.body.contains("Third"));
    let adas = ada.get("/api/v1/me/data");
    assert!(!adas.body.contains("Third") && adas.json()["events"][1]["object"]["name"] == "eve", "{}", adas.body);
}

#[test]
fn it_needs_a_recent_proof_and_goes_on_after_it() {
    let site = Site::new();
    let (mut bob, mut program) = (site.browser_of("bob"), site.program_of("bob"));
    site.pass(601);
    let asked = bob.submit(HERE, &[]);
    assert_eq!((asked.status, asked.text("h1").as_str()), (403, "Confirm that it is you"));
    let refused = program.get("/api/v1/me/data");
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("reauthentication_required")));
    assert_eq!(site.program().get("/api/v1/me/data").status, 401);
}
