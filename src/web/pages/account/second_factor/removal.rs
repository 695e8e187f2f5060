//! Turning a second factor off: by the password and a code.

use super::{
    super::super::{Page, field_errors},
    INDEX, label,
};
use crate::{
    app::factors::{FactorView, FactorsView},
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
    /// A box: not sent when it is empty.
    end_others: String,
    /// The button "send a code" was pressed.
    send: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/removal.html")]
struct RemovalPage {
    page: Page,
    factor: FactorView,
    factors: FactorsView,
    address: String,
    end_others: bool,
    errors: FieldErrors,
}

impl RemovalPage {
    /// Whether the account is left with its password alone.
    fn last(&self) -> bool {
        self.factors.iter().count() == 1
    }

    fn digits(&self) -> String {
        if self.factors.apps.is_empty() { CODE_DIGITS.to_string() } else { "6".to_owned() }
    }

    fn code_help(&self) -> &'static str {
        match (self.factors.apps.is_empty(), &self.factors.email) {
            (false, Some(_)) => "The one that an app of yours shows now, one by e-mail, or a recovery code.",
            (false, None) => "The one that an app of yours shows now, or a recovery code.",
            _ => "Have one sent to you with the button above.",
        }
    }
}

/// The factor that the address names, by its id or, where there is one only, by its method; if it is on.
async fn named(visitor: &SignedIn, name: &str) -> Result<(FactorsView, Option<FactorView>), PageError> {
    let (id, method) = (name.parse::<i64>().ok(), Method::parse(name));
    if id.is_none() && method.is_none() {
        return Err(Error::not_found("second factor").into());
    }
    let factors = visitor.run(|app, actor| app.my_factors(actor)).await?;
    let meant = |factor: &&FactorView| Some(factor.id) == id || Some(factor.method) == method;
    let factor = if factors.iter().filter(meant).count() == 1 { factors.iter().find(meant).cloned() } else { None };
    Ok((factors, factor))
}

async fn show(
    visitor: &SignedIn,
    status: StatusCode,
    name: &str,
    end_others: bool,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (factors, Some(factor)) = named(visitor, name).await? else {
        return Ok(visitor.go_with(INDEX, "info", "Choose here what to turn off."));
    };
    let address = visitor.actor.user()?.email.clone();
    let page = visitor.account_page(label(factor.method));
    visitor.show_with(status, &RemovalPage { page, factor, factors, address, end_others, errors })
}

pub async fn new(visitor: SignedIn, name: Path<String>) -> Result<HttpResponse, PageError> {
    show(&visitor, StatusCode::OK, &name, true, FieldErrors::default()).await
}

pub async fn create(
    visitor: SignedIn,
    name: Path<String>,
    Form(form): Form<RemovalForm>,
) -> Result<HttpResponse, PageError> {
    let (_, Some(factor)) = named(&visitor, &name).await? else {
        return Ok(visitor.go_with(INDEX, "info", "This second factor is off already."));
    };
    let (send, end_others, id) = (!form.send.is_empty(), !form.end_others.is_empty(), factor.id);
    let done = visitor
        .run(move |app, actor| {
            if send {
                app.send_removal_code(actor)
            } else {
                app.remove_factors(actor, &[id], &form.password, &form.code, end_others)
            }
        })
        .await;
    match done {
        Ok(()) if send => {
            let here = format!("{INDEX}/{name}/remove");
            Ok(visitor.go_with(&here, "ok", format!("A code is on its way to {}.", visitor.actor.user()?.email)))
        }
        Ok(()) if factor.method == Method::Totp => {
            Ok(visitor.go_with(INDEX, "ok", format!("The authenticator app “{}” is off.", factor.name)))
        }
        Ok(()) => Ok(visitor.go_to_factors(factor.method, "ok", "off")),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show(&visitor, status, &name, send || end_others, errors).await
        }
    }
}
