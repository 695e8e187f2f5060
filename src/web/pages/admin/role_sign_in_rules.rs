//! What a role demands of the sign-in of those who have it.

use crate::{
    app::Actor,
    domain::{
        FieldErrors,
        permission::ROLES_WRITE,
        role::Role,
        sign_in_rules::{Demand, SignInRules, Written},
    },
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RulesForm {
    second_factor: String,
    idle_minutes: String,
    session_hours: String,
    sessions_at_once: String,
    /// A box, as the next one: not sent when it is empty.
    every_sign_in: String,
    ends_sessions: String,
}

impl From<SignInRules> for RulesForm {
    fn from(rules: SignInRules) -> Self {
        let flag = |set: bool| if set { "1".to_owned() } else { String::new() };
        let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            second_factor: rules.second_factor.as_str().to_owned(),
            idle_minutes: text(rules.idle_minutes),
            session_hours: text(rules.session_hours),
            sessions_at_once: text(rules.sessions_at_once),
            every_sign_in: flag(rules.every_sign_in),
            ends_sessions: flag(rules.ends_sessions),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/roles/sign_in_rules.html")]
struct RulesPage {
    page: Page,
    role: Role,
    form: RulesForm,
    /// The limits of the server, in minutes and hours.
    idle: i64,
    hours: i64,
    sessions: String,
    errors: FieldErrors,
}

/// What a demand asks for, in words.
pub fn demand(demand: Demand) -> &'static str {
    match demand {
        Demand::Optional => "No second factor",
        Demand::Any => "Any second factor",
        Demand::App => "Authenticator app",
    }
}

async fn show(
    visitor: &Visitor,
    id: i64,
    status: StatusCode,
    form: RulesForm,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let role = visitor.run(move |app, actor: &Actor| app.role(actor, id)).await?.role;
    let limits = visitor.app.sign_in_settings().limits;
    let page = visitor.page(&format!("Sign-in rules of {} · Roles", role.name));
    let (idle, hours) = (limits.idle / 60, limits.absolute / 3600);
    let sessions =
        visitor.app.sign_in_settings().sessions_at_once.map_or("any number".to_owned(), |most| most.to_string());
    visitor.show_with(status, &RulesPage { page, role, form, idle, hours, sessions, errors })
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let id = *id;
    let rules = visitor.run(move |app, actor| app.sign_in_rules(actor, id)).await?;
    show(&visitor, id, StatusCode::OK, rules.into(), FieldErrors::default()).await
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<RulesForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let parsed = SignInRules::parse(&Written {
        second_factor: &form.second_factor,
        idle_minutes: &form.idle_minutes,
        session_hours: &form.session_hours,
        sessions_at_once: &form.sessions_at_once,
        every_sign_in: !form.every_sign_in.is_empty(),
        ends_sessions: !form.ends_sessions.is_empty(),
    });
    match visitor.run(move |app, actor| app.set_sign_in_rules(actor, id, parsed?)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/roles/{id}"), "The sign-in rules are changed.", &change)),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, id, status, form, errors).await
        }
    }
}
