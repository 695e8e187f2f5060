//! `GET /roles`, `POST /create_role`, `DELETE /delete_role`.

use super::{Revision, Said, said};
use crate::{
    app::App,
    domain::role::{Role, RoleDraft},
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::{Responder, http::StatusCode, web::Json};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct RoleWire {
    id: i64,
    name: String,
}

impl From<Role> for RoleWire {
    fn from(role: Role) -> Self {
        Self { id: role.id, name: role.name }
    }
}

#[derive(Serialize)]
pub struct Roles {
    roles: Vec<RoleWire>,
}

pub async fn list(caller: Caller) -> Result<Json<Said<Roles>>, LegacyError> {
    let roles = caller.run(App::all_roles).await?;
    Ok(said("All roles", Roles { roles: roles.into_iter().map(RoleWire::from).collect() }))
}

#[derive(Deserialize)]
pub struct NewRole {
    name: String,
}

#[derive(Serialize)]
struct Made {
    role: RoleWire,
    revision: i64,
}

pub async fn create(
    caller: Caller,
    LegacyBody(body): LegacyBody<NewRole>,
) -> Result<impl Responder + use<>, LegacyError> {
    let draft = RoleDraft::parse(&body.name, "", "")?;
    let made = caller.run(move |app, actor| app.create_role(actor, &draft)).await?;
    let message = format!("Role \"{}\" created successfully", made.value.name);
    Ok((said(message, Made { role: made.value.into(), revision: made.revision }), StatusCode::CREATED))
}

#[derive(Deserialize)]
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
