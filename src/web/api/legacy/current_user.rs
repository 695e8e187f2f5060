//! `GET /current_user_details`.

use crate::web::{error::LegacyError, extract::Caller, wire::UserWire};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::Serialize;

/// The replaced system puts the user under `message`; `user` is where `/login` has him.
#[derive(Serialize, JsonSchema)]
pub struct CurrentUser {
    /// True.
    success: bool,
    /// The user.
    message: UserWire,
    /// The same user.
    user: UserWire,
}

pub async fn get(caller: Caller) -> Result<Json<CurrentUser>, LegacyError> {
    let (user, now) = (caller.actor.who()?, caller.app.now());
    Ok(Json(CurrentUser { success: true, message: UserWire::new(user, now), user: UserWire::new(user, now) }))
}
