//! Roles and groups.

use super::{List, Revision, Written, role_inclusions::IncludedWire, role_permissions::GrantWire};
use crate::{
    app::roles::{RoleRow, RoleView},
    domain::{
        Error, FieldErrors, Time,
        permission::Pattern,
        role::{Role, RoleDraft},
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

/// A role where only its name is of interest.
#[derive(Serialize, JsonSchema)]
pub struct RoleRef {
    pub id: i64,
    pub name: String,
}

impl From<Role> for RoleRef {
    fn from(role: Role) -> Self {
        Self { id: role.id, name: role.name }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct RoleWire {
    id: i64,
    name: String,
    /// `role` or `group`.
    kind: String,
    description: String,
    /// Belongs to Rolecall and cannot be changed.
    built_in: bool,
    created_at: Time,
    updated_at: Time,
}

impl From<Role> for RoleWire {
    fn from(role: Role) -> Self {
        let Role { id, name, kind, description, built_in, created_at, updated_at, .. } = role;
        Self { id, name, kind, description, built_in, created_at, updated_at }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct RoleRowWire {
    #[serde(flatten)]
    role: RoleWire,
    /// Users who hold it now, by an assignment of its own.
    /// Not `members_exact`: there are more.
    members: i64,
    /// Whether `members` is the whole number.
    members_exact: bool,
    /// With those of roles that include it.
    all_members: i64,
    /// Whether `all_members` is the whole number.
    all_members_exact: bool,
    /// Patterns of its own, and with those of included roles.
    own_permissions: usize,
    /// Patterns with those of included roles.
    all_permissions: usize,
    /// Names of the roles that it includes directly.
    includes: Vec<String>,
}

/// `filter`: `role` or `group`.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<RoleRowWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.roles(actor, &query)).await?;
    Ok(Json(List::page(page, |row: RoleRow| RoleRowWire {
        role: row.role.into(),
        members: row.members.number(),
        members_exact: row.members.is_exact(),
        all_members: row.all_members.number(),
        all_members_exact: row.all_members.is_exact(),
        own_permissions: row.own,
        all_permissions: row.all,
        includes: row.includes,
    })))
}

#[derive(Serialize, JsonSchema)]
pub struct RoleViewWire {
    #[serde(flatten)]
    role: RoleWire,
    /// Its own.
    permissions: Vec<GrantWire>,
    /// Those of the roles that it includes.
    inherited: Vec<InheritedWire>,
    /// Roles that it includes.
    includes: Vec<IncludedWire>,
    /// Roles that include it.
    included_by: Vec<RoleRef>,
    /// Not `members_exact`: there are more.
    members: i64,
    /// Whether `members` is the whole number.
    members_exact: bool,
}

#[derive(Serialize, JsonSchema)]
struct InheritedWire {
    permission: Pattern,
    /// The role that it is from.
    from: RoleRef,
}

impl From<RoleView> for RoleViewWire {
    fn from(view: RoleView) -> Self {
        Self {
            role: view.role.into(),
            permissions: view.own.into_iter().map(GrantWire::from).collect(),
            inherited: view
                .inherited
                .into_iter()
                .map(|(permission, from)| InheritedWire { permission, from: from.into() })
                .collect(),
            includes: view.juniors.into_iter().map(IncludedWire::from).collect(),
            included_by: view.seniors.into_iter().map(RoleRef::from).collect(),
            members: view.member_count.number(),
            members_exact: view.member_count.is_exact(),
        }
    }
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<RoleViewWire>, ApiError> {
    let view = caller.run(move |app, actor| app.role(actor, *id)).await?;
    Ok(Json(view.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "name": "approver", "description": "Approves invoices.", "permissions": ["posts:read"] }))]
pub struct NewRole {
    name: String,
    /// `role` (default) or `group`.
    #[serde(default)]
    kind: String,
    #[serde(default)]
    description: String,
    /// Roles that the new one includes (AddAscendant).
    #[serde(default)]
    includes: Vec<i64>,
    /// Roles that include the new one (AddDescendant).
    #[serde(default)]
    included_by: Vec<i64>,
    /// What it has from the beginning: permissions and patterns.
    #[serde(default)]
    permissions: Vec<String>,
}

pub async fn create(caller: Caller, Body(new): Body<NewRole>) -> Result<Created<Written<RoleWire>>, ApiError> {
    let draft = RoleDraft::parse(&new.name, &new.kind, &new.description)?;
    let patterns = new.permissions.iter().map(|text| Pattern::parse(text)).collect::<Result<Vec<Pattern>, String>>();
    let patterns = patterns.map_err(|message| Error::Invalid(FieldErrors::one("permissions", message)))?;
    let made = caller
        .run(move |app, actor| app.create_role_whole(actor, &draft, &patterns, &new.includes, &new.included_by))
        .await
        .map_err(|error| match error {
            Error::Invalid(errors) => Error::Invalid(errors.rename("permission", "permissions")),
            error => error,
        })?;
    Ok(Created { address: format!("/api/v1/roles/{}", made.value.id), value: Written::new(made, RoleWire::from) })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "description": "Approves invoices." }))]
pub struct RolePatch {
    name: Option<String>,
    /// `role` or `group`.
    kind: Option<String>,
    description: Option<String>,
}

/// What is left out stays as it is.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(patch): Body<RolePatch>,
) -> Result<Json<Written<RoleWire>>, ApiError> {
    let RolePatch { name, kind, description } = patch;
    let change = caller
        .run(move |app, actor| {
            app.patch_role(actor, *id, |role| {
                let text = |new: &Option<String>, old: &str| new.as_deref().unwrap_or(old).to_owned();
                RoleDraft::parse(
                    &text(&name, &role.name),
                    &text(&kind, &role.kind),
                    &text(&description, &role.description),
                )
            })
        })
        .await?;
    Ok(Json(Written::new(change, RoleWire::from)))
}

pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.delete_role(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
