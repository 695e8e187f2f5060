use super::{permission, role};
use crate::support::{Browser, Site, password};
use serde_json::json;

const DAN: [(&str, &str); 3] = [("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")];

/// `roles`: their names, with commas between.
fn invite(browser: &mut Browser, roles: &str, more: &[(&str, &str)]) -> crate::support::Answer {
    let fields: Vec<(&str, &str)> = DAN.into_iter().chain([("roles", roles)]).chain(more.iter().copied()).collect();
    browser.submit("/admin/users/new", &fields)
}

#[test]
fn a_user_is_invited_with_his_roles() {
    let site = Site::new();
    permission(&site, "docs", "write");
    role(&site, "writer", &["docs:write"]);
    let mut ada = site.browser_of("ada");
    let more = [("scope", "project/42"), ("valid_to", "2026-03-20T18:00"), ("reason", "starts on Monday")];
    let preview = invite(&mut ada, "writer, member", &[&more[..], &[("preview", "1")]].concat());
    assert!(
        preview.status == 200 && preview.text(".preview").contains("dan gains docs:write in project/42"),
        "{}",
        preview.body
    );
    assert_eq!(preview.attr("#f-roles", "value").as_deref(), Some("writer, member"), "what was named stays");
    assert!(site.mails("dan@example.com").is_empty(), "a preview keeps nothing");
    let made = invite(&mut ada, "writer, member", &more);
    assert_eq!(made.status, 303, "{}", made.body);
    let rows = ada.get(made.location()).texts("main table tbody tr").join("\n");
    for word in ["writer", "member", "project/42", "2026-03-20 18:00 UTC", "starts on Monday"] {
        assert!(rows.contains(word), "{word}: {rows}");
    }
    assert_eq!(site.last_mail("dan@example.com").kind, "invite");
}

#[test]
fn nobody_climbs_by_an_invitation() {
    let site = Site::new();
    let helpdesk = role(
        &site,
        "helpdesk",
        &["rolecall.users:read", "rolecall.users:write", "rolecall.roles:read", "rolecall.assignments:write"],
    );
    super::give(&site, "eve", helpdesk);
    let mut eve = site.browser_of("eve");
    let refused = invite(&mut eve, "helpdesk, admin", &[]);
    assert_eq!(refused.status, 403);
    assert!(refused.text(".error-summary").contains("*:*"), "{}", refused.text(".error-summary"));
    assert!(site.mails("dan@example.com").is_empty());
    assert_eq!(eve.get("/admin/users?q=dan").texts("tbody tr").len(), 0, "all or nothing");
    assert_eq!(invite(&mut eve, "helpdesk", &[]).status, 303);
}

#[test]
fn a_mistake_in_a_role_is_told_at_its_field_and_what_was_typed_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let answer = invite(&mut ada, "member", &[("valid_to", "2020-01-01T00:00"), ("scope", "project/42")]);
    assert_eq!((answer.status, answer.attr("#f-scope", "value").as_deref()), (422, Some("project/42")));
    assert!(answer.has("#f-valid_to-error"));
    assert_eq!(answer.attr("#f-roles", "value").as_deref(), Some("member"));
    let answer = invite(&mut ada, "membre", &[]);
    assert!(answer.status == 422 && answer.has("#f-roles-error"), "{}", answer.body);
    assert!(answer.text(".near").contains("member"), "a near name is offered");
    assert_eq!(answer.attr("#f-username", "value").as_deref(), Some("dan"));
}

#[test]
fn a_program_invites_with_roles_and_errors_name_their_place() {
    let site = Site::new();
    let (mut ada, member) = (site.program_of("ada"), site.role("member"));
    let body = |roles: serde_json::Value| json!({ "first_name": "Dan", "username": "dan", "email": "dan@example.com", "roles": roles });
    let wrong = ada.post(
        "/api/v1/users",
        body(json!([{ "role_id": member }, { "role_id": member, "scope": "a", "valid_to": "2020-01-01T00:00:00Z" }])),
    );
    assert!(wrong.status == 422 && wrong.json()["errors"]["roles[1].valid_to"].is_string(), "{}", wrong.body);
    let dry = ada.post("/api/v1/users?dry_run=1", body(json!([{ "role_id": member }])));
    assert_eq!((dry.status, &dry.json()["users"][0]["gains"][0]["permission"]), (200, &json!("posts:read")));
    let made = ada.post("/api/v1/users", body(json!([{ "role_id": member, "reason": "new here" }])));
    assert_eq!(made.status, 201, "{}", made.body);
    let held = ada.get(&format!("{}/roles", made.location())).json();
    assert_eq!((&held["items"][0]["role"], &held["items"][0]["reason"]), (&json!("member"), &json!("new here")));
}

#[test]
fn an_open_invitation_is_sent_again_or_taken_back() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = invite(&mut ada, "", &[]).location().to_owned();
    let first = site.last_mail("dan@example.com").path();
    assert_eq!(ada.get("/admin/users?filter=invited").texts("tbody th .under"), ["dan"]);
    assert!(ada.get(&path).text(".page-title").contains("Invited"));
    assert_eq!(ada.submit_to(&path, &format!("{path}/invitation"), &[]).location(), path);
    let second = site.last_mail("dan@example.com").path();
    let mut dan = site.browser();
    assert_eq!((dan.get(&first).status, dan.get(&second).status), (410, 200));
    assert_eq!(
        ada.submit(&format!("{path}/invitation/delete"), &[("reason", "found another job")]).location(),
        "/admin/users"
    );
    assert_eq!((dan.get(&second).status, ada.get(&path).status), (410, 404));
    dan.submit("/forgot", &[("email", "dan@example.com")]);
    assert_eq!(site.last_mail("dan@example.com").kind, "invite", "nor does he get in by another link");
    let told = ada.get("/admin/audit?filter=user").texts(".timeline li").join("\n");
    assert!(told.contains("ada took back the invitation of dan"), "{told}");
}

#[test]
fn who_has_come_in_is_invited_no_more() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = invite(&mut ada, "", &[]).location().to_owned();
    site.browser().submit(&site.last_mail("dan@example.com").path(), &[("password", &password("dan"))]);
    assert!(!ada.get(&path).has(&format!("form[action='{path}/invitation']")));
    let refused = ada.submit(&format!("{path}/invitation/delete"), &[]);
    assert!(refused.status == 409 && refused.text(".error-summary").contains("come in already"), "{}", refused.body);
}
