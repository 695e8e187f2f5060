//! Can, who can, what can, compare, ending soon.

use super::{give, permission, role, user};
use crate::support::{Answer, Site};
use rolecall::{
    app::Actor,
    domain::role::{Assign, NewGrant},
};

fn include(site: &Site, senior: i64, junior: i64) {
    site.app.include_role(&Actor::operator(), senior, junior, "the team needs it").unwrap();
}

/// Gives eve a role somewhere, from when until when.
fn assign(site: &Site, role: i64, scope: &str, from: &str, to: &str) -> i64 {
    let assign = Assign::parse(site.id("eve"), role, scope, from, to, "she asked").unwrap();
    site.app.give_role(&site.actor("ada"), &assign).unwrap().value.id
}

fn column(answer: &Answer, nth: usize) -> Vec<String> {
    answer.texts(&format!("main tbody tr > :nth-child({nth})"))
}

#[test]
fn a_yes_draws_the_way_and_every_name_on_it_leads_to_its_page() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    let (approver, lead) = (role(&site, "approver", &["invoices:*"]), role(&site, "lead", &[]));
    include(&site, lead, approver);
    assign(&site, lead, "project/42", "", "2026-04-01T00:00");
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access?user=eve&permission=invoices:approve&scope=project/42/docs");
    assert_eq!(page.status, 200);
    assert_eq!(page.text("title"), "Can eve do invoices:approve? · Access · Rolecall");
    assert!(page.text(".answer").starts_with("Yes"), "{}", page.text(".answer"));
    assert!(page.text(".answer").contains("2026-04-01 00:00 UTC"), "until when it holds");
    assert_eq!(page.texts(".chain-node"), ["eve", "lead", "approver", "invoices:*"]);
    let links = page.texts(".chain-link");
    assert!(
        links[0].contains("in project/42") && links[0].contains("by ada") && links[0].contains("she asked"),
        "{links:?}"
    );
    assert!(links[1].contains("includes") && links[1].contains("the team needs it"), "{links:?}");
    let hrefs: Vec<_> = [
        format!("/admin/users/{}", site.id("eve")),
        format!("/admin/roles/{lead}"),
        format!("/admin/roles/{approver}"),
    ]
    .into_iter()
    .filter(|href| page.has(&format!(".chain a[href='{href}']")))
    .collect();
    assert_eq!(hrefs.len(), 3);
}

#[test]
fn a_no_tells_what_comes_near_and_which_role_would_do_with_a_link_to_its_preview() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    let approver = role(&site, "approver", &["invoices:approve"]);
    role(&site, "all of it", &["invoices:*", "posts:*"]);
    let held = assign(&site, approver, "", "", "");
    site.pass(60);
    site.app.take_role(&Actor::operator(), site.id("eve"), held, "").unwrap();
    assign(&site, approver, "project/42", "", "");
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access?user=eve&permission=invoices:approve&scope=project/7");
    assert!(page.text(".answer").starts_with("No"));
    let near = page.texts("details.card summary");
    assert_eq!(near[0], "It holds in project/42, which does not cover project/7.");
    assert_eq!(near[1], "It ended at 2026-03-02 09:01 UTC.");
    let roles = page.texts("section[aria-labelledby=missing-title] tbody th");
    assert_eq!(roles, ["approver", "all of it"]);
    assert!(column(&page, 3)[0].contains("ada"), "who could give it");
    let give = page.attr("section[aria-labelledby=missing-title] .row-actions a", "href").unwrap();
    assert_eq!(give, format!("/admin/users/{}?role=approver&scope=project%2F7&preview=1", site.id("eve")));
    let preview = ada.get(&give);
    assert!(preview.text(".effects").contains("eve gains invoices:approve in project/7"), "{}", preview.text("main"));
}

#[test]
fn what_the_disabled_could_do_is_told_apart() {
    let site = Site::new();
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), true, "").unwrap();
    let page = site.browser_of("ada").get("/admin/access?user=bob&permission=posts:read");
    assert!(page.text(".answer").starts_with("No"));
    assert!(page.text(".callout").contains("Otherwise the answer would be yes"), "{}", page.text("main"));
    assert_eq!(page.texts(".callout .chain-node"), ["bob", "member", "posts:read"]);
}

#[test]
fn the_past_and_the_future_are_asked_by_a_date() {
    let site = Site::new();
    let member = site.role("member");
    assign(&site, member, "", "2026-05-01T00:00", "2026-06-01T00:00");
    let mut ada = site.browser_of("ada");
    let mut answer =
        |at: &str| ada.get(&format!("/admin/access?user=eve&permission=posts:read&at={at}")).text(".answer h2");
    assert_eq!([answer(""), answer("2026-05-10"), answer("2026-06-10T12:00")], ["No", "Yes", "No"]);
    // Bob was there, was disabled for an hour, and is back: each moment has its own answer.
    let then = site.now();
    site.pass(3600);
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), true, "").unwrap();
    site.pass(3600);
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), false, "").unwrap();
    site.pass(3600);
    let mut ada = site.browser_of("ada");
    let mut who = |seconds: i64| {
        let at = then.plus_seconds(seconds).input();
        column(&ada.get(&format!("/admin/access/who-can?permission=posts:read&at={at}")), 1).len()
    };
    assert_eq!([who(60), who(3700), who(7300)], [2, 1, 2]);
}

#[test]
fn conditions_are_judged_by_the_attributes_that_are_typed() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    let approver = role(&site, "approver", &[]);
    let grant = NewGrant::parse("invoices:approve", "resource.status == \"open\" and resource.size < 3", "").unwrap();
    site.app.grant(&Actor::operator(), approver, &grant).unwrap();
    give(&site, "eve", approver);
    let mut ada = site.browser_of("ada");
    let mut ask = |attributes: &str| {
        let typed: String = url::form_urlencoded::byte_serialize(attributes.as_bytes()).collect();
        ada.get(&format!("/admin/access?user=eve&permission=invoices:approve&attributes={typed}"))
    };
    let without = ask("");
    assert!(
        without.text(".answer").starts_with("No") && without.text("main").contains("resource.status was not given")
    );
    assert!(ask("resource.status = open\nresource.size = 2").text(".answer").starts_with("Yes"));
    assert!(ask("resource.status = \"open\"\nresource.size=4").text(".answer").starts_with("No"));
    for wrong in ["nonsense", "status = open", "colour.red = 1", "resource.a = 1\nresource.a.b = 2"] {
        let answer = ask(wrong);
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(
            answer.has("#f-attributes-error") && answer.text("#f-attributes").contains(wrong.lines().next().unwrap())
        );
    }
}

#[test]
fn what_was_mistyped_is_told_at_its_field_with_near_names_and_stays() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    let page = site.browser_of("ada").get("/admin/access?user=bobb&permission=invoices:aprove&scope=a//b&at=friday");
    assert_eq!(page.status, 422);
    for (field, typed) in [("user", "bobb"), ("permission", "invoices:aprove"), ("scope", "a//b"), ("at", "friday")] {
        assert!(page.has(&format!("#f-{field}-error")), "{field}");
        assert_eq!(page.attr(&format!("#f-{field}"), "value").as_deref(), Some(typed));
    }
    assert!(page.has("[name='user.choice'][value=bob]"), "{}", page.text("main form"));
    assert!(page.has("[name='permission.choice'][value='invoices:approve']"));
    // Choosing one of them asks the mended question.
    let mended =
        "/admin/access?user=bobb&user.choice=bob&permission=invoices:aprove&permission.choice=invoices:approve";
    assert!(site.browser_of("ada").get(mended).text(".answer").contains("bob may not do invoices:approve"));
}

#[test]
fn who_can_is_a_paged_list_whose_rows_open_their_way() {
    let site = Site::new();
    let member = site.role("member");
    for name in ["carl", "dora", "finn"] {
        user(&site, name);
        give(&site, name, member);
    }
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access/who-can?permission=posts:read&limit=2");
    assert_eq!(page.text("#answer-title .count"), "5");
    assert_eq!(column(&page, 1).len(), 2);
    let next = page.attr("a[rel=next]", "href").unwrap();
    assert!(next.contains("permission=posts%3Aread"), "{next}");
    let second = ada.get(&next);
    assert!(column(&second, 1)[0].contains("carl"), "{:?}", column(&second, 1));
    let way = ada.get(&second.attr("main tbody a[href^='/admin/access?']", "href").unwrap());
    assert_eq!(way.texts(".chain-node"), ["carl", "member", "posts:read"]);
    assert!(
        ada.get("/admin/access/who-can?permission=posts:raed").has("[name='permission.choice'][value='posts:read']")
    );
}

#[test]
fn what_can_is_grouped_by_resource_and_each_right_opens_its_way() {
    let site = Site::new();
    for action in ["read", "write"] {
        permission(&site, "docs", action);
    }
    let writer = role(&site, "writer", &["docs:read", "docs:write", "*:read"]);
    give(&site, "bob", writer);
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access/what-can?user=bob");
    assert_eq!(page.texts("main th[scope=rowgroup]"), ["any resource", "docs", "posts"]);
    assert_eq!(page.texts("main tbody th code"), ["*:read", "docs:read", "docs:write", "posts:read"]);
    let way = ada.get(&page.attr("main tbody a[href^='/admin/access?']", "href").unwrap());
    assert_eq!((way.text(".answer h2").as_str(), way.texts(".chain-node")[2].as_str()), ("Yes", "*:read"));
    assert_eq!(ada.get("/admin/access/what-can?user=bob&q=write").texts("main tbody th code"), ["docs:write"]);
    assert!(ada.get("/admin/access/what-can?user=eve").text("main").contains("Nothing"));
    assert_eq!(ada.get("/admin/access/what-can?user=nobody").status, 422);
}

#[test]
fn two_users_stand_beside_each_other() {
    let site = Site::new();
    permission(&site, "docs", "read");
    give(&site, "eve", role(&site, "reader", &["docs:read"]));
    give(&site, "eve", site.role("member"));
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access/comparison?user=bob&other=eve");
    assert!(page.text("main").contains("Only bob: 0 . Both: 1 . Only eve: 1"), "{}", page.text("main"));
    assert_eq!(page.texts("main tbody tr"), ["docs:read everywhere no yes , the way to docs:read of eve"]);
    let both = ada.get("/admin/access/comparison?user=bob&other=eve&filter=both");
    assert_eq!(both.texts("main tbody th"), ["posts:read"]);
    assert!(ada.get("/admin/access/comparison?user=bob&other=nobody").has("#f-other-error"));
}

#[test]
fn one_user_is_compared_at_two_moments() {
    let site = Site::new();
    let (bob, then) = (site.id("bob"), site.now());
    site.pass(3600);
    let held = site.app.user(&Actor::operator(), bob).unwrap().assignments[0].row.id;
    site.app.take_role(&Actor::operator(), bob, held, "").unwrap();
    permission(&site, "docs", "read");
    give(&site, "bob", role(&site, "reader", &["docs:read"]));
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/access/comparison?user=bob&from={}", then.plus_seconds(60).input());
    let page = ada.get(&path);
    assert!(page.text("main").contains("Lost: 1 . Kept: 0 . Gained: 1"), "{}", page.text("main"));
    assert_eq!(page.texts("main tbody th"), ["docs:read", "posts:read"]);
    assert!(ada.get(&format!("{path}&to=2026-01-01")).text("#f-to-error").contains("must not lie before"));
    // Whoever is disabled may do nothing, whatever he holds.
    site.pass(60);
    site.app.set_user_disabled(&Actor::operator(), bob, true, "").unwrap();
    assert!(ada.get(&path).text("main").contains("Lost: 1 . Kept: 0 . Gained: 0"));
}

#[test]
fn what_ends_soon_is_listed_by_its_end() {
    let site = Site::new();
    let member = site.role("member");
    let other = role(&site, "reader", &["posts:read"]);
    assign(&site, member, "", "", "2026-03-08T00:00");
    assign(&site, other, "project/42", "", "2026-03-04T00:00");
    assign(&site, member, "project/7", "", "2026-05-01T00:00");
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/access/ending");
    assert_eq!(column(&page, 4), ["reader in project/42", "member everywhere"]);
    assert_eq!(column(&ada.get("/admin/access/ending?days=90"), 4).len(), 3);
    assert_eq!(column(&ada.get("/admin/access/ending?days=3"), 4), ["reader in project/42"]);
    let wrong = ada.get("/admin/access/ending?days=soon");
    assert_eq!((wrong.status, wrong.attr("#f-days", "value").as_deref()), (422, Some("soon")));
}

#[test]
fn who_may_ask_in_one_scope_is_told_so_elsewhere() {
    let site = Site::new();
    let asker = role(&site, "asker", &["rolecall.checks:read"]);
    assign(&site, asker, "project/42", "", "");
    let mut eve = site.browser_of("eve");
    let labels = eve.get("/admin/access").texts("nav[aria-label=Questions] a");
    assert_eq!(labels, ["Can", "What can", "Compare"]);
    let inside = eve.get("/admin/access?user=bob&permission=posts:read&scope=project/42");
    assert!(inside.text(".answer").starts_with("Yes"), "{}", inside.text("main"));
    assert!(!inside.has(".chain a[href^='/admin/']"), "pages that she may not open are no links");
    let outside = eve.get("/admin/access?user=bob&permission=posts:read");
    assert_eq!((outside.status, outside.text("#f-scope-error").contains("within project/42")), (422, true));
    assert!(!eve.get("/admin/access?user=bobb&permission=posts:read").has("[name='user.choice']"), "no names for her");
    assert_eq!(eve.get("/admin/access/who-can").status, 403);
}
