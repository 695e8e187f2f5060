//! Another e-mail address.

use super::profile::{self, ProfileForm};
use crate::{
    domain::FieldErrors,
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::field_errors,
    },
};
use actix_web::HttpResponse;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EmailForm {
    pub email: String,
    current_password: String,
}

/// Has the link mailed.
pub async fn update(visitor: SignedIn, Form(form): Form<EmailForm>) -> Result<HttpResponse, PageError> {
    let (email, password) = (form.email.clone(), form.current_password.clone());
    match visitor.run(move |app, actor| app.request_email_change(actor, &email, &password)).await {
        Ok(Some(pending)) => Ok(visitor.go_with(
            "/account",
            "ok",
            format!(
                "A link is on its way to {}. Your address changes when you press the button behind it.",
                pending.address
            ),
        )),
        Ok(None) => Ok(visitor.go_with("/account", "ok", "Your e-mail address is changed.")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            profile::show(&visitor, status, ProfileForm::of(&visitor)?, FieldErrors::default(), Some((form, errors)))
                .await
        }
    }
}

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

/// Leaves the address as it is.
pub async fn delete(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    visitor.run(|app, actor| app.cancel_email_change(actor)).await?;
    Ok(visitor.go_with("/account", "ok", "Your e-mail address stays as it is. The mailed link does not work any more."))
}
