//! Letting in somebody who signed up, or turning him away.

use super::{
    confirm::{Confirm, Reason},
    press,
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
    press(&visitor, *id, App::approve_user, "He can sign in now, and a mail tells him so.").await
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let user = visitor.run(move |app, actor| app.user(actor, id)).await?.user;
    Ok(Confirm::new(visitor, format!("Turn {} away?", user.name()), "Turn away")
        .from("Users", "/admin/users")
        .from(user.name(), format!("/admin/users/{id}"))
        .loses(format!(
            "What he filled in is deleted, and the username {} and {} are free again.",
            user.username, user.email
        ))
        .keeps("He is told by mail, with your reason.")
        .reason_required())
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.reject_user(actor, id, &reason)).await {
        Ok(_) => Ok(visitor.go_with("/admin/users?filter=waiting", "ok", "He is turned away, and told why.")),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
