//! `GET /twofa_uri` and `POST /update_twofa`.

use super::{Nothing, Said, done, said};
use crate::{
    app::{Actor, App},
    domain::{Error, FieldErrors, Result as Outcome, factor::Method},
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::web::Json;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct Uri {
    uri: String,
}

/// The open enrolment's address, or that of a new one; 409 while TOTP is on. Nothing that works is touched.
pub async fn get(caller: Caller) -> Result<Json<Said<Uri>>, LegacyError> {
    let enrolment = caller.run(App::totp_enrolment).await?;
    Ok(said("2FA confirmation", Uri { uri: enrolment.uri }))
}

#[derive(Deserialize)]
pub struct Update {
    enabled: bool,
    /// A code of the app, or a mailed one.
    #[serde(default)]
    token: String,
    /// Needed for turning it off only: whoever finds an open browser must not take the second factor away.
    #[serde(default)]
    password: String,
}

pub async fn update(caller: Caller, LegacyBody(body): LegacyBody<Update>) -> Result<Json<Said<Nothing>>, LegacyError> {
    let change = move |app: &App, actor: &Actor| {
        if body.enabled { app.confirm_totp(actor, &body.token) } else { turn_off(app, actor, &body) }
    };
    caller.run(move |app, actor| change(app, actor).map_err(in_their_words)).await?;
    Ok(done("2FA updated successfully"))
}

/// Turns TOTP off or, if only those are on, mailed codes. Who has only mailed codes and sends none gets one.
fn turn_off(app: &App, actor: &Actor, body: &Update) -> Outcome<()> {
    let factors = app.my_factors(actor)?;
    let method = if factors.totp_since.is_some() { Method::Totp } else { Method::Email };
    let mut errors = FieldErrors::default();
    if body.password.is_empty() {
        errors.add("password", "Send your password too to turn the second factor off.");
    }
    if body.token.is_empty() {
        let mailed = !body.password.is_empty() && factors.totp_since.is_none() && factors.email_since.is_some();
        if mailed {
            app.send_removal_code(actor)?;
        }
        errors.add(
            "token",
            if mailed {
                "A code was mailed to you: send it as token."
            } else {
                "Send a code of your second factor as token."
            },
        );
    }
    errors.into_result()?;
    app.remove_factor(actor, method, &body.password, &body.token)
}

/// The field that the pages call `code` is called `token` here.
fn in_their_words(error: Error) -> Error {
    match error {
        Error::Invalid(fields) => {
            Error::Invalid(fields.iter().fold(FieldErrors::default(), |mut all, (field, message)| {
                all.add(if field == "password" { "password" } else { "token" }, message);
                all
            }))
        }
        other => other,
    }
}
