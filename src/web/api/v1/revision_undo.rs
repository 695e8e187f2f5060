//! Undoing all that one revision did.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

/// With a `reason` if the caller likes. The answer's revision can be undone in turn.
pub async fn create(caller: Caller, revision: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.undo(actor, *revision, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
