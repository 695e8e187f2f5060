//! May this subject do this to this resource?

use super::{Decision, only, shapes::Question};
use crate::{
    domain::{
        Result,
        authzen::{Entities, Sought},
    },
    web::{
        self,
        error::AuthzenError,
        extract::{Caller, Object},
    },
};
use actix_web::web::Json;
use serde_json::{Map, Value};

/// 200 whether allowed or not.
pub async fn create(caller: Caller, body: Object<Question>) -> Result<Json<Decision>, AuthzenError> {
    Ok(Json(decide(&caller, &body.fields).await?))
}

/// The decision that a body asks for. Whom or what nobody knows may do nothing.
pub async fn decide(caller: &Caller, body: &Map<String, Value>) -> Result<Decision> {
    let tuple = Entities::read(body)?.judge(Sought::Decision)?;
    let (fresh, actor) = caller.at_least(None).await?;
    let answers = web::run(&caller.app, move |app| app.evaluate(&actor, fresh, vec![Ok(tuple)], None)).await?;
    only(answers)
}
