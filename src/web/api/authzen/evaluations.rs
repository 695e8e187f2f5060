//! Many questions at once.

use super::{Decision, evaluation, shapes::Questions};
use crate::{
    domain::{
        Error, FieldErrors, Result,
        authzen::{Entities, Sought, Tuple},
    },
    web::{
        self,
        api::{
            answer::Shaped,
            openapi::describe::{Draft, Shape},
        },
        error::AuthzenError,
        extract::{Caller, Object},
    },
};
use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Questions of one batch, at most.
const MANY: usize = 500;

#[derive(Serialize, JsonSchema)]
pub struct Decisions {
    /// In the order of the questions; where the semantic says so, only as far as the one that decides.
    evaluations: Vec<Decision>,
}

/// One decision, or many.
pub struct Answer;

impl Shape for Answer {
    fn describe(draft: &mut Draft<'_>) {
        draft.either::<Decisions, Decision>(200, "The decisions, or the one where there is no list of questions.");
    }
}

/// Without `evaluations`, or with none, as `/access/v1/evaluation`.
pub async fn create(caller: Caller, body: Object<Questions>) -> Result<Shaped<Answer>, AuthzenError> {
    let body = body.fields;
    let stop = stop(&body)?;
    let tuples = match body.get("evaluations") {
        None => vec![],
        Some(Value::Array(items)) if items.len() <= MANY => tuples(&body, items)?,
        Some(Value::Array(_)) => {
            return Err(invalid("evaluations", format!("A batch may have at most {MANY} items; split it.")).into());
        }
        Some(_) => return Err(invalid("evaluations", "This must be a list.").into()),
    };
    if tuples.is_empty() {
        return Ok(HttpResponse::Ok().json(evaluation::decide(&caller, &body).await?).into());
    }
    let (fresh, actor) = caller.at_least(None).await?;
    let answers = web::run(&caller.app, move |app| app.evaluate(&actor, fresh, tuples, stop)).await?;
    let wire = |answer: Result<_>| answer.map_or_else(|error| Decision::broken(&error), Decision::from);
    Ok(HttpResponse::Ok().json(Decisions { evaluations: answers.into_iter().map(wire).collect() }).into())
}

fn invalid(field: &'static str, message: impl Into<String>) -> Error {
    Error::Invalid(FieldErrors::one(field, message))
}

/// The decision after which no more are made.
fn stop(body: &Map<String, Value>) -> Result<Option<bool>> {
    const FIELD: &str = "options.evaluations_semantic";
    let options = match body.get("options") {
        None => return Ok(None),
        Some(Value::Object(options)) => options,
        Some(_) => return Err(invalid("options", "This must be an object.")),
    };
    match options.get("evaluations_semantic").map(Value::as_str) {
        None | Some(Some("execute_all")) => Ok(None),
        Some(Some("deny_on_first_deny")) => Ok(Some(false)),
        Some(Some("permit_on_first_permit")) => Ok(Some(true)),
        Some(_) => Err(invalid(FIELD, "This must be execute_all, deny_on_first_deny or permit_on_first_permit.")),
    }
}

/// Each item with what it leaves to the whole batch. One that is broken spoils no other.
fn tuples(body: &Map<String, Value>, items: &[Value]) -> Result<Vec<Result<Tuple>>> {
    let defaults = Entities::read(body)?;
    let tuple = |item: &Value| match item {
        Value::Object(item) => Entities::read(item)?.over(&defaults).judge(Sought::Decision),
        _ => Err(Error::Malformed("An item must be an object.".into())),
    };
    Ok(items.iter().map(tuple).collect())
}
