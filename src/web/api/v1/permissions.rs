//! Registered permissions.

use super::{List, Revision, Written, roles::RoleRef};
use crate::{
    app::{
        permission_reach::{Able, Having, LastUse, PermissionReach},
        permissions::PermissionRow,
    },
    domain::{
        Time,
        permission::{NewPermission, Permission},
    },
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, ListParams, Reason},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct PermissionWire {
    id: i64,
    /// `resource:action`; never changes.
    name: String,
    /// To what it is done: `invoices`.
    resource: String,
    /// What is done: `approve`.
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

#[derive(Serialize, JsonSchema)]
pub struct PermissionRowWire {
    #[serde(flatten)]
    permission: PermissionWire,
    /// How many roles have it, by whatever pattern.
    roles: usize,
    /// Enabled users who have it somewhere. Not `people_exact`: there are more.
    people: i64,
    /// Whether `people` is the whole number.
    people_exact: bool,
    /// When somebody used it last; null: never.
    last_used_at: Option<Time>,
}

pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<PermissionRowWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.permissions(actor, &query)).await?;
    Ok(Json(List::page(page, |row: PermissionRow| PermissionRowWire {
        permission: row.permission.into(),
        roles: row.roles,
        people: row.people.number(),
        people_exact: row.people.is_exact(),
        last_used_at: row.last_used_at,
    })))
}

#[derive(Serialize, JsonSchema)]
pub struct PermissionViewWire {
    #[serde(flatten)]
    permission: PermissionWire,
    /// The first hundred.
    roles: Vec<HolderWire>,
    /// How many roles have it.
    roles_total: usize,
    /// Enabled users who have it somewhere. Not `people_exact`: there are more.
    people: i64,
    /// Whether `people` is the whole number.
    people_exact: bool,
    /// The first of them; null for whoever may not see who they are.
    first_people: Option<Vec<AbleWire>>,
    /// When somebody used it last; null: never.
    last_used_at: Option<Time>,
    /// Who used it last; null likewise.
    last_uses: Option<Vec<LastUseWire>>,
}

/// A role that has the permission.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PermissionHolder")]
struct HolderWire {
    #[serde(flatten)]
    role: RoleRef,
    /// By a pattern of its own, not only by an included role's.
    own: bool,
}

impl From<Having> for HolderWire {
    fn from(having: Having) -> Self {
        Self { own: !having.own.is_empty(), role: having.role.into() }
    }
}

#[derive(Serialize, JsonSchema)]
struct AbleWire {
    id: i64,
    username: String,
    /// Where.
    places: Vec<PlaceWire>,
}

/// Where somebody has it.
#[derive(Serialize, JsonSchema)]
struct PlaceWire {
    /// Empty: everywhere.
    scope: String,
    /// Only for requests that fulfil a condition.
    conditional: bool,
}

impl From<Able> for AbleWire {
    fn from(able: Able) -> Self {
        let places = able
            .places
            .into_iter()
            .map(|(scope, conditional)| PlaceWire { scope: scope.as_str().to_owned(), conditional });
        Self { id: able.user.id, username: able.user.username, places: places.collect() }
    }
}

#[derive(Serialize, JsonSchema)]
struct LastUseWire {
    user_id: i64,
    username: String,
    /// When.
    last_used_at: Time,
}

impl From<LastUse> for LastUseWire {
    fn from(LastUse { user_id, username, at }: LastUse) -> Self {
        Self { user_id, username, last_used_at: at }
    }
}

fn view(permission: Permission, reach: PermissionReach) -> PermissionViewWire {
    PermissionViewWire {
        permission: permission.into(),
        roles: reach.roles.into_iter().map(HolderWire::from).collect(),
        roles_total: reach.role_count,
        people: reach.people.number(),
        people_exact: reach.people.is_exact(),
        first_people: reach.first.map(|first| first.into_iter().map(AbleWire::from).collect()),
        last_used_at: reach.last_used_at,
        last_uses: reach.uses.map(|uses| uses.into_iter().map(LastUseWire::from).collect()),
    }
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<PermissionViewWire>, ApiError> {
    let (permission, reach) =
        caller.run(move |app, actor| Ok((app.permission(actor, *id)?, app.permission_reach(actor, *id)?))).await?;
    Ok(Json(view(permission, reach)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "resource": "invoices", "action": "approve", "label": "Approve invoices" }))]
pub struct NewPermissionBody {
    /// To what it is done: `invoices`.
    resource: String,
    /// What is done: `approve`.
    action: String,
    /// What people call it.
    #[serde(default)]
    label: String,
    #[serde(default)]
    description: String,
}

pub async fn create(
    caller: Caller,
    Body(new): Body<NewPermissionBody>,
) -> Result<Created<Written<PermissionWire>>, ApiError> {
    let new = NewPermission::parse(&new.resource, &new.action, &new.label, &new.description)?;
    let made = caller.run(move |app, actor| app.create_permission(actor, &new)).await?;
    Ok(Created {
        address: format!("/api/v1/permissions/{}", made.value.id),
        value: Written::new(made, PermissionWire::from),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "description": "Approve an invoice for payment." }))]
pub struct PermissionPatch {
    /// What people call it.
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
