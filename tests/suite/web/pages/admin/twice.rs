//! A form that is sent twice (a second click, a reload) makes one thing.

use super::{permission, role};
use crate::support::{Browser, Site, at_once};
use rolecall::{app::Actor, domain::page::ListQuery};

/// How often the log tells of this action.
fn told(site: &Site, action: &str) -> usize {
    let query = ListQuery { q: action.into(), limit: Some(100), ..ListQuery::default() };
    let page = site.app.audit_log(&Actor::operator(), &query, &Default::default()).unwrap();
    page.items.iter().filter(|event| event.action == action).count()
}

/// Sends the form from two windows of one browser at once, and tells how each was answered, the better first.
fn twice(site: &Site, path: &str, fields: &[(&str, &str)]) -> [u16; 2] {
    let mut ada = site.browser_of("ada");
    let token = ada.get("/account").attr("main input[name=form_token]", "value").unwrap();
    let mut all = vec![("form_token", token.as_str())];
    all.extend_from_slice(fields);
    let windows: Vec<Browser> = (0..2)
        .map(|_| {
            let mut window = site.browser();
            *window.cookies() = ada.cookies().clone();
            window
        })
        .collect();
    let mut answers = at_once(windows, |_, window| window.post(path, &all)).into_iter().map(|answer| answer.status);
    let mut both = [answers.next().unwrap(), answers.next().unwrap()];
    both.sort_unstable();
    both
}

#[test]
fn what_is_created_twice_is_there_once_and_the_second_is_told_that_the_name_is_taken() {
    let site = Site::new();
    for (path, fields, action) in [
        ("/admin/users", vec![("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")], "user.create"),
        ("/admin/roles", vec![("name", "auditor"), ("permissions", "posts:read")], "role.create"),
        ("/admin/permissions", vec![("resource", "invoices"), ("action", "approve")], "permission.create"),
    ] {
        let before = told(&site, action);
        assert_eq!(twice(&site, path, &fields), [303, 409], "{path}");
        assert_eq!(told(&site, action), before + 1, "{path}");
    }
}

#[test]
fn what_is_given_twice_is_had_once() {
    let site = Site::new();
    let auditor = role(&site, "auditor", &[]);
    permission(&site, "invoices", "read");
    let (eve, gave, granted) = (site.id("eve"), told(&site, "role.give"), told(&site, "permission.grant"));
    assert_eq!(twice(&site, &format!("/admin/users/{eve}/roles"), &[("role", "auditor")]), [303, 409]);
    assert_eq!(told(&site, "role.give"), gave + 1);
    let path = format!("/admin/roles/{auditor}/permissions");
    assert_eq!(twice(&site, &path, &[("permission", "invoices:read")]), [303, 409]);
    assert_eq!(told(&site, "permission.grant"), granted + 1);
}

#[test]
fn what_is_taken_twice_is_taken_once() {
    let site = Site::new();
    let (bob, took) = (site.id("bob"), told(&site, "role.take"));
    let held = site.app.user(&Actor::operator(), bob).unwrap().assignments.remove(0).row.id;
    let [first, _] = twice(&site, &format!("/admin/users/{bob}/roles/{held}/delete"), &[("reason", "twice")]);
    assert_eq!(first, 303);
    assert_eq!(told(&site, "role.take"), took + 1);
}
