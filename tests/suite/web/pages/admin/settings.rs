use super::{flash, give, role};
use crate::support::{Answer, Site};
use rolecall::config::Config;
use serde_json::json;
use std::collections::HashMap;

const PAGE: &str = "/admin/settings";

/// The row of a setting: name and meaning, value, where from, what it takes to change it.
fn row(page: &Answer, name: &str) -> String {
    page.texts("main tbody tr").into_iter().find(|row| row.starts_with(&format!("{name} "))).unwrap_or_default()
}

#[test]
fn what_is_configured_is_shown_with_where_it_comes_from_and_no_secret() {
    let vars = [
        ("SECRET_KEY", "a secret key that nobody may ever see here"),
        ("MAIL_SERVER", "mail.example.com"),
        ("MAIL_USERNAME", "rolecall@example.com"),
        ("MAIL_PASSWORD", "hunter2"),
        ("SESSION_HOURS", "12"),
    ];
    let vars: HashMap<String, String> =
        vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let read = Config::read(&vars).unwrap();
    let site = Site::with(|config| config.given = read.given);
    let page = site.browser_of("ada").get(PAGE);
    assert!(!page.body.contains("hunter2") && !page.body.contains("nobody may ever"), "a secret is shown");
    for (name, told) in [
        ("SECRET_KEY", "set environment"),
        ("MAIL_PASSWORD", "set environment"),
        ("MAIL_SERVER", "mail.example.com environment"),
        ("SIGN_UP", "open default here, at once"),
        ("SESSION_HOURS", "24 environment take it out of the environment"),
        ("BCRYPT_COST", "12 default environment or .env , then restart"),
    ] {
        assert!(row(&page, name).contains(told), "{name}: {}", row(&page, name));
    }
    let about = page.text("section[aria-labelledby=about-title]");
    let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap();
    let names = migrations.map(|folder| folder.unwrap().file_name().into_string().unwrap().replace('-', ""));
    let newest = names.max().unwrap().split('_').next().unwrap().to_owned();
    for told in [env!("CARGO_PKG_VERSION"), "kB|MB", &newest] {
        assert!(told.split('|').any(|told| about.contains(told)), "{told}: {about}");
    }
    assert!(about.contains("SQLite") || about.contains("PostgreSQL"));
}

#[test]
fn a_setting_is_changed_with_the_next_request_audited_and_taken_back() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let mut stranger = site.browser();
    assert_eq!(stranger.get("/signup").status, 200);
    let edit = format!("{PAGE}/edit");
    let fields =
        [("SIGN_UP", "closed"), ("SIGN_IN_NOTICE", "Ask Ingrid, extension 7"), ("reason", "the trial is over")];
    let done = ada.submit_to(&edit, PAGE, &fields);
    assert_eq!(done.location(), PAGE, "{}", done.text("main"));
    assert!(flash(&mut ada, PAGE).contains("2 settings are changed"));
    assert_eq!(stranger.get("/signup").status, 403);
    let login = stranger.get("/login");
    assert!(login.text(".callout").contains("Ask Ingrid, extension 7") && !login.has("a[href='/signup']"));
    let page = ada.get(PAGE);
    assert!(row(&page, "SIGN_UP").contains("closed set here"), "{}", row(&page, "SIGN_UP"));
    assert!(row(&page, "SIGN_UP").contains("by ada"));
    assert!(row(&page, "DELETE_ACCOUNT_DAYS").contains("default"), "what was not touched is not written down");
    let log = ada.get("/admin/audit?q=SIGN_UP").text(".timeline li");
    assert!(
        log.contains("ada changed the setting SIGN_UP") && log.contains("Value: before: open after: closed"),
        "{log}"
    );
    assert!(log.contains("the trial is over"));
    // Empty: the default again.
    ada.submit_to(&edit, PAGE, &[("SIGN_UP", ""), ("SIGN_IN_NOTICE", "")]);
    assert_eq!(stranger.get("/signup").status, 200);
    assert!(row(&ada.get(PAGE), "SIGN_UP").contains("open default"));
    ada.submit_to(&edit, PAGE, &[]);
    assert!(flash(&mut ada, PAGE).contains("Nothing was different"));
}

#[test]
fn values_are_judged_as_the_environments_and_nothing_is_kept_of_a_mistake() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let edit = format!("{PAGE}/edit");
    let refused = ada.submit_to(&edit, PAGE, &[("SESSION_HOURS", "0"), ("SIGN_UP", "closed")]);
    assert_eq!(refused.status, 422);
    assert!(refused.text("#f-SESSION_HOURS-error").contains("whole number from 1 to 720"), "{}", refused.text("main"));
    assert_eq!(refused.attr("#f-SESSION_HOURS", "value").as_deref(), Some("0"), "what was typed stays");
    assert!(row(&ada.get(PAGE), "SIGN_UP").contains("open default"), "all or nothing");
    let word = ada.submit_to(&edit, PAGE, &[("SIGN_UP", "ajar")]);
    assert!(word.text("#f-SIGN_UP-error").contains("Choose one of the list"));
}

#[test]
fn shorter_sessions_end_those_that_are_older_and_hold_on_every_node() {
    let site = Site::new();
    let second = Site::on(site.database.share(), |_| {});
    let mut bob = site.browser_of("bob");
    site.pass(20 * 60);
    let mut ada = site.program_of("ada");
    let set = json!({ "settings": { "SESSION_IDLE_MINUTES": "10" } });
    assert_eq!(ada.patch("/api/v1/settings", set).status, 200);
    assert_eq!(bob.get("/account").status, 303, "20 minutes without a request are too many now");
    second.app.fresh().unwrap();
    assert_eq!(second.app.sign_in_settings().limits.idle, 600);
    let unknown = ada.patch("/api/v1/settings", json!({ "settings": { "SECRET_KEY": "x" } }));
    assert_eq!((unknown.status, unknown.json()["errors"]["SECRET_KEY"].is_null()), (422, false));
    assert_eq!(ada.patch("/api/v1/settings", json!({ "settings": { "SESSION_IDLE_MINUTES": null } })).status, 200);
    let all = ada.get("/api/v1/settings").json();
    let idle =
        all["items"].as_array().unwrap().iter().find(|one| one["name"] == "SESSION_IDLE_MINUTES").unwrap().clone();
    assert_eq!((&idle["value"], &idle["from"], &idle["changeable"]), (&json!("60"), &json!("default"), &json!(true)));
}

#[test]
fn what_the_environment_sets_stays_as_it_says() {
    let vars = HashMap::from([("DELETE_ACCOUNT_DAYS".to_owned(), "3".to_owned())]);
    let read = Config::read(&vars).unwrap();
    let site =
        Site::with(|config| (config.given, config.sign_in.delete_account) = (read.given, read.sign_in.delete_account));
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PAGE}/edit"));
    assert!(!page.has("#f-DELETE_ACCOUNT_DAYS") && page.text("main").contains("DELETE_ACCOUNT_DAYS : 3"));
    let refused =
        site.program_of("ada").patch("/api/v1/settings", json!({ "settings": { "DELETE_ACCOUNT_DAYS": "5" } }));
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("The environment sets this"));
}

#[test]
fn only_who_has_the_right_sees_and_changes_and_only_after_a_recent_proof() {
    let site = Site::new();
    give(&site, "bob", role(&site, "looker", &["rolecall.settings:read"]));
    let mut bob = site.browser_of("bob");
    let page = bob.get(PAGE);
    assert!(page.status == 200 && !page.has(&format!("a[href='{PAGE}/edit']")) && !page.has("form[action$=mail]"));
    assert_eq!(bob.get(&format!("{PAGE}/edit")).status, 403);
    assert_eq!(site.browser_of("eve").get(PAGE).status, 403);
    let mut ada = site.program_of("ada");
    site.pass(601);
    let late = ada.patch("/api/v1/settings", json!({ "settings": { "SIGN_UP": "closed" } }));
    assert_eq!(late.json()["code"], "reauthentication_required");
}

#[test]
fn a_test_mail_goes_to_whoever_asks_and_tells_how_it_fared() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let done = ada.submit_to(PAGE, &format!("{PAGE}/mail"), &[]);
    assert!(flash(&mut ada, done.location()).contains("No mail server is configured"));
    let mail = site.last_mail("ada@example.com");
    assert!(mail.kind == "test" && mail.text.contains("mails are sent"));
    assert!(ada.get("/admin/audit?q=mail.test").text(".timeline li").contains("ada sent a test mail"));
}

#[test]
fn a_changed_setting_is_undone_by_the_flash_unless_it_was_changed_again() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let edit = format!("{PAGE}/edit");
    ada.submit_to(&edit, PAGE, &[("SIGN_UP", "closed")]);
    let undo = ada.visit(PAGE).attr(".flash a", "href").unwrap();
    assert!(ada.get("/admin/audit?filter=setting").text(".timeline li").contains("Undo"), "from its entry too");
    ada.submit_to(&edit, PAGE, &[("SIGN_UP", "invitation")]);
    let late = ada.submit(&undo, &[]);
    assert_eq!(late.status, 409);
    assert!(late.text(".error-summary").contains("The setting SIGN_UP is another now"), "{}", late.text("main"));
    let second = ada.get("/admin/audit?action=setting.update").attr(".timeline li a[href*='/undo/']", "href").unwrap();
    assert_eq!(ada.submit(&second, &[]).status, 303);
    assert!(row(&ada.get(PAGE), "SIGN_UP").contains("closed set here"), "{}", row(&ada.get(PAGE), "SIGN_UP"));
    assert_eq!(ada.submit(&undo, &[]).status, 303, "it is again as the first change left it");
    assert!(row(&ada.get(PAGE), "SIGN_UP").contains("open default"), "nothing is set any more");
    assert_eq!(site.browser().get("/signup").status, 200);
}
