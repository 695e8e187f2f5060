//! A new e-mail address, by the link that was mailed to it. Programs that scan mail open links, so only the button does it.

use super::{
    Page, field_errors,
    gone::{self, Way},
};
use crate::{
    domain::{Error, FieldErrors, link::Purpose},
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

const WAY: Way = Way {
    text: "If you have pressed its button before, the address is changed and there is nothing to do. Otherwise ask for the change again.",
    href: "/account",
    label: "Go to my account",
};

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "public/change_email.html")]
struct ChangePage {
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
    match crate::web::run(&visitor.app, move |app| app.email_link(&origin, Purpose::ChangeEmail, &token)).await {
        Ok((user, address)) => {
            let page = visitor.page("Confirm your new address");
            visitor.show_with(status, &ChangePage { page, username: user.username, address, errors })
        }
        Err(error) => gone::show(visitor, error, WAY),
    }
}

pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    show(&visitor, token.into_inner(), StatusCode::OK, FieldErrors::default()).await
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let (origin, key) = (visitor.origin(), token.clone());
    match crate::web::run(&visitor.app, move |app| app.confirm_email_change(origin, &key)).await {
        Ok(()) => Ok(visitor.go_with("/", "ok", "This is your e-mail address now. We have told the old one.")),
        Err(error @ Error::Gone) => gone::show(&visitor, error, WAY),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, token.into_inner(), status, errors).await
        }
    }
}
