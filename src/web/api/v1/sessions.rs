//! One's own sessions.

use super::{List, Revision, session_roles::ActivationWire};
use crate::{
    app::{App, login::SignIn},
    domain::{Error, Time, session::Session},
    web::{
        self,
        api::answer::{Created, NoContent},
        error::ApiError,
        extract::{Caller, Json as Body},
        session,
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Serialize, JsonSchema)]
pub struct SessionWire {
    id: i64,
    /// `Firefox on Linux`, as far as the User-Agent tells.
    device: String,
    /// What the browser calls itself.
    user_agent: String,
    ip: String,
    /// What was proven at sign-in: `password`, `totp`, `email`.
    factors: Vec<String>,
    created_at: Time,
    /// When it was last used.
    last_seen_at: Time,
    /// When it ends at the latest.
    expires_at: Time,
    /// Whether this very request belongs to it.
    current: bool,
}

impl SessionWire {
    pub fn new(row: Session, current: Option<i64>) -> Self {
        Self {
            id: row.id,
            device: row.device(),
            factors: row.factors.split_whitespace().map(str::to_owned).collect(),
            user_agent: row.user_agent,
            ip: row.ip,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            current: current == Some(row.id),
        }
    }
}

/// The latest used first.
pub async fn list(caller: Caller) -> Result<Json<List<SessionWire>>, ApiError> {
    let rows = caller.run(App::my_sessions).await?;
    let current = caller.actor.session_id;
    Ok(Json(List::whole(rows.into_iter().map(|row| SessionWire::new(row, current)).collect())))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "username_or_email": "ada", "password": "the long password of ada" }))]
pub struct NewSession {
    /// The username or the e-mail address.
    username_or_email: String,
    password: String,
    /// The code of the second factor, when one is due.
    #[serde(default)]
    token: Option<String>,
    /// Run with these roles only; left out: with all.
    #[serde(default)]
    role_ids: Option<BTreeSet<i64>>,
}

/// CreateSession: signs in, if it can be with just these roles. 401 `second_factor_required`: again, with the token.
pub async fn create(caller: Caller, Body(new): Body<NewSession>) -> Result<Created<ActivationWire>, ApiError> {
    let origin = caller.origin();
    let begun = web::run(&caller.app, move |app| {
        let token = new.token.as_deref();
        match app.sign_in_program(origin.clone(), &new.username_or_email, &new.password, token)? {
            SignIn::SecondFactor { .. } => Err(Error::SecondFactorRequired),
            SignIn::Done { user, session_id, .. } => {
                let actor = app.actor(session_id, origin)?;
                if new.role_ids.is_some()
                    && let Err(error) = app.activate(&actor, session_id, new.role_ids)
                {
                    app.sign_out(&actor)?;
                    return Err(error);
                }
                Ok((user.id, session_id, app.activation(&actor, session_id)?))
            }
        }
    })
    .await?;
    let (user_id, session_id, activation) = begun;
    session::begin(&caller.req, user_id, session_id)?;
    Ok(Created { address: format!("/api/v1/sessions/{session_id}"), value: ActivationWire::from(activation) })
}

/// Ends one of one's own.
pub async fn delete_one(caller: Caller, id: Path<i64>) -> Result<NoContent, ApiError> {
    caller.run(move |app, actor| app.end_my_session(actor, *id)).await?;
    Ok(NoContent)
}

/// How many were ended.
#[derive(Serialize, JsonSchema)]
pub struct Ended {
    /// How many were ended.
    pub ended: usize,
}

/// Ends all of one's own but this one.
pub async fn delete_others(caller: Caller) -> Result<Json<Ended>, ApiError> {
    Ok(Json(Ended { ended: caller.run(App::end_my_other_sessions).await? }))
}

/// Signs out.
pub async fn delete(caller: Caller) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(App::sign_out).await?;
    session::end(&caller.req);
    Ok(Json(Revision::of(&change)))
}
