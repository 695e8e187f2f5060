//! One's own second factors.

use super::{List, reauthentication::Sent};
use crate::{
    app::{App, factors::FactorView},
    domain::{Time, factor::Method, sign_in_rules::Enrolment},
    web::{
        api::answer::{Begun, Created, NoContent},
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct FactorWire {
    id: i64,
    /// `totp` or `email`.
    method: Method,
    /// What its owner calls the app; empty for mailed codes.
    name: String,
    /// Mailed codes are weaker than an app.
    weaker: bool,
    /// When it was turned on.
    since: Time,
    /// When a code of it was taken last.
    last_used_at: Option<Time>,
}

impl From<FactorView> for FactorWire {
    fn from(factor: FactorView) -> Self {
        let FactorView { id, method, name, since, last_used_at } = factor;
        Self { id, method, name, weaker: method == Method::Email, since, last_used_at }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct FactorsWire {
    #[serde(flatten)]
    list: List<FactorWire>,
    /// `null`: there never were any.
    recovery_codes_left: Option<i64>,
    /// Until when a second factor that is demanded must be set up; `null`: nothing is missing, or it is overdue.
    due_at: Option<Time>,
    /// Nothing else opens until it is set up.
    overdue: bool,
}

/// The strongest first.
pub async fn list(caller: Caller) -> Result<Json<FactorsWire>, ApiError> {
    let view = caller.run(App::my_factors).await?;
    let enrolment = caller.actor.enrolment;
    Ok(Json(FactorsWire {
        list: List::whole(view.iter().cloned().map(FactorWire::from).collect()),
        recovery_codes_left: view.recovery.map(|(left, _)| left),
        due_at: if let Enrolment::DueAt(at) = enrolment { Some(at) } else { None },
        overdue: enrolment == Enrolment::Overdue,
    }))
}

#[derive(Serialize, JsonSchema)]
pub struct EnrolmentWire {
    /// Base32.
    secret: String,
    /// The `otpauth` address, for a QR code.
    uri: String,
    /// A name for it that is free.
    name: String,
}

/// Begins to set up an authenticator app, or shows what was begun and not confirmed.
pub async fn begin(caller: Caller) -> Result<Json<EnrolmentWire>, ApiError> {
    let open = caller.run(App::totp_enrolment).await?;
    Ok(Json(EnrolmentWire { secret: open.secret, uri: open.uri, name: open.name }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "name": "phone", "code": "123456" }))]
pub struct NewApp {
    /// Empty: any that is free.
    #[serde(default)]
    name: String,
    /// A code that the app shows.
    code: String,
    /// Ends all other sessions of one's own.
    #[serde(default = "yes")]
    end_other_sessions: bool,
}

fn yes() -> bool {
    true
}

/// Turns the app that was begun on, by a code of it.
pub async fn create(caller: Caller, Body(new): Body<NewApp>) -> Result<Created<FactorWire>, ApiError> {
    let factor =
        caller.run(move |app, actor| app.confirm_totp(actor, &new.name, &new.code, new.end_other_sessions)).await?;
    let wire = FactorWire::from(factor);
    Ok(Created { address: format!("/api/v1/me/factors/{}", wire.id), value: wire })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FactorRename")]
#[schemars(example = json!({ "name": "tablet" }))]
pub struct Rename {
    name: String,
}

pub async fn update(caller: Caller, id: Path<i64>, Body(new): Body<Rename>) -> Result<Json<FactorWire>, ApiError> {
    let factor = caller.run(move |app, actor| app.rename_factor(actor, *id, &new.name)).await?;
    Ok(Json(factor.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "password": "the long password of ada", "code": "123456" }))]
pub struct Removal {
    password: String,
    /// Of any of one's factors, or a recovery code.
    code: String,
    /// Ends all other sessions of one's own; true unless said.
    #[serde(default = "yes")]
    end_other_sessions: bool,
}

/// Turns one off.
pub async fn delete(caller: Caller, id: Path<i64>, Body(by): Body<Removal>) -> Result<NoContent, ApiError> {
    caller
        .run(move |app, actor| app.remove_factors(actor, &[*id], &by.password, &by.code, by.end_other_sessions))
        .await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({}))]
pub struct EmailCode {
    /// The mailed code; left out: one is mailed.
    #[serde(default)]
    code: String,
    /// Ends all other sessions of one's own; true unless said.
    #[serde(default = "yes")]
    end_other_sessions: bool,
}

/// Turns mailed codes on, by one that proves the address.
pub async fn create_email(caller: Caller, Body(new): Body<EmailCode>) -> Result<Begun<Sent>, ApiError> {
    caller
        .run(move |app, actor| match new.code.is_empty() {
            true => app.begin_email_factor(actor).map(|()| Begun::Later(Sent { code_sent: true })),
            false => app.confirm_email_factor(actor, &new.code, new.end_other_sessions).map(|()| Begun::Done),
        })
        .await
        .map_err(ApiError)
}
