//! Setting up an authenticator app.

use super::{
    super::super::{Page, field_errors},
    INDEX,
};
use crate::{
    domain::{Error, FieldErrors, factor::Method},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use qrcode::{QrCode, render::svg};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TotpForm {
    name: String,
    code: String,
    /// A box: not sent when it is empty.
    end_others: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/totp.html")]
struct TotpPage {
    page: Page,
    qr: String,
    secret: String,
    name: String,
    end_others: bool,
    errors: FieldErrors,
}

impl TotpPage {
    /// In groups of four, for typing.
    fn grouped(&self) -> String {
        let chars: Vec<char> = self.secret.chars().collect();
        chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }
}

/// The text as a QR code that can stand within a page.
fn qr(text: &str) -> Result<String, Error> {
    let code = QrCode::new(text).map_err(|error| anyhow::anyhow!("QR code: {error}"))?;
    let svg = code.render::<svg::Color>().module_dimensions(1, 1).build();
    let element = svg.find("<svg").and_then(|start| svg.get(start..)).unwrap_or_default();
    Ok(element.replacen("<svg", r#"<svg role="img" aria-label="QR code with the secret below""#, 1))
}

/// `sent`: the form, if it comes back with errors.
async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    sent: Option<TotpForm>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    match visitor.run(|app, actor| app.totp_enrolment(actor)).await {
        Ok(open) => visitor.show_with(
            status,
            &TotpPage {
                page: visitor.account_page("Authenticator app"),
                qr: qr(&open.uri)?,
                secret: open.secret,
                end_others: sent.as_ref().is_none_or(|form| !form.end_others.is_empty()),
                name: sent.map_or(open.name, |form| form.name),
                errors,
            },
        ),
        Err(Error::Conflict { message, .. }) => Ok(visitor.go_with(INDEX, "info", message)),
        Err(error) => Err(error.into()),
    }
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, None, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<TotpForm>) -> Result<HttpResponse, PageError> {
    let (name, code, end_others) = (form.name.clone(), form.code.clone(), !form.end_others.is_empty());
    match visitor.run(move |app, actor| app.confirm_totp(actor, &name, &code, end_others)).await {
        Ok(_) => Ok(visitor.go_to_factors(Method::Totp, "ok", "on")),
        // The button was pressed twice.
        Err(Error::Conflict { code: "no_enrolment", .. }) if visitor.has_factor(Method::Totp).await? => {
            Ok(visitor.go_to_factors(Method::Totp, "ok", "on"))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, Some(form), errors).await
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_qr_code_is_one_labelled_element_without_style() {
        let svg = super::qr("otpauth://totp/Rolecall:ada?secret=GEZDGNBVGY3TQOJQ").unwrap();
        assert!(svg.starts_with(r#"<svg role="img" aria-label="#) && svg.ends_with("</svg>"), "{svg}");
        assert!(svg.contains("viewBox=") && !svg.contains("style") && !svg.contains("<?xml"), "{svg}");
    }
}
