//! `GET /twofa_uri` and `POST /update_twofa`.

use super::{Nothing, Said, done, said};
use crate::{
    app::{Actor, App},
    domain::{Error, FieldErrors, Result as Outcome},
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, JsonSchema)]
pub struct Uri {
    /// The `otpauth` address.
    uri: String,
}

/// The open enrolment's address, or that of a new one; 409 while TOTP is on. Nothing that works is touched.
pub async fn get(caller: Caller) -> Result<Json<Said<Uri>>, LegacyError> {
    let begin = |app: &App, actor: &Actor| {
        if app.my_factors(actor)?.apps.is_empty() {
            return app.totp_enrolment(actor);
        }
        let text =
            "The authenticator app is on already. Turn it off first, or add another one on the page of your account.";
        Err(Error::conflict("already_on", text))
    };
    let enrolment = caller.run(begin).await?;
    Ok(said("2FA confirmation", Uri { uri: enrolment.uri }))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SecondFactorUpdate")]
pub struct Update {
    /// On or off.
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
        if body.enabled {
            app.confirm_totp(actor, "", &body.token, false).map(drop)
        } else {
            turn_off(app, actor, &body)
        }
    };
    caller.run(move |app, actor| change(app, actor).map_err(in_their_words)).await?;
    Ok(done("2FA updated successfully"))
}

/// Turns all apps off or, if only those are on, mailed codes. Who has only mailed codes and sends none gets one.
fn turn_off(app: &App, actor: &Actor, body: &Update) -> Outcome<()> {
    let factors = app.my_factors(actor)?;
    let apps: Vec<i64> = factors.apps.iter().map(|app| app.id).collect();
    let ids = if apps.is_empty() { factors.email.iter().map(|email| email.id).collect() } else { apps };
    let mut errors = FieldErrors::default();
    if body.password.is_empty() {
        errors.add("password", "Send your password too to turn the second factor off.");
    }
    if body.token.is_empty() {
        let mailed = !body.password.is_empty() && factors.apps.is_empty() && factors.email.is_some();
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
    app.remove_factors(actor, &ids, &body.password, &body.token, false)
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
