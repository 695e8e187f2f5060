//! `GET /check_auth_status`.

use super::{Nothing, Said};
use crate::web::{error::LegacyError, extract::Caller};
use actix_web::web::Json;

/// 200 for both answers, as the replaced system has it.
pub async fn get(caller: Caller) -> Result<Json<Said<Nothing>>, LegacyError> {
    let success = caller.actor.id.is_some();
    let message = if success { "User is currently logged in" } else { "User is not logged in" };
    Ok(Json(Said { success, message: message.into(), more: Nothing {} }))
}
