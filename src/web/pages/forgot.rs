//! Asking for a link to a new password. Nothing here tells whether an address has an account.

use super::{Page, field_errors};
use crate::{
    domain::FieldErrors,
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotForm {
    email: String,
}

#[derive(Template)]
#[template(path = "public/forgot.html")]
struct ForgotPage {
    page: Page,
    form: ForgotForm,
    errors: FieldErrors,
}

pub async fn new(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&ForgotPage {
        page: visitor.page("Forgotten password"),
        form: ForgotForm::default(),
        errors: FieldErrors::default(),
    })
}

pub async fn create(visitor: Visitor, Form(form): Form<ForgotForm>) -> Result<HttpResponse, PageError> {
    let (origin, email) = (visitor.origin(), form.email.clone());
    match crate::web::run(&visitor.app, move |app| app.forgot_password(origin, &email)).await {
        Ok(()) => Ok(visitor.go("/forgot/done")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            visitor.show_with(status, &ForgotPage { page: visitor.page("Forgotten password"), form, errors })
        }
    }
}

#[derive(Template)]
#[template(path = "public/forgot_done.html")]
struct DonePage {
    page: Page,
}

/// The same whoever asked.
pub async fn show(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&DonePage { page: visitor.page("Check your mail") })
}
