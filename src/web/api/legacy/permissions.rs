//! `GET /permissions`, `POST /create_permission`, `DELETE /delete_permission`.

use super::{Made, Revision, Said, made, said};
use crate::{
    app::App,
    domain::{
        Error, FieldErrors,
        permission::{NewPermission, Permission},
    },
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PermissionName")]
pub struct PermissionWire {
    id: i64,
    /// What the client called it when it made it.
    name: String,
    /// `resource:action`.
    permission: String,
}

impl From<Permission> for PermissionWire {
    fn from(permission: Permission) -> Self {
        let name = if permission.label.is_empty() { permission.name.clone() } else { permission.label };
        Self { id: permission.id, name, permission: permission.name }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Permissions {
    /// All of them.
    permissions: Vec<PermissionWire>,
}

pub async fn list(caller: Caller) -> Result<Json<Said<Permissions>>, LegacyError> {
    let permissions = caller.run(App::all_permissions).await?;
    Ok(said(
        "All permissions",
        Permissions { permissions: permissions.into_iter().map(PermissionWire::from).collect() },
    ))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewPermissionName")]
pub struct Named {
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub struct MadePermission {
    permission: PermissionWire,
    revision: i64,
}

/// `name`: free text or `resource:action`.
pub async fn create(caller: Caller, LegacyBody(body): LegacyBody<Named>) -> Result<Made<MadePermission>, LegacyError> {
    let new = NewPermission::from_free_text(&body.name)
        .map_err(|message| Error::Invalid(FieldErrors::one("name", message)))?;
    let done = caller.run(move |app, actor| app.create_permission(actor, &new)).await?;
    let permission = PermissionWire::from(done.value);
    let message = format!("Permission \"{}\" created successfully", permission.name);
    Ok(made(message, MadePermission { permission, revision: done.revision }))
}

#[derive(Deserialize, JsonSchema)]
pub struct OldPermission {
    /// The number of the permission.
    permission_id: i64,
}

pub async fn delete(
    caller: Caller,
    LegacyBody(body): LegacyBody<OldPermission>,
) -> Result<Json<Said<Revision>>, LegacyError> {
    let change = caller.run(move |app, actor| app.delete_permission(actor, body.permission_id, "")).await?;
    Ok(said("Permission deleted successfully", Revision { revision: Some(change.revision) }))
}
