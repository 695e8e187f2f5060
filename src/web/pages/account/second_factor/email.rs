//! Turning codes by e-mail on.

use super::{
    super::super::{Page, field_errors},
    INDEX,
};
use crate::{
    domain::{Error, FieldErrors, factor::Method},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EmailForm {
    code: String,
    /// A box: not sent when it is empty.
    end_others: String,
    /// The button "send a (new) code" was pressed.
    send: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/email.html")]
struct EmailPage {
    page: Page,
    address: String,
    end_others: bool,
    errors: FieldErrors,
}

async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    end_others: bool,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    if visitor.has_factor(Method::Email).await? {
        return Ok(visitor.go_to_factors(Method::Email, "ok", "on"));
    }
    let address = visitor.actor.user()?.email.clone();
    visitor.show_with(status, &EmailPage { page: visitor.account_page("Codes by e-mail"), address, end_others, errors })
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, true, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<EmailForm>) -> Result<HttpResponse, PageError> {
    let (send, end_others) = (!form.send.is_empty(), !form.end_others.is_empty());
    let done =
        visitor
            .run(move |app, actor| {
                if send {
                    app.begin_email_factor(actor)
                } else {
                    app.confirm_email_factor(actor, &form.code, end_others)
                }
            })
            .await;
    match done {
        Ok(()) if send => Ok(visitor.go_with(
            "/account/second-factor/email",
            "ok",
            format!("A code is on its way to {}.", visitor.actor.user()?.email),
        )),
        Ok(()) => Ok(visitor.go_to_factors(Method::Email, "ok", "on")),
        Err(Error::Conflict { message, .. }) => Ok(visitor.go_with(INDEX, "info", message)),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, send || end_others, errors).await
        }
    }
}
