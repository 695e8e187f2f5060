//! Registered permissions.

use super::{List, Revision, Written, created, roles::RoleRef};
use crate::{
    app::permissions::{PermissionRow, PermissionView},
    domain::{
        Time,
        permission::{NewPermission, Permission},
    },
    web::{
        error::ApiError,
        extract::{Caller, Json as Body, ListParams, Reason},
    },
};
use actix_web::{
    HttpResponse,
    web::{Json, Path, Query},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct PermissionWire {
    id: i64,
    /// `resource:action`; never changes.
    name: String,
    resource: String,
    action: String,
    /// What people call it.
    label: String,
    description: String,
    /// Belongs to Rolecall and stays.
    built_in: bool,
    created_at: Time,
    updated_at: Time,
}

impl From<Permission> for PermissionWire {
    fn from(permission: Permission) -> Self {
        let Permission { id, resource, action, name, label, description, built_in, created_at, updated_at, .. } =
            permission;
        Self { id, name, resource, action, label, description, built_in, created_at, updated_at }
    }
}

#[derive(Serialize)]
pub struct PermissionRowWire {
    #[serde(flatten)]
    permission: PermissionWire,
    /// How many roles have it, by whatever pattern.
    roles: usize,
}

pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<PermissionRowWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.permissions(actor, &query)).await?;
    Ok(Json(List::page(page, |row: PermissionRow| PermissionRowWire {
        permission: row.permission.into(),
        roles: row.roles,
    })))
}

#[derive(Serialize)]
pub struct PermissionViewWire {
    #[serde(flatten)]
    permission: PermissionWire,
    roles: Vec<HolderWire>,
}

/// A role that has the permission.
#[derive(Serialize)]
struct HolderWire {
    #[serde(flatten)]
    role: RoleRef,
    /// By a pattern of its own, not only by an included role's.
    own: bool,
}

impl From<PermissionView> for PermissionViewWire {
    fn from(view: PermissionView) -> Self {
        let roles = view.roles.into_iter().map(|(role, own)| HolderWire { role: role.into(), own }).collect();
        Self { permission: view.permission.into(), roles }
    }
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<PermissionViewWire>, ApiError> {
    let view = caller.run(move |app, actor| app.permission(actor, *id)).await?;
    Ok(Json(view.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPermissionBody {
    resource: String,
    action: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    description: String,
}

pub async fn create(caller: Caller, Body(new): Body<NewPermissionBody>) -> Result<HttpResponse, ApiError> {
    let new = NewPermission::parse(&new.resource, &new.action, &new.label, &new.description)?;
    let made = caller.run(move |app, actor| app.create_permission(actor, &new)).await?;
    Ok(created(format!("/api/v1/permissions/{}", made.value.id), &Written::new(made, PermissionWire::from)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionPatch {
    label: Option<String>,
    description: Option<String>,
}

/// What is left out stays as it is.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(patch): Body<PermissionPatch>,
) -> Result<Json<Written<PermissionWire>>, ApiError> {
    let change = caller
        .run(move |app, actor| app.patch_permission(actor, *id, patch.label.as_deref(), patch.description.as_deref()))
        .await?;
    Ok(Json(Written::new(change, PermissionWire::from)))
}

pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.delete_permission(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
