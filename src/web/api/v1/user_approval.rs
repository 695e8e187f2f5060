//! That somebody who signed up may come in: POST lets him in, DELETE turns him away.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

pub async fn create(caller: Caller, id: Path<i64>) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.approve_user(actor, *id)).await?;
    Ok(Json(Revision::of(&change)))
}

/// For a `reason`, which he is told by mail. The account is deleted.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.reject_user(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
