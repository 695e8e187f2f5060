//! Oneself.

use super::{user_permissions::HeldWire, user_roles::HoldingWire};
use crate::{
    app::App,
    web::{error::ApiError, extract::Caller, wire::UserWire},
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct MeWire {
    /// Oneself.
    user: UserWire,
    /// Kinds of second factors that are on.
    factors: Vec<String>,
    /// Those in force and those to come.
    roles: Vec<HoldingWire>,
    /// What one has in the end.
    permissions: Vec<HeldWire>,
}

pub async fn get(caller: Caller) -> Result<Json<MeWire>, ApiError> {
    let view = caller.run(App::me).await?;
    Ok(Json(MeWire {
        user: UserWire::new(&view.user, caller.app.now()),
        factors: view.factors,
        roles: view.assignments.into_iter().map(HoldingWire::from).collect(),
        permissions: view.rights.into_iter().map(HeldWire::from).collect(),
    }))
}
