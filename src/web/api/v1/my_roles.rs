//! One's own roles.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

/// Hands one back.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.hand_back_role(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
