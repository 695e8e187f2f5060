//! The sessions of a user.

use super::{
    List, Written,
    sessions::{Ended, SessionWire},
};
use crate::web::{
    error::ApiError,
    extract::{Caller, Json as Body},
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// The latest used first.
pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<SessionWire>>, ApiError> {
    let rows = caller.run(move |app, actor| app.user_sessions(actor, *id)).await?;
    let current = caller.actor.session_id;
    Ok(Json(List::whole(rows.into_iter().map(|row| SessionWire::new(row, current)).collect())))
}

/// Ends one.
pub async fn delete(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<Written<Ended>>, ApiError> {
    let (user_id, id) = path.into_inner();
    end(caller, user_id, Some(id)).await
}

/// Ends all.
pub async fn delete_all(caller: Caller, id: Path<i64>) -> Result<Json<Written<Ended>>, ApiError> {
    end(caller, *id, None).await
}

async fn end(caller: Caller, user_id: i64, session_id: Option<i64>) -> Result<Json<Written<Ended>>, ApiError> {
    let change = caller.run(move |app, actor| app.end_user_sessions(actor, user_id, session_id, "")).await?;
    Ok(Json(Written::new(change, |ended| Ended { ended })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "keep_own": true, "reason": "a leaked backup" }))]
pub struct EndAll {
    /// All but the session of this very request.
    keep_own: bool,
    #[serde(default)]
    reason: String,
}

/// Ends those of all users.
pub async fn delete_everybodys(caller: Caller, Body(end): Body<EndAll>) -> Result<Json<Written<Ended>>, ApiError> {
    let change = caller.run(move |app, actor| app.end_all_sessions(actor, end.keep_own, &end.reason)).await?;
    Ok(Json(Written::new(change, |ended| Ended { ended })))
}
