//! The end of one's own account, and keeping it.

use super::super::{Page, field_errors};
use crate::{
    domain::{Error, FieldErrors, Time},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        session,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

const HERE: &str = "/account/deletion";

/// The buttons have no fields of their own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "account/deletion.html")]
struct DeletionPage {
    page: Page,
    username: String,
    /// When it happens, if it was asked for.
    at: Option<Time>,
    /// How long it could be kept; 0: it is gone at once.
    days: i64,
    roles: usize,
    errors: FieldErrors,
}

async fn show(visitor: &SignedIn, status: StatusCode, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let view = visitor.run(|app, actor| app.me(actor)).await?;
    visitor.show_with(
        status,
        &DeletionPage {
            page: visitor.account_page("Delete account"),
            username: view.user.username,
            at: view.user.bars.delete_at,
            days: visitor.app.sign_in_settings().delete_account / (24 * 3600),
            roles: view.assignments.len(),
            errors,
        },
    )
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    match visitor.run(|app, actor| app.delete_account(actor)).await {
        Ok(Some(_)) => Ok(visitor.go_with(HERE, "ok", "It is noted. We have written to you how to keep the account.")),
        Ok(None) => {
            session::end(&visitor.req);
            Ok(visitor.go_with("/login", "ok", "Your account is deleted."))
        }
        Err(error @ Error::ReauthenticationRequired) => Err(error.into()),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, errors).await
        }
    }
}

/// Keeps it.
pub async fn delete(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    visitor.run(|app, actor| app.keep_account(actor)).await?;
    Ok(visitor.go_with("/account", "ok", "Your account is kept, with all that it had."))
}
