//! `GET /users/details`.

use super::{Said, said};
use crate::{
    app::users::UserRow,
    web::{
        error::LegacyError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct UserDetails {
    id: i64,
    first_name: String,
    last_name: String,
    username: String,
    email: String,
}

impl From<UserRow> for UserDetails {
    fn from(UserRow { user, .. }: UserRow) -> Self {
        Self {
            id: user.id,
            first_name: user.first_name,
            last_name: user.last_name,
            username: user.username,
            email: user.email,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Users {
    /// Those of this page.
    users: Vec<UserDetails>,
    /// How many there are.
    total: i64,
    /// The cursor of the next page.
    next: Option<String>,
}

/// A page of users: `limit` and `cursor` as in `/api/v1`.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<Said<Users>>, LegacyError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.users(actor, &query, None)).await?;
    let page = page.map(UserDetails::from);
    Ok(said("User details", Users { users: page.items, total: page.total.number(), next: page.next }))
}
