//! Puts back the e-mail address that an account had, by the link that was mailed to it.

use super::{
    Page, field_errors,
    gone::{self, Way},
};
use crate::{
    domain::{Error, FieldErrors, link::Purpose},
    web::{
        error::PageError,
        extract::{Form, Visitor},
        session,
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

const WAY: Way = Way {
    text: "If you have pressed its button before, this address is that of the account again: have a link for a new password mailed to it.",
    href: "/forgot",
    label: "Choose a new password",
};

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "public/undo_email.html")]
struct UndoPage {
    page: Page,
    username: String,
    address: String,
    errors: FieldErrors,
}

async fn show(
    visitor: &Visitor,
    token: String,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.email_link(&origin, Purpose::UndoEmail, &token)).await {
        Ok((user, address)) => {
            let page = visitor.page("Put the address back");
            visitor.show_with(status, &UndoPage { page, username: user.username, address, errors })
        }
        Err(error) => gone::show(visitor, error, WAY),
    }
}

/// Only asks: programs that scan mails open links too.
pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    show(&visitor, token.into_inner(), StatusCode::OK, FieldErrors::default()).await
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let (origin, key) = (visitor.origin(), token.clone());
    match crate::web::run(&visitor.app, move |app| app.undo_email_change(origin, &key)).await {
        Ok(reset) => {
            session::end(&visitor.req);
            Ok(visitor.go_with(
                &format!("/reset/{reset}"),
                "ok",
                "The address is back, all sessions have ended, and the old password is useless. Choose a new one now.",
            ))
        }
        Err(error @ Error::Gone) => gone::show(&visitor, error, WAY),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, token.into_inner(), status, errors).await
        }
    }
}
