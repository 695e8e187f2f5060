//! The open invitation of a user: sent again, or taken back.

use super::{
    confirm::{Confirm, Reason},
    counted, press,
};
use crate::{
    app::App,
    domain::permission::USERS_WRITE,
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
    },
};
use actix_web::{HttpResponse, web::Path};

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let told = "A new invitation is on its way. The link of the one before does not work any more.";
    press(&visitor, *id, App::resend_invitation, told).await
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let view = visitor.run(move |app, actor| app.user(actor, id)).await?;
    let preview = visitor.preview(move |app, actor| app.revoke_invitation(actor, id, "")).await;
    Confirm::new(visitor, format!("Take back the invitation of {}?", view.user.name()), "Take back")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}"))
        .loses("The mailed link does not work any more, and the account, which nobody has used, is deleted.")
        .loses(format!("Ends {}.", counted(view.assignments.len(), "role", "roles")))
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.revoke_invitation(actor, id, &reason)).await {
        Ok(change) => Ok(visitor.done("/admin/users", "The invitation is taken back.", &change)),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
