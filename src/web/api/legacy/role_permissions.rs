//! `POST /assign_permission_to_role`.

use super::{Revision, Said, said};
use crate::web::{
    error::LegacyError,
    extract::{Caller, LegacyBody},
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "PermissionGiving")]
pub struct Assignment {
    /// What the permission is called, or `resource:action`.
    permission_name: String,
    /// What the role is called.
    role_name: String,
}

/// 200 too where the role has the permission already: `admin` has them all.
pub async fn create(
    caller: Caller,
    LegacyBody(body): LegacyBody<Assignment>,
) -> Result<Json<Said<Revision>>, LegacyError> {
    let revision =
        caller.run(move |app, actor| app.grant_by_name(actor, &body.permission_name, &body.role_name)).await?;
    Ok(said("Permission assigned to role", Revision { revision }))
}
