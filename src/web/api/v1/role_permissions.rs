//! What a role is given itself: permissions and patterns.

use super::{List, Revision, Written};
use crate::{
    domain::{
        Error, Time,
        permission::Pattern,
        role::{self, PermissionAssignment},
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

#[derive(Serialize, JsonSchema)]
pub struct GrantWire {
    id: i64,
    role_id: i64,
    /// `invoices:approve`, or a pattern: `invoices:*`.
    permission: Pattern,
    condition: Option<String>,
    reason: String,
    given_at: Time,
    given_by: Option<i64>,
}

impl From<PermissionAssignment> for GrantWire {
    fn from(row: PermissionAssignment) -> Self {
        let permission = row.pattern();
        let PermissionAssignment { id, role_id, condition, reason, given_at, given_by, .. } = row;
        Self { id, role_id, permission, condition, reason, given_at, given_by }
    }
}

pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<GrantWire>>, ApiError> {
    let view = caller.run(move |app, actor| app.role(actor, *id)).await?;
    Ok(Json(List::whole(view.own.into_iter().map(GrantWire::from).collect())))
}

pub async fn get(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<GrantWire>, ApiError> {
    let (role_id, id) = path.into_inner();
    let view = caller.run(move |app, actor| app.role(actor, role_id)).await?;
    let found = view.own.into_iter().find(|grant| grant.id == id);
    Ok(Json(found.ok_or(Error::not_found("permission of this role"))?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "permission": "posts:*", "reason": "that is what the role is for" }))]
pub struct NewGrant {
    permission: String,
    /// Only for requests that fulfil it; empty: for all.
    #[serde(default)]
    condition: String,
    #[serde(default)]
    reason: String,
}

pub async fn create(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<NewGrant>,
) -> Result<Created<Written<GrantWire>>, ApiError> {
    let grant = role::NewGrant::parse(&new.permission, &new.condition, &new.reason)?;
    let role_id = *id;
    let made = caller.run(move |app, actor| app.grant(actor, role_id, &grant)).await?;
    let address = format!("/api/v1/roles/{role_id}/permissions/{}", made.value.id);
    Ok(Created { address, value: Written::new(made, GrantWire::from) })
}

pub async fn delete(
    caller: Caller,
    path: Path<(i64, i64)>,
    Reason(reason): Reason,
) -> Result<Json<Revision>, ApiError> {
    let (role_id, id) = path.into_inner();
    let change = caller.run(move |app, actor| app.revoke(actor, role_id, id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
