//! The OpenID AuthZEN Authorization API 1.0: subjects are users, a resource's type with an action's name is a permission, a
//! resource is a scope, properties are attributes (see `domain::authzen`). Fields that are not known are left alone.

pub mod configuration;
pub mod evaluation;
pub mod evaluations;
pub mod routes;
pub mod search;
pub mod shapes;

use super::v1::explanations::{LinkWire, links};
use crate::{
    app::evaluations::Evaluation,
    domain::{Error, Result, Time},
    web::error::{self, Failure, Look},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A decision with what a program can go by.
#[derive(Serialize, JsonSchema)]
pub struct Decision {
    /// Whether it is allowed.
    decision: bool,
    /// What a program can go by.
    context: Context,
}

#[derive(Serialize, Default, JsonSchema)]
#[schemars(rename = "DecisionContext")]
struct Context {
    /// The state by which it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    /// The first moment at which the decision can change by itself; left out: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Time>,
    /// When allowed: from the user down to the permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<LinkWire>,
    /// When denied: why, for those who administer.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_admin: Option<English>,
    /// Of one item of a batch, which could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
}

#[derive(Serialize, JsonSchema)]
struct English {
    /// In English.
    en: String,
}

#[derive(Serialize, JsonSchema)]
struct ItemError {
    /// The status that it would have had alone.
    status: u16,
    /// What is wrong.
    message: String,
}

impl From<Evaluation> for Decision {
    fn from(found: Evaluation) -> Self {
        let context = Context {
            revision: Some(found.revision),
            valid_until: found.valid_until,
            path: links(found.path),
            reason_admin: found.reason.map(|en| English { en }),
            error: None,
        };
        Self { decision: found.allowed, context }
    }
}

impl Decision {
    /// Nothing of that name is known, so nobody is allowed anything.
    fn unknown(error: &Error) -> Self {
        let context = Context { reason_admin: Some(English { en: message(error) }), ..Context::default() };
        Self { decision: false, context }
    }

    /// One of a batch that could not be judged.
    fn broken(error: &Error) -> Self {
        let status = Failure::new(Look::Authzen, error).status.as_u16();
        let error = Some(ItemError { status, message: message(error) });
        Self { decision: false, context: Context { error, ..Context::default() } }
    }
}

/// What is wrong, with the first field that is.
fn message(error: &Error) -> String {
    match error.fields().and_then(|fields| fields.iter().next()) {
        Some((field, message)) => format!("{field}: {message}"),
        None => error::sentence(&error.to_string()),
    }
}

/// Exactly one answer to one question.
fn only(answers: Vec<Result<Evaluation>>) -> Result<Decision> {
    match answers.into_iter().next() {
        Some(Ok(answer)) => Ok(answer.into()),
        Some(Err(error @ Error::Invalid(_))) => Ok(Decision::unknown(&error)),
        Some(Err(error)) => Err(error),
        None => Err(anyhow::anyhow!("a question was left without an answer").into()),
    }
}
