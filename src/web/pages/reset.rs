//! A new password by the link of a mail: for who forgot it, and for who was invited.

use super::{
    Page, field_errors,
    gone::{self, Way},
    password_help,
};
use crate::{
    domain::{Error, FieldErrors, user::User},
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

const WAY: Way =
    Way { text: "Only the newest link of a kind works, and only once.", href: "/forgot", label: "Ask for a new link" };

#[derive(Deserialize)]
pub struct ResetForm {
    #[serde(default)]
    password: String,
}

#[derive(Template)]
#[template(path = "public/reset.html")]
struct ResetPage {
    page: Page,
    username: String,
    /// Somebody who was invited has had no password yet.
    first: bool,
    errors: FieldErrors,
}

async fn page(
    visitor: &Visitor,
    status: StatusCode,
    user: User,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (first, username) = (user.password_hash.is_none(), user.username.clone());
    let mut page = visitor.page(if first { "Choose a password" } else { "Choose a new password" });
    let min = crate::web::run(&visitor.app, move |app| app.password_min(Some(&user))).await?;
    page.password_help = password_help(min);
    visitor.show_with(status, &ResetPage { page, username, first, errors })
}

pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.reset_link(&origin, &token)).await {
        Ok(user) => page(&visitor, StatusCode::OK, user, FieldErrors::default()).await,
        Err(error) => gone::show(&visitor, error, WAY),
    }
}

pub async fn update(
    visitor: Visitor,
    token: Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<HttpResponse, PageError> {
    let (origin, key) = (visitor.origin(), token.clone());
    let error =
        match crate::web::run(&visitor.app, move |app| app.reset_password(origin, &key, &form.password, None)).await {
            Ok(()) => {
                return Ok(visitor.go_with(
                    "/login",
                    "ok",
                    "Your new password is set. Sign in with it; all sessions from before have ended.",
                ));
            }
            Err(error @ Error::Gone) => return gone::show(&visitor, error, WAY),
            Err(error) => error,
        };
    let (status, errors) = field_errors(error)?;
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.reset_link(&origin, &token)).await {
        Ok(user) => page(&visitor, status, user, errors).await,
        Err(error) => gone::show(&visitor, error, WAY),
    }
}
