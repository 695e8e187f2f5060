//! One's own second factors: what is on, and the ways to turn them on and off.

pub mod email;
pub mod name;
pub mod recovery;
pub mod removal;
pub mod totp;
pub mod trusted_devices;

use super::super::Page;
use crate::{
    app::factors::FactorsView,
    domain::{
        Error,
        factor::{MOST_APPS, Method},
        session::TrustedDevice,
        sign_in_rules::Enrolment,
    },
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
    devices: Vec<TrustedDevice>,
    address: String,
    /// Nothing else opens until it is set up.
    overdue: bool,
    email_codes: bool,
    /// For how many days a device can be trusted; 0: none can.
    trust_days: i64,
}

impl IndexPage {
    fn room_for_apps(&self) -> bool {
        self.factors.apps.len() < MOST_APPS
    }
}

pub async fn index(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let (factors, devices) =
        visitor.run(|app, actor| Ok((app.my_factors(actor)?, app.my_trusted_devices(actor)?))).await?;
    let address = visitor.actor.user()?.email.clone();
    visitor.show(&IndexPage {
        page: visitor.account_page("Second factor"),
        factors,
        devices,
        trust_days: visitor.app.trusted_device_days(),
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
            Method::Totp => !factors.apps.is_empty(),
            Method::Email => factors.email.is_some(),
            Method::Recovery => factors.recovery.is_some(),
        })
    }

    /// Back to the overview, which tells how the method stands now.
    fn go_to_factors(&self, method: Method, kind: &str, state: &str) -> HttpResponse {
        self.go_with(INDEX, kind, format!("{} {} {state}.", label(method), is(method)))
    }
}
