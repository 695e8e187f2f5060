//! A new link to verify one's address.

use crate::{
    domain::Error,
    web::{
        error::{PageError, sentence},
        extract::{Form, SignedIn},
    },
};
use actix_web::HttpResponse;
use serde::Deserialize;

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

pub async fn create(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    match visitor.run(|app, actor| app.resend_verification(actor)).await {
        Ok(()) => Ok(visitor.go_with(
            "/account",
            "ok",
            "A new link is on its way to you. The one before does not work any more.",
        )),
        Err(error @ Error::Conflict { .. }) => Ok(visitor.go_with("/account", "info", error.to_string())),
        Err(error @ Error::Throttled { .. }) => Ok(visitor.go_with("/account", "error", sentence(&error.to_string()))),
        Err(error) => Err(error.into()),
    }
}
