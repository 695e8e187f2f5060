//! May he? One question, or many in order.

use crate::{
    app::{
        Actor, App,
        checks::{Answer, Ask, Subject},
        memory::Fresh,
    },
    domain::{Error, FieldErrors, Result, Time, condition::Attributes, permission::Pattern, scope::Scope},
    web::{
        self,
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Questions of one batch, at most.
const MANY: usize = 500;

/// A user by his id, username or e-mail address.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum UserRef {
    Id(i64),
    Name(String),
}

/// Neither `user` nor `session_id`: the caller himself, with the active roles of his session.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(example = json!({ "permission": "posts:read", "scope": "project/42" }))]
pub struct CheckBody {
    /// Who is asked about.
    pub user: Option<UserRef>,
    /// A live session, with its active roles.
    pub session_id: Option<i64>,
    /// `invoices:approve`; registered.
    pub permission: String,
    /// Empty: everywhere.
    pub scope: String,
    /// As of then; left out: now.
    pub at: Option<String>,
    /// Answer by this revision or a later one; waits shortly, then 409.
    pub min_revision: Option<i64>,
    /// For conditions: `subject`, `resource`, `action`, `context`, each an object.
    pub attributes: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
pub struct AnswerWire {
    /// Whether he may.
    allowed: bool,
    /// The state by which it was answered.
    revision: i64,
    /// The first moment at which the answer can change by itself; null: never.
    valid_until: Option<Time>,
}

impl From<Answer> for AnswerWire {
    fn from(answer: Answer) -> Self {
        Self { allowed: answer.allowed, revision: answer.revision, valid_until: answer.valid_until }
    }
}

/// A question as it was read; the user may still be a name.
pub struct Read {
    ask: Ask,
    name: Option<String>,
}

impl CheckBody {
    /// Judges all fields at once.
    pub fn read(self) -> Result<Read> {
        let mut errors = FieldErrors::default();
        let permission = match Pattern::parse(&self.permission) {
            Ok(pattern) if pattern.is_single() => pattern,
            Ok(_) => {
                errors.add("permission", "Ask for one permission; a pattern with * is given, not asked.");
                Pattern::everything()
            }
            Err(message) => {
                errors.add("permission", message);
                Pattern::everything()
            }
        };
        let scope = errors.keep("scope", Scope::parse(&self.scope));
        let at = errors.keep("at", self.at.as_deref().map(Time::parse).transpose());
        let attributes = errors.keep("attributes", Attributes::parse(self.attributes));
        let (subject, name) = match (self.user, self.session_id) {
            (None, None) => (Subject::Me, None),
            (None, Some(id)) => (Subject::Session(id), None),
            (Some(UserRef::Id(id)), None) => (Subject::User(id), None),
            (Some(UserRef::Name(name)), None) => (Subject::Me, Some(name)),
            (Some(_), Some(_)) => {
                errors.add("session_id", "Ask for a user or for a session, not for both.");
                (Subject::Me, None)
            }
        };
        errors.into_result()?;
        Ok(Read { ask: Ask { subject, permission, scope, at, attributes }, name })
    }

    /// For `/me`: nobody else.
    fn mine(self) -> Result<Self> {
        match (&self.user, self.session_id) {
            (None, None) => Ok(self),
            (Some(_), _) => Err(Error::Invalid(FieldErrors::one("user", "Here you ask for yourself."))),
            (_, Some(_)) => Err(Error::Invalid(FieldErrors::one("session_id", "Here you ask for yourself."))),
        }
    }
}

impl Read {
    /// The question, the user found.
    pub fn find(self, app: &App, actor: &Actor) -> Result<Ask> {
        match self.name {
            None => Ok(self.ask),
            Some(name) => Ok(Ask { subject: Subject::User(app.subject_id(actor, &name)?), ..self.ask }),
        }
    }
}

/// 200 whether allowed or not.
pub async fn create(caller: Caller, Body(body): Body<CheckBody>) -> Result<Json<AnswerWire>, ApiError> {
    let (fresh, actor) = caller.at_least(body.min_revision).await?;
    let read = body.read()?;
    if read.name.is_none()
        && let Some(answer) = caller.app.remembered_check(&actor, fresh, &read.ask)
    {
        return Ok(Json(answer?.into()));
    }
    let answer = web::run(&caller.app, move |app| app.check(&actor, fresh, &read.find(app, &actor)?)).await?;
    Ok(Json(answer.into()))
}

/// As [`create`], of oneself.
pub async fn create_mine(caller: Caller, Body(body): Body<CheckBody>) -> Result<Json<AnswerWire>, ApiError> {
    create(caller, Body(body.mine()?)).await
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "checks": [{ "permission": "posts:read" }, { "permission": "posts:read", "scope": "project/42" }] }))]
pub struct BatchBody {
    /// The questions, at most 500.
    checks: Vec<CheckBody>,
    /// For all of them.
    min_revision: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
pub struct AnswersWire {
    /// In the order of the questions.
    answers: Vec<AnswerWire>,
}

fn answer_all(app: &App, actor: &Actor, fresh: Fresh, checks: Vec<CheckBody>) -> Result<Vec<AnswerWire>> {
    let answer = |check: CheckBody| {
        if check.min_revision.is_some() {
            return Err(Error::Invalid(FieldErrors::one("min_revision", "Write it once, for the whole batch.")));
        }
        app.check(actor, fresh, &check.read()?.find(app, actor)?).map(AnswerWire::from)
    };
    checks
        .into_iter()
        .enumerate()
        .map(|(number, check)| {
            answer(check).map_err(|error| match error {
                Error::Invalid(fields) => Error::Invalid(fields.within(&format!("checks[{number}]"))),
                other => other,
            })
        })
        .collect()
}

/// All are answered, in order, or none: a wrong question is named by its place.
pub async fn create_batch(caller: Caller, Body(body): Body<BatchBody>) -> Result<Json<AnswersWire>, ApiError> {
    let mut errors = FieldErrors::default();
    if body.checks.len() > MANY {
        errors.add("checks", format!("A batch may have at most {MANY} questions; split it."));
    }
    errors.into_result()?;
    let (fresh, actor) = caller.at_least(body.min_revision).await?;
    actor.user_id()?;
    let answers = web::run(&caller.app, move |app| answer_all(app, &actor, fresh, body.checks)).await?;
    Ok(Json(AnswersWire { answers }))
}

/// As [`create_batch`], of oneself.
pub async fn create_my_batch(caller: Caller, Body(body): Body<BatchBody>) -> Result<Json<AnswersWire>, ApiError> {
    let checks = body.checks.into_iter().map(CheckBody::mine).collect::<Result<_>>()?;
    create_batch(caller, Body(BatchBody { checks, ..body })).await
}
