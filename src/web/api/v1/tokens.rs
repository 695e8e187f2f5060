//! API tokens as programs see them: one's own, and those of others.

use super::{List, Revision, Written};
use crate::{
    app::tokens::Issued,
    domain::{
        Result, Time,
        permission::Pattern,
        token::{ApiToken, OVERLAP, TokenDraft},
    },
    web::{api::answer::Created, error::ApiError, extract::Caller},
};
use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct TokenWire {
    id: i64,
    name: String,
    /// The beginning of its text, by which it is known again.
    prefix: String,
    /// What it is limited to; null: all that its owner has.
    permissions: Option<Vec<Pattern>>,
    /// Here and below only; empty: everywhere.
    scope: String,
    /// The networks that it is taken from; empty: from anywhere.
    networks: Vec<String>,
    /// `active`, `replaced`, `revoked` or `expired`.
    status: &'static str,
    created_at: Time,
    /// The user who made it; null: the operator at the machine.
    created_by: Option<i64>,
    /// When it ends.
    expires_at: Time,
    /// Noted once a minute at most.
    last_used_at: Option<Time>,
    /// From where.
    last_used_ip: Option<String>,
    /// When it was revoked.
    revoked_at: Option<Time>,
    /// The token that took its place, and until when this one works beside it.
    replaced_by: Option<i64>,
    /// Until when it works beside the token that took its place.
    retires_at: Option<Time>,
}

impl TokenWire {
    fn new(token: ApiToken, now: Time) -> Self {
        let limit = token.limit();
        Self {
            id: token.id,
            scope: limit.scope.as_str().to_owned(),
            permissions: limit.patterns,
            networks: token.networks().iter().map(ToString::to_string).collect(),
            status: token.status(now),
            name: token.name,
            prefix: token.prefix,
            created_at: token.created_at,
            created_by: token.created_by,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_ip: token.last_used_ip,
            revoked_at: token.revoked_at,
            replaced_by: token.replaced_by,
            retires_at: token.retires_at,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct IssuedWire {
    #[serde(flatten)]
    token: TokenWire,
    /// What a program sends; told this once.
    secret: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "name": "ci", "permissions": ["posts:read"], "networks": ["10.0.0.0/8"] }))]
pub struct NewToken {
    name: String,
    /// Permissions and patterns; left out or null: all that the owner has.
    #[serde(default)]
    permissions: Option<Vec<String>>,
    #[serde(default)]
    scope: String,
    /// Networks from which it is taken, such as `10.0.0.0/8`; empty: all.
    #[serde(default)]
    networks: Vec<String>,
    /// Left out: 90 days from now.
    #[serde(default)]
    expires_at: String,
}

impl From<NewToken> for TokenDraft {
    fn from(new: NewToken) -> Self {
        let NewToken { name, permissions, scope, networks, expires_at } = new;
        Self { name, permissions, scope, networks, expires_at }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TokenRename")]
#[schemars(example = json!({ "name": "nightly build" }))]
pub struct Rename {
    pub name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "overlap_seconds": 3600 }))]
pub struct Rotation {
    /// For so many seconds both tokens work; left out: a day.
    #[serde(default = "overlap")]
    pub overlap_seconds: i64,
}

fn overlap() -> i64 {
    OVERLAP
}

/// The live ones, and after them the latest that have ended.
pub async fn list(caller: Caller, user_id: i64) -> Result<Json<List<TokenWire>>, ApiError> {
    let rows = caller.run(move |app, actor| app.tokens(actor, user_id)).await?;
    let now = caller.app.now();
    Ok(Json(List::whole(rows.into_iter().map(|row| TokenWire::new(row, now)).collect())))
}

pub async fn get(caller: Caller, user_id: i64, id: i64) -> Result<Json<TokenWire>, ApiError> {
    let token = caller.run(move |app, actor| app.token(actor, user_id, id)).await?;
    Ok(Json(TokenWire::new(token, caller.app.now())))
}

pub async fn create(
    caller: Caller,
    user_id: i64,
    place: &str,
    new: NewToken,
) -> Result<Created<Written<IssuedWire>>, ApiError> {
    let draft = new.into();
    let change = caller.run(move |app, actor| app.create_token(actor, user_id, &draft)).await?;
    Ok(issued(&caller, place, change))
}

pub async fn rotate(
    caller: Caller,
    (user_id, id): (i64, i64),
    place: &str,
    new: Rotation,
) -> Result<Created<Written<IssuedWire>>, ApiError> {
    let change = caller.run(move |app, actor| app.rotate_token(actor, user_id, id, new.overlap_seconds)).await?;
    Ok(issued(&caller, place, change))
}

fn issued(caller: &Caller, place: &str, change: crate::app::Change<Issued>) -> Created<Written<IssuedWire>> {
    let (address, now) = (format!("{place}/{}", change.value.token.id), caller.app.now());
    let wire = |issued: Issued| IssuedWire { token: TokenWire::new(issued.token, now), secret: issued.text };
    Created { address, value: Written::new(change, wire) }
}

pub async fn update(caller: Caller, user_id: i64, id: i64, new: Rename) -> Result<Json<Written<TokenWire>>, ApiError> {
    let change = caller.run(move |app, actor| app.rename_token(actor, user_id, id, &new.name)).await?;
    let now = caller.app.now();
    Ok(Json(Written::new(change, |token| TokenWire::new(token, now))))
}

pub async fn delete(caller: Caller, user_id: i64, id: i64, reason: String) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.revoke_token(actor, user_id, id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
