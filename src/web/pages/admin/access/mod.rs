//! Who may do what, and why: questions in words, each with all of itself in its address.

pub mod can;
pub mod comparison;
pub mod ending;
pub mod ending_bulk;
pub mod exports;
pub mod what_can;
pub mod who_can;

use crate::{
    app::{Actor, App},
    domain::{
        Error, FieldErrors, Result, Time,
        condition::Attributes,
        permission::{CHECKS_READ, PERMISSIONS_READ, Pattern, ROLES_READ, USERS_READ},
        policy::Holding,
        scope::Scope,
        user::User,
    },
    web::{error::PageError, extract::Visitor, pages::field_errors},
};
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A kind of question.
pub struct Tab {
    pub href: &'static str,
    pub label: &'static str,
    pub current: bool,
}

/// The first page of the section that the actor may open, if any.
pub fn first(actor: &Actor) -> Option<&'static str> {
    tabs(actor, "").first().map(|tab| tab.href)
}

fn may_ask(actor: &Actor) -> bool {
    actor.require_somewhere(CHECKS_READ).is_ok()
}

/// The questions that the actor may ask at all; `current`: the label of the one that is open.
pub fn tabs(actor: &Actor, current: &str) -> Vec<Tab> {
    let (asks, sees) = (may_ask(actor), actor.can(USERS_READ));
    let all = [
        ("/admin/access", "Can", asks),
        ("/admin/access/who-can", "Who can", asks && sees),
        ("/admin/access/what-can", "What can", asks || sees),
        ("/admin/access/comparison", "Compare", asks),
        ("/admin/access/ending", "Ending soon", sees),
        ("/admin/access/constraints", "Constraints", actor.can(ROLES_READ)),
    ];
    all.into_iter().filter(|tab| tab.2).map(|(href, label, _)| Tab { href, label, current: label == current }).collect()
}

/// What is asked, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Username, e-mail address, or `#` and the id.
    pub user: String,
    pub permission: String,
    pub scope: String,
    /// Empty: now.
    pub at: String,
    /// Lines such as `resource.status = "open"`.
    pub attributes: String,
}

impl Asked {
    fn scope(&self, errors: &mut FieldErrors) -> Scope {
        errors.keep("scope", Scope::parse(&self.scope))
    }

    fn at(&self, errors: &mut FieldErrors) -> Option<Time> {
        errors.keep("at", moment(&self.at))
    }

    /// The value of a date-time input, or what was typed if it is none: nothing typed is lost.
    fn at_field(&self) -> String {
        Time::parse(&self.at).map_or_else(|_| self.at.clone(), Time::input)
    }

    fn at_kind(&self) -> &'static str {
        at_kind(&self.at)
    }

    /// In words: ` in project/42`, ` on 2026-03-01 09:00 UTC`.
    fn circumstances(&self) -> String {
        let mut text = match Scope::parse(&self.scope) {
            Ok(scope) if scope != Scope::root() => format!(" in {scope}"),
            _ => String::new(),
        };
        if let Ok(Some(at)) = moment(&self.at) {
            text += &format!(" on {at}");
        }
        text
    }
}

/// A moment as typed; empty: now.
fn moment(text: &str) -> std::result::Result<Option<Time>, String> {
    if text.trim().is_empty() { Ok(None) } else { Time::parse(text).map(Some) }
}

/// The kind of input that can show what was typed as a moment.
fn at_kind(text: &str) -> &'static str {
    if moment(text).is_ok() { "datetime-local" } else { "text" }
}

/// Notes what is wrong with fields; other errors go on.
fn note<T>(errors: &mut FieldErrors, found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(fields)) => {
            *errors = std::mem::take(errors).and(fields);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What all fields together must give.
fn all<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Malformed("the question is not whole".into()))
}

/// The user whom a field names; who may see users is told whom he may have meant.
fn user(app: &App, actor: &Actor, field: &'static str, typed: &str) -> Result<User> {
    if actor.can(USERS_READ) && !typed.trim().starts_with('#') {
        app.user_named(actor, field, typed)
    } else {
        app.subject(actor, typed, field)
    }
}

/// The permission or pattern that is asked for. At another time than now, one may be meant that is gone.
fn pattern(app: &App, actor: &Actor, typed: &str, at: Option<Time>) -> Result<Pattern> {
    let parsed = Pattern::parse(typed).map_err(|message| Error::Invalid(FieldErrors::one("permission", message)));
    if !actor.can(PERMISSIONS_READ) {
        return parsed;
    }
    match (app.pattern_named(actor, "permission", typed), parsed) {
        (Err(Error::Invalid(_)), Ok(gone)) if at.is_some() && app.was_registered(actor, &gone, at)? => Ok(gone),
        (named, _) => named,
    }
}

/// Attributes of the request, a line each: `resource.status = "open"`. A value that is no JSON is a text.
fn attributes(text: &str) -> std::result::Result<Attributes, String> {
    let mut all: Map<String, Value> = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong =
            || format!("Write attributes a line each, such as resource.status = \"open\"; this is none: {line}");
        let (name, value) = line.split_once('=').ok_or_else(wrong)?;
        let value = value.trim();
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let (entity, rest) = name.trim().split_once('.').ok_or_else(wrong)?;
        let mut place = all.entry(entity.trim()).or_insert_with(|| Value::Object(Map::new()));
        for part in rest.split('.').map(str::trim) {
            let object = place.as_object_mut().ok_or_else(wrong)?;
            place = object.entry(part).or_insert_with(|| Value::Object(Map::new()));
        }
        *place = value;
    }
    Attributes::parse(all)
}

/// Who may ask only within some scopes is told which.
fn told_where(error: Error, actor: &Actor) -> Error {
    match error {
        Error::Forbidden { permission } if permission == CHECKS_READ.name() && may_ask(actor) => {
            let here = |right: &Holding| !right.conditional && right.pattern.covers(&CHECKS_READ.pattern());
            let scopes: Vec<String> =
                actor.rights.list().iter().filter(|right| here(right)).map(|right| right.scope.to_string()).collect();
            let text = format!("You may ask about others within {} only.", scopes.join(", "));
            Error::Invalid(FieldErrors::one("scope", text))
        }
        error => error,
    }
}

/// How a page of questions calls somebody: a deleted one has lost his name.
pub fn called(user: &User) -> String {
    if user.deleted_at.is_some() { format!("#{}", user.id) } else { user.username.clone() }
}

/// The address of the answer to a question, with its way.
pub fn can_href(user: &str, permission: &Pattern, scope: &str, at: &str) -> String {
    href("/admin/access", &[("user", user), ("permission", &permission.to_string()), ("scope", scope), ("at", at)])
}

/// An address with those parameters that are not empty.
pub fn href(path: &str, params: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(params.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The answer to a question, or what is wrong with it at its fields; neither while nothing is asked (`whole` is false).
async fn answer<T: Send + 'static>(
    visitor: &Visitor,
    whole: bool,
    ask: impl FnOnce(&App, &Actor) -> Result<T> + Send + 'static,
) -> std::result::Result<(StatusCode, Option<T>, FieldErrors), PageError> {
    if !whole {
        return Ok((StatusCode::OK, None, FieldErrors::default()));
    }
    match visitor.run(ask).await {
        Ok(found) => Ok((StatusCode::OK, Some(found), FieldErrors::default())),
        Err(error) => {
            let (status, errors) = field_errors(told_where(error, &visitor.actor))?;
            Ok((status, None, errors))
        }
    }
}
