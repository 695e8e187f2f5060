//! A role is given for longer, or without end.

use super::{flash, give, role};
use crate::support::Site;
use rolecall::{app::Actor, domain::role::Assign};

/// Eve leads until the 5th of March; gives the path of that assignment.
fn ending(site: &Site) -> (i64, String) {
    let lead = role(site, "lead", &["posts:*"]);
    let eve = site.id("eve");
    let until = Assign::parse(eve, lead, "project/42", "", "2026-03-05T09:00", "she asked").unwrap();
    let id = site.app.give_role(&Actor::operator(), &until).unwrap().value.id;
    (eve, format!("/admin/users/{eve}/roles/{id}/end"))
}

#[test]
fn what_ends_soon_is_extended_after_a_look_and_undone_by_the_flash() {
    let site = Site::new();
    let (eve, path) = ending(&site);
    let mut ada = site.browser_of("ada");
    let list = ada.get("/admin/access/ending");
    let way = list.attr(".row-actions a", "href").unwrap();
    assert_eq!(way, format!("{path}?back=ending"));
    assert_eq!(ada.get(&way).attr("#f-valid_to", "value").as_deref(), Some("2026-03-05T09:00"));
    let typed = [("valid_to", "2026-06-01T09:00"), ("reason", "goes on"), ("preview", "1")];
    let seen = ada.submit_to(&way, &path, &typed);
    assert!(seen.text("main").contains("until 2026-06-01 09:00 UTC, instead of until 2026-03-05 09:00 UTC"));
    assert!(ada.get("/admin/access/ending").has(".row-actions a"), "a look changes nothing");
    assert_eq!(ada.submit_to(&way, &path, &typed[..2]).location(), "/admin/access/ending");
    let after = ada.get("/admin/access/ending");
    assert!(after.text(".flash").contains("until 2026-06-01 09:00 UTC") && !after.has(".row-actions a"));
    let undo = after.attr(".flash a", "href").unwrap();
    let told = ada.get("/admin/audit?filter=role").text(".timeline li");
    assert!(told.contains("eve has the role lead in project/42 until 2026-06-01 09:00 UTC instead of until"), "{told}");
    assert_eq!(ada.submit(&undo, &[]).status, 303);
    let page = ada.get(&format!("/admin/users/{eve}"));
    assert!(page.text("tbody tr").contains("2026-03-05 09:00 UTC"), "{}", page.text("tbody"));
    assert!(site.last_mail("eve@example.com").text.contains("until 2026-03-05 09:00 UTC"));
}

#[test]
fn the_past_stays_as_it_was_when_the_end_is_set() {
    let site = Site::new();
    let (eve, path) = ending(&site);
    let api = path.trim_end_matches("/end").replace("/admin", "/api/v1");
    let mut ada = site.program_of("ada");
    let set = |ada: &mut crate::support::Program, to: serde_json::Value| ada.patch(&api, to);
    assert_eq!(set(&mut ada, serde_json::json!({ "reason": "no end said" })).status, 422);
    let preview = ada.patch(&format!("{api}?dry_run=1"), serde_json::json!({ "valid_to": null }));
    assert_eq!((preview.status, preview.json()["possible"].clone()), (200, true.into()));
    site.pass(60);
    let new = set(&mut ada, serde_json::json!({ "valid_to": null, "reason": "stays" })).json();
    assert_eq!((&new["valid_to"], &new["scope"]), (&serde_json::Value::Null, &"project/42".into()));
    let at = |ada: &mut crate::support::Program, at: &str| {
        let ask = serde_json::json!({ "user": "eve", "permission": "posts:read", "scope": "project/42", "at": at });
        ada.post("/api/v1/check", ask).json()["allowed"].clone()
    };
    for moment in ["2026-03-02T09:00:30Z", "2026-03-02T09:01:00Z", "2026-03-09T00:00:00Z"] {
        assert_eq!(at(&mut ada, moment), true, "{moment}");
    }
    let lines = site.browser_of("ada").get(&format!("/admin/users/{eve}/timeline")).texts("tbody tr");
    assert_eq!(lines.iter().filter(|line| line.contains("lead")).count(), 2, "{lines:?}");
    assert_eq!(set(&mut ada, serde_json::json!({ "valid_to": "2026-05-01" })).status, 404, "it has ended");
}

#[test]
fn who_may_not_give_the_role_does_not_extend_it_and_a_wrong_end_is_told() {
    let site = Site::new();
    let (_, path) = ending(&site);
    let mut ada = site.browser_of("ada");
    for (end, why) in [("2026-03-01T00:00", "in the future"), ("2026-03-05T09:00", "then already"), ("soon", "")] {
        let answer = ada.submit(&path, &[("valid_to", end), ("reason", "kept")]);
        assert_eq!((answer.status, answer.attr("#f-reason", "value").as_deref()), (422, Some("kept")), "{end}");
        assert!(answer.text("#f-valid_to-error").contains(why), "{end}: {}", answer.text("#f-valid_to-error"));
    }
    let helper = role(&site, "helper", &["rolecall.users:read", "rolecall.assignments:write", "rolecall.roles:read"]);
    give(&site, "bob", helper);
    let refused = site.browser_of("bob").submit(&path, &[("valid_to", "2026-06-01T09:00")]);
    assert_eq!(refused.status, 403);
    assert!(refused.text(".error-summary").contains("posts:*"), "{}", refused.text("main"));
    assert_eq!(site.browser_of("eve").get(&path).status, 403);
    assert!(flash(&mut ada, &path).is_empty());
}

/// Bob and eve have roles that end soon; gives the ids of these assignments, and those of the two.
fn two_ending(site: &Site) -> ([i64; 2], [i64; 2]) {
    super::permission(site, "bills", "read");
    let (lead, clerk) = (role(site, "lead", &["posts:*"]), role(site, "clerk", &["bills:read"]));
    let users = ["bob", "eve"].map(|name| site.id(name));
    let give = |user, role, end| {
        let assign = Assign::parse(user, role, "", "", end, "").unwrap();
        site.app.give_role(&Actor::operator(), &assign).unwrap().value.id
    };
    ([give(users[0], lead, "2026-03-05T09:00"), give(users[1], clerk, "2026-03-06T09:00")], users)
}

#[test]
fn several_that_end_soon_get_one_end_after_a_look_and_it_is_undone_as_one() {
    let site = Site::new();
    let ([first, second], [bob, eve]) = two_ending(&site);
    let mut ada = site.browser_of("ada");
    let list = ada.get("/admin/access/ending");
    assert!(list.has(&format!("input[form=bulk][name=id][value='{first}']")), "rows can be ticked");
    assert_eq!(ada.get("/admin/access/ending?tick=page").texts("td.tick input[checked]").len(), 2);
    let bulk = "/admin/access/ending/bulk";
    let way = format!("{bulk}?act=end&id={first}&id={second}");
    let ask = ada.get(&way);
    assert_eq!((ask.text("h1"), ask.texts("tbody tr").len()), ("One end for 2 roles".to_owned(), 2));
    let typed = [("valid_to", "2026-06-01T09:00"), ("reason", "goes on"), ("preview", "1")];
    let seen = ada.submit_to(&way, bulk, &typed);
    assert!(seen.text("main").contains("All of them hold until 2026-06-01 09:00 UTC"), "{}", seen.text("main"));
    assert!(seen.has(".preview") && seen.text(".form-actions").contains("Set this end"), "{}", seen.text("main"));
    assert_eq!(ada.get("/admin/access/ending").texts("tbody tr").len(), 2, "a look changes nothing");
    let before = site.app.revision(site.app.fresh().unwrap());
    assert_eq!(ada.submit_to(&way, bulk, &typed[..2]).location(), "/admin/access/ending");
    assert_eq!(site.app.revision(site.app.fresh().unwrap()), before + 1, "all under one revision");
    let after = ada.get("/admin/access/ending");
    assert!(after.text(".flash").contains("2 roles given until 2026-06-01 09:00 UTC") && !after.has("tbody tr"));
    let undo = after.attr(".flash a", "href").unwrap();
    assert_eq!(ada.submit(&undo, &[]).status, 303);
    assert_eq!(ada.get("/admin/access/ending").texts("tbody tr").len(), 2, "undone as one");
    for (user, end) in [(bob, "2026-03-05 09:00 UTC"), (eve, "2026-03-06 09:00 UTC")] {
        assert!(ada.get(&format!("/admin/users/{user}")).text("tbody").contains(end));
    }
}

#[test]
fn several_that_end_soon_are_taken_away_now_with_who_loses_what() {
    let site = Site::new();
    let ([first, second], _) = two_ending(&site);
    let mut ada = site.browser_of("ada");
    let way = format!("/admin/access/ending/bulk?act=take&id={first}&id={second}");
    let seen = ada.get(&way);
    let told = seen.text("main");
    assert!(told.contains("bob loses posts:*") && told.contains("eve loses bills:read"), "{told}");
    assert_eq!(ada.submit_to(&way, "/admin/access/ending/bulk", &[("reason", "done")]).status, 303);
    let after = ada.get("/admin/access/ending");
    assert!(after.text(".flash").contains("2 roles taken away") && !after.has("tbody tr"));
    assert!(site.last_mail("eve@example.com").text.contains("took"));
}

#[test]
fn of_several_nothing_is_changed_if_one_cannot_be_and_mistakes_are_told() {
    let site = Site::new();
    let ([first, second], _) = two_ending(&site);
    let helper = ["rolecall.users:read", "rolecall.assignments:write", "rolecall.roles:read", "bills:read"];
    site.app
        .give_role(
            &Actor::operator(),
            &Assign::parse(site.id("eve"), role(&site, "helper", &helper), "", "", "", "").unwrap(),
        )
        .unwrap();
    let bulk = "/admin/access/ending/bulk";
    let way = format!("{bulk}?act=end&id={first}&id={second}");
    let refused = site.browser_of("eve").submit_to(&way, bulk, &[("valid_to", "2026-06-01T09:00")]);
    assert_eq!(refused.status, 403);
    assert!(refused.text(".error-summary").contains("posts:*"), "{}", refused.text("main"));
    let mut ada = site.browser_of("ada");
    assert_eq!(ada.get("/admin/access/ending").texts("tbody tr").len(), 2, "all or none");
    for (end, why) in [("2026-03-01T00:00", "in the future"), ("soon", "Write the time")] {
        let answer = ada.submit_to(&way, bulk, &[("valid_to", end), ("reason", "kept")]);
        assert_eq!((answer.status, answer.attr("#f-reason", "value").as_deref()), (422, Some("kept")), "{end}");
        assert!(answer.text("#f-valid_to-error").contains(why), "{end}: {}", answer.text("#f-valid_to-error"));
    }
    let nothing = ada.get(&format!("{bulk}?act=end"));
    assert!(nothing.status == 409 && nothing.text(".error-summary").contains("tick rows"), "{}", nothing.text("main"));
    assert_eq!(site.browser_of("bob").get(&way).status, 403);
}

#[test]
fn the_overview_counts_what_the_page_lists() {
    let site = Site::new();
    two_ending(&site);
    let mut ada = site.browser_of("ada");
    let tile = ada.get("/admin").text("a[href='/admin/access/ending']");
    assert!(tile.contains('2'), "{tile}");
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), true, "").unwrap();
    let (tile, rows) = (ada.get("/admin"), ada.get("/admin/access/ending"));
    let rows = rows.texts("tbody tr").len().to_string();
    assert!(tile.text("a[href='/admin/access/ending']").contains(&rows), "a disabled user's roles end, too");
}
