//! Changing one's password.

use super::super::{Page, field_errors, password_help};
use crate::{
    domain::FieldErrors,
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
pub struct PasswordForm {
    current_password: String,
    password: String,
    /// A box: not sent when it is empty.
    end_others: String,
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    page: Page,
    username: String,
    end_others: bool,
    errors: FieldErrors,
}

async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    end_others: bool,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (mut page, username) = (visitor.account_page("Password"), visitor.actor.name.clone());
    page.password_help = password_help(visitor.run(|app, actor| app.password_min(Some(actor.user()?))).await?);
    visitor.show_with(status, &PasswordPage { page, username, end_others, errors })
}

pub async fn edit(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, true, FieldErrors::default()).await
}

pub async fn update(visitor: SignedIn, Form(form): Form<PasswordForm>) -> Result<HttpResponse, PageError> {
    let end_others = !form.end_others.is_empty();
    match visitor
        .run(move |app, actor| app.change_password(actor, &form.current_password, &form.password, end_others))
        .await
    {
        Ok(()) => {
            let others =
                if end_others { " All your other sessions have ended." } else { " Your other sessions go on." };
            Ok(visitor.go_with("/account/password", "ok", format!("Your password is changed.{others}")))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, end_others, errors).await
        }
    }
}
