//! Assignments that end soon, and many of them changed at once.

use super::{List, Revision, user_roles::HoldingWire};
use crate::{
    domain::{Error, FieldErrors, Time},
    web::{
        error::ApiError,
        extract::{Caller, Json as Body, ListParams},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Days that are looked ahead unless said, and at most.
const DAYS: i64 = 7;
const DAYS_MAX: i64 = 3660;

#[derive(Deserialize, Default, JsonSchema)]
#[serde(default)]
pub struct Ahead {
    /// So many days are looked ahead: 7 unless said.
    #[schemars(with = "Option<i64>", range(min = 1, max = 3660))]
    days: String,
}

#[derive(Serialize, JsonSchema)]
pub struct EndingWire {
    /// Who has the role.
    username: String,
    #[serde(flatten)]
    holding: HoldingWire,
}

/// The next one first.
pub async fn list(
    caller: Caller,
    params: Query<ListParams>,
    ahead: Query<Ahead>,
) -> Result<Json<List<EndingWire>>, ApiError> {
    let days = match ahead.days.trim() {
        "" => Some(DAYS),
        text => text.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)),
    };
    let wrong = || Error::Invalid(FieldErrors::one("days", format!("Write a number of days from 1 to {DAYS_MAX}.")));
    let (days, query) = (days.ok_or_else(wrong)?, params.query()?);
    let page = caller.run(move |app, actor| app.ending(actor, days * 24 * 3600, &query)).await?;
    Ok(Json(List::page(page, |view| EndingWire { username: view.user_name.clone(), holding: view.into() })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "ids": [3], "valid_to": "2031-01-01T00:00:00Z" }))]
pub struct NewEnds {
    /// The numbers of the assignments.
    ids: Vec<i64>,
    /// Until when they hold; null: without end.
    valid_to: Option<String>,
    #[serde(default)]
    reason: String,
}

/// All of them or none.
pub async fn update(caller: Caller, Body(new): Body<NewEnds>) -> Result<Json<Revision>, ApiError> {
    let end = new.valid_to.as_deref().map(Time::parse).transpose();
    let end = end.map_err(|message| Error::Invalid(FieldErrors::one("valid_to", message)))?;
    let change = caller.run(move |app, actor| app.set_role_ends(actor, &new.ids, end, &new.reason)).await?;
    Ok(Json(Revision::of(&change)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "ids": [3], "reason": "the project is over" }))]
pub struct Taken {
    /// The numbers of the assignments.
    ids: Vec<i64>,
    #[serde(default)]
    reason: String,
}

/// All of them or none.
pub async fn delete(caller: Caller, Body(taken): Body<Taken>) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.take_assignments(actor, &taken.ids, &taken.reason)).await?;
    Ok(Json(Revision::of(&change)))
}
