//! Time lines of users and roles.

use super::role;
use crate::support::Site;
use rolecall::domain::role::Assign;

#[test]
fn a_users_time_line_tells_what_he_had_and_what_began_and_ended_it() {
    let site = Site::new();
    let ada = site.actor("ada");
    let lead = role(&site, "lead", &["posts:*"]);
    let eve = site.id("eve");
    let give = Assign::parse(eve, lead, "project/42", "", "", "she asked").unwrap();
    let given = site.app.give_role(&ada, &give).unwrap().value.id;
    site.pass(60);
    site.app.take_role(&ada, eve, given, "left the team").unwrap();
    let later = Assign::parse(eve, lead, "", "2026-03-20T00:00", "2026-04-01T00:00", "").unwrap();
    site.app.give_role(&ada, &later).unwrap();
    let mut browser = site.browser_of("ada");
    let page = browser.get(&format!("/admin/users/{eve}/timeline"));
    assert_eq!((page.status, page.texts("main h1").len()), (200, 1));
    assert!(page.texts(".tabs [aria-current]").contains(&"Time line".to_owned()));
    let row = page.text(&format!("#assignment-{given}"));
    for word in ["lead in project/42", "past", "by ada", "she asked", "left the team", "The change that ended"] {
        assert!(row.contains(word), "{word}: {row}");
    }
    assert!(page.has("rect.lane-past") && page.has("rect.lane-future") && page.has(".lane-now"));
    assert!(!page.has("svg.curve"), "a role has members, a user has none");
    assert!(page.has(&format!("#assignment-{given} a[href^='/admin/access/what-can?user=eve&at=']")));
    assert!(page.has(&format!("#assignment-{given} a[href^='/admin/access/comparison?user=eve&from=']")));
    let event = page.attr(&format!("#assignment-{given} a[href^='/admin/audit/']"), "href").unwrap();
    let told = browser.get(&event);
    assert!(told.status == 200 && told.text("main").contains("she asked"), "{event}");
}

#[test]
fn a_roles_time_line_tells_permissions_inclusions_and_who_came_and_went() {
    let site = Site::new();
    let (lead, clerk) = (role(&site, "lead", &["posts:*"]), role(&site, "clerk", &[]));
    site.app.include_role(&rolecall::app::Actor::operator(), lead, clerk, "").unwrap();
    let ada = site.actor("ada");
    site.app.give_role(&ada, &Assign::parse(site.id("eve"), lead, "", "", "", "").unwrap()).unwrap();
    let mut browser = site.browser_of("ada");
    let page = browser.get(&format!("/admin/roles/{lead}/timeline"));
    let rows = page.texts("main tbody th");
    for word in ["posts:*", "lead includes clerk", "eve"] {
        assert!(rows.iter().any(|row| row.contains(word)), "{word}: {rows:?}");
    }
    assert!(page.has("svg.curve[aria-label*='at most 1']"));
    let only = browser.get(&format!("/admin/roles/{lead}/timeline?filter=inclusion"));
    assert_eq!(only.texts("main tbody th").len(), 1);
}

#[test]
fn dates_that_are_none_are_told_at_their_field_and_stay() {
    let site = Site::new();
    let mut browser = site.browser_of("ada");
    let path = format!("/admin/users/{}/timeline", site.id("bob"));
    let page = browser.get(&format!("{path}?from=soon"));
    assert_eq!((page.status, page.attr("#f-from", "value").as_deref()), (422, Some("soon")));
    assert!(page.text("#f-from-error").contains("Write the time as"));
    let page = browser.get(&format!("{path}?from=2026-05-01&to=2026-04-01"));
    assert!(page.text("#f-to-error").contains("must lie after"));
    let page = browser.get(&format!("{path}?from=2001-01-01&to=2002-01-01"));
    assert!(page.text("main").contains("Nothing in these dates"));
}

#[test]
fn time_lines_are_for_who_may_see_users_or_roles() {
    let site = Site::new();
    let mut eve = site.browser_of("eve");
    assert_eq!(eve.get(&format!("/admin/users/{}/timeline", site.id("bob"))).status, 403);
    assert_eq!(eve.get(&format!("/admin/roles/{}/timeline", site.role("member"))).status, 403);
}

#[test]
fn the_time_lines_of_deleted_users_and_roles_are_reached_from_the_log_of_their_deletion() {
    let site = Site::new();
    let ada = site.actor("ada");
    let (lead, eve) = (role(&site, "lead", &["posts:*"]), site.id("eve"));
    site.app.give_role(&ada, &Assign::parse(eve, lead, "", "", "", "").unwrap()).unwrap();
    site.pass(60);
    site.app.delete_user(&ada, eve, "left").unwrap();
    site.app.delete_role(&ada, lead, "not needed").unwrap();
    let mut browser = site.browser_of("ada");
    for (action, heading, row) in [("user.delete", "Eve Example", "lead"), ("role.delete", "Time line of lead", "eve")]
    {
        let log = browser.get(&format!("/admin/audit?action={action}"));
        let way = log.attr(".facts a[href$='/timeline']", "href").unwrap();
        let page = browser.get(&way);
        assert_eq!((page.status, page.text("h1")), (200, heading.to_owned()));
        assert!(page.text("main").contains("Deleted") && page.text("tbody").contains(row), "{}", page.text("main"));
        assert!(!page.has(".tabs") && !page.has(".actions"), "what is gone has no other pages");
    }
    super::give(&site, "bob", role(&site, "auditor", &["rolecall.audit:read"]));
    let log = site.browser_of("bob").get("/admin/audit?action=user.delete");
    assert!(log.has(".facts") && !log.has(".facts a[href$='/timeline']"), "no dead link for who may not see it");
}
