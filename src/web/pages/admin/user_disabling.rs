//! Disabling a user, and undoing it.

use super::{
    confirm::{Confirm, Reason},
    done_or_refused,
    users::with_sessions,
};
use crate::{
    domain::permission::USERS_WRITE,
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
    },
};
use actix_web::{HttpResponse, web::Path};

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let (view, sessions) = visitor.run(move |app, actor| with_sessions(app, actor, id)).await?;
    let preview = visitor.preview(move |app, actor| app.set_user_disabled(actor, id, true, "")).await;
    Confirm::new(visitor, format!("Disable {}?", view.user.name()), "Disable user")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}"))
        .ends_sessions(sessions)
        .loses("He cannot sign in, nor ask for a new password.")
        .keeps("His roles stay: they count again when he is enabled.")
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.set_user_disabled(actor, id, true, &reason)).await {
        Ok(_) => {
            Ok(visitor.go_with(&format!("/admin/users/{id}"), "ok", "The user is disabled and signed out everywhere."))
        }
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}

/// Enables him again.
pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.set_user_disabled(actor, id, false, &form.reason)).await;
    done_or_refused(&visitor, &format!("/admin/users/{id}"), done, |_| {
        "The user is enabled and can sign in.".to_owned()
    })
}
