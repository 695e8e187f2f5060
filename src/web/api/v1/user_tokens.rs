//! The API tokens of a user: to see and revoke; of a service account also to make and replace.

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

fn place(user_id: i64) -> String {
    format!("/api/v1/users/{user_id}/tokens")
}

pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<TokenWire>>, ApiError> {
    tokens::list(caller, *id).await
}

pub async fn get(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<TokenWire>, ApiError> {
    let (user_id, id) = path.into_inner();
    tokens::get(caller, user_id, id).await
}

/// Only of a service account, and with nothing that the caller has not himself.
pub async fn create(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<NewToken>,
) -> Result<Created<Written<IssuedWire>>, ApiError> {
    tokens::create(caller, *id, &place(*id), new).await
}

/// Another name.
pub async fn update(
    caller: Caller,
    path: Path<(i64, i64)>,
    Body(new): Body<Rename>,
) -> Result<Json<Written<TokenWire>>, ApiError> {
    let (user_id, id) = path.into_inner();
    tokens::update(caller, user_id, id, new).await
}

/// As [`create`], in the place of another token.
pub async fn rotate(
    caller: Caller,
    path: Path<(i64, i64)>,
    Body(new): Body<Rotation>,
) -> Result<Created<Written<IssuedWire>>, ApiError> {
    let (user_id, id) = path.into_inner();
    tokens::rotate(caller, (user_id, id), &place(user_id), new).await
}

/// Revokes one.
pub async fn delete(
    caller: Caller,
    path: Path<(i64, i64)>,
    Reason(reason): Reason,
) -> Result<Json<Revision>, ApiError> {
    let (user_id, id) = path.into_inner();
    tokens::delete(caller, user_id, id, reason).await
}

/// Revokes all.
pub async fn delete_all(
    caller: Caller,
    id: Path<i64>,
    Reason(reason): Reason,
) -> Result<Json<Written<Ended>>, ApiError> {
    let change = caller.run(move |app, actor| app.revoke_tokens(actor, *id, &reason)).await?;
    Ok(Json(Written::new(change, |ended| Ended { ended })))
}
