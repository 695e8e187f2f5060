//! Why? A decision with every link that led to it, or with what is missing.

use super::checks::{CheckBody, UserRef};
use crate::{
    app::explain::{Explanation, Link, Missing, NearMiss},
    domain::Time,
    web::{
        self,
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The question in an address; attributes need a body.
#[derive(Deserialize, JsonSchema)]
#[serde(default)]
#[derive(Default)]
pub struct Params {
    /// An id, a username or an e-mail address; left out: oneself.
    user: Option<String>,
    /// A live session, with its active roles.
    session_id: Option<i64>,
    /// `invoices:approve`; registered.
    permission: String,
    /// Empty: everywhere.
    scope: String,
    /// As of then; left out: now.
    at: Option<String>,
    /// Answer by this revision or a later one.
    min_revision: Option<i64>,
}

impl From<Params> for CheckBody {
    fn from(params: Params) -> Self {
        let Params { user, session_id, permission, scope, at, min_revision } = params;
        let user = user.filter(|user| !user.is_empty());
        let user = user.map(|user| user.parse().map(UserRef::Id).unwrap_or(UserRef::Name(user)));
        Self { user, session_id, permission, scope, at, min_revision, ..Self::default() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct ExplanationWire {
    /// Whether he may.
    allowed: bool,
    /// Who was asked about.
    user: UserName,
    revision: i64,
    /// The moment that was asked about.
    at: Time,
    /// The first moment at which the answer can change by itself; null: never.
    valid_until: Option<Time>,
    /// When allowed: from the user down to the permission.
    path: Vec<LinkWire>,
    /// Conditions on that way; all were fulfilled.
    conditions: Vec<String>,
    /// When denied: ways that would lead there if one thing were otherwise.
    misses: Vec<MissWire>,
    /// When denied: the smallest roles that would do, and who may give each.
    missing: Vec<MissingWire>,
    /// The user was disabled: nothing counts.
    disabled: bool,
}

#[derive(Serialize, JsonSchema)]
struct UserName {
    id: i64,
    username: String,
}

#[derive(Serialize, JsonSchema)]
pub struct LinkWire {
    /// `assignment`: user → role. `inclusion`: role → role. `grant`: role → permission pattern.
    kind: &'static str,
    id: i64,
    /// From what it leads.
    from: String,
    /// To what it leads.
    to: String,
    scope: String,
    /// Only for requests that fulfil it.
    condition: Option<String>,
    reason: String,
    /// When it was given.
    given_at: Time,
    /// By whom.
    given_by: String,
    /// From when on it holds.
    valid_from: Time,
    /// Until when; null: without end.
    valid_to: Option<Time>,
}

#[derive(Serialize, JsonSchema)]
struct MissWire {
    /// `elsewhere`, `not_yet`, `ended` or `condition`.
    code: &'static str,
    /// What would have to be otherwise.
    text: String,
    /// The way that would lead there.
    path: Vec<LinkWire>,
}

#[derive(Serialize, JsonSchema)]
struct MissingWire {
    role_id: i64,
    role: String,
    /// How many patterns it would give in all.
    patterns: usize,
    /// It would do only for requests that fulfil a condition.
    conditional: bool,
    /// Who may give it.
    given_by: Vec<String>,
}

impl From<Link> for LinkWire {
    fn from(link: Link) -> Self {
        let Link { kind, id, from, to, scope, condition, reason, given_at, given_by, valid_from, valid_to, .. } = link;
        let scope = scope.as_str().to_owned();
        Self { kind, id, from, to, scope, condition, reason, given_at, given_by, valid_from, valid_to }
    }
}

/// A way, link by link.
pub fn links(path: Vec<Link>) -> Vec<LinkWire> {
    path.into_iter().map(LinkWire::from).collect()
}

impl From<Explanation> for ExplanationWire {
    fn from(found: Explanation) -> Self {
        let miss = |NearMiss { path, code, text }| MissWire { code, text, path: links(path) };
        let missing = |Missing { role_id, role, patterns, conditional, givers }| MissingWire {
            role_id,
            role,
            patterns,
            conditional,
            given_by: givers.into_iter().map(|user| user.username).collect(),
        };
        Self {
            allowed: found.allowed,
            user: UserName { id: found.user.id, username: found.user.username },
            revision: found.revision,
            at: found.at,
            valid_until: found.valid_until,
            path: links(found.path),
            conditions: found.conditions,
            misses: found.misses.into_iter().map(miss).collect(),
            missing: found.missing.into_iter().map(missing).collect(),
            disabled: found.disabled,
        }
    }
}

/// 200 whether allowed or not.
pub async fn create(caller: Caller, Body(body): Body<CheckBody>) -> Result<Json<ExplanationWire>, ApiError> {
    let (_, actor) = caller.at_least(body.min_revision).await?;
    let read = body.read()?;
    let found = web::run(&caller.app, move |app| app.explain(&actor, &read.find(app, &actor)?)).await?;
    Ok(Json(found.into()))
}

/// As [`create`], with the question in the address.
pub async fn get(caller: Caller, params: Query<Params>) -> Result<Json<ExplanationWire>, ApiError> {
    create(caller, Body(params.into_inner().into())).await
}
