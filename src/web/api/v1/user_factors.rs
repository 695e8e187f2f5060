//! The second factors of a user.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

/// Takes all of them off, for a `reason`; ends the user's sessions, and tells him by mail.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.reset_factors(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
