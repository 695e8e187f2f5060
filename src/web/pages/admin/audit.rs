//! The audit log, in words.

use super::list::{List, thousands};
use crate::{
    app::audit::Filter,
    domain::audit::AuditEvent,
    web::{
        error::PageError,
        extract::{ListParams, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, web::Query};
use askama::Template;
use serde_json::Value;

/// Beginnings of actions.
const FILTERS: [(&str, &str); 7] = [
    ("user", "Users"), ("role", "Roles"), ("permission", "Permissions"), ("session", "Sessions"), ("password", "Passwords"), ("factor", "Second factors"),
    ("mail", "Mail"),
];

#[derive(Template)]
#[template(path = "admin/audit/index.html")]
struct AuditPage {
    page: Page,
    list: List,
    events: Vec<Told>,
}

impl AuditPage {
    fn sub(&self) -> String {
        format!("{} events, the latest first.", thousands(self.list.total))
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    // With the dot, so that one beginning is not another's.
    let action = if params.filter.is_empty() { String::new() } else { format!("{}.", params.filter) };
    let events = visitor.run(move |app, actor| app.audit_log(actor, &query, &Filter { action, ..Filter::default() })).await?;
    let list = List::new("/admin/audit", params, "", &events).filters(&FILTERS);
    visitor.show(&AuditPage { page: visitor.page("Audit"), list, events: events.items.into_iter().map(Told::new).collect() })
}

/// An event as people read it.
pub struct Told {
    pub event: AuditEvent,
    /// Name and, if there is one, address of who did it.
    pub who: (String, Option<String>),
    pub verb: String,
    /// To whom or what, likewise.
    pub what: (String, Option<String>),
    pub rest: String,
    /// What is different: field, before, after.
    pub changes: Vec<(String, String, String)>,
    /// The data as it is kept, if there is any.
    pub before: String,
    pub after: String,
}

impl Told {
    pub fn new(event: AuditEvent) -> Self {
        let (before, after) = (parsed(event.before.as_deref()), parsed(event.after.as_deref()));
        let (verb, rest) = words(&event.action, if after.is_null() { &before } else { &after });
        let who = match (event.actor_id, event.actor_name.as_str()) {
            (Some(id), name) => (name.to_owned(), Some(format!("/admin/users/{id}"))),
            (None, "") => ("Somebody".to_owned(), None),
            (None, name) => (name.to_owned(), None),
        };
        let gone = event.action.ends_with(".delete");
        let nouns = match event.object_kind.as_str() {
            "user" => Some("users"),
            "role" => Some("roles"),
            "permission" => Some("permissions"),
            "mail" => Some("mails"),
            _ => None,
        };
        let what_at = nouns.zip(event.object_id).filter(|_| !gone).map(|(nouns, id)| format!("/admin/{nouns}/{id}"));
        Self {
            who,
            verb,
            what: (event.object_name.clone(), what_at),
            rest,
            changes: changes(&before, &after),
            before: pretty(&before),
            after: pretty(&after),
            event,
        }
    }
}

fn parsed(json: Option<&str>) -> Value {
    json.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    if value.is_null() { String::new() } else { serde_json::to_string_pretty(value).unwrap_or_default() }
}

/// A value without quotes; nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of two objects that differ.
fn changes(before: &Value, after: &Value) -> Vec<(String, String, String)> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return vec![] };
    let differ = after.iter().filter(|(field, value)| before.get(*field) != Some(value));
    differ.map(|(field, value)| (field.replace('_', " "), before.get(field).map(plain).unwrap_or_default(), plain(value))).collect()
}

/// What stands before the name of the object, and after it.
fn words(action: &str, data: &Value) -> (String, String) {
    let get = |field: &str| plain(&data[field]);
    let given = || {
        let place = Some(get("scope")).filter(|scope| !scope.is_empty()).map(|scope| format!(" in {scope}")).unwrap_or_default();
        let until = crate::domain::Time::parse(&get("valid_to")).map(|to| format!(" until {to}")).unwrap_or_default();
        format!("the role {}{place}{until}", get("role"))
    };
    let (verb, rest) = match action {
        "user.create" => ("created the user", String::new()),
        "user.update" => ("changed the user", String::new()),
        "user.delete" => ("deleted the user", String::new()),
        "user.disable" => ("disabled", String::new()),
        "user.enable" => ("enabled", String::new()),
        "user.sign_up" => ("signed up as", String::new()),
        "user.sign_up_again" => ("tried to sign up again as", String::new()),
        "user.verify_email" => ("verified the e-mail address of", String::new()),
        "role.create" => ("created the role", String::new()),
        "role.update" => ("changed the role", String::new()),
        "role.delete" => ("deleted the role", String::new()),
        "role.give" => ("gave", given()),
        "role.take" => ("took from", given()),
        "role.include" => ("let the role", format!("include {}", get("includes"))),
        "role.exclude" => ("let the role", format!("no longer include {}", get("includes"))),
        "permission.create" => ("registered the permission", String::new()),
        "permission.update" => ("described the permission", String::new()),
        "permission.delete" => ("deleted the permission", String::new()),
        "permission.grant" => ("gave the role", format!("the permission {}", get("permission"))),
        "permission.revoke" => ("took from the role", format!("the permission {}", get("permission"))),
        "session.begin" => ("signed in as", String::new()),
        "session.refused" => ("was not let in as", String::new()),
        "session.end" => ("ended sessions of", String::new()),
        "password.change" => ("changed the password of", String::new()),
        "password.reset" => ("chose a new password for", String::new()),
        "password.forgotten" => ("asked for a new password for", String::new()),
        "password.send_reset" => ("sent a password link to", String::new()),
        "factor.add" => ("turned a second factor on for", String::new()),
        "factor.remove" => ("turned a second factor off for", String::new()),
        "mail.retry" => ("sent again the mail", String::new()),
        other => return (other.replace(['.', '_'], " "), String::new()),
    };
    (verb.to_owned(), rest)
}
