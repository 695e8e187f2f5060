//! Making recovery codes.

use super::{
    super::super::{Page, field_errors},
    INDEX,
};
use crate::{
    domain::{Error, FieldErrors, factor::grouped},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "account/second_factor/recovery.html")]
struct RecoveryPage {
    page: Page,
    /// The codes that were just made, in groups; none before.
    codes: Vec<String>,
    /// There are codes that new ones would end.
    replaces: bool,
    errors: FieldErrors,
}

async fn ask(visitor: &SignedIn, status: StatusCode, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    let factors = visitor.run(|app, actor| app.my_factors(actor)).await?;
    if !factors.any() {
        return Ok(visitor.go_with(INDEX, "info", "Turn on a second factor first; recovery codes stand in for it."));
    }
    let (page, replaces) = (visitor.account_page("Recovery codes"), factors.recovery.is_some());
    visitor.show_with(status, &RecoveryPage { page, codes: vec![], replaces, errors })
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    ask(&visitor, StatusCode::OK, FieldErrors::default()).await
}

/// Answers with the codes themselves and not with a redirect: nothing keeps them that could show them later.
pub async fn create(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    match visitor.run(|app, actor| app.renew_recovery_codes(actor)).await {
        Ok(codes) => visitor.show(&RecoveryPage {
            page: visitor.account_page("Recovery codes"),
            codes: codes.iter().map(|code| grouped(code)).collect(),
            replaces: false,
            errors: FieldErrors::default(),
        }),
        Err(Error::Conflict { .. }) => ask(&visitor, StatusCode::OK, FieldErrors::default()).await,
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            ask(&visitor, status, errors).await
        }
    }
}
