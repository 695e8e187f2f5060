//! Names and address.

use super::super::{Page, field_errors};
use crate::{
    domain::{FieldErrors, text, user::User},
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
    email: String,
    current_password: String,
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    page: Page,
    form: ProfileForm,
    /// The address as it stands, whatever was typed.
    address: String,
    verified: bool,
    errors: FieldErrors,
}

fn show(
    visitor: &SignedIn,
    status: StatusCode,
    form: ProfileForm,
    user: &User,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (address, verified) = (user.email.clone(), user.email_verified_at.is_some());
    visitor.show_with(status, &ProfilePage { page: visitor.page("My account"), form, address, verified, errors })
}

pub async fn edit(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let user = visitor.actor.user()?;
    let form = ProfileForm {
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        username: user.username.clone(),
        email: user.email.clone(),
        current_password: String::new(),
    };
    show(&visitor, StatusCode::OK, form, user, FieldErrors::default())
}

pub async fn update(visitor: SignedIn, Form(form): Form<ProfileForm>) -> Result<HttpResponse, PageError> {
    let user = visitor.actor.user()?;
    let new_address = text::fold(&form.email) != text::fold(&user.email);
    let (first, last, username, email, password) = (
        form.first_name.clone(),
        form.last_name.clone(),
        form.username.clone(),
        form.email.clone(),
        form.current_password.clone(),
    );
    match visitor.run(move |app, actor| app.update_account(actor, &first, &last, &username, &email, &password)).await {
        Ok(user) if new_address => Ok(visitor.go_with(
            "/account",
            "ok",
            format!("Your profile is changed. A link to verify {} is on its way there.", user.email),
        )),
        Ok(_) => Ok(visitor.go_with("/account", "ok", "Your profile is changed.")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, form, user, errors)
        }
    }
}
