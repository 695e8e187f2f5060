//! The box that finds everything and understands commands, as it works without scripts.

use super::{give, permission, role, user};
use crate::support::{Answer, Browser, Site};
use rolecall::{app::Actor, domain::page::ListQuery};

fn address(q: &str, go: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).append_pair("go", go).finish();
    format!("/admin/search?{query}")
}

fn search(browser: &mut Browser, q: &str) -> Answer {
    let answer = browser.get(&address(q, ""));
    assert_eq!(answer.status, 200, "{q}: {}", answer.body);
    answer
}

/// Where the top bar's form leads.
fn go(browser: &mut Browser, q: &str) -> String {
    let answer = browser.get(&address(q, "1"));
    assert_eq!(answer.status, 303, "{q}: {}", answer.text("main"));
    answer.location().to_owned()
}

/// Heading and titles of each group.
fn groups(answer: &Answer) -> Vec<String> {
    answer.texts(".found h2")
}

fn company() -> Site {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    permission(&site, "invoices", "read");
    role(&site, "approver", &["invoices:*"]);
    site
}

#[test]
fn one_box_finds_users_roles_permissions_events_and_pages() {
    let site = company();
    let mut ada = site.browser_of("ada");
    assert_eq!(groups(&search(&mut ada, "bob")), ["Users", "Audit"]);
    assert_eq!(groups(&search(&mut ada, "APPROVE")), ["Roles", "Permissions", "Audit"]);
    assert_eq!(search(&mut ada, "Bob Exa").texts(".hit b").first().map(String::as_str), Some("Bob Example"));
    assert_eq!(groups(&search(&mut ada, "sessions")), ["Permissions", "Pages"]);
    assert_eq!(search(&mut ada, "my sessions").texts(".hit b"), ["My sessions"]);
    assert_eq!(search(&mut ada, "new role").texts(".hit b"), ["Create role"]);
    let nothing = search(&mut ada, "<b>nobody</b>");
    assert!(nothing.has(".empty") && nothing.has(".examples") && !nothing.body.contains("<b>nobody"));
    assert_eq!(nothing.attr("#f-q", "value").as_deref(), Some("<b>nobody</b>"));
    assert!(search(&mut ada, "").has(".examples"));
}

#[test]
fn an_event_is_found_by_its_request_and_its_revision() {
    let site = company();
    let member = role(&site, "reader", &[]);
    give(&site, "eve", member);
    let page = site.app.audit_log(&Actor::operator(), &ListQuery::default(), &Default::default()).unwrap();
    let last = page.items.first().unwrap();
    let mut ada = site.browser_of("ada");
    let revision = last.revision.unwrap().to_string();
    let found = search(&mut ada, &revision);
    assert_eq!(groups(&found), ["Audit"]);
    assert!(found.text(".hit b").contains("the role reader"), "{}", found.text(".hit b"));
    assert!(ada.get(&found.attr(".hit", "href").unwrap()).text(".timeline").contains("reader"));
    let signed_in = site.app.audit_log(&Actor::operator(), &ListQuery::default(), &Default::default()).unwrap();
    let request = &signed_in.items.first().unwrap().request_id;
    assert_eq!(request.len(), 32);
    let found = search(&mut ada, request);
    assert!(found.text(".hit b").contains("signed in"), "{}", found.text(".hit b"));
    assert!(ada.get(&format!("/admin/audit?q={request}")).text(".timeline").contains("signed in"));
}

#[test]
fn nobody_finds_what_he_may_not_see() {
    let site = company();
    let looker = role(&site, "looker", &["rolecall.roles:read"]);
    give(&site, "eve", looker);
    let mut eve = site.browser_of("eve");
    assert_eq!(groups(&search(&mut eve, "o")), ["Roles"], "neither bob nor a permission nor an event");
    assert!(search(&mut eve, "bob").has(".empty"));
    for (command, right) in [
        ("can bob invoices:approve", "rolecall.users:read"),
        ("disable bob", "rolecall.users:read"),
        ("who can invoices:approve", "rolecall.permissions:read"),
        ("give nobody approver", "rolecall.users:read"),
    ] {
        let refused = search(&mut eve, command);
        assert!(refused.text("[data-told]").contains(right), "{command}: {}", refused.text("main"));
        assert!(!refused.text("main").contains("Bob"), "{command}");
    }
    let bob = site.browser_of("bob").get("/admin/search?q=ada");
    assert_eq!(bob.status, 403);
    assert!(bob.text("main").contains("rolecall.users:read"));
}

#[test]
fn the_top_bar_leads_straight_to_what_is_called_just_so() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let bob = site.id("bob");
    assert_eq!(ada.get("/admin").attr("form.search", "action").as_deref(), Some("/admin/search"));
    assert_eq!(go(&mut ada, " BOB "), format!("/admin/users/{bob}"));
    assert_eq!(go(&mut ada, "bob@example.com"), format!("/admin/users/{bob}"));
    assert_eq!(go(&mut ada, "Approver"), format!("/admin/roles/{}", site.role("approver")));
    assert!(go(&mut ada, "invoices:approve").starts_with("/admin/permissions/"));
    role(&site, "bob", &[]);
    let both = ada.get(&address("bob", "1"));
    assert_eq!((both.status, groups(&both)[..2].to_vec()), (200, vec!["Users".to_owned(), "Roles".to_owned()]));
}

#[test]
fn a_question_is_answered_at_once_with_the_way() {
    let site = company();
    give(&site, "bob", site.role("approver"));
    let mut ada = site.browser_of("ada");
    let yes = search(&mut ada, "can bob invoices:approve");
    assert_eq!(yes.text(".hit.ok b"), "Yes: bob can invoices:approve");
    assert_eq!(yes.text(".hit.ok .muted"), "bob → approver → invoices:*");
    let no = search(&mut ada, "can EVE invoices:approve in project/42");
    assert_eq!(no.text(".hit.danger b"), "No: eve cannot invoices:approve in project/42");
    // Nothing was registered on that day.
    let then = search(&mut ada, "can bob invoices:approve on 2020-01-01");
    assert!(then.text("[data-told]").contains("was not registered then"), "{}", then.text("main"));
    assert_eq!(
        go(&mut ada, "can bob invoices:approve in project/42 on 2026-03-03"),
        "/admin/access?user=bob&permission=invoices%3Aapprove&scope=project%2F42&at=2026-03-03T00%3A00"
    );
    assert_eq!(go(&mut ada, "who can invoices:approve"), "/admin/access/who-can?permission=invoices%3Aapprove");
    assert_eq!(go(&mut ada, "what can bob do"), "/admin/access/what-can?user=bob");
    assert_eq!(go(&mut ada, "compare ada and bob"), "/admin/access/comparison?user=ada&other=bob");
}

#[test]
fn a_command_leads_to_the_form_filled_in_with_its_preview_and_changes_nothing() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let eve = site.id("eve");
    let href = go(&mut ada, "give eve approver in project/42 until 2026-12-31 because she stands in");
    let page = ada.get(&href);
    assert!(page.text(".preview").contains("gains invoices:* in project/42"), "{}", page.text("main"));
    for (field, value) in [
        ("#f-role", "approver"),
        ("#f-scope", "project/42"),
        ("#f-valid_to", "2026-12-31T23:59"),
        ("#f-reason", "she stands in"),
    ] {
        assert_eq!(page.attr(field, "value").as_deref(), Some(value), "{field}");
    }
    assert!(href.ends_with("#act") && page.has("button#act[type=submit]"));
    assert!(ada.get(&format!("/admin/users/{eve}")).text("main").contains("No role yet"));
    assert_eq!(ada.submit_to(&href, &format!("/admin/users/{eve}/roles"), &[]).status, 303);
    let take = go(&mut ada, "take approver from eve because she is back");
    let page = ada.get(&take);
    assert!(page.text(".preview").contains("loses invoices:*"), "{}", page.text("main"));
    assert_eq!(page.attr("#f-reason", "value").as_deref(), Some("she is back"));
    assert_eq!(ada.submit(&take, &[]).status, 303);
    assert!(ada.get(&format!("/admin/users/{eve}")).text("main").contains("No role yet"));
    let again = search(&mut ada, "take approver from eve");
    assert!(again.text("[data-told]").contains("The role approver is not one that eve has"));
}

#[test]
fn acts_on_a_user_lead_to_the_page_that_asks() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let bob = site.id("bob");
    for (command, path) in [
        ("disable bob because he left", "/disable?reason=he+left#act"),
        ("enable bob", "#enable"),
        ("end sessions of bob", "/sessions/delete#act"),
        ("reset second factor of bob because lost", "/second-factors/delete?reason=lost#act"),
    ] {
        assert_eq!(go(&mut ada, command), format!("/admin/users/{bob}{path}"), "{command}");
        let page = ada.get(&format!("/admin/users/{bob}{path}"));
        assert_eq!(page.status, 200, "{command}");
        if command.contains("because") {
            assert_eq!(page.attr("#f-reason", "value"), command.split_once("because ").map(|(_, why)| why.to_owned()));
        }
    }
    assert_eq!(go(&mut ada, "create user"), "/admin/users/new");
    let history = go(&mut ada, "who changed bob last week");
    assert_eq!(history, format!("/admin/users/{bob}/activity?since=2026-02-23T00%3A00"));
    let page = ada.get(&history);
    assert!(page.text(".timeline").contains("gave bob the role member"), "{}", page.text("main"));
    assert!(page.text(".filters").contains("Since 2026-02-23 00:00 UTC"), "{}", page.text(".filters"));
    let later = ada.get(&format!("/admin/users/{bob}/activity?since=2026-03-03"));
    assert!(!later.text("main").contains("gave bob the role member"), "that was the day before");
    let wrong = ada.get(&format!("/admin/users/{bob}/activity?since=soon"));
    assert!(wrong.status == 200 && wrong.text("main").contains("Write the time"), "{}", wrong.text("main"));
    assert_eq!(site.app.user(&Actor::operator(), bob).unwrap().assignments.len(), 1, "nothing was done");
}

#[test]
fn a_role_is_created_with_what_the_command_says() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let href = go(&mut ada, "create role auditor with invoices:read, posts:*");
    let page = ada.get(&href);
    assert_eq!(page.attr("#f-permissions", "value").as_deref(), Some("invoices:read, posts:*"));
    assert!(page.text(".preview").contains("auditor gains invoices:read"), "{}", page.text("main"));
    assert!(site.app.role_by_name(&Actor::operator(), "auditor").is_err(), "nothing was done");
    let made = ada.submit_to(&href, "/admin/roles", &[]);
    assert_eq!(made.status, 303, "{}", made.body);
    let view = site.app.role(&Actor::operator(), site.role("auditor")).unwrap();
    let own: Vec<String> = view.own.iter().map(|grant| grant.pattern().to_string()).collect();
    assert_eq!(own, ["invoices:read", "posts:*"]);
    let group = go(&mut ada, "create group \"Sales, EU\"");
    assert!(ada.get(&group).has("input[value=group][checked]"));
}

#[test]
fn mistakes_in_a_new_role_are_told_at_their_fields_and_make_nothing() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let wrong = ada.submit("/admin/roles/new", &[("name", ""), ("permissions", "invoices:aprove")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("#f-name-error") && wrong.text("#f-permissions-error").contains("invoices:aprove"));
    assert_eq!(wrong.texts(".near label").first().map(String::as_str), Some("invoices:approve"));
    let group = [("name", "people"), ("kind", "group"), ("permissions", "invoices:read")];
    assert_eq!(ada.submit("/admin/roles/new", &group).status, 409);
    assert!(site.app.role_by_name(&Actor::operator(), "people").is_err(), "all or nothing");
    let maker = role(
        &site,
        "maker",
        &["rolecall.roles:read", "rolecall.roles:write", "rolecall.users:read", "rolecall.permissions:read"],
    );
    give(&site, "eve", maker);
    let climbed =
        site.browser_of("eve").submit("/admin/roles/new", &[("name", "mine"), ("permissions", "invoices:read")]);
    assert_eq!(climbed.status, 403, "nobody makes a role that has more than he");
    assert!(site.app.role_by_name(&Actor::operator(), "mine").is_err());
}

#[test]
fn a_wrong_command_says_what_was_understood_and_what_may_have_been_meant() {
    let site = company();
    user(&site, "bobby");
    let mut ada = site.browser_of("ada");
    let unfinished = search(&mut ada, "give bob");
    assert_eq!(
        unfinished.text("[data-told]"),
        "“give bob”: it takes a user and a role. For example: give bob approver"
    );
    let misspelt = search(&mut ada, "give bob aprover");
    assert!(misspelt.text("[data-told]").contains("There is no role “aprover”"));
    assert_eq!(misspelt.texts(".found:first-of-type .hit b"), ["give bob approver"]);
    let meant = ada.get(&misspelt.attr(".hit", "href").unwrap());
    assert!(meant.location().contains("role=approver"), "{}", meant.location());
    let unknown = search(&mut ada, "disable bobb");
    assert_eq!(unknown.texts(".found:first-of-type .hit b"), ["disable bobby", "disable bob"]);
    assert_eq!(ada.get(&address("disable bobb", "1")).status, 200, "what is not sure goes nowhere");
}

#[test]
fn names_of_several_words_are_told_apart_by_who_there_is() {
    let site = company();
    role(&site, "head approver", &[]);
    let mut ada = site.browser_of("ada");
    assert!(go(&mut ada, "give bob head approver").contains("role=head+approver"));
    assert!(
        go(&mut ada, "give Eve Example approver")
            .starts_with(&format!("/admin/users/{}?role=approver", site.id("eve")))
    );
    assert_eq!(search(&mut ada, "can Bob Example posts:read").text(".hit.ok b"), "Yes: bob can posts:read");
}

#[test]
fn whatever_is_typed_has_an_answer() {
    let site = company();
    let mut ada = site.browser_of("ada");
    let long = "x ".repeat(300);
    for q in [
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "give \"",
        "can \u{0} a:b",
        "'; DROP TABLE users; --",
        "\u{202e}abc",
        "99999999999999999999",
        &long,
    ] {
        search(&mut ada, q);
    }
}
