//! Another e-mail address of one's own.

use crate::{
    app::App,
    domain::Time,
    web::{
        api::answer::{Begun, NoContent},
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "email": "ada.lovelace@example.com", "current_password": "the long password of ada" }))]
pub struct NewEmail {
    email: String,
    /// The present password.
    current_password: String,
}

#[derive(Serialize, JsonSchema)]
pub struct PendingWire {
    /// Where the link was mailed to: it becomes the address when that is opened and its button pressed.
    address: String,
    /// Until when the link works.
    until: Time,
}

/// 202: the link is on its way. 204: only other letters of the same address, which are written at once.
pub async fn create(caller: Caller, Body(new): Body<NewEmail>) -> Result<Begun<PendingWire>, ApiError> {
    let asked =
        caller.run(move |app, actor| app.request_email_change(actor, &new.email, &new.current_password)).await?;
    Ok(match asked {
        Some(pending) => Begun::Later(PendingWire { address: pending.address, until: pending.until }),
        None => Begun::Done,
    })
}

/// Leaves the address as it is.
pub async fn delete(caller: Caller) -> Result<NoContent, ApiError> {
    caller.run(App::cancel_email_change).await?;
    Ok(NoContent)
}
