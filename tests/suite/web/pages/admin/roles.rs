use super::{flash, give, permission, role};
use crate::support::Site;
use rolecall::app::Actor;

#[test]
fn a_role_is_made_given_a_permission_and_given_to_a_user() {
    let site = Site::new();
    permission(&site, "invoices", "approve");
    let mut ada = site.browser_of("ada");
    let path = ada
        .submit("/admin/roles/new", &[("name", "approver"), ("description", "Approves invoices.")])
        .location()
        .to_owned();
    let answer = ada.submit_to(
        &path,
        &format!("{path}/permissions"),
        &[("permission", "invoices:*"), ("permission_reason", "month end")],
    );
    assert_eq!(answer.location(), path);
    assert!(flash(&mut ada, &path).contains("invoices:*"));
    assert_eq!(
        ada.submit_to(
            &path,
            &format!("{path}/members"),
            &[("user", "EVE@example.com"), ("valid_to", "2026-04-01T00:00")]
        )
        .location(),
        path
    );
    let page = ada.get(&path);
    assert!(page.text("section[aria-labelledby=own-title]").contains("invoices:* month end"));
    let member = page.text("section[aria-labelledby=members-title] tbody tr");
    assert!(member.contains("eve") && member.contains("2026-04-01 00:00 UTC"), "{member}");
    let row = ada.get("/admin/roles?q=approver").text("tbody tr");
    assert!(row.contains("approver") && row.contains("Approves invoices."), "{row}");
    assert_eq!(site.browser_of("eve").get("/").status, 303);
}

#[test]
fn a_permission_is_taken_away_after_a_look_at_who_loses_it() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/roles/{}", site.role("member"));
    let take = ada.get(&path).attr("section[aria-labelledby=own-title] td a", "href").unwrap();
    assert!(ada.get(&take).text(".effects").contains("1 user loses it"));
    assert_eq!(ada.submit(&take, &[("reason", "no posts any more")]).location(), path);
    assert!(!ada.get(&path).text("section[aria-labelledby=own-title]").contains("posts:read"));
}

#[test]
fn a_wrong_permission_is_told_at_its_field() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/roles/{}", site.role("member"));
    for (typed, message) in
        [("posts", "resource:action"), ("psots:read", "There is no permission"), ("posts:re*", "letters, digits")]
    {
        let answer = ada.submit_to(
            &path,
            &format!("{path}/permissions"),
            &[("permission", typed), ("permission_reason", "why not")],
        );
        assert_eq!(answer.status, 422, "{typed}");
        assert!(
            answer.text("#f-permission-error").contains(message),
            "{typed}: {}",
            answer.text("#f-permission-error")
        );
        assert_eq!(answer.attr("#f-permission", "value").as_deref(), Some(typed));
        assert_eq!(answer.attr("#f-permission_reason", "value").as_deref(), Some("why not"));
    }
    let long = "x".repeat(501);
    let answer = ada.submit_to(
        &path,
        &format!("{path}/permissions"),
        &[("permission", "posts:*"), ("permission_reason", &long)],
    );
    assert!(answer.has("#f-permission_reason-error") && !answer.has("#f-reason-error"));
}

#[test]
fn an_unknown_name_cannot_be_given_a_role() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/roles/{}", site.role("member"));
    let answer = ada.submit_to(&path, &format!("{path}/members"), &[("user", "nobody"), ("reason", "typo")]);
    assert_eq!(
        (answer.status, answer.attr("#f-user", "value").as_deref(), answer.attr("#f-reason", "value").as_deref()),
        (422, Some("nobody"), Some("typo"))
    );
    assert!(answer.text("#f-user-error").contains("Nobody has the username"));
    let twice = ada.submit_to(&path, &format!("{path}/members"), &[("user", "bob")]);
    assert_eq!(twice.status, 409);
    assert!(twice.text("#f-user-error").contains("has this role"));
}

#[test]
fn nobody_gives_what_he_does_not_have() {
    let site = Site::new();
    permission(&site, "invoices", "pay");
    let payer = role(&site, "payer", &["invoices:pay"]);
    let rights = ["rolecall.roles:*", "rolecall.users:read", "rolecall.permissions:read", "rolecall.assignments:write"];
    give(&site, "eve", role(&site, "role writer", &rights));
    let mut eve = site.browser_of("eve");
    let mine = eve.submit("/admin/roles/new", &[("name", "mine")]).location().to_owned();
    let grant = eve.submit_to(&mine, &format!("{mine}/permissions"), &[("permission", "invoices:pay")]);
    let include = eve.submit_to(&mine, &format!("{mine}/inclusions"), &[("junior", "payer")]);
    let give =
        eve.submit_to(&format!("/admin/roles/{payer}"), &format!("/admin/roles/{payer}/members"), &[("user", "eve")]);
    let delete = eve.submit(&format!("/admin/roles/{payer}/delete"), &[]);
    for answer in [&grant, &include, &give, &delete] {
        assert_eq!(answer.status, 403);
        assert!(answer.text(".error-summary").contains("invoices:pay"), "{}", answer.text("main"));
    }
    assert_eq!(grant.attr("#f-permission", "value").as_deref(), Some("invoices:pay"));
    assert_eq!(eve.get(&format!("/admin/roles/{payer}")).text("section[aria-labelledby=members-title] .count"), "0");
}

#[test]
fn inclusions_show_what_is_inherited_and_a_circle_is_named() {
    let site = Site::new();
    permission(&site, "a", "x");
    let (low, mid, top) = (role(&site, "low", &["a:x"]), role(&site, "mid", &[]), role(&site, "top", &[]));
    let mut ada = site.browser_of("ada");
    let mut include = |senior: i64, junior: &str| {
        ada.submit_to(
            &format!("/admin/roles/{senior}"),
            &format!("/admin/roles/{senior}/inclusions"),
            &[("junior", junior)],
        )
    };
    assert_eq!(include(mid, "low").status, 303);
    assert_eq!(include(top, "MID").status, 303);
    let circle = include(low, "top");
    assert_eq!(circle.status, 409);
    assert!(
        circle.text(".error-summary").contains("top includes mid includes low includes top"),
        "{}",
        circle.text(".error-summary")
    );
    assert_eq!(circle.attr("#f-junior", "value").as_deref(), Some("top"));
    let page = ada.get(&format!("/admin/roles/{top}"));
    assert!(page.text("section[aria-labelledby=inherited-title] tbody tr").contains("a:x low"));
    assert!(ada.get(&format!("/admin/roles/{low}")).text("main").contains("Included by mid"));
    let remove = page.attr(&format!("a[href^='/admin/roles/{top}/inclusions/']"), "href").unwrap();
    assert_eq!(ada.submit(&remove, &[]).status, 303);
    assert!(!ada.get(&format!("/admin/roles/{top}")).text("main").contains("a:x"));
}

#[test]
fn a_taken_name_is_told_and_what_was_typed_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let answer =
        ada.submit("/admin/roles/new", &[("name", "Member"), ("kind", "group"), ("description", "The same again")]);
    assert_eq!((answer.status, answer.attr("#f-name", "value").as_deref()), (409, Some("Member")));
    assert!(answer.text("#f-name-error").contains("has this name"));
    assert_eq!(answer.text("#f-description"), "The same again");
    assert_eq!(answer.attr("input[name=kind][checked]", "value").as_deref(), Some("group"));
}

#[test]
fn the_built_in_role_stays_as_it_is() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/roles/{}", site.role("admin"));
    let page = ada.get(&path);
    assert!(page.text(".callout").contains("stays as it is"));
    assert!(!page.has("#f-permission") && !page.has("#f-junior") && !page.has(&format!("a[href='{path}/delete']")));
    let answer = ada.submit(&format!("{path}/delete"), &[]);
    assert_eq!(answer.status, 409);
    assert!(answer.text(".error-summary").contains("belongs to Rolecall"));
}

#[test]
fn deleting_a_role_says_who_loses_it_and_frees_its_name() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/roles/{}", site.role("member"));
    let asked = ada.get(&format!("{path}/delete")).text(".effects");
    assert!(asked.contains("1 user loses it") && asked.contains("1 permission"), "{asked}");
    assert_eq!(ada.submit(&format!("{path}/delete"), &[("reason", "unused")]).location(), "/admin/roles");
    assert_eq!(ada.get(&path).status, 404);
    assert!(ada.get(&format!("/admin/users/{}", site.id("bob"))).text("main").contains("No role yet"));
    assert_eq!(ada.submit("/admin/roles/new", &[("name", "member")]).status, 303);
}

#[test]
fn groups_can_be_listed_alone() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    ada.submit("/admin/roles/new", &[("name", "finance"), ("kind", "group")]);
    assert_eq!(ada.get("/admin/roles?filter=group").texts("tbody th"), ["finance"]);
    assert_eq!(ada.get("/admin/roles?filter=role&sort=-name").texts("tbody th"), ["member", "admin"]);
}

#[test]
fn the_list_tells_members_and_permissions_by_itself_and_in_all() {
    let site = Site::new();
    let (low, top) = (role(&site, "reader", &["docs:*"]), role(&site, "editor", &["docs:*", "posts:*"]));
    site.app.include_role(&Actor::operator(), top, low, "").unwrap();
    give(&site, "eve", top);
    give(&site, "bob", top);
    give(&site, "bob", low);
    let row = |name: &str| site.browser_of("ada").get(&format!("/admin/roles?q={name}")).text("tbody tr");
    assert!(row("reader").contains("1 direct, 2 in all 1"), "{}", row("reader"));
    assert!(row("editor").contains("2 2 reader"), "{}", row("editor"));
    let found = site.program_of("ada").get("/api/v1/roles?q=reader").json()["items"][0].clone();
    assert_eq!(
        (&found["members"], &found["all_members"], &found["all_members_exact"]),
        (&1.into(), &2.into(), &true.into())
    );
}

#[test]
fn a_disabled_member_is_counted_and_listed_and_told_apart() {
    let site = Site::new();
    let reader = role(&site, "reader", &["posts:read"]);
    for name in ["bob", "eve"] {
        give(&site, name, reader);
    }
    site.app.set_user_disabled(&Actor::operator(), site.id("eve"), true, "").unwrap();
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("/admin/roles/{reader}"));
    assert_eq!(page.text("#members-title .count"), "2");
    let rows = page.texts("section[aria-labelledby=members-title] tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let told: Vec<bool> = rows.iter().map(|row| row.contains("Disabled")).collect();
    assert_eq!(told, [false, true], "{rows:?}");
    assert!(ada.get("/admin/roles").texts("tbody tr").iter().any(|row| row.contains("reader") && row.contains('2')));
    for users in ["assigned-users", "authorized-users"] {
        let found = site.program_of("ada").get(&format!("/api/v1/roles/{reader}/{users}")).json();
        let told =
            found["items"].as_array().unwrap().iter().map(|user| (user["username"].as_str(), user["status"].as_str()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [(Some("bob"), Some("active")), (Some("eve"), Some("disabled"))],
            "{users}"
        );
    }
    // Who cannot do anything with it is no one who can.
    let can = ada.get("/admin/access/who-can?permission=posts:read");
    assert!(!can.text("tbody").contains("eve"), "{}", can.text("tbody"));
}
