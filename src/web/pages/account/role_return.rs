//! Handing back a role of one's own.

use crate::{
    domain::Error,
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::admin::confirm::{Confirm, Reason},
    },
};
use actix_web::{HttpResponse, web::Path};

async fn ask(visitor: &SignedIn, assignment_id: i64) -> Result<Confirm, PageError> {
    let held = visitor.run(|app, actor| app.me(actor)).await?.assignments;
    let held = held.into_iter().find(|held| held.row.id == assignment_id).ok_or(Error::not_found("assignment"))?;
    let place = if held.row.scope.is_empty() { String::new() } else { format!(" in {}", held.row.scope) };
    let preview = visitor.preview(move |app, actor| app.hand_back_role(actor, assignment_id, "")).await;
    Confirm::new(visitor, format!("Hand back {}?", held.role_name), "Hand role back")
        .from("My account", "/account")
        .from("Access", "/account/access")
        .loses(format!("You lose the role {}{place}, from now on.", held.role_name))
        .keeps("What your other roles give stays.")
        .keeps("Only who gives roles can give it to you again.")
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.hand_back_role(actor, id, &reason)).await {
        // Without Undo: who has given a right away can no longer give it.
        Ok(_) => Ok(visitor.go_with("/account/access", "ok", "The role is handed back.")),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
