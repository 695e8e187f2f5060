//! Who may open what.

use super::{give, role};
use crate::support::{Site, password};

/// Every page of the panel, and the permission that it names to who lacks it.
fn pages(site: &Site) -> Vec<(String, &'static str)> {
    let (user, role) = (site.id("eve"), site.role("member"));
    let page = |path: String, right: &'static str| (path, right);
    vec![
        page("/admin".into(), "rolecall.users:read"),
        page("/admin/users".into(), "rolecall.users:read"),
        page("/admin/users/new".into(), "rolecall.users:write"),
        page(format!("/admin/users/{user}"), "rolecall.users:read"),
        page(format!("/admin/users/{user}/edit"), "rolecall.users:write"),
        page(format!("/admin/users/{user}/disable"), "rolecall.users:write"),
        page(format!("/admin/users/{user}/delete"), "rolecall.users:write"),
        page(format!("/admin/users/{user}/sessions"), "rolecall.users:read"),
        page(format!("/admin/users/{user}/activity"), "rolecall.users:read"),
        page(format!("/admin/users/{user}/roles/1/delete"), "rolecall.users:read"),
        page("/admin/roles".into(), "rolecall.roles:read"),
        page("/admin/roles/new".into(), "rolecall.roles:write"),
        page(format!("/admin/roles/{role}"), "rolecall.roles:read"),
        page(format!("/admin/roles/{role}/edit"), "rolecall.roles:write"),
        page(format!("/admin/roles/{role}/delete"), "rolecall.roles:write"),
        page(format!("/admin/roles/{role}/permissions/1/delete"), "rolecall.roles:write"),
        page(format!("/admin/roles/{role}/inclusions/1/delete"), "rolecall.roles:write"),
        page("/admin/permissions".into(), "rolecall.permissions:read"),
        page("/admin/permissions/new".into(), "rolecall.permissions:write"),
        page("/admin/permissions/1".into(), "rolecall.permissions:read"),
        page("/admin/permissions/1/edit".into(), "rolecall.permissions:write"),
        page("/admin/permissions/1/delete".into(), "rolecall.permissions:write"),
        page("/admin/access".into(), "rolecall.checks:read"),
        page("/admin/access/who-can".into(), "rolecall.checks:read"),
        page("/admin/access/what-can".into(), "rolecall.users:read"),
        page("/admin/access/comparison".into(), "rolecall.checks:read"),
        page("/admin/access/ending".into(), "rolecall.users:read"),
        page("/admin/audit".into(), "rolecall.audit:read"),
        page("/admin/search".into(), "rolecall.users:read"),
        page("/admin/search?q=disable+bob".into(), "rolecall.users:read"),
        page("/admin/mails".into(), "rolecall.mails:read"),
        page("/admin/mails/1".into(), "rolecall.mails:read"),
    ]
}

#[test]
fn bob_is_told_which_permission_he_lacks_on_every_page() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    for (path, right) in pages(&site) {
        let answer = bob.get(&path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text("main").contains(right), "{path}: {}", answer.text("main"));
    }
}

#[test]
fn bob_sees_no_entry_of_the_panel() {
    let site = Site::new();
    let hrefs = site.browser_of("bob").get("/account").texts("nav[aria-label=Main] a");
    assert_eq!(hrefs, ["My account"]);
    let labels = site.browser_of("ada").get("/admin").texts("nav[aria-label=Main] a");
    assert_eq!(
        labels,
        ["Overview", "Users", "Roles", "Permissions", "Access", "Sessions", "Audit", "Mail", "Settings", "My account"]
    );
}

#[test]
fn bob_can_post_nothing() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let token = bob.get("/account").attr("main input[name=form_token]", "value").unwrap();
    let (user, role) = (site.id("eve"), site.role("member"));
    let forms = [
        "/admin/users".to_owned(),
        format!("/admin/users/{user}"),
        format!("/admin/users/{user}/disable"),
        format!("/admin/users/{user}/enable"),
        format!("/admin/users/{user}/delete"),
        format!("/admin/users/{user}/password"),
        format!("/admin/users/{user}/roles"),
        format!("/admin/users/{user}/sessions/delete"),
        "/admin/roles".to_owned(),
        format!("/admin/roles/{role}"),
        format!("/admin/roles/{role}/delete"),
        format!("/admin/roles/{role}/members"),
        format!("/admin/roles/{role}/permissions"),
        format!("/admin/roles/{role}/inclusions"),
        "/admin/permissions".to_owned(),
        "/admin/permissions/1".to_owned(),
        "/admin/permissions/1/delete".to_owned(),
        "/admin/audit/verification".to_owned(),
        "/admin/mails/1".to_owned(),
    ];
    let fields = [
        ("form_token", token.as_str()),
        ("first_name", "M"),
        ("username", "mallory"),
        ("email", "mallory@example.com"),
        ("name", "root"),
        ("kind", "role"),
        ("role_id", "1"),
        ("user", "bob"),
        ("permission", "*:*"),
        ("junior", "admin"),
        ("resource", "a"),
        ("action", "b"),
    ];
    for path in forms {
        assert_eq!(bob.post(&path, &fields).status, 403, "{path}");
    }
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let eve = site.id("eve");
    assert_eq!(ada.post(&format!("/admin/users/{eve}/delete"), &[("reason", "")]).status, 403);
    assert_eq!(ada.get(&format!("/admin/users/{eve}")).status, 200);
}

#[test]
fn who_is_not_signed_in_signs_in_and_comes_back() {
    let site = Site::new();
    let mut browser = site.browser();
    for (path, _) in pages(&site) {
        assert!(browser.get(&path).location().starts_with("/login?next="), "{path}");
    }
    let login = browser.get("/admin/users?filter=disabled&sort=email").location().to_owned();
    let answer = browser.submit(&login, &[("username_or_email", "ada"), ("password", &password("ada"))]);
    assert_eq!(answer.location(), "/admin/users?filter=disabled&sort=email");
}

#[test]
fn who_may_only_look_is_shown_no_buttons() {
    let site = Site::new();
    let looker = role(&site, "looker", &["rolecall.users:read", "rolecall.roles:read", "rolecall.permissions:read"]);
    give(&site, "eve", looker);
    let mut eve = site.browser_of("eve");
    let (bob, member) = (site.id("bob"), site.role("member"));
    for path in [
        "/admin/users".to_owned(),
        format!("/admin/users/{bob}"),
        "/admin/roles".into(),
        format!("/admin/roles/{member}"),
        "/admin/permissions".into(),
        "/admin/permissions/1".into(),
    ] {
        let answer = eve.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.has("main form[method=post]"), "{path} has a form");
        assert!(
            !answer.has("main a[href$='/new']")
                && !answer.has("main a[href$='/edit']")
                && !answer.has("main a[href$='/delete']"),
            "{path} has a button"
        );
    }
}

#[test]
fn every_page_of_the_panel_opens_for_ada_and_has_one_heading() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    for (path, _) in
        pages(&site).into_iter().filter(|(path, _)| !path.contains("/1/delete") && !path.ends_with("/mails/1"))
    {
        let answer = ada.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.texts("h1").len(), 1, "{path}");
        assert!(!answer.has("[style]") && !answer.has("script:not([src])"), "{path} has what the browser would refuse");
        let mut ids: Vec<_> = answer
            .html()
            .select(&scraper::Selector::parse("[id]").unwrap())
            .filter_map(|e| e.attr("id").map(str::to_owned))
            .collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{path} has an id twice");
    }
}

#[test]
fn the_addresses_of_roles_and_permissions_are_pages_for_browsers_and_json_for_programs() {
    let site = Site::new();
    let (mut browser, mut program) = (site.browser_of("ada"), site.program_of("ada"));
    for path in ["/admin/roles", "/admin/permissions"] {
        assert!(browser.get(path).has("main table"), "{path}");
        let answer = program.get(path);
        assert_eq!((answer.status, &answer.json()["success"]), (200, &serde_json::json!(true)), "{path}");
    }
}
