//! Which subjects, which resources, which actions?

use super::shapes::{ActionSearch, ResourceSearch, SubjectSearch};
use crate::{
    app::entity_search::Found,
    domain::{
        Error, FieldErrors, Result,
        authzen::{Entities, Sought, Tuple, USER},
        keys,
    },
    web::{
        self,
        error::AuthzenError,
        extract::{Caller, Object},
    },
};
use actix_web::web::Json;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Results of a page, unless `limit` says otherwise, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 1000;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Results")]
pub struct Results<T> {
    /// Which page it is.
    page: PageWire,
    /// What a program can go by.
    context: Context,
    /// Those of this page.
    results: Vec<T>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchPage")]
struct PageWire {
    /// Empty: there are no more.
    next_token: String,
    /// How many there are on this page.
    count: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchContext")]
struct Context {
    /// The state by which it was found.
    revision: i64,
    /// Of a search for resources: the scopes in which the subject has the permission, for whoever knows what lies in them.
    /// The empty one is everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
}

#[derive(Serialize, JsonSchema)]
pub struct EntityWire {
    /// Its kind: `user`, or that of the resource.
    r#type: String,
    /// Which one.
    id: String,
}

#[derive(Serialize, JsonSchema)]
pub struct ActionWire {
    name: String,
}

/// What is searched, and which page of it.
struct Search {
    tuple: Tuple,
    /// Where the page begins.
    from: String,
    limit: usize,
    /// Of the request without its page: a token counts for no other.
    print: String,
}

impl Search {
    fn read(mut body: Map<String, Value>, sought: Sought) -> Result<Self> {
        let page = match body.remove("page") {
            None => Map::new(),
            Some(Value::Object(page)) => page,
            Some(_) => return Err(invalid("page", "This must be an object.")),
        };
        let limit = match page.get("limit").map(Value::as_u64) {
            None => LIMIT,
            Some(Some(limit)) => usize::try_from(limit).unwrap_or(LIMIT_MAX).min(LIMIT_MAX),
            Some(None) => return Err(invalid("page.limit", "This must be a whole number, not below zero.")),
        };
        let token = match page.get("token").map(Value::as_str) {
            None => "",
            Some(Some(token)) => token,
            Some(None) => return Err(invalid("page.token", "This must be a text.")),
        };
        let tuple = Entities::read(&body)?.judge(sought)?;
        // Its keys are sorted, so that the same request is the same text.
        let print = keys::token_hash(&Value::Object(body).to_string());
        let from = if token.is_empty() { String::new() } else { from(token, &print)? };
        Ok(Self { tuple, from, limit, print })
    }

    fn results<T>(print: &str, found: Found, wire: impl FnMut(String) -> T) -> Results<T> {
        let next_token = found.next.map(|at| token(&at, print)).unwrap_or_default();
        let results: Vec<T> = found.names.into_iter().map(wire).collect();
        let page = PageWire { next_token, count: results.len() };
        Results { page, context: Context { revision: found.revision, scopes: None }, results }
    }
}

fn invalid(field: &'static str, message: &str) -> Error {
    Error::Invalid(FieldErrors::one(field, message))
}

fn token(at: &str, print: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{print} {at}"))
}

fn from(token: &str, print: &str) -> Result<String> {
    let read = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let at = read.as_ref().and_then(|text| text.split_once(' ')).filter(|(of, _)| *of == print).map(|(_, at)| at);
    at.map(str::to_owned).ok_or_else(|| {
        invalid("page.token", "This token belongs to another request: send it with the request that it came from.")
    })
}

/// Users, by username.
pub async fn subjects(caller: Caller, body: Object<SubjectSearch>) -> Result<Json<Results<EntityWire>>, AuthzenError> {
    let Search { tuple, from, limit, print } = Search::read(body.fields, Sought::Subject)?;
    let found = caller.run(move |app, actor| app.subjects_allowed(actor, &tuple, &from, limit)).await?;
    Ok(Json(Search::results(&print, found, |id| EntityWire { r#type: USER.to_owned(), id })))
}

/// Resources that Rolecall knows, because an assignment names them in its scope.
pub async fn resources(
    caller: Caller,
    body: Object<ResourceSearch>,
) -> Result<Json<Results<EntityWire>>, AuthzenError> {
    let Search { tuple, from, limit, print } = Search::read(body.fields, Sought::Resource)?;
    let (fresh, actor) = caller.at_least(None).await?;
    let kind = tuple.resource.kind.clone();
    let found = web::run(&caller.app, move |app| app.resources_allowed(&actor, fresh, &tuple, &from, limit)).await?;
    let scopes = found.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let mut results = Search::results(&print, found, |id| EntityWire { r#type: kind.clone(), id });
    results.context.scopes = Some(scopes);
    Ok(Json(results))
}

/// Registered actions on the type of the resource.
pub async fn actions(caller: Caller, body: Object<ActionSearch>) -> Result<Json<Results<ActionWire>>, AuthzenError> {
    let Search { tuple, from, limit, print } = Search::read(body.fields, Sought::Action)?;
    let (fresh, actor) = caller.at_least(None).await?;
    let found = web::run(&caller.app, move |app| app.actions_allowed(&actor, fresh, &tuple, &from, limit)).await?;
    Ok(Json(Search::results(&print, found, |name| ActionWire { name })))
}
