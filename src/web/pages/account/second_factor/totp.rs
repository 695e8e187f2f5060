//! Setting up an authenticator app.

use super::super::super::{Page, field_errors};
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
    code: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/totp.html")]
struct TotpPage {
    page: Page,
    qr: String,
    secret: String,
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

async fn show(visitor: &SignedIn, status: StatusCode, errors: FieldErrors) -> Result<HttpResponse, PageError> {
    match visitor.run(|app, actor| app.totp_enrolment(actor)).await {
        Ok(open) => visitor.show_with(
            status,
            &TotpPage {
                page: visitor.account_page("Authenticator app"),
                qr: qr(&open.uri)?,
                secret: open.secret,
                errors,
            },
        ),
        Err(Error::Conflict { .. }) => Ok(visitor.go_to_factors(Method::Totp, "info", "on already")),
        Err(error) => Err(error.into()),
    }
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<TotpForm>) -> Result<HttpResponse, PageError> {
    match visitor.run(move |app, actor| app.confirm_totp(actor, &form.code)).await {
        Ok(()) => Ok(visitor.go_to_factors(Method::Totp, "ok", "on")),
        // The button was pressed twice.
        Err(_) if visitor.has_factor(Method::Totp).await? => Ok(visitor.go_to_factors(Method::Totp, "ok", "on")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, errors).await
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
