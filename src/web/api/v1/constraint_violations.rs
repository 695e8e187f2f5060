//! How a constraint stands.

use crate::{
    app::violations::{Breaker, Finding},
    domain::Time,
    web::{error::ApiError, extract::Caller},
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct FindingWire {
    /// The number of the constraint.
    constraint_id: i64,
    /// Whether it is broken.
    broken: bool,
    /// How many users break it; `users` names the first of them.
    count: usize,
    /// The first of those who break it.
    users: Vec<BreakerWire>,
    /// For rules about numbers: how the numbers stand, if not as they must.
    numbers: Option<String>,
    /// Everybody whom it concerns was looked at; otherwise there may be more.
    complete: bool,
}

#[derive(Serialize, JsonSchema)]
struct BreakerWire {
    user_id: i64,
    username: String,
    /// From when on; null: already.
    from: Option<Time>,
}

impl From<Finding> for FindingWire {
    fn from(finding: Finding) -> Self {
        Self {
            constraint_id: finding.constraint.id,
            broken: finding.is_broken(),
            count: finding.count,
            users: finding
                .users
                .into_iter()
                .map(|Breaker { id, name, from }| BreakerWire { user_id: id, username: name, from })
                .collect(),
            numbers: Some(finding.numbers).filter(|numbers| !numbers.is_empty()),
            complete: finding.complete,
        }
    }
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<FindingWire>, ApiError> {
    Ok(Json(caller.run(move |app, actor| app.constraint_violations(actor, *id)).await?.into()))
}
