//! Signing up, and the page that follows it.

use super::{Page, field_errors};
use crate::{
    app::signup::SignUp,
    domain::{Error, FieldErrors, sign_up::SignUpMode},
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// A new account, as typed; the form of the first admin is the same.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub email: String,
    password: String,
}

impl SignUpForm {
    pub fn read(&self) -> SignUp {
        SignUp {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            username: self.username.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "public/signup.html")]
struct SignUpPage {
    page: Page,
    form: SignUpForm,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "public/signup_closed.html")]
struct ClosedPage {
    page: Page,
    /// Those whom an admin invites can come in.
    invitation: bool,
}

fn closed(visitor: &Visitor, invitation: bool) -> Result<HttpResponse, PageError> {
    let title = if invitation { "By invitation" } else { "Sign-up is closed" };
    visitor.show_with(StatusCode::FORBIDDEN, &ClosedPage { page: visitor.page(title), invitation })
}

pub async fn new(visitor: Visitor) -> Result<HttpResponse, PageError> {
    if visitor.actor.id.is_some() {
        return Ok(visitor.go("/"));
    }
    visitor.catch_up().await;
    let mode = visitor.app.sign_in_settings().sign_up;
    if !mode.takes_forms() {
        return closed(&visitor, mode == SignUpMode::Invitation);
    }
    visitor.show(&SignUpPage {
        page: visitor.page("Create an account"),
        form: SignUpForm::default(),
        errors: FieldErrors::default(),
    })
}

pub async fn create(visitor: Visitor, Form(form): Form<SignUpForm>) -> Result<HttpResponse, PageError> {
    let (origin, typed) = (visitor.origin(), form.read());
    match crate::web::run(&visitor.app, move |app| app.sign_up(origin, &typed)).await {
        Ok(()) => Ok(visitor.go("/signup/done")),
        Err(Error::SignUpClosed { invitation }) => closed(&visitor, invitation),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            visitor.show_with(status, &SignUpPage { page: visitor.page("Create an account"), form, errors })
        }
    }
}

#[derive(Template)]
#[template(path = "public/signup_done.html")]
struct DonePage {
    page: Page,
    /// An admin must let the new ones in.
    approval: bool,
}

/// The same for a new address and for one that has an account already.
pub async fn show(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&DonePage {
        page: visitor.page("Check your mail"),
        approval: visitor.app.sign_in_settings().sign_up == SignUpMode::Approval,
    })
}
