use super::{give, permission, role};
use crate::support::Site;
use rolecall::{
    app::Actor,
    domain::{bars::Disabling, role::Assign},
};

#[test]
fn permissions_are_registered_listed_by_resource_and_described() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = ada
        .submit("/admin/permissions/new", &[("resource", "Invoices"), ("action", "approve"), ("label", "Approve")])
        .location()
        .to_owned();
    let list = ada.get("/admin/permissions?q=invoices");
    assert_eq!(list.texts("tbody th[scope=rowgroup]"), ["invoices"]);
    assert!(list.text("tbody tr:nth-child(2)").contains("invoices:approve Approve"), "{}", list.text("tbody"));
    let form = ada.get(&format!("{path}/edit"));
    assert!(!form.has("#f-resource") && form.text("main").contains("name never changes"));
    assert_eq!(ada.submit_to(&format!("{path}/edit"), &path, &[("description", "Lets money go.")]).location(), path);
    let page = ada.get(&path);
    assert!(page.text("main").contains("Lets money go.") && page.text("h1") == "invoices:approve");
}

#[test]
fn the_page_tells_which_roles_have_it_and_how() {
    let site = Site::new();
    let id = permission(&site, "docs", "read");
    let low = role(&site, "reader", &["docs:*"]);
    let top = role(&site, "editor", &[]);
    site.app.include_role(&Actor::operator(), top, low, "").unwrap();
    let mut ada = site.browser_of("ada");
    let rows = ada.get(&format!("/admin/permissions/{id}")).texts("tbody tr");
    assert!(rows.iter().any(|row| row.contains("reader docs:* by pattern, given by Rolecall")), "{rows:?}");
    assert!(rows.iter().any(|row| row.contains("editor by including reader")), "{rows:?}");
    assert!(ada.get(&format!("/admin/permissions/{id}/delete")).text(".effects").contains("3 roles lose it"));
}

#[test]
fn a_registered_name_is_refused_and_what_was_typed_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let answer = ada.submit("/admin/permissions/new", &[("resource", "posts"), ("action", "read"), ("label", "Read")]);
    assert_eq!(answer.status, 409);
    assert!(answer.text("#f-action-error").contains("registered already"));
    assert_eq!(
        (answer.attr("#f-resource", "value").as_deref(), answer.attr("#f-label", "value").as_deref()),
        (Some("posts"), Some("Read"))
    );
    let wrong = ada.submit("/admin/permissions/new", &[("resource", "in voices"), ("action", "")]);
    assert!(wrong.status == 422 && wrong.has("#f-resource-error") && wrong.has("#f-action-error"));
}

#[test]
fn a_deleted_permission_is_gone_and_its_name_free() {
    let site = Site::new();
    let id = permission(&site, "docs", "read");
    let mut ada = site.browser_of("ada");
    assert_eq!(ada.submit(&format!("/admin/permissions/{id}/delete"), &[]).location(), "/admin/permissions");
    assert_eq!(ada.get(&format!("/admin/permissions/{id}")).status, 404);
    assert_eq!(ada.submit("/admin/permissions/new", &[("resource", "docs"), ("action", "read")]).status, 303);
    let built_in = ada.submit("/admin/permissions/1/delete", &[]);
    assert_eq!(built_in.status, 409);
    assert!(built_in.text(".error-summary").contains("belongs to Rolecall"));
}

#[test]
fn the_page_tells_who_can_do_it_where_and_who_did_it_last() {
    let site = Site::new();
    let id = permission(&site, "docs", "read");
    let path = format!("/admin/permissions/{id}");
    let reader = role(&site, "reader", &["docs:*"]);
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    let operator = Actor::operator();
    site.app.give_role(&operator, &Assign::parse(bob, reader, "project/42", "", "", "").unwrap()).unwrap();
    let mut ada = site.browser_of("ada");
    let before = ada.get(&path);
    assert!(before.text("main").contains("2 people can do it.") && before.text("main").contains("Never:"));
    assert!(before.texts("tbody tr").iter().any(|row| row.starts_with("Bob Example bob project/42")));
    give(&site, "eve", reader);
    let asked = serde_json::json!({ "permission": "docs:read" });
    assert_eq!(site.program_of("eve").post("/api/v1/me/check", asked).json()["allowed"], true);
    let after = ada.get(&path);
    assert!(after.text("main").contains("3 people can do it."));
    assert!(after.texts("ul.plain li").iter().any(|line| line.ends_with("by eve")), "{:?}", after.texts("ul.plain li"));
    let way = after.attr("a[href*='user=eve']", "href").unwrap();
    assert!(ada.get(&way).text("main").contains("reader"), "{way}");
    let row = ada.get("/admin/permissions?q=docs:read").text("tbody tr:nth-child(2)");
    assert!(row.starts_with("docs:read not described 2 3 2026-03-02"), "{row}");
    site.app.disable_user(&operator, eve, Disabling::default(), "").unwrap();
    assert!(ada.get(&path).text("main").contains("2 people can do it."));
}
