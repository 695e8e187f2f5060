//! `GET /roles`, `POST /create_role`, `DELETE /delete_role`.

use super::{Made, Revision, Said, made, said};
use crate::{
    app::App,
    domain::role::{Role, RoleDraft},
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RoleName")]
pub struct RoleWire {
    id: i64,
    name: String,
}

impl From<Role> for RoleWire {
    fn from(role: Role) -> Self {
        Self { id: role.id, name: role.name }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Roles {
    /// All of them.
    roles: Vec<RoleWire>,
}

pub async fn list(caller: Caller) -> Result<Json<Said<Roles>>, LegacyError> {
    let roles = caller.run(App::all_roles).await?;
    Ok(said("All roles", Roles { roles: roles.into_iter().map(RoleWire::from).collect() }))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewRoleName")]
pub struct NewRole {
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub struct MadeRole {
    role: RoleWire,
    revision: i64,
}

pub async fn create(caller: Caller, LegacyBody(body): LegacyBody<NewRole>) -> Result<Made<MadeRole>, LegacyError> {
    let draft = RoleDraft::parse(&body.name, "", "")?;
    let done = caller.run(move |app, actor| app.create_role(actor, &draft)).await?;
    let message = format!("Role \"{}\" created successfully", done.value.name);
    Ok(made(message, MadeRole { role: done.value.into(), revision: done.revision }))
}

#[derive(Deserialize, JsonSchema)]
pub struct OldRole {
    role_id: i64,
}

pub async fn delete(
    caller: Caller,
    LegacyBody(body): LegacyBody<OldRole>,
) -> Result<Json<Said<Revision>>, LegacyError> {
    let change = caller.run(move |app, actor| app.delete_role(actor, body.role_id, "")).await?;
    Ok(said("Role deleted successfully", Revision { revision: Some(change.revision) }))
}
