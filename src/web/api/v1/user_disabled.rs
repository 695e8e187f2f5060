//! That a user is disabled: POST makes it so, DELETE ends it.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

/// Ends the user's sessions too.
pub async fn create(caller: Caller, id: Path<i64>, reason: Reason) -> Result<Json<Revision>, ApiError> {
    set(caller, *id, true, reason).await
}

pub async fn delete(caller: Caller, id: Path<i64>, reason: Reason) -> Result<Json<Revision>, ApiError> {
    set(caller, *id, false, reason).await
}

async fn set(caller: Caller, id: i64, disabled: bool, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.set_user_disabled(actor, id, disabled, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
