//! Users as whom only programs act.

use super::{column, good, names_field, problem};
use crate::support::{Site, give, role};
use rolecall::{
    app::{Actor, Origin},
    domain::page::ListQuery,
};
use serde_json::{Value, json};

fn service(username: &str) -> Value {
    json!({ "kind": "service", "first_name": "Import", "username": username })
}

#[test]
fn a_service_account_has_roles_and_tokens_and_no_way_to_sign_in() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let roles = json!([{ "role_id": site.role("member") }]);
    let mut new = service("import");
    new["roles"] = roles;
    let made = good(&ada.post("/api/v1/users", new), 201);
    assert_eq!((&made["kind"], &made["email"], &made["status"]), (&json!("service"), &json!(""), &json!("active")));
    let tokens = format!("/api/v1/users/{}/tokens", made["id"]);
    let token = good(&ada.post(&tokens, json!({ "name": "import", "permissions": ["posts:read"] })), 201);
    let text = token["secret"].as_str().unwrap();
    assert!(text.starts_with("rc_svc_"), "{text}");
    let mut import = site.program().bearing(text);
    assert_eq!(good(&import.get("/api/v1/me"), 200)["user"]["username"], "import");
    let asked = json!({ "permission": "posts:read" });
    assert_eq!(good(&import.post("/api/v1/me/check", asked), 200)["allowed"], true);
    problem(
        &site.program().post("/api/v1/sessions", json!({ "username_or_email": "import", "password": "" })),
        401,
        "bad_credentials",
    );
    let id = made["id"].as_i64().unwrap();
    let actor = site.actor("ada");
    assert_eq!(site.app.start_password_reset(&actor, id).unwrap_err().code(), "service_account");
    assert_eq!(site.app.resend_invitation(&actor, id).unwrap_err().code(), "not_invited");
    site.app.forgot_password(Origin::default(), "import").ok();
    let all = site.app.mails(&Actor::operator(), &ListQuery::default()).unwrap();
    assert!(all.items.iter().all(|mail| !mail.to_address.is_empty()), "nothing is mailed to it");
    good(&ada.post(&format!("/api/v1/users/{id}/disabled"), json!({})), 200);
    problem(&import.get("/api/v1/me"), 401, "invalid_token");
}

#[test]
fn service_accounts_are_told_apart_listed_and_renamed_without_an_address() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let one = good(&ada.post("/api/v1/users", service("one")), 201);
    good(&ada.post("/api/v1/users", service("two")), 201);
    problem(&ada.post("/api/v1/users", service("one")), 409, "taken");
    let mut wrong = service("three");
    wrong["email"] = json!("three@example.com");
    names_field(&ada.post("/api/v1/users", wrong), 422, "invalid", "email");
    names_field(&ada.post("/api/v1/users", json!({ "first_name": "P", "username": "p" })), 422, "invalid", "email");
    let list = good(&ada.get("/api/v1/users?filter=service"), 200);
    assert_eq!(column(&list, "username"), ["one", "two"]);
    assert_eq!(good(&ada.get("/api/v1/users?filter=invited"), 200)["total"], 0);
    assert_eq!(column(&good(&ada.get("/api/v1/users?sort=email&limit=1"), 200), "username").len(), 1);
    let address = format!("/api/v1/users/{}", one["id"]);
    let renamed = good(&ada.patch(&address, json!({ "first_name": "Export", "username": "export" })), 200);
    assert_eq!((&renamed["first_name"], &renamed["email"]), (&json!("Export"), &json!("")));
    good(&ada.delete(&address), 200);
    good(&ada.post("/api/v1/users", service("export")), 201);
}

#[test]
fn nobody_climbs_by_the_token_of_a_service_account() {
    let site = Site::new();
    let helper = role(&site, "helper", &["rolecall.users:*", "rolecall.sessions:*"]);
    give(&site, "bob", helper);
    let strong = good(&site.program_of("ada").post("/api/v1/users", service("strong")), 201);
    give(&site, "strong", site.role("admin"));
    let tokens = format!("/api/v1/users/{}/tokens", strong["id"]);
    let mut bob = site.program_of("bob");
    let named = |permissions: Value| json!({ "name": "t", "permissions": permissions });
    problem(&bob.post(&tokens, named(Value::Null)), 403, "escalation");
    problem(&bob.post(&tokens, named(json!(["*:*"]))), 403, "escalation");
    problem(&bob.post(&tokens, named(json!(["rolecall.roles:write"]))), 403, "escalation");
    let token = good(&bob.post(&tokens, named(json!(["posts:read"]))), 201);
    let text = token["secret"].as_str().unwrap();
    problem(&site.program().bearing(text).get("/api/v1/users"), 403, "forbidden");
    let wide = good(&site.program_of("ada").post(&tokens, named(Value::Null)), 201);
    problem(&bob.post(&format!("{tokens}/{}/rotation", wide["id"]), json!({})), 403, "escalation");
}

#[test]
fn a_service_account_is_no_last_admin() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    good(&ada.post("/api/v1/users", service("robot")), 201);
    give(&site, "robot", site.role("admin"));
    let (_, assignment) = site.first_assignment(site.role("admin")).unwrap();
    let taken = ada.delete(&format!("/api/v1/users/{}/roles/{assignment}", site.id("ada")));
    problem(&taken, 409, "last_admin");
}
