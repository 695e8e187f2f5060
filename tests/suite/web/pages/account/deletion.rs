use crate::support::{Browser, Mailed, Site, password};
use rolecall::{
    app::Actor,
    domain::{Error, Time},
};
use serde_json::json;

const DAY: i64 = 24 * 3600;
const HERE: &str = "/account/deletion";

fn enter(site: &Site) -> Browser {
    let mut browser = site.browser();
    let answer = browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser
}

fn kinds(site: &Site) -> Vec<String> {
    site.mails("bob@example.com").into_iter().map(|mail: Mailed| mail.kind).collect()
}

fn there(site: &Site) -> bool {
    site.app.find_user(&Actor::operator(), "bob").is_ok()
}

#[test]
fn an_account_can_be_kept_for_two_weeks_and_does_nothing_meanwhile() {
    let site = Site::new();
    let (mut bob, mut other, mut ada) = (enter(&site), enter(&site), site.program_of("ada"));
    let page = bob.get(HERE);
    assert!(page.text(".effects").contains("After 14 days it is deleted"), "{}", page.text(".effects"));
    assert_eq!(bob.submit(HERE, &[]).location(), HERE);
    assert_eq!(other.get("/account").status, 303, "all other sessions end");
    assert_eq!(other.get("/account").location(), "/login?next=%2Faccount");
    let at: Time = site.now().plus_seconds(14 * DAY);
    let told = site.last_mail("bob@example.com");
    assert!(told.kind == "account_leaving" && told.text.contains(&at.to_string()), "{}", told.text);
    for path in ["/account", "/account/password", "/account/second-factor", "/account/sessions", "/admin"] {
        assert_eq!(bob.get(path).location(), HERE, "{path}");
    }
    let check = ada.post("/api/v1/check", json!({ "user": "bob", "permission": "posts:read" }));
    assert_eq!(check.json()["allowed"], false);
    assert_eq!(ada.get("/api/v1/users?filter=leaving").json()["items"][0]["status"], "leaving");
    site.pass(14 * DAY - 10);
    site.app.tidy().unwrap();
    // He comes back and keeps it.
    let mut bob = enter(&site);
    assert!(bob.visit("/").text("main").contains(&at.to_string()));
    assert_eq!(bob.submit_to(HERE, "/account/deletion/cancel", &[]).location(), "/account");
    assert_eq!(bob.get("/account").status, 200);
    site.pass(30);
    site.app.tidy().unwrap();
    assert!(there(&site));
    let mut ada = site.program_of("ada");
    let check = ada.post("/api/v1/check", json!({ "user": "bob", "permission": "posts:read" }));
    assert_eq!(check.json()["allowed"], true, "with all that it had");
}

#[test]
fn when_its_time_has_come_the_account_is_erased_and_the_log_stays_whole() {
    let site = Site::new();
    let mut bob = enter(&site);
    bob.submit(HERE, &[]);
    let id = site.id("bob");
    site.pass(14 * DAY - 1);
    site.app.tidy().unwrap();
    assert!(there(&site));
    site.pass(1);
    site.app.tidy().unwrap();
    assert!(!there(&site));
    assert!(kinds(&site).last().is_some_and(|kind| kind == "account_deleted"), "{:?}", kinds(&site));
    let refused = site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!(refused.status, 422);
    let db = rolecall::db::Db::open(&site.database.target, 1).unwrap();
    let (row, from_his_browser) = db
        .read(|conn| {
            let firefox = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
            let known = rolecall::db::sessions::was_from(conn, id, "127.0.0.1", firefox, "", Time::default())?;
            Ok((rolecall::db::users::find_ever(conn, id)?.unwrap(), known))
        })
        .unwrap();
    assert_eq!(
        (row.username.as_str(), row.email.as_str(), row.name()),
        (&*format!("deleted-{id}"), "", row.username.clone())
    );
    assert!(row.password_hash.is_none() && !from_his_browser);
    assert!(site.app.verify_audit(&Actor::operator()).unwrap().broken_at.is_none());
    let mut ada = site.browser_of("ada");
    let told = ada.get("/admin/audit?filter=user").texts(".timeline li").join("\n");
    assert!(
        told.contains("bob asked for the end of their account") && told.contains("Rolecall deleted the account of bob"),
        "{told}"
    );
    // The name is free again, and what is given to it is not the old one's.
    let again = rolecall::domain::user::Profile::parse("Bob", "", "bob", "bob@example.com").unwrap();
    assert_ne!(site.app.create_user(&Actor::operator(), &again).unwrap().value.id, id);
}

#[test]
fn without_days_it_is_gone_at_once() {
    let site = Site::with(|config| config.sign_in.delete_account = 0);
    let mut bob = enter(&site);
    assert!(bob.get(HERE).text(".effects").contains("is deleted at once"));
    assert_eq!(bob.submit(HERE, &[]).location(), "/login");
    assert!(bob.get("/login").text(".flash").contains("Your account is deleted"));
    assert!(!there(&site));
    assert_eq!(bob.get("/account").status, 303);
}

#[test]
fn the_last_admin_stays() {
    for days in [0, 14] {
        let site = Site::with(|config| config.sign_in.delete_account = days * DAY);
        let mut ada = site.browser_of("ada");
        let refused = ada.submit(HERE, &[]);
        assert_eq!(refused.status, 409);
        assert!(refused.text(".error-summary").contains("the last one who holds the role admin"));
    }
}

#[test]
fn nobody_deletes_an_account_without_a_recent_proof() {
    let site = Site::new();
    let mut bob = enter(&site);
    site.pass(601);
    let asked = bob.submit(HERE, &[]);
    assert_eq!((asked.status, asked.text("h1").as_str()), (403, "Confirm that it is you"));
    let actor = site.actor("bob");
    site.pass(601);
    assert!(matches!(site.app.delete_account(&actor), Err(Error::ReauthenticationRequired)));
}

#[test]
fn a_program_deletes_and_keeps_too() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let asked = bob.post("/api/v1/me/deletion", json!({}));
    assert_eq!(asked.status, 202, "{}", asked.body);
    assert_eq!(asked.json()["delete_at"], json!(site.now().plus_seconds(14 * DAY)));
    let refused = bob.get("/api/v1/users");
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("leaving")));
    let body = json!({ "email": "bob@new.example", "current_password": password("bob") });
    for refused in
        [bob.post("/api/v1/me/email", body), bob.post("/update_twofa", json!({ "enabled": true, "token": "1" }))]
    {
        assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("leaving")), "{}", refused.body);
    }
    assert_eq!((bob.get("/api/v1/me").status, bob.get("/api/v1/me/data").status), (200, 200));
    assert_eq!(bob.delete("/api/v1/me/deletion").status, 200);
    assert_eq!(bob.get("/api/v1/me").json()["user"]["status"], "active");
}
