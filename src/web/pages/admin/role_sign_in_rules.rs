//! What a role demands of the sign-in of those who have it.

use crate::{
    app::Actor,
    domain::{
        FieldErrors,
        permission::ROLES_WRITE,
        role::Role,
        sign_in_rules::{Demand, SignInRules},
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
    /// A box: not sent when it is empty.
    ends_sessions: String,
}

impl From<SignInRules> for RulesForm {
    fn from(rules: SignInRules) -> Self {
        let text = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            second_factor: rules.second_factor.as_str().to_owned(),
            idle_minutes: text(rules.idle_minutes),
            session_hours: text(rules.session_hours),
            ends_sessions: if rules.ends_sessions { "1".to_owned() } else { String::new() },
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
    let limits = visitor.app.config.sign_in.limits;
    let page = visitor.page(&format!("Sign-in rules of {} · Roles", role.name));
    let (idle, hours) = (limits.idle / 60, limits.absolute / 3600);
    visitor.show_with(status, &RulesPage { page, role, form, idle, hours, errors })
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let id = *id;
    let rules = visitor.run(move |app, actor| app.sign_in_rules(actor, id)).await?;
    show(&visitor, id, StatusCode::OK, rules.into(), FieldErrors::default()).await
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<RulesForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let parsed = SignInRules::parse(
        &form.second_factor,
        &form.idle_minutes,
        &form.session_hours,
        !form.ends_sessions.is_empty(),
    );
    match visitor.run(move |app, actor| app.set_sign_in_rules(actor, id, parsed?)).await {
        Ok(_) => Ok(visitor.go_with(&format!("/admin/roles/{id}"), "ok", "The sign-in rules are changed.")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, id, status, form, errors).await
        }
    }
}
