//! Roles against the permissions of one resource.

use super::{List, Revision, permissions::PermissionWire, roles::RoleRef};
use crate::{
    app::permission_matrix::MatrixQuery,
    domain::{
        matrix::{Cell, MatrixChange, Place},
        page::ListQuery,
        permission::Pattern,
    },
    web::{
        error::ApiError,
        extract::{Caller, Json as Body, ListParams},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// Whose permissions are the columns.
    resource: String,
    /// The cursor of the permissions.
    columns: String,
}

#[derive(Serialize, JsonSchema)]
pub struct MatrixWire {
    /// The columns.
    permissions: List<PermissionWire>,
    /// The roles, each with a cell for each permission.
    rows: List<RowWire>,
    revision: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MatrixRow")]
struct RowWire {
    role: RoleRef,
    /// One for each of the permissions, in their order.
    cells: Vec<CellWire>,
}

#[derive(Serialize, JsonSchema)]
struct CellWire {
    /// The strongest way: `own`, `wildcard`, `inherited` or `none`.
    kind: &'static str,
    /// The id of the role's own permission.
    grant_id: Option<i64>,
    /// A pattern of its own that covers it.
    pattern: Option<Pattern>,
    /// The id of an included role that has it.
    inherited_from: Option<i64>,
    /// In no way without a condition.
    conditional: bool,
}

impl From<Cell> for CellWire {
    fn from(cell: Cell) -> Self {
        Self {
            kind: cell.kind(),
            grant_id: cell.own.map(|grant| grant.id),
            pattern: cell.wildcard.map(|grant| grant.pattern),
            inherited_from: cell.inherited_from,
            conditional: cell.conditional,
        }
    }
}

/// `filter`: `having`, `role` or `group`; `cursor` pages the roles, `columns` the permissions.
pub async fn get(caller: Caller, asked: Query<Asked>, params: Query<ListParams>) -> Result<Json<MatrixWire>, ApiError> {
    let query = MatrixQuery {
        resource: asked.resource.clone(),
        roles: params.query()?,
        permissions: ListQuery { cursor: asked.columns.clone(), ..ListQuery::default() },
    };
    let matrix = caller.run(move |app, actor| app.permission_matrix(actor, &query)).await?;
    Ok(Json(MatrixWire {
        permissions: List::page(matrix.permissions, PermissionWire::from),
        rows: List::page(matrix.rows, |(role, cells)| RowWire {
            role: role.into(),
            cells: cells.into_iter().map(CellWire::from).collect(),
        }),
        revision: matrix.revision,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    role_id: i64,
    /// The number of the permission.
    permission_id: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "give": [{ "role_id": 2, "permission_id": 1 }], "reason": "they write now" }))]
pub struct MatrixPatch {
    /// Permissions that roles get of their own.
    #[serde(default)]
    give: Vec<PlaceBody>,
    /// Those that are taken from them.
    #[serde(default)]
    take: Vec<PlaceBody>,
    #[serde(default)]
    reason: String,
    /// The one that was looked at: if what is changed here was changed after it, nothing is done.
    #[serde(default)]
    revision: Option<i64>,
}

/// All of it or nothing.
pub async fn update(caller: Caller, Body(patch): Body<MatrixPatch>) -> Result<Json<Revision>, ApiError> {
    let places = |all: Vec<PlaceBody>| {
        all.into_iter().map(|one| Place { role: one.role_id, permission: one.permission_id }).collect()
    };
    let change =
        MatrixChange { give: places(patch.give), take: places(patch.take), reason: patch.reason, seen: patch.revision };
    let done = caller.run(move |app, actor| app.change_matrix(actor, &change)).await?;
    Ok(Json(Revision::of(&done)))
}
