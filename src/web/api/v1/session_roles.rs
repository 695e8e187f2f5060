//! The active roles of a session. `current` stands for the session of the request.

use super::{List, Revision, Written, roles::RoleRef, user_permissions::HeldWire};
use crate::{
    app::activation::Activation,
    domain::{Error, Result as DomainResult},
    web::{
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// The id that an address names.
fn session_id(caller: &Caller, text: &str) -> DomainResult<i64> {
    match text {
        "current" => caller.actor.session_id.ok_or(Error::SignInRequired),
        text => text.parse().map_err(|_| Error::not_found("session")),
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Activation")]
pub struct ActivationWire {
    /// The number of the session.
    session_id: i64,
    /// `false`: all that the user is assigned are active, as far as DSD sets let them.
    restricted: bool,
    /// The roles it runs with.
    active: Vec<RoleRef>,
    /// Could be activated besides.
    inactive: Vec<RoleRef>,
}

impl From<Activation> for ActivationWire {
    fn from(found: Activation) -> Self {
        let refs = |roles: Vec<_>| roles.into_iter().map(RoleRef::from).collect();
        Self {
            session_id: found.session_id,
            restricted: found.restricted,
            active: refs(found.active),
            inactive: refs(found.inactive),
        }
    }
}

pub async fn list(caller: Caller, id: Path<String>) -> Result<Json<ActivationWire>, ApiError> {
    let id = session_id(&caller, &id)?;
    Ok(Json(caller.run(move |app, actor| app.activation(actor, id)).await?.into()))
}

/// SessionPermissions.
pub async fn permissions(caller: Caller, id: Path<String>) -> Result<Json<List<HeldWire>>, ApiError> {
    let id = session_id(&caller, &id)?;
    let held = caller.run(move |app, actor| app.session_permissions(actor, id)).await?;
    Ok(Json(List::whole(held.into_iter().map(HeldWire::from).collect())))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RoleChoice")]
#[schemars(example = json!({ "role_ids": [1] }))]
pub struct Choice {
    /// Null: all again.
    role_ids: Option<BTreeSet<i64>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OneRole")]
#[schemars(example = json!({ "role_id": 3 }))]
pub struct One {
    role_id: i64,
}

/// Runs the session with just these roles.
pub async fn update(
    caller: Caller,
    id: Path<String>,
    Body(choice): Body<Choice>,
) -> Result<Json<Written<ActivationWire>>, ApiError> {
    let id = session_id(&caller, &id)?;
    let written = caller
        .run(move |app, actor| {
            let change = app.activate(actor, id, choice.role_ids)?;
            let now = app.activation(actor, id)?;
            Ok(change.map(|_| now))
        })
        .await?;
    Ok(Json(Written::new(written, ActivationWire::from)))
}

/// AddActiveRole.
pub async fn create(caller: Caller, id: Path<String>, Body(one): Body<One>) -> Result<Json<Revision>, ApiError> {
    let id = session_id(&caller, &id)?;
    let change = caller.run(move |app, actor| app.activate_role(actor, id, one.role_id)).await?;
    Ok(Json(Revision::of(&change)))
}

/// DropActiveRole.
pub async fn delete(caller: Caller, path: Path<(String, i64)>) -> Result<Json<Revision>, ApiError> {
    let (id, role_id) = path.into_inner();
    let id = session_id(&caller, &id)?;
    let change = caller.run(move |app, actor| app.drop_role(actor, id, role_id)).await?;
    Ok(Json(Revision::of(&change)))
}
