//! That a user is disabled: POST makes it so, DELETE ends it.

use super::Revision;
use crate::{
    domain::bars::Disabling,
    web::{
        error::ApiError,
        extract::{BodyOrQuery, Caller, Reason},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "reason": "on leave", "enable_at": "2027-01-01T00:00:00Z" }))]
pub struct Disable {
    /// From when on; left out: now.
    #[serde(default)]
    disable_at: Option<String>,
    /// Until when; left out: until he is enabled.
    #[serde(default)]
    enable_at: Option<String>,
    #[serde(default)]
    reason: String,
}

/// Ends the user's sessions too, at that moment. What was set before is replaced.
pub async fn create(
    caller: Caller,
    id: Path<i64>,
    BodyOrQuery(new): BodyOrQuery<Disable>,
) -> Result<Json<Revision>, ApiError> {
    let plan =
        Disabling::parse(new.disable_at.as_deref().unwrap_or_default(), new.enable_at.as_deref().unwrap_or_default())?;
    let change = caller.run(move |app, actor| app.disable_user(actor, *id, plan, &new.reason)).await?;
    Ok(Json(Revision::of(&change)))
}

/// Enables him, and takes back what was set beforehand.
pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.enable_user(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
