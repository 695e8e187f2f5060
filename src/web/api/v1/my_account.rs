//! What one changes of one's own account: names, password, the verification of the address, recovery codes.

use crate::{
    app::App,
    domain::{Error, FieldErrors, user::User},
    web::{
        api::answer::NoContent,
        error::ApiError,
        extract::{Caller, Json as Body},
        wire::UserWire,
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "first_name": "Ada" }))]
pub struct ProfilePatch {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

/// What is left out stays as it is.
pub async fn update(caller: Caller, Body(patch): Body<ProfilePatch>) -> Result<Json<UserWire>, ApiError> {
    let user: User = caller
        .run(move |app, actor| {
            let user = actor.user()?;
            let text = |new: &Option<String>, old: &str| new.as_deref().unwrap_or(old).to_owned();
            let ProfilePatch { first_name, last_name, username } = &patch;
            app.update_account(
                actor,
                &text(first_name, &user.first_name),
                &text(last_name, &user.last_name),
                &text(username, &user.username),
            )
        })
        .await?;
    Ok(Json(UserWire::new(&user, caller.app.now())))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OwnNewPassword")]
#[schemars(example = json!({ "current_password": "the long password of ada", "password": "another long password of hers" }))]
pub struct NewPassword {
    /// The present password.
    current_password: String,
    /// The new one.
    password: String,
    /// Ends one's own other sessions: true unless said.
    #[serde(default = "yes")]
    end_other_sessions: bool,
}

fn yes() -> bool {
    true
}

/// With a second factor it takes a recent proof by that, too.
pub async fn set_password(caller: Caller, Body(new): Body<NewPassword>) -> Result<NoContent, ApiError> {
    let NewPassword { current_password, password, end_other_sessions } = new;
    caller
        .run(move |app, actor| app.change_password(actor, &current_password, &password, end_other_sessions))
        .await
        .map_err(|error| match error {
            // That of the body, not of the sign-in.
            Error::BadCredentials => Error::Invalid(FieldErrors::one("current_password", "The password is wrong.")),
            error => error,
        })?;
    Ok(NoContent)
}

/// The link of the mail before dies.
pub async fn mail_verification(caller: Caller) -> Result<NoContent, ApiError> {
    caller.run(App::resend_verification).await?;
    Ok(NoContent)
}

#[derive(Serialize, JsonSchema)]
pub struct RecoveryCodesWire {
    /// Each stands in for the second factor once. Shown this once.
    codes: Vec<String>,
}

/// Those before end.
pub async fn renew_recovery_codes(caller: Caller) -> Result<Json<RecoveryCodesWire>, ApiError> {
    Ok(Json(RecoveryCodesWire { codes: caller.run(App::renew_recovery_codes).await? }))
}
