//! The first admin, by the link that the server prints when there is none.

use super::{
    Page, field_errors,
    gone::{self, Way},
    login,
    signup::SignUpForm,
};
use crate::{
    domain::{Error, FieldErrors},
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;

const WAY: Way = Way {
    text: "If there is no admin yet, start Rolecall again: it prints a new link in its log. If there is one, sign in.",
    href: "/login",
    label: "Sign in",
};

#[derive(Template)]
#[template(path = "public/setup.html")]
struct SetupPage {
    page: Page,
    form: SignUpForm,
    errors: FieldErrors,
}

pub async fn new(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.check_setup_link(&origin, &token)).await {
        Ok(()) => show_form(&visitor, StatusCode::OK, SignUpForm::default(), FieldErrors::default()),
        Err(error) => gone::show(&visitor, error, WAY),
    }
}

pub async fn create(
    visitor: Visitor,
    token: Path<String>,
    Form(form): Form<SignUpForm>,
) -> Result<HttpResponse, PageError> {
    let (origin, typed) = (visitor.browser(), form.read());
    match crate::web::run(&visitor.app, move |app| app.set_up(origin, &token, &typed)).await {
        Ok(done) => login::finish(&visitor, done, "/admin"),
        Err(error @ Error::Gone) => gone::show(&visitor, error, WAY),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show_form(&visitor, status, form, errors)
        }
    }
}

fn show_form(
    visitor: &Visitor,
    status: StatusCode,
    form: SignUpForm,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    visitor.show_with(status, &SetupPage { page: visitor.page("The first admin"), form, errors })
}

#[derive(Template)]
#[template(path = "public/setup_index.html")]
struct WherePage {
    page: Page,
}

/// Says where the link is. Whether there is an admin is not told.
pub async fn index(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&WherePage { page: visitor.page("Set-up") })
}
