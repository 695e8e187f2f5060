//! What the pages of the two links about an e-mail address share: the one that makes an address the user's, and the one that
//! puts his old one back. Programs that scan mail open links, so only the button does it.

use super::{
    Page, field_errors,
    gone::{self, Way},
};
use crate::{
    domain::{Error, FieldErrors, Result as DomainResult, link::Purpose},
    web::{error::PageError, extract::Visitor},
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// One of the two links.
pub struct EmailLink {
    pub purpose: Purpose,
    pub title: &'static str,
    /// Where the way leads when it does not work any more.
    pub way: Way,
}

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "public/email_link.html")]
struct LinkPage {
    page: Page,
    username: String,
    address: String,
    /// It puts an old address back.
    undoes: bool,
    errors: FieldErrors,
}

impl EmailLink {
    /// The page with the button.
    pub async fn ask(&'static self, visitor: &Visitor, token: String) -> Result<HttpResponse, PageError> {
        self.show(visitor, token, (StatusCode::OK, FieldErrors::default())).await
    }

    /// After the button: on, or the page again with what is wrong.
    pub async fn answer<T>(
        &'static self,
        visitor: &Visitor,
        token: String,
        done: DomainResult<T>,
        then: impl FnOnce(T) -> HttpResponse,
    ) -> Result<HttpResponse, PageError> {
        match done {
            Ok(value) => Ok(then(value)),
            Err(error @ Error::Gone) => gone::show(visitor, error, self.way),
            Err(error) => self.show(visitor, token, field_errors(error)?).await,
        }
    }

    async fn show(
        &'static self,
        visitor: &Visitor,
        token: String,
        (status, errors): (StatusCode, FieldErrors),
    ) -> Result<HttpResponse, PageError> {
        let (origin, purpose) = (visitor.origin(), self.purpose);
        match crate::web::run(&visitor.app, move |app| app.email_link(&origin, purpose, &token)).await {
            Ok((user, address)) => {
                let (page, undoes) = (visitor.page(self.title), self.purpose == Purpose::UndoEmail);
                visitor.show_with(status, &LinkPage { page, username: user.username, address, undoes, errors })
            }
            Err(error) => gone::show(visitor, error, self.way),
        }
    }
}
