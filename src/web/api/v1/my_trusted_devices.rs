//! Devices on which one is not asked for a code.

use super::List;
use crate::{
    app::App,
    domain::{Time, session::TrustedDevice},
    web::{api::answer::NoContent, error::ApiError, extract::Caller},
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct TrustedDeviceWire {
    id: i64,
    /// `Firefox on Linux`.
    device: String,
    ip: String,
    /// Since when it is trusted.
    since: Option<Time>,
    /// Until when.
    until: Option<Time>,
    /// When it was used last.
    last_used_at: Option<Time>,
}

impl From<TrustedDevice> for TrustedDeviceWire {
    fn from(row: TrustedDevice) -> Self {
        Self {
            id: row.id,
            device: row.device(),
            ip: row.ip,
            since: row.trusted_at,
            until: row.trusted_until,
            last_used_at: row.trust_used_at,
        }
    }
}

/// The latest first.
pub async fn list(caller: Caller) -> Result<Json<List<TrustedDeviceWire>>, ApiError> {
    let rows = caller.run(App::my_trusted_devices).await?;
    Ok(Json(List::whole(rows.into_iter().map(TrustedDeviceWire::from).collect())))
}

/// Asks one for a code again.
pub async fn delete(caller: Caller, id: Path<i64>) -> Result<NoContent, ApiError> {
    caller.run(move |app, actor| app.distrust_my_devices(actor, Some(*id))).await?;
    Ok(NoContent)
}

/// Asks all for a code again.
pub async fn delete_all(caller: Caller) -> Result<NoContent, ApiError> {
    caller.run(|app, actor| app.distrust_my_devices(actor, None)).await?;
    Ok(NoContent)
}
