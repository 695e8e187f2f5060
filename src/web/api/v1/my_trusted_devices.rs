//! Devices on which one is not asked for a code.

use super::List;
use crate::{
    app::App,
    domain::{Time, session::TrustedDevice},
    web::{error::ApiError, extract::Caller},
};
use actix_web::{
    HttpResponse,
    web::{Json, Path},
};
use serde::Serialize;

#[derive(Serialize)]
pub struct TrustedDeviceWire {
    id: i64,
    device: String,
    ip: String,
    since: Option<Time>,
    until: Option<Time>,
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
pub async fn delete(caller: Caller, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    caller.run(move |app, actor| app.distrust_my_devices(actor, Some(*id))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks all for a code again.
pub async fn delete_all(caller: Caller) -> Result<HttpResponse, ApiError> {
    caller.run(|app, actor| app.distrust_my_devices(actor, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}
