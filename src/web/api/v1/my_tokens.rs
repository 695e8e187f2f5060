//! One's own API tokens.

use super::{
    List, Revision, Written,
    sessions::Ended,
    tokens::{self, IssuedWire, NewToken, Rename, Rotation, TokenWire},
};
use crate::web::{
    api::answer::Created,
    error::ApiError,
    extract::{Caller, Json as Body, Reason},
};
use actix_web::web::{Json, Path};

const PLACE: &str = "/api/v1/me/tokens";

pub async fn list(caller: Caller) -> Result<Json<List<TokenWire>>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::list(caller, me).await
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<TokenWire>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::get(caller, me, *id).await
}

/// Needs a recent proof.
pub async fn create(caller: Caller, Body(new): Body<NewToken>) -> Result<Created<Written<IssuedWire>>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::create(caller, me, PLACE, new).await
}

/// Another name.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<Rename>,
) -> Result<Json<Written<TokenWire>>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::update(caller, me, *id, new).await
}

/// A new token in its place; needs a recent proof.
pub async fn rotate(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<Rotation>,
) -> Result<Created<Written<IssuedWire>>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::rotate(caller, (me, *id), PLACE, new).await
}

/// Revokes all.
pub async fn delete_all(caller: Caller, Reason(reason): Reason) -> Result<Json<Written<Ended>>, ApiError> {
    let me = caller.actor.user_id()?;
    let change = caller.run(move |app, actor| app.revoke_tokens(actor, me, &reason)).await?;
    Ok(Json(Written::new(change, |ended| Ended { ended })))
}

/// Revokes it.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let me = caller.actor.user_id()?;
    tokens::delete(caller, me, *id, reason).await
}
