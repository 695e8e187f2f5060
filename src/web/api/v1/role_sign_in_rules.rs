//! What a role demands of the sign-in of those who have it.

use super::Written;
use crate::{
    domain::sign_in_rules::{Demand, SignInRules},
    web::{
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "second_factor": "any", "idle_minutes": 30 }))]
pub struct RulesWire {
    /// `optional`, `any` or `app`.
    #[serde(default)]
    second_factor: Demand,
    /// A session ends after so long without a request; `null`: as everywhere.
    #[serde(default)]
    idle_minutes: Option<i64>,
    /// A session ends after so long in all.
    #[serde(default)]
    session_hours: Option<i64>,
    /// So many sessions at once.
    #[serde(default)]
    sessions_at_once: Option<i64>,
    /// The second factor is asked for at every sign-in: on trusted devices too.
    #[serde(default)]
    every_sign_in: bool,
    /// Who loses the role is signed out everywhere.
    #[serde(default)]
    ends_sessions: bool,
}

impl From<SignInRules> for RulesWire {
    fn from(rules: SignInRules) -> Self {
        let SignInRules { second_factor, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions } =
            rules;
        Self { second_factor, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions }
    }
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<RulesWire>, ApiError> {
    Ok(Json(caller.run(move |app, actor| app.sign_in_rules(actor, *id)).await?.into()))
}

/// What is left out is not demanded.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(wire): Body<RulesWire>,
) -> Result<Json<Written<RulesWire>>, ApiError> {
    let RulesWire { second_factor, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions } = wire;
    let rules =
        SignInRules { second_factor, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions };
    let change = caller.run(move |app, actor| app.set_sign_in_rules(actor, *id, rules)).await?;
    Ok(Json(Written::new(change, RulesWire::from)))
}
