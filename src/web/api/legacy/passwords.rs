//! `POST /forgot_password` and `POST /reset_password/{token}`.

use super::{Nothing, Said, done};
use crate::web::{
    error::LegacyError,
    extract::{Caller, LegacyBody},
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
pub struct Forgotten {
    email: String,
}

/// The same answer whether the address belongs to somebody or not.
pub async fn create(
    caller: Caller,
    LegacyBody(body): LegacyBody<Forgotten>,
) -> Result<Json<Said<Nothing>>, LegacyError> {
    let origin = caller.origin();
    crate::web::run(&caller.app, move |app| app.forgot_password(origin, &body.email)).await?;
    Ok(done("Password reset email sent"))
}

#[derive(Deserialize, JsonSchema)]
pub struct NewPassword {
    #[serde(default)]
    email: Option<String>,
    password: String,
}

/// `email`, if it is sent, must be that of the link's owner.
pub async fn update(
    caller: Caller,
    token: Path<String>,
    LegacyBody(body): LegacyBody<NewPassword>,
) -> Result<Json<Said<Nothing>>, LegacyError> {
    let origin = caller.origin();
    crate::web::run(&caller.app, move |app| app.reset_password(origin, &token, &body.password, body.email.as_deref()))
        .await?;
    Ok(done("Password has been reset"))
}
