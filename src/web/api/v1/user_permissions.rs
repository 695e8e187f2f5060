//! What a user has in the end, through all his roles.

use super::List;
use crate::{
    domain::{permission::Pattern, scope::Scope},
    web::{error::ApiError, extract::Caller},
};
use actix_web::web::{Json, Path};
use serde::Serialize;

/// A permission or pattern, and where it holds: an empty scope is everywhere.
#[derive(Serialize)]
pub struct HeldWire {
    permission: Pattern,
    scope: String,
}

impl From<(Scope, Pattern)> for HeldWire {
    fn from((scope, permission): (Scope, Pattern)) -> Self {
        Self { permission, scope: scope.as_str().to_owned() }
    }
}

pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<HeldWire>>, ApiError> {
    let view = caller.run(move |app, actor| app.user(actor, *id)).await?;
    Ok(Json(List::whole(view.rights.into_iter().map(HeldWire::from).collect())))
}
