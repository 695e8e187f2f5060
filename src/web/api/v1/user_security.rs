//! How a user signs in, and what is done about it.

use super::{Revision, my_trusted_devices::TrustedDeviceWire};
use crate::{
    domain::Time,
    web::{
        api::answer::NoContent,
        error::ApiError,
        extract::{Caller, Reason},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct SecurityWire {
    /// Second factors that are on, the oldest first.
    factors: Vec<KnownFactorWire>,
    /// Recovery codes that are left; null: he has none.
    recovery_codes_left: Option<i64>,
    /// Devices that stand in for the second factor.
    trusted_devices: Vec<TrustedDeviceWire>,
    /// Live sessions.
    sessions: usize,
    /// Refused sign-ins since he last signed in, of his latest events.
    failures: usize,
    /// Seconds until the next try from a device that he has not used; 0: at once.
    wait_seconds: i64,
    /// So many wrong passwords came from devices that he has not used that they are not looked at any more.
    password_off: bool,
    /// The same of his codes.
    codes_off: bool,
}

/// A second factor as an administrator sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KnownFactor")]
struct KnownFactorWire {
    /// `totp` or `email`.
    method: String,
    /// What its owner calls it; empty for mailed codes.
    name: String,
    /// When it was turned on.
    since: Option<Time>,
    /// When a code of it was taken last.
    last_used_at: Option<Time>,
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<SecurityWire>, ApiError> {
    let found = caller.run(move |app, actor| app.user_security(actor, *id)).await?;
    let factors = found.factors.into_iter().map(|factor| KnownFactorWire {
        method: factor.method,
        name: factor.name,
        since: factor.since,
        last_used_at: factor.last_used_at,
    });
    Ok(Json(SecurityWire {
        factors: factors.collect(),
        recovery_codes_left: found.recovery.map(|(left, _)| left),
        trusted_devices: found.devices.into_iter().map(TrustedDeviceWire::from).collect(),
        sessions: found.sessions.len(),
        failures: found.failures.lately,
        wait_seconds: found.failures.wait,
        password_off: found.failures.password_off,
        codes_off: found.failures.codes_off,
    }))
}

/// He chooses one by himself: nobody sees or sets another's.
pub async fn mail_reset(caller: Caller, id: Path<i64>) -> Result<NoContent, ApiError> {
    caller.run(move |app, actor| app.start_password_reset(actor, *id)).await?;
    Ok(NoContent)
}

/// Asks one of his devices for a code again.
pub async fn distrust(
    caller: Caller,
    place: Path<(i64, i64)>,
    Reason(reason): Reason,
) -> Result<Json<Revision>, ApiError> {
    let (user, device) = place.into_inner();
    let change = caller.run(move |app, actor| app.distrust_user_devices(actor, user, Some(device), &reason)).await?;
    Ok(Json(Revision::of(&change)))
}

/// Asks all of them.
pub async fn distrust_all(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.distrust_user_devices(actor, *id, None, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
