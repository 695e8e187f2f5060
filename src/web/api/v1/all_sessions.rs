//! The live sessions of everybody.

use super::{List, sessions::SessionWire};
use crate::{
    app::session_list::SessionRow,
    web::{
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LiveSession")]
pub struct RowWire {
    user_id: i64,
    username: String,
    /// Runs with a part of the user's roles.
    restricted: bool,
    #[serde(flatten)]
    session: SessionWire,
}

impl RowWire {
    fn new(SessionRow { session, username }: SessionRow, current: Option<i64>) -> Self {
        let (user_id, restricted) = (session.user_id, session.restricted);
        Self { user_id, username, restricted, session: SessionWire::new(session, current) }
    }
}

/// `q`: a user, or the beginning of an address; `filter`: `mine`, `no-second-factor`, `idle`, `restricted`; `sort`: `seen`,
/// `began`, `user`.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<RowWire>>, ApiError> {
    let query = params.query()?;
    let current = caller.actor.session_id;
    let page = caller.run(move |app, actor| app.session_list(actor, &query)).await?;
    Ok(Json(List::page(page, |row| RowWire::new(row, current))))
}
