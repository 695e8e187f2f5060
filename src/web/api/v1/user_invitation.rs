//! The open invitation of a user.

use super::Revision;
use crate::web::{
    error::ApiError,
    extract::{Caller, Reason},
};
use actix_web::web::{Json, Path};

/// Mails it again; the link of the one before dies.
pub async fn create(caller: Caller, id: Path<i64>) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.resend_invitation(actor, *id)).await?;
    Ok(Json(Revision::of(&change)))
}

/// Takes it back: the account, which nobody has used, is deleted.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.revoke_invitation(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
