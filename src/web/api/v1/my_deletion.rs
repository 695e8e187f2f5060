//! The end of one's own account: POST asks for it, DELETE keeps the account.

use super::Revision;
use crate::{
    app::App,
    domain::Time,
    web::{api::answer::Begun, error::ApiError, extract::Caller, session},
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct DeletionWire {
    /// Until then it can be kept.
    delete_at: Time,
}

/// 202: it will be deleted. 204: no days are configured, and it is gone already.
pub async fn create(caller: Caller) -> Result<Begun<DeletionWire>, ApiError> {
    Ok(match caller.run(App::delete_account).await? {
        Some(delete_at) => Begun::Later(DeletionWire { delete_at }),
        None => {
            session::end(&caller.req);
            Begun::Done
        }
    })
}

pub async fn delete(caller: Caller) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(App::keep_account).await?;
    Ok(Json(Revision::of(&change)))
}
