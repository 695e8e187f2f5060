//! Which roles a role includes directly.

use super::{List, Revision, Written};
use crate::{
    domain::{
        Error, Time,
        role::{Role, RoleInclusion},
    },
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, Reason},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An inclusion as lists show it: the senior role is the one that was asked for.
#[derive(Serialize, JsonSchema)]
pub struct IncludedWire {
    id: i64,
    /// The number of the included role.
    junior_id: i64,
    /// The name of the included role.
    junior: String,
}

impl From<(i64, Role)> for IncludedWire {
    fn from((id, junior): (i64, Role)) -> Self {
        Self { id, junior_id: junior.id, junior: junior.name }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct InclusionWire {
    id: i64,
    /// The number of the role that includes it.
    senior_id: i64,
    /// The number of the included role.
    junior_id: i64,
    reason: String,
    given_at: Time,
    given_by: Option<i64>,
}

impl From<RoleInclusion> for InclusionWire {
    fn from(row: RoleInclusion) -> Self {
        let RoleInclusion { id, senior_id, junior_id, reason, given_at, given_by, .. } = row;
        Self { id, senior_id, junior_id, reason, given_at, given_by }
    }
}

pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<IncludedWire>>, ApiError> {
    let view = caller.run(move |app, actor| app.role(actor, *id)).await?;
    Ok(Json(List::whole(view.juniors.into_iter().map(IncludedWire::from).collect())))
}

pub async fn get(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<IncludedWire>, ApiError> {
    let (senior_id, id) = path.into_inner();
    let view = caller.run(move |app, actor| app.role(actor, senior_id)).await?;
    let found = view.juniors.into_iter().find(|junior| junior.0 == id);
    Ok(Json(found.ok_or(Error::not_found("inclusion"))?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "junior_id": 2, "reason": "whoever approves may read" }))]
pub struct NewInclusion {
    /// The role to include.
    junior_id: i64,
    #[serde(default)]
    reason: String,
}

pub async fn create(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<NewInclusion>,
) -> Result<Created<Written<InclusionWire>>, ApiError> {
    let senior_id = *id;
    let made = caller.run(move |app, actor| app.include_role(actor, senior_id, new.junior_id, &new.reason)).await?;
    let address = format!("/api/v1/roles/{senior_id}/inclusions/{}", made.value.id);
    Ok(Created { address, value: Written::new(made, InclusionWire::from) })
}

pub async fn delete(
    caller: Caller,
    path: Path<(i64, i64)>,
    Reason(reason): Reason,
) -> Result<Json<Revision>, ApiError> {
    let (senior_id, id) = path.into_inner();
    let change = caller.run(move |app, actor| app.exclude_role(actor, senior_id, id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
