use crate::support::{Site, password};
use rolecall::domain::session::WhenFull;
use serde_json::json;

fn ends(page: &crate::support::Answer) -> Vec<String> {
    let html = page.html();
    let forms = scraper::Selector::parse("td form[method=post]").unwrap();
    html.select(&forms).map(|form| form.attr("action").unwrap().to_owned()).collect()
}

#[test]
fn bob_sees_his_sessions_and_ends_one() {
    let site = Site::new();
    let (mut here, mut there) = (site.browser_of("bob"), site.browser_of("bob"));
    let page = here.get("/account/sessions");
    assert_eq!(page.texts("tbody tr").len(), 2);
    assert_eq!(page.texts("th .chip"), ["This device"]);
    assert!(page.text("tbody tr").contains("Firefox on Linux"));
    let [end] = &ends(&page)[..] else { panic!("{:?}", ends(&page)) };
    assert_eq!(here.submit_to("/account/sessions", end, &[]).location(), "/account/sessions");
    assert_eq!((here.get("/").location(), there.get("/").location()), ("/account", "/login"));
    let token = here.get("/account").attr("main input[name=form_token]", "value").unwrap();
    assert_eq!(here.post(end, &[("form_token", &token)]).status, 303);
    assert!(here.get("/account/sessions").text(".flash").contains("had ended already"));
}

#[test]
fn all_others_end_at_once() {
    let site = Site::new();
    let (mut here, mut one, mut two) = (site.browser_of("bob"), site.browser_of("bob"), site.browser_of("bob"));
    here.submit_to("/account/sessions", "/account/sessions/others/end", &[]);
    assert!(here.get("/account/sessions").text(".flash").contains("2 other sessions"));
    assert_eq!((one.get("/").location(), two.get("/").location()), ("/login", "/login"));
    assert!(!here.get("/account/sessions").has("form[action='/account/sessions/others/end']"));
}

#[test]
fn nobody_ends_the_session_of_somebody_else() {
    let site = Site::new();
    let (mut ada, _spare, mut eve) = (site.browser_of("ada"), site.browser_of("ada"), site.browser_of("eve"));
    let end = ends(&ada.get("/account/sessions")).pop().unwrap();
    let token = eve.get("/account").attr("main input[name=form_token]", "value").unwrap();
    eve.post(&end, &[("form_token", &token)]);
    assert!(eve.get("/account/sessions").text(".flash").contains("had ended already"));
    assert_eq!(ada.get("/account/sessions").texts("tbody tr").len(), 2);
}

#[test]
fn the_browser_of_a_session_that_ended_is_told_why_and_told_once() {
    let site = Site::new();
    let (mut here, mut there) = (site.browser_of("bob"), site.browser_of("bob"));
    here.submit_to("/account/sessions", "/account/sessions/others/end", &[]);
    assert!(there.visit("/account").text(".callout").contains("You ended this session from another device."));
    assert!(!there.visit("/account").has(".callout"));
    site.pass(3601);
    assert!(here.visit("/account").text(".callout").contains("left alone for too long"));
    let mut eve = site.browser_of("eve");
    eve.submit("/logout", &[]);
    assert!(!eve.visit("/account").has(".callout"), "who signed out knows why");
    let mut stranger = site.browser();
    stranger.cookies().insert("rolecall".into(), "made up".into());
    assert!(!stranger.visit("/account").has(".callout"));
}

#[test]
fn beyond_the_most_sessions_at_once_the_oldest_ends_and_is_told() {
    let site = Site::with(|config| config.sign_in.sessions_at_once = Some(2));
    let mut first = site.browser_of("bob");
    site.pass(60);
    let mut second = site.browser_of("bob");
    let mut third = site.browser_of("bob");
    assert!(first.visit("/account").text(".callout").contains("there may be only so many sessions at once"));
    assert_eq!((second.get("/account").status, third.get("/account").status), (200, 200));
    assert_eq!(third.get("/account/sessions").texts("tbody tr").len(), 2);
    assert!(third.get("/account/activity").text(".timeline").contains("The oldest session of you ended"));
    assert_eq!(site.browser_of("eve").get("/account").status, 200);
    site.pass(3601);
    let mut fresh = [site.browser_of("bob"), site.browser_of("bob")];
    assert!(fresh.iter_mut().all(|browser| browser.get("/account").status == 200), "dead ones do not count");
}

#[test]
fn where_the_rule_is_to_refuse_the_next_sign_in_is_refused_after_all_proofs_only() {
    let site = Site::with(|config| {
        (config.sign_in.sessions_at_once, config.sign_in.when_full) = (Some(2), WhenFull::Refuse);
    });
    let secret = site.turn_on_totp("bob");
    let sign_in = |code: &str| {
        let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": code });
        site.program().post("/api/v1/sessions", body)
    };
    let mut bob = site.browser();
    bob.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!(bob.submit("/login/code", &[("code", &site.totp(&secret))]).location(), "/");
    site.pass(60);
    assert_eq!(sign_in("000000").status, 401, "a wrong code learns nothing of it");
    let full = sign_in(&site.totp(&secret));
    assert_eq!((full.status, full.json()["code"].as_str()), (409, Some("too_many_sessions")), "{}", full.body);
    let mut page = site.browser();
    page.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    site.pass(60);
    let refused = page.submit("/login/code", &[("code", &site.totp(&secret))]);
    assert_eq!(refused.status, 409);
    assert!(refused.text(".error-summary").contains("sign out on another device first"), "{}", refused.body);
    assert_eq!(bob.get("/account").status, 200);
    bob.submit("/logout", &[]);
    site.pass(60);
    assert_eq!(sign_in(&site.totp(&secret)).status, 201);
}

#[test]
fn a_role_may_allow_fewer_sessions_at_once() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let rules = format!("/api/v1/roles/{}/sign-in-rules", site.role("member"));
    assert_eq!(ada.json("PUT", &rules, json!({ "sessions_at_once": 0 })).status, 422);
    assert_eq!(ada.json("PUT", &rules, json!({ "sessions_at_once": 1 })).json()["sessions_at_once"], 1);
    let (mut first, mut second) = (site.browser_of("bob"), site.browser_of("bob"));
    assert_eq!((first.get("/account").status, second.get("/account").status), (303, 200));
    let (mut first, mut second) = (site.browser_of("eve"), site.browser_of("eve"));
    assert_eq!((first.get("/account").status, second.get("/account").status), (200, 200));
}
