//! `GET /permissions`, `POST /create_permission`, `DELETE /delete_permission`.

use super::{Revision, Said, said};
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
use actix_web::{Responder, http::StatusCode, web::Json};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
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

#[derive(Serialize)]
pub struct Permissions {
    permissions: Vec<PermissionWire>,
}

pub async fn list(caller: Caller) -> Result<Json<Said<Permissions>>, LegacyError> {
    let permissions = caller.run(App::all_permissions).await?;
    Ok(said(
        "All permissions",
        Permissions { permissions: permissions.into_iter().map(PermissionWire::from).collect() },
    ))
}

#[derive(Deserialize)]
pub struct Named {
    name: String,
}

#[derive(Serialize)]
struct Made {
    permission: PermissionWire,
    revision: i64,
}

/// `name`: free text or `resource:action`.
pub async fn create(
    caller: Caller,
    LegacyBody(body): LegacyBody<Named>,
) -> Result<impl Responder + use<>, LegacyError> {
    let new = NewPermission::from_free_text(&body.name)
        .map_err(|message| Error::Invalid(FieldErrors::one("name", message)))?;
    let made = caller.run(move |app, actor| app.create_permission(actor, &new)).await?;
    let permission = PermissionWire::from(made.value);
    let message = format!("Permission \"{}\" created successfully", permission.name);
    Ok((said(message, Made { permission, revision: made.revision }), StatusCode::CREATED))
}

#[derive(Deserialize)]
pub struct OldPermission {
    permission_id: i64,
}

pub async fn delete(
    caller: Caller,
    LegacyBody(body): LegacyBody<OldPermission>,
) -> Result<Json<Said<Revision>>, LegacyError> {
    let change = caller.run(move |app, actor| app.delete_permission(actor, body.permission_id, "")).await?;
    Ok(said("Permission deleted successfully", Revision { revision: Some(change.revision) }))
}
