use super::{secret, turn_on_totp};
use crate::support::{Answer, Browser, Site, password};

const PAGE: &str = "/account/reauthentication";

/// Sends the form that a page in place of an act shows, filled in so; follows a 307 as browsers do, with the same body.
fn prove(browser: &mut Browser, asked: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut all = asked.fields("main form");
    all.retain(|(name, _)| !fields.iter().any(|(field, _)| field == name));
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(PAGE, &all);
    if answer.status == 307 {
        let target = answer.location().to_owned();
        return browser.post(&target, &all);
    }
    answer
}

#[test]
fn a_page_of_second_factors_asks_who_signed_in_long_ago_to_confirm_and_goes_on() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.get("/account/second-factor/totp").status, 200, "just signed in");
    site.pass(601);
    let asked = bob.get("/account/second-factor/totp");
    assert_eq!(asked.location(), format!("{PAGE}?next=%2Faccount%2Fsecond-factor%2Ftotp"));
    let page = bob.get(asked.location());
    assert!(page.has("#f-reauth_password") && !page.has("#f-reauth_code"));
    let wrong = prove(&mut bob, &page, &[("reauth_password", "wrong")]);
    assert!(wrong.status == 422 && wrong.has("#f-reauth_password-error"), "{}", wrong.body);
    let right = prove(&mut bob, &wrong, &[("reauth_password", &password("bob"))]);
    assert_eq!((right.status, right.location()), (303, "/account/second-factor/totp"));
    assert_eq!(bob.get("/account/second-factor/totp").status, 200);
    assert_eq!(bob.get(asked.location()).location(), "/account/second-factor/totp", "nothing is asked twice");
    site.pass(601);
    assert!(bob.get("/account/second-factor/totp").location().starts_with(PAGE));
}

#[test]
fn what_was_typed_for_a_sensitive_act_is_done_after_the_proof() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let user = site.id("eve");
    let page = ada.get(&format!("/admin/users/{user}"));
    let token = page.attr("main input[name=form_token]", "value").unwrap();
    site.pass(601);
    let fields = [
        ("form_token", token.as_str()),
        ("role", "member"),
        ("scope", "project/42"),
        ("valid_from", ""),
        ("valid_to", ""),
        ("reason", "she asked — “now”"),
        ("confirmed", "1"),
    ];
    let asked = ada.post(&format!("/admin/users/{user}/roles"), &fields);
    assert_eq!(asked.status, 403);
    assert_eq!(asked.text("h1"), "Confirm that it is you");
    assert_eq!(asked.attr("input[name=reason]", "value").as_deref(), Some("she asked — “now”"));
    assert!(
        !site
            .app
            .user(&rolecall::app::Actor::operator(), user)
            .unwrap()
            .assignments
            .iter()
            .any(|a| a.role_name == "member")
    );
    let done = prove(&mut ada, &asked, &[("reauth_password", &password("ada"))]);
    assert_eq!(done.status, 303, "{}", done.body);
    let view = site.app.user(&rolecall::app::Actor::operator(), user).unwrap();
    let given = view.assignments.iter().find(|a| a.role_name == "member").expect("the role was given");
    assert_eq!((given.row.scope.to_string().as_str(), given.row.reason.as_str()), ("project/42", "she asked — “now”"));
}

#[test]
fn a_password_that_was_typed_is_in_no_page_that_asks_for_the_proof() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    let token = bob.get("/account/password").attr("main input[name=form_token]", "value").unwrap();
    site.pass(601);
    let new = "a new and quite long password";
    let fields = [
        ("form_token", token.as_str()),
        ("current_password", &password("bob")),
        ("password", new),
        ("end_others", "1"),
    ];
    let asked = bob.post("/account/password", &fields);
    assert_eq!(asked.status, 403);
    assert!(!asked.body.contains(new) && !asked.body.contains(&password("bob")));
    let back = prove(&mut bob, &asked, &[("reauth_code", &site.totp(&secret))]);
    assert_eq!(back.status, 422);
    assert_eq!(back.text("#f-current_password-error"), "Error: Type your present password.");
    assert_eq!(bob.submit("/account/password", &fields[1..]).status, 303);
}

#[test]
fn the_proof_is_by_the_strongest_second_factor_and_by_nothing_less() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    bob.submit_to("/account/second-factor", "/account/second-factor/email", &[("send", "1")]);
    bob.submit("/account/second-factor/email", &[("code", &site.last_mail("bob@example.com").code())]);
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    site.pass(601);
    let asked = bob.visit("/account/second-factor/recovery");
    assert_eq!(asked.status, 200, "a page that shows nothing secret");
    let asked = bob.submit("/account/second-factor/recovery", &[]);
    assert!(asked.status == 403 && asked.has("#f-reauth_code") && !asked.has("#f-reauth_password"));
    assert!(!asked.has("button[name=reauth_send]"), "mailed codes are weaker");
    for wrong in ["", "12345678", "000000", &password("bob")] {
        let answer = prove(&mut bob, &asked, &[("reauth_code", wrong), ("reauth_password", &password("bob"))]);
        assert!(answer.status == 422 && answer.has("#f-reauth_code-error"), "{wrong}: {}", answer.status);
    }
    let done = prove(&mut bob, &asked, &[("reauth_code", &site.totp(&secret))]);
    assert_eq!((done.status, done.texts("ol.recovery li").len()), (200, 8));
}

#[test]
fn a_sign_in_by_a_weaker_factor_than_the_account_has_is_no_proof() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    bob.submit_to("/account/second-factor", "/account/second-factor/email", &[("send", "1")]);
    bob.submit("/account/second-factor/email", &[("code", &site.last_mail("bob@example.com").code())]);
    let secret = secret(&mut bob);
    turn_on_totp(&site, &mut bob, &secret);
    let mut other = site.browser();
    other.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    other.submit_to("/login/code", "/login/code", &[("send", "1")]);
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(other.submit("/login/code", &[("code", &code)]).location(), "/");
    assert_eq!(other.submit("/account/second-factor/recovery", &[]).status, 403);
}

#[test]
fn mailed_codes_prove_it_where_there_is_nothing_stronger() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    bob.submit_to("/account/second-factor", "/account/second-factor/email", &[("send", "1")]);
    bob.submit("/account/second-factor/email", &[("code", &site.last_mail("bob@example.com").code())]);
    site.pass(601);
    let asked = bob.submit("/account/second-factor/recovery", &[]);
    let sent = prove(&mut bob, &asked, &[("reauth_send", "1")]);
    assert!(sent.status == 200 && sent.body.contains("b…@example.com") && sent.has("input[name=reauth_post]"));
    let mail = site.last_mail("bob@example.com");
    assert!(mail.text.contains("confirm that it is you"), "{}", mail.text);
    let done = prove(&mut bob, &sent, &[("reauth_code", &mail.code())]);
    assert_eq!(done.texts("ol.recovery li").len(), 8);
    site.pass(601);
    let asked = bob.submit("/account/second-factor/recovery", &[]);
    let code = done.text("ol.recovery li");
    let again = prove(&mut bob, &asked, &[("reauth_code", &code)]);
    assert_eq!(again.texts("ol.recovery li").len(), 8, "a recovery code stands in for it");
}

#[test]
fn a_proof_gives_the_session_a_new_key_and_goes_nowhere_else() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    site.pass(601);
    let before = bob.cookies()["rolecall"].clone();
    let page = bob.get(&format!("{PAGE}?next=https%3A%2F%2Fevil.example%2F"));
    let done = prove(&mut bob, &page, &[("reauth_password", &password("bob"))]);
    assert_eq!(done.location(), "/account");
    assert_ne!(bob.cookies()["rolecall"], before);
    let mut thief = site.browser();
    thief.cookies().insert("rolecall".into(), before);
    assert!(thief.get("/account").location().starts_with("/login"));
    assert_eq!(bob.get("/account").status, 200);
    site.pass(601);
    let token = bob.get("/account").attr("main input[name=form_token]", "value").unwrap();
    let fields = [
        ("form_token", token.as_str()),
        ("reauth_password", &password("bob")),
        ("reauth_path", "//evil.example/"),
        ("reauth_post", "1"),
    ];
    assert_eq!(bob.post(PAGE, &fields).location(), "/account");
}

#[test]
fn a_stolen_session_guesses_no_password_and_strangers_do_not_slow_its_owner() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    for _ in 0..3 {
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
    }
    site.pass(601);
    let page = bob.get(PAGE);
    let mut last = 0;
    for _ in 0..5 {
        last = prove(&mut bob, &page, &[("reauth_password", "wrong")]).status;
    }
    assert_eq!(last, 429);
    assert!(prove(&mut bob, &page, &[("reauth_password", "wrong")]).status == 429);
    for _ in 0..100 {
        site.pass(11);
        prove(&mut bob, &page, &[("reauth_password", "wrong")]);
    }
    site.pass(11);
    let refused = prove(&mut bob, &page, &[("reauth_password", &password("bob"))]);
    assert!(refused.status == 429 && refused.body.contains("in a row"), "{}", refused.text(".error-summary"));
}

#[test]
fn programs_are_told_to_confirm_and_do_it_in_one_call() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let body = serde_json::json!({ "role_id": site.role("member"), "reason": "asked" });
    let path = format!("/api/v1/users/{}/roles", site.id("eve"));
    let page = "/api/v1/sessions/current/reauthentication";
    assert_eq!(ada.get(page).json()["until"], "2026-03-02T09:10:00.000000Z");
    site.pass(601);
    let refused = ada.post(&path, body.clone());
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("reauthentication_required")));
    assert_eq!(ada.post(&format!("{path}?dry_run=1"), body.clone()).status, 200, "a preview gives nothing");
    assert_eq!(ada.get(page).json(), serde_json::json!({ "methods": ["password"], "until": null }));
    assert_eq!(ada.post(page, serde_json::json!({ "password": "wrong" })).status, 422);
    assert_eq!(ada.post(page, serde_json::json!({ "password": password("ada") })).status, 200);
    assert_eq!(ada.post(&path, body).status, 201);
    assert_eq!(site.program().get(page).status, 401);
    site.pass(601);
    let old = ada
        .post("/assign_role_to_user", serde_json::json!({ "user_id": site.id("bob"), "role_id": site.role("admin") }));
    assert_eq!((old.status, old.json()["success"].as_bool()), (401, Some(false)), "old clients sign in again at a 401");
}

#[test]
fn nobody_ends_sessions_without_a_recent_proof() {
    let site = Site::new();
    let (mut bob, _other, mut ada) = (site.browser_of("bob"), site.browser_of("bob"), site.browser_of("ada"));
    site.pass(601);
    let (own, theirs) = ("/account/sessions", format!("/admin/users/{}/sessions", site.id("bob")));
    assert_eq!(bob.submit_to(own, "/account/sessions/others/end", &[]).status, 403);
    assert_eq!(ada.submit_to(&theirs, &format!("{theirs}/delete"), &[]).status, 403);
    assert_eq!(bob.get(own).texts("tbody tr").len(), 2);
    let asked = bob.submit_to(own, "/account/sessions/others/end", &[]);
    assert_eq!(prove(&mut bob, &asked, &[("reauth_password", &password("bob"))]).location(), own);
    assert_eq!(bob.get(own).texts("tbody tr").len(), 1);
}
