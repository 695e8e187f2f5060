//! Taking the second factors off somebody who lost them.

use super::{
    confirm::{Confirm, Reason},
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
    Ok(Confirm::new(visitor, format!("Reset the second factors of {}?", view.user.name()), "Reset second factors")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}/sessions"))
        .ends_sessions(sessions)
        .loses("His authenticator app, codes by e-mail and recovery codes are off: his password alone lets him in.")
        .keeps("Be sure that it is he who asks. He is told by mail, with your reason.")
        .reason_required())
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.reset_factors(actor, id, &reason)).await {
        Ok(_) => Ok(visitor.go_with(
            &format!("/admin/users/{id}/sessions"),
            "ok",
            "The second factors are off, and the user is told.",
        )),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
