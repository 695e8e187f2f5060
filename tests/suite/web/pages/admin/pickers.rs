//! Fields that name a role, a user or a permission, with and without scripts.

use super::{give, permission, role, user};
use crate::support::{Browser, Site};
use rolecall::{app::Actor, domain::Error};

/// The names that are suggested.
fn suggested(browser: &mut Browser, kind: &str, typed: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    let answer = browser.get(&format!("/admin/suggestions?kind={kind}&q={query}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    let names = json["suggestions"].as_array().unwrap().iter();
    names.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn names_that_begin_with_what_is_typed_come_first() {
    let site = Site::new();
    for name in ["head approver", "Approver", "approver of invoices", "reader"] {
        role(&site, name, &[]);
    }
    let mut ada = site.browser_of("ada");
    assert_eq!(suggested(&mut ada, "role", "APPR"), ["Approver", "approver of invoices", "head approver"]);
    assert_eq!(suggested(&mut ada, "role", "in appr"), ["approver of invoices"]);
    assert_eq!(suggested(&mut ada, "user", "example.com"), ["ada", "bob", "eve"]);
    assert_eq!(suggested(&mut ada, "user", "Bob Exa"), ["bob"]);
    assert!(suggested(&mut ada, "role", "50%_\\").is_empty());
}

#[test]
fn at_most_ten_are_suggested() {
    let site = Site::new();
    for n in 0..15 {
        user(&site, &format!("clone{n}"));
    }
    assert_eq!(suggested(&mut site.browser_of("ada"), "user", "clone").len(), 10);
    assert_eq!(suggested(&mut site.browser_of("ada"), "user", "").len(), 10);
}

#[test]
fn a_pattern_is_suggested_before_the_permissions_that_it_covers() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    permission(&site, "invoices", "read");
    let mut ada = site.browser_of("ada");
    assert_eq!(suggested(&mut ada, "pattern", "invoices:"), ["invoices:*", "invoices:approve", "invoices:read"]);
    assert_eq!(suggested(&mut ada, "permission", "invoices"), ["invoices:approve", "invoices:read"]);
    assert_eq!(suggested(&mut ada, "pattern", "*:read").first().map(String::as_str), Some("*:read"));
    assert_eq!(suggested(&mut ada, "permission", "app"), ["invoices:approve"]);
}

#[test]
fn names_are_told_to_nobody_who_may_not_see_their_list() {
    let site = Site::new();
    let looker = role(&site, "looker", &["rolecall.roles:read"]);
    give(&site, "eve", looker);
    let (mut bob, mut eve) = (site.browser_of("bob"), site.browser_of("eve"));
    for (kind, right) in [
        ("role", "rolecall.roles:read"),
        ("user", "rolecall.users:read"),
        ("permission", "rolecall.permissions:read"),
        ("pattern", "rolecall.permissions:read"),
    ] {
        let path = format!("/admin/suggestions?kind={kind}&q=a");
        let refused = bob.get(&path);
        assert_eq!(refused.status, 403, "{kind}");
        assert!(refused.text("main").contains(right), "{kind}");
        assert_eq!(eve.get(&path).status, if kind == "role" { 200 } else { 403 }, "{kind}");
    }
    assert!(site.browser().get("/admin/suggestions?kind=user&q=a").location().starts_with("/login"));
    assert_eq!(site.browser_of("ada").get("/admin/suggestions?kind=secret&q=a").status, 422);
}

#[test]
fn a_misspelt_role_is_told_with_the_nearest_names_and_nothing_typed_is_lost() {
    let site = Site::new();
    role(&site, "approver", &[]);
    role(&site, "reader", &[]);
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("eve"));
    let typed = [("role", "aprover"), ("scope", "project/42"), ("reason", "stands in")];
    let wrong = ada.submit_to(&path, &format!("{path}/roles"), &typed);
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.text("#f-role-error"), "Error: There is no role “aprover”.");
    assert_eq!(wrong.texts(".near label"), ["approver", "something else: what I type above"]);
    for (name, value) in typed {
        assert_eq!(wrong.attr(&format!("#f-{name}"), "value").as_deref(), Some(value));
    }
    // One click and the button: the choice counts, and not what stands in the field.
    let mut fields = wrong.fields(&format!("form[action='{path}/roles']"));
    fields.retain(|(name, _)| name != "role.choice");
    fields.push(("role.choice".into(), "approver".into()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(ada.post(&format!("{path}/roles"), &fields).status, 303);
    assert!(ada.get(&path).text("main table tbody tr").starts_with("approver project/42"));
}

#[test]
fn a_choice_that_was_left_alone_changes_nothing() {
    let site = Site::new();
    role(&site, "approver", &[]);
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("eve"));
    let fields = [("role", "approver"), ("role.choice", "")];
    assert_eq!(ada.submit_to(&path, &format!("{path}/roles"), &fields).status, 303);
}

#[test]
fn an_empty_field_says_what_to_write() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("eve"));
    let empty = ada.submit_to(&path, &format!("{path}/roles"), &[("role", " "), ("valid_to", "soon")]);
    assert_eq!(empty.text("#f-role-error"), "Error: Write the name of a role.");
    assert!(empty.has("#f-valid_to-error"), "all mistakes are told at once");
    assert!(!empty.has(".near"));
}

#[test]
fn an_address_fills_the_form_in_and_shows_what_it_would_do_without_doing_it() {
    let site = Site::new();
    permission(&site, "docs", "write");
    role(&site, "writer", &["docs:write"]);
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("eve"));
    let asked = ada.get(&format!("{path}?role=writer&valid_to=2026-12-31T18:00&reason=stands+in&preview=1"));
    assert_eq!(asked.status, 200);
    assert!(asked.text(".preview").contains("gains docs:write"), "{}", asked.text(".preview"));
    assert_eq!(asked.attr("#f-valid_to", "value").as_deref(), Some("2026-12-31T18:00"));
    assert!(ada.get(&path).text("section[aria-labelledby=roles-title]").contains("No role yet"), "nothing is given");
    let given = ada.submit_to(
        &format!("{path}?role=writer&valid_to=2026-12-31T18:00&reason=stands+in&preview=1"),
        &format!("{path}/roles"),
        &[],
    );
    assert_eq!(given.status, 303);
    assert!(ada.get(&path).text("main table tbody tr").contains("2026-12-31 18:00 UTC"));
    let wrong = ada.get(&format!("{path}?role=writr&preview=1"));
    assert_eq!((wrong.status, wrong.texts(".near label").len()), (422, 2));
    assert_eq!(site.browser_of("bob").get(&format!("{path}?role=writer&preview=1")).status, 403);
}

#[test]
fn several_names_stand_in_one_field() {
    let site = Site::new();
    permission(&site, "docs", "write");
    role(&site, "Sales, EU", &[]);
    let (operator, app) = (Actor::operator(), &site.app);
    let names = |typed: &str| app.roles_named(&operator, "roles", typed).unwrap().into_iter().map(|role| role.name);
    assert_eq!(names("Member\n \"sales, eu\",").collect::<Vec<_>>(), ["member", "Sales, EU"]);
    assert_eq!(names("sales, eu").collect::<Vec<_>>(), ["Sales, EU"]);
    let patterns = app.patterns_named(&operator, "permissions", "docs:write, posts:*").unwrap();
    assert_eq!(patterns.iter().map(ToString::to_string).collect::<Vec<_>>(), ["docs:write", "posts:*"]);
    assert_eq!(app.users_named(&operator, "users", "bob, EVE@example.com").unwrap().len(), 2);
    let Err(Error::Invalid(errors)) = app.roles_named(&operator, "roles", "\"Sales, EU\", membr, admin") else {
        panic!("a name that is not known is taken")
    };
    assert_eq!(errors.get("roles"), "There is no role “membr”.");
    let choices: Vec<_> = errors.choices("roles").iter().map(|one| (one.value.as_str(), one.label.as_str())).collect();
    assert_eq!(choices, [("\"Sales, EU\", member, admin", "member")]);
}
