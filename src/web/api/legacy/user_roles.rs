//! `POST /assign_role_to_user`.

use super::{Revision, Said, said};
use crate::{
    domain::{Error, role::Assign},
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "RoleGiving")]
pub struct Assignment {
    user_id: i64,
    role_id: i64,
}

/// 200 too where the user has the role already.
pub async fn create(
    caller: Caller,
    LegacyBody(body): LegacyBody<Assignment>,
) -> Result<Json<Said<Revision>>, LegacyError> {
    let assign = Assign::parse(body.user_id, body.role_id, "", "", "", "")?;
    let revision = match caller.run(move |app, actor| app.give_role(actor, &assign)).await {
        Ok(change) => Some(change.revision),
        Err(Error::Taken(_)) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(said("Role assigned to user", Revision { revision }))
}
