//! `POST /signup` for programs.

use super::{Made, Nothing, made};
use crate::{
    app::signup::SignUp,
    web::{
        error::LegacyError,
        extract::{Caller, LegacyBody},
    },
};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
pub struct NewAccount {
    first_name: String,
    #[serde(default)]
    last_name: String,
    username: String,
    email: String,
    password: String,
}

/// 201, for a known address too: its owner gets a mail. 409 for a taken username.
pub async fn create(caller: Caller, LegacyBody(body): LegacyBody<NewAccount>) -> Result<Made<Nothing>, LegacyError> {
    let NewAccount { first_name, last_name, username, email, password } = body;
    let (origin, form) = (caller.origin(), SignUp { first_name, last_name, username, email, password });
    crate::web::run(&caller.app, move |app| app.sign_up(origin, &form)).await?;
    Ok(made("Please check your email to verify your account", Nothing {}))
}
