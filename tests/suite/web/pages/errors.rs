//! What pages say when something is not as it should be: what happened, what to do next, and the number of the request.

use crate::support::{Browser, Site, give, password, postgres_url, role};
use serde_json::json;

#[test]
fn a_page_that_is_not_for_one_names_the_permission_the_roles_that_have_it_and_who_gives_them() {
    let site = Site::new();
    role(&site, "help desk", &["rolecall.users:read"]);
    let mut eve = site.browser_of("eve");
    let page = eve.get("/admin/users");
    assert_eq!((page.status, page.text("h1")), (403, "Not allowed".to_owned()));
    let told = page.text("main");
    for word in ["rolecall.users:read", "help desk", "Ada Example (ada) can give it"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(told.contains(page.header("x-request-id")));
    assert!(!page.has("main a[href^='/admin/']"), "no dead links for who has no panel");
    assert_eq!(eve.get(&page.attr("main a[href^='/account/access/why']", "href").unwrap()).status, 200);
    // What she is told she could have asked herself.
    let ask = json!({ "permission": "rolecall.users:read" });
    let missing = site.program_of("eve").post("/api/v1/explain", ask).json()["missing"].clone();
    assert_eq!((missing[0]["role"].as_str(), missing[0]["given_by"][0].as_str()), (Some("help desk"), Some("ada")));
    // Whoever sees users and roles is led to them.
    give(&site, "bob", role(&site, "clerk", &["rolecall.users:read", "rolecall.roles:read"]));
    let page = site.browser_of("bob").get("/admin/users/new");
    assert!(page.status == 403 && page.text("main").contains("rolecall.users:write"), "{}", page.text("main"));
    assert!(page.has(&format!("main a[href='/admin/users/{}']", site.id("ada"))));
}

#[test]
fn a_role_that_was_dropped_or_lacks_a_place_is_told_as_what_nearly_does() {
    let site = Site::new();
    let desk = role(&site, "help desk", &["rolecall.users:read"]);
    let here = rolecall::domain::role::Assign::parse(site.id("eve"), desk, "project/42", "", "", "").unwrap();
    site.app.give_role(&rolecall::app::Actor::operator(), &here).unwrap();
    let page = site.browser_of("eve").get("/admin/users");
    assert_eq!(page.status, 403);
    assert!(page.text("main").contains("holds in project/42"), "{}", page.text("main"));
}

#[test]
fn every_page_of_an_error_says_what_to_do_next_with_the_number_of_the_request() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let nowhere = ada.get("/nowhere");
    let no_user = ada.get("/admin/users/999");
    let wrong_way = site.program_of("ada").raw("DELETE", "/admin/settings", &[("accept", "text/html")], vec![]);
    let long = "x".repeat(70_000);
    let too_large = ada.submit_to("/account", "/account", &[("first_name", &long)]);
    let gone = ada.get("/verify/nothing");
    for (page, status, next) in [
        (nowhere, 404, "Look at the address"),
        (no_user, 404, "Look at the address"),
        (wrong_way, 405, "use its buttons and links"),
        (too_large, 413, "send less"),
        (gone, 410, ""),
    ] {
        assert_eq!(page.status, status, "{}", page.body);
        let told = page.text("main");
        assert!(told.contains(next) && told.contains(page.header("x-request-id")), "{status}: {told}");
        assert_eq!(page.texts("h1").len(), 1, "{status}");
    }
}

#[test]
fn what_the_server_or_the_state_of_things_prevents_is_told_with_what_to_do_next() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    site.browser().submit("/forgot", &[("email", "eve@example.com")]);
    let mail = ada.get("/admin/mails").attr("tbody a[href^='/admin/mails/']", "href").unwrap();
    let token = ada.get(&mail).attr("[name=form_token]", "value").unwrap();
    let retry = |ada: &mut Browser| ada.post(&mail, &[("form_token", &token)]);
    // Of a page that was open while the mail was sent after all: told where one comes back to.
    let over = retry(&mut ada);
    let told = ada.visit(over.location()).text(".flash.error");
    assert!(over.status == 303 && told.contains("Only a mail that has failed"), "{told}");
    let locked = site.database.locked(|| retry(&mut ada));
    site.database.tamper("ALTER TABLE jobs RENAME TO lost_jobs");
    let broken = ada.get("/admin/jobs");
    for (page, status, heading, next) in [
        (locked, 503, "Not available right now", "Wait a moment"),
        (broken, 500, "Something went wrong", "tell whoever runs this server"),
    ] {
        let told = page.text("main");
        assert_eq!((page.status, page.text("h1").as_str()), (status, heading), "{told}");
        assert!(told.contains(next) && told.contains(page.header("x-request-id")), "{status}: {told}");
        assert!(
            !told.contains("lost_jobs") && !told.to_lowercase().contains("sql"),
            "the cause is for the log: {told}"
        );
    }
}

#[test]
fn a_sign_in_whose_session_cannot_be_written_is_told_as_any_failure_and_works_when_it_can() {
    let site = Site::new();
    site.database.tamper(match postgres_url() {
        None => "CREATE TRIGGER lost BEFORE UPDATE OF key_hash ON sessions BEGIN SELECT RAISE(FAIL, 'disk is gone'); END",
        Some(_) => {
            "CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk is gone'; END $$; \
             CREATE TRIGGER lost BEFORE UPDATE OF key_hash ON sessions FOR EACH ROW EXECUTE FUNCTION lost()"
        }
    });
    let fields = [("username_or_email", "eve"), ("password", &password("eve") as &str)];
    let mut eve = site.browser();
    let lost = eve.submit("/login", &fields);
    assert_eq!((lost.status, lost.header("retry-after")), (503, "2"), "{}", lost.body);
    let told = lost.text("main");
    assert!(told.contains("try again in a moment") && told.contains(lost.header("x-request-id")), "{told}");
    assert!(!lost.body.contains("disk is gone"), "the cause is in the log");
    for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy"] {
        assert!(!lost.header(name).is_empty(), "{name}");
    }
    assert_eq!(eve.get("/account").status, 303, "she is not signed in");
    let mut program = site.program();
    let problem = program.post("/api/v1/sessions", json!({ "username_or_email": "eve", "password": password("eve") }));
    assert_eq!((problem.status, problem.json()["code"].as_str()), (503, Some("unavailable")), "{}", problem.body);
    site.database.tamper(match postgres_url() {
        None => "DROP TRIGGER lost",
        Some(_) => "DROP TRIGGER lost ON sessions",
    });
    assert_eq!(eve.submit("/login", &fields).status, 303);
    assert_eq!(eve.get("/account").status, 200);
}
