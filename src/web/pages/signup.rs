//! Signing up, and the page that follows it.

use super::{Page, field_errors};
use crate::{
    app::signup::SignUp,
    domain::FieldErrors,
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::HttpResponse;
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

pub async fn new(visitor: Visitor) -> Result<HttpResponse, PageError> {
    if visitor.actor.id.is_some() {
        return Ok(visitor.go("/"));
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
}

/// The same for a new address and for one that has an account already.
pub async fn show(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&DonePage { page: visitor.page("Check your mail") })
}
