//! Names and address.

use super::{
    super::{Page, field_errors},
    email::EmailForm,
};
use crate::{
    app::email::PendingEmail,
    domain::{Error, FieldErrors},
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
pub struct ProfileForm {
    first_name: String,
    last_name: String,
    username: String,
}

impl ProfileForm {
    /// As it stands.
    pub fn of(visitor: &SignedIn) -> Result<Self, Error> {
        let user = visitor.actor.user()?;
        Ok(Self {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            username: user.username.clone(),
        })
    }
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    page: Page,
    form: ProfileForm,
    /// The address as it stands, whatever was typed.
    address: String,
    verified: bool,
    pending: Option<PendingEmail>,
    /// The new address as it was typed.
    email: String,
    email_errors: FieldErrors,
    errors: FieldErrors,
}

/// `email`: the form of the address, and what is wrong with it, if that was sent.
pub async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    form: ProfileForm,
    errors: FieldErrors,
    email: Option<(EmailForm, FieldErrors)>,
) -> Result<HttpResponse, PageError> {
    let user = visitor.actor.user()?;
    let (address, verified) = (user.email.clone(), user.email_verified_at.is_some());
    let pending = visitor.run(|app, actor| app.pending_email(actor)).await?;
    let (email, email_errors) = email.map(|(form, errors)| (form.email, errors)).unwrap_or_default();
    let page = visitor.page("My account");
    visitor.show_with(status, &ProfilePage { page, form, address, verified, pending, email, email_errors, errors })
}

pub async fn edit(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, ProfileForm::of(&visitor)?, FieldErrors::default(), None).await
}

pub async fn update(visitor: SignedIn, Form(form): Form<ProfileForm>) -> Result<HttpResponse, PageError> {
    let (first, last, username) = (form.first_name.clone(), form.last_name.clone(), form.username.clone());
    match visitor.run(move |app, actor| app.update_account(actor, &first, &last, &username)).await {
        Ok(_) => Ok(visitor.go_with("/account", "ok", "Your profile is changed.")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, form, errors, None).await
        }
    }
}
