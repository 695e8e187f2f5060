use super::{give, role, user};
use crate::support::Site;

#[test]
fn ticked_users_are_previewed_and_then_given_a_role_without_scripts() {
    let site = Site::new();
    let approver = role(&site, "approver", &["posts:read"]);
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    give(&site, "eve", approver);
    let mut ada = site.browser_of("ada");
    let list = ada.get("/admin/users");
    assert!(list.has(&format!("input[type=checkbox][form=bulk][name=id][value='{bob}']")));
    assert!(list.texts("#bulk-act option").contains(&"Give a role".to_owned()));
    assert!(ada.get(&list.attr("[data-tick-page]", "href").unwrap()).has(&format!("input[value='{eve}'][checked]")));
    let page = ada.get(&format!("/admin/users/bulk?act=give_role&id={bob}&id={eve}"));
    assert!(page.text("main").contains("Say which role") && !page.has("form[method=post][action='/admin/users/bulk']"));
    let ask = format!("/admin/users/bulk?act=give_role&ids={bob}%2C{eve}&role_name=aprover");
    let mistyped = ada.get(&ask);
    assert_eq!(mistyped.status, 422);
    assert!(mistyped.has("input[name='role_name.choice'][value=approver]"), "{}", mistyped.text("main"));
    let page = ada.get(&format!("/admin/users/bulk?act=give_role&ids={bob}%2C{eve}&role_name=approver"));
    assert_eq!(page.text("h1"), "Give approver to 2 users?");
    let groups = page.texts(".bulk-groups li");
    assert_eq!(groups, ["1 will be changed: bob", "1 stay as they are (has the role already): eve"]);
    assert!(page.text(".preview").contains("Nobody gains") || page.text(".preview").contains("bob"));
    assert!(page.has("input[name=mode][value=all][checked]"));
    let ask = format!("/admin/users/bulk?act=give_role&ids={bob}%2C{eve}&role_name=approver");
    let done = ada.submit_to(&ask, "/admin/users/bulk", &[("reason", "new in the team")]);
    assert_eq!(done.status, 303, "{}", done.body);
    let result = ada.visit(done.location());
    assert!(result.text(".flash").contains("Give approver to 2 users: done"));
    assert!(result.text(".callout.ok").contains("1 changed, 1 so already"), "{}", result.text("main"));
    let rows = result.texts("tbody tr");
    assert!(
        rows.iter().any(|row| row.starts_with("bob Changed"))
            && rows.iter().any(|row| row.contains("has the role already"))
    );
    let only = ada.get(&format!("{}?filter=already", done.location()));
    assert_eq!(only.texts("tbody th"), ["eve"]);
}

#[test]
fn a_role_is_taken_from_all_its_members_by_one_address_and_one_button() {
    let site = Site::new();
    let approver = role(&site, "approver", &[]);
    for name in ["kim", "lea"] {
        user(&site, name);
        give(&site, name, approver);
    }
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("/admin/roles/{approver}"));
    let path = format!("/admin/roles/{approver}/members/take?all=1");
    assert!(page.has(&format!("a[href='{path}']")), "the page of the role leads there");
    let page = ada.get(&path);
    assert_eq!(page.text("h1"), "Take approver from 2 users?");
    assert!(page.has(&format!(".breadcrumbs a[href='/admin/roles/{approver}']")));
    let done = ada.submit_to(&path, "/admin/users/bulk", &[]);
    let result = ada.visit(done.location());
    assert!(result.text(".callout.ok").contains("2 changed"));
    let undo = result.attr(".flash a", "href").expect("the flash offers to undo it");
    assert_eq!(result.attr(".callout.ok a", "href").as_deref(), Some(undo.as_str()), "and so does the result");
    let undone = ada.submit(&undo, &[]);
    assert_eq!(undone.status, 303, "{}", undone.body);
    assert_eq!(ada.get(&path).text("h1"), "Take approver from 2 users?", "both have it again");
    ada.submit_to(&path, "/admin/users/bulk", &[]);
    assert!(ada.get(&path).text(".error-summary").contains("Nobody is chosen"));
}

#[test]
fn users_are_named_in_the_address_and_an_unknown_name_is_told() {
    let site = Site::new();
    let member = site.role("member");
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("/admin/roles/{member}/members/take?users=bob,eve"));
    assert_eq!(page.text("h1"), "Take member from 2 users?");
    assert_eq!(page.texts(".bulk-groups li strong"), ["1", "1"]);
    let page = ada.get(&format!("/admin/roles/{member}/members/take?users=bob,nobodyatall"));
    assert!(page.text(".error-summary").contains("nobodyatall"), "{}", page.text("main"));
    assert!(!page.has("form[method=post][action='/admin/users/bulk']"));
}

#[test]
fn all_that_match_are_chosen_by_the_search_and_others_meanwhile_show_the_preview_again() {
    let site = Site::new();
    site.crowd(30);
    let mut ada = site.browser_of("ada");
    let list = ada.get("/admin/users?q=crowd");
    assert!(list.text(".bulk-bar").contains("All 30 that match"), "{}", list.text(".bulk-bar"));
    let path = "/admin/users/bulk?q=crowd&all=1&act=disable";
    let page = ada.get(path);
    assert_eq!(page.text("h1"), "Disable 30 users?");
    assert!(page.text(".bulk-groups").contains("and 25 more"));
    let fields = page.fields("form[method=post][action='/admin/users/bulk']");
    user(&site, "crowdlate");
    let borrowed: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = ada.post("/admin/users/bulk", &borrowed);
    assert_eq!(refused.status, 409);
    assert!(refused.text(".error-summary").contains("Meanwhile others are chosen"));
    assert_eq!(refused.text("h1"), "Disable 31 users?", "the preview of those who are chosen now");
    let done = ada.submit_to(path, "/admin/users/bulk", &[("mode", "each")]);
    assert!(ada.visit(done.location()).text("main").contains("31 changed"));
}

#[test]
fn nothing_is_confirmed_where_nobody_would_be_changed() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("/admin/users/bulk?act=enable&ids={}", site.id("bob")));
    assert!(page.text(".callout").contains("Nobody would be changed"));
    assert!(!page.has("form[method=post][action='/admin/users/bulk'] button"));
    let page = ada.get("/admin/users/bulk?act=disable");
    assert!(page.text(".error-summary").contains("Nobody is chosen"), "{}", page.text("main"));
}

#[test]
fn who_may_change_nobody_is_offered_only_the_table() {
    let site = Site::new();
    give(&site, "bob", role(&site, "looker", &["rolecall.users:read"]));
    let mut bob = site.browser_of("bob");
    let offered = bob.get("/admin/users").texts("#bulk-act option");
    assert_eq!(offered, ["What to do …", "Download as CSV"]);
    assert_eq!(bob.get(&format!("/admin/users/bulk?act=disable&ids={}", site.id("eve"))).status, 403);
}

#[test]
fn many_are_changed_while_one_looks_on_and_the_refused_are_tried_again() {
    let site = Site::new();
    site.crowd(250);
    let mut ada = site.browser_of("ada");
    let done =
        ada.submit_to("/admin/users/bulk?q=crowd&all=1&act=send_reset", "/admin/users/bulk", &[("mode", "each")]);
    let page = ada.visit(done.location());
    assert!(page.text(".flash").contains("begun") && page.has("progress"), "{}", page.text("main"));
    assert!(ada.get("/admin/users").text(".callout").contains("under way"), "the list tells of it");
    site.database.tamper("UPDATE users SET disabled_at = '2026-03-02 09:00:00' WHERE username = 'crowd7'");
    site.app.work().unwrap();
    let page = ada.get(done.location());
    assert!(page.text(".callout.ok").contains("249 changed, 1 refused"), "{}", page.text("main"));
    let again = page.attr("a[href*='retry=']", "href").unwrap();
    assert_eq!(ada.get(&again).texts(".bulk-groups li a"), ["crowd7"]);
    let csv = ada.get(&format!("{}/rows.csv", done.location()));
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.body.lines().count(), 251);
    assert!(csv.body.contains("crowd7,refused,is disabled: a disabled user cannot set a password"), "{}", csv.body);
}

#[test]
fn those_who_are_chosen_are_downloaded_as_a_table_however_many() {
    let site = Site::new();
    site.crowd(1100);
    let mut ada = site.browser_of("ada");
    let table = ada.get("/admin/users/bulk?act=export&all=1&q=crowd");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"users.csv\"");
    assert_eq!(table.body.lines().count(), 1101);
    assert!(table.body.starts_with("id,username,email,"), "{}", &table.body[..60]);
    let few = ada.get(&format!("/admin/users/bulk?act=export&id={}&id={}", site.id("bob"), site.id("eve")));
    assert_eq!(few.body.lines().count(), 3);
    assert!(few.body.contains(",bob,bob@example.com,Bob,Example,active,,member,2026-03-02T09:00:00"), "{}", few.body);
    assert!(ada.get("/admin/users/bulk?act=export").text(".error-summary").contains("Nobody is chosen"));
}
