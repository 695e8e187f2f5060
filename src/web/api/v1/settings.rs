//! What is configured, and what of it can be changed while Rolecall runs.

use super::{List, Revision};
use crate::{
    app::{
        App,
        settings::{From, Setting},
    },
    web::{
        api::answer::Begun,
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Serialize, JsonSchema)]
pub struct SettingWire {
    /// The name of the environment variable.
    name: &'static str,
    /// What it does.
    about: &'static str,
    /// Null for a secret.
    value: Option<String>,
    /// `default`, `environment`, `.env` or `stored`.
    from: &'static str,
    /// It can be changed here.
    changeable: bool,
}

impl SettingWire {
    fn new(setting: Setting) -> Self {
        Self {
            name: setting.variable.name,
            about: setting.variable.about,
            value: (!setting.variable.secret).then_some(setting.value),
            from: match setting.from {
                From::Default => "default",
                From::Environment => "environment",
                From::DotEnv => ".env",
                From::Stored(..) => "stored",
            },
            changeable: setting.changeable,
        }
    }
}

pub async fn list(caller: Caller) -> Result<Json<List<SettingWire>>, ApiError> {
    let (settings, _) = caller.run(|app, actor| app.settings(actor)).await?;
    Ok(Json(List::whole(settings.into_iter().map(SettingWire::new).collect())))
}

#[derive(Serialize, JsonSchema)]
pub struct TestMailWire {
    /// The number of the mail: how it fares tells `/mails/{id}`.
    mail_id: i64,
}

/// To oneself, to see whether mails arrive.
pub async fn mail_test(caller: Caller) -> Result<Begun<TestMailWire>, ApiError> {
    Ok(Begun::Later(TestMailWire { mail_id: caller.run(App::send_test_mail).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SettingsPatch")]
#[schemars(example = json!({ "settings": { "SIGN_UP": "invitation" }, "reason": "the team is complete" }))]
pub struct Patch {
    /// By name; null takes the default again.
    settings: BTreeMap<String, Option<String>>,
    #[serde(default)]
    reason: String,
}

pub async fn update(caller: Caller, Body(patch): Body<Patch>) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.change_settings(actor, &patch.settings, &patch.reason)).await?;
    Ok(Json(Revision::of(&change)))
}
