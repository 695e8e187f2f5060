//! One's own sessions. They begin at `POST /login`.

use super::{List, Revision};
use crate::{
    app::App,
    domain::{Time, session::Session},
    web::{error::ApiError, extract::Caller, session},
};
use actix_web::web::Json;
use serde::Serialize;

#[derive(Serialize)]
pub struct SessionWire {
    id: i64,
    /// `Firefox on Linux`, as far as the User-Agent tells.
    device: String,
    user_agent: String,
    ip: String,
    /// What was proven at sign-in: `password`, `totp`, `email`.
    factors: Vec<String>,
    created_at: Time,
    last_seen_at: Time,
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

/// Signs out.
pub async fn delete(caller: Caller) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(App::sign_out).await?;
    session::end(&caller.req);
    Ok(Json(Revision::of(&change)))
}
