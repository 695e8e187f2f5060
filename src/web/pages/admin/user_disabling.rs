//! Disabling a user, now or from a day on, and undoing it.

use super::{
    changed_or_refused,
    confirm::{Confirm, Reason},
    users::with_sessions,
};
use crate::{
    domain::{Time, bars::Disabling, permission::USERS_WRITE},
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
    },
};
use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DisableForm {
    disable_at: String,
    enable_at: String,
    reason: String,
}

async fn ask(visitor: &Visitor, id: i64, form: Option<&DisableForm>) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let (view, sessions) = visitor.run(move |app, actor| with_sessions(app, actor, id)).await?;
    let preview = visitor.preview(move |app, actor| app.set_user_disabled(actor, id, true, "")).await;
    let to_come = |at: Option<Time>| at.filter(|at| *at > visitor.app.now()).map(Time::input).unwrap_or_default();
    let (from, until) = match form {
        Some(form) => (form.disable_at.clone(), form.enable_at.clone()),
        None => (to_come(view.user.bars.disable_at), to_come(view.user.bars.enable_at)),
    };
    Confirm::new(visitor, format!("Disable {}?", view.user.name()), "Disable user")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}"))
        .ends_sessions(sessions)
        .loses("He cannot sign in, nor ask for a new password.")
        .keeps("His roles stay: they count again when he is enabled.")
        .when(from, until)
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id, None).await?.show(&visitor)
}

pub async fn create(
    visitor: SignedIn,
    id: Path<i64>,
    Form(form): Form<DisableForm>,
) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    let plan = Disabling::parse(&form.disable_at, &form.enable_at);
    let done = visitor
        .run(move |app, actor| {
            let change = app.disable_user(actor, id, plan?, &reason)?;
            let disabled = app.user(actor, id)?.user.is_disabled(app.now());
            Ok(change.map(|()| disabled))
        })
        .await;
    let path = format!("/admin/users/{id}");
    match done {
        Ok(change) if change.value => {
            Ok(visitor.done(&path, "The user is disabled and signed out everywhere.", &change))
        }
        Ok(change) => Ok(visitor.done(&path, "It is noted, and happens by itself at that moment.", &change)),
        Err(error) => {
            let page = ask(&visitor, id, Some(&form)).await?;
            page.refused(&visitor, Reason { reason: form.reason }, error)
        }
    }
}

/// Enables him again, or takes back what was set beforehand.
pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.enable_user(actor, id, &form.reason)).await;
    changed_or_refused(&visitor, &format!("/admin/users/{id}"), done, "The user is enabled and can sign in.")
}
