//! Turning a second factor off: by the password and a code.

use super::{
    super::super::{Page, field_errors},
    label,
};
use crate::{
    app::factors::FactorsView,
    domain::{
        Error, FieldErrors,
        factor::{CODE_DIGITS, Method},
    },
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RemovalForm {
    password: String,
    code: String,
    /// The button "send a code" was pressed.
    send: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/removal.html")]
struct RemovalPage {
    page: Page,
    method: Method,
    factors: FactorsView,
    address: String,
    errors: FieldErrors,
}

impl RemovalPage {
    /// The method within a sentence.
    fn what(&self) -> &'static str {
        match self.method {
            Method::Totp => "the authenticator app",
            Method::Email => "codes by e-mail",
            Method::Recovery => "recovery codes",
        }
    }

    /// Whether the account is left with its password alone.
    fn last(&self) -> bool {
        self.factors.totp_since.is_some() != self.factors.email_since.is_some()
    }

    fn digits(&self) -> String {
        if self.factors.totp_since.is_some() { "6".to_owned() } else { CODE_DIGITS.to_string() }
    }

    fn code_help(&self) -> &'static str {
        match (self.factors.totp_since, self.factors.email_since) {
            (Some(_), Some(_)) => "The one that your app shows now, one by e-mail, or a recovery code.",
            (Some(_), None) => "The one that your app shows now, or a recovery code.",
            _ => "Have one sent to you with the button above.",
        }
    }
}

fn method(name: &str) -> Result<Method, Error> {
    Method::parse(name).ok_or(Error::not_found("second factor"))
}

async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    method: Method,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    if !visitor.has_factor(method).await? {
        return Ok(visitor.go_to_factors(method, "info", "off"));
    }
    let factors = visitor.run(|app, actor| app.my_factors(actor)).await?;
    let address = visitor.actor.user()?.email.clone();
    visitor
        .show_with(status, &RemovalPage { page: visitor.account_page(label(method)), method, factors, address, errors })
}

pub async fn new(visitor: SignedIn, name: Path<String>) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, method(&name)?, FieldErrors::default()).await
}

pub async fn create(
    visitor: SignedIn,
    name: Path<String>,
    Form(form): Form<RemovalForm>,
) -> Result<HttpResponse, PageError> {
    let (method, send) = (method(&name)?, !form.send.is_empty());
    let done = visitor
        .run(move |app, actor| {
            if send {
                app.send_removal_code(actor)
            } else {
                app.remove_factor(actor, method, &form.password, &form.code)
            }
        })
        .await;
    match done {
        Ok(()) if send => {
            let here = format!("/account/second-factor/{}/remove", method.as_str());
            Ok(visitor.go_with(&here, "ok", format!("A code is on its way to {}.", visitor.actor.user()?.email)))
        }
        Ok(()) => Ok(visitor.go_to_factors(method, "ok", "off")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, method, errors).await
        }
    }
}
