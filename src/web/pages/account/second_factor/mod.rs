//! One's own second factors: what is on, and the ways to turn them on and off.

pub mod email;
pub mod recovery;
pub mod removal;
pub mod totp;

use super::super::Page;
use crate::{
    app::factors::FactorsView,
    domain::{Error, factor::Method, sign_in_rules::Enrolment},
    web::{error::PageError, extract::SignedIn},
};
use actix_web::HttpResponse;
use askama::Template;

const INDEX: &str = "/account/second-factor";

#[derive(Template)]
#[template(path = "account/second_factor/index.html")]
struct IndexPage {
    page: Page,
    factors: FactorsView,
    address: String,
    /// Nothing else opens until it is set up.
    overdue: bool,
    email_codes: bool,
}

pub async fn index(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let factors = visitor.run(|app, actor| app.my_factors(actor)).await?;
    let address = visitor.actor.user()?.email.clone();
    visitor.show(&IndexPage {
        page: visitor.account_page("Second factor"),
        factors,
        address,
        overdue: visitor.actor.enrolment == Enrolment::Overdue,
        email_codes: visitor.app.config.sign_in.email_codes,
    })
}

/// What the pages call a method.
fn label(method: Method) -> &'static str {
    match method {
        Method::Totp => "The authenticator app",
        Method::Email => "Codes by e-mail",
        Method::Recovery => "Recovery codes",
    }
}

fn is(method: Method) -> &'static str {
    match method {
        Method::Totp => "is",
        Method::Email | Method::Recovery => "are",
    }
}

impl SignedIn {
    async fn has_factor(&self, method: Method) -> Result<bool, Error> {
        let factors = self.run(|app, actor| app.my_factors(actor)).await?;
        Ok(match method {
            Method::Totp => factors.totp_since.is_some(),
            Method::Email => factors.email_since.is_some(),
            Method::Recovery => factors.recovery.is_some(),
        })
    }

    /// Back to the overview, which tells how the method stands now.
    fn go_to_factors(&self, method: Method, kind: &str, state: &str) -> HttpResponse {
        self.go_with(INDEX, kind, format!("{} {} {state}.", label(method), is(method)))
    }
}
