//! `ETag`, `If-None-Match` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1). A tag is the mark of the thing that an address names and,
//! where a whole answer bears it, a hash of that answer: so writers meet by the first part, and a reader's copy is the same to the byte.

use super::boxed;
use crate::{
    app::{
        App,
        precondition::{Marked, Precondition},
    },
    domain::{Error, Result},
    web::{
        self,
        error::ApiError,
        extract::{known_actor, put_condition},
    },
};
use actix_web::{
    Error as ActixError, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const PREFIX: &str = "/api/v1";

/// What an address of `/api/v1` is about: its first noun. An assignment or a token is part of its user, a grant or an inclusion of its role.
/// `None`: nothing single.
pub fn kind(pattern: &str) -> Option<&'static str> {
    let mut parts = pattern.trim_start_matches('/').split('/');
    let kind = match parts.next()? {
        "users" => "user",
        "roles" => "role",
        "permissions" => "permission",
        "constraints" => "constraint",
        "forward-rules" => "forward_rule",
        "settings" => return Some("setting"),
        "me" => return parts.next().map(|_| "user"),
        _ => return None,
    };
    parts.next().filter(|part| part.starts_with("{id")).map(|_| kind)
}

/// The addresses whose GET bears a tag: those that show one thing and can change it.
pub fn is_tagged(pattern: &str) -> bool {
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let single = last.starts_with('{') && !last.starts_with("{resource") && !last.starts_with("{name");
    kind(pattern).is_some() && (single || pattern == "/settings" || last == "sign-in-rules")
}

fn thing(req: &HttpRequest, caller: Option<i64>) -> Option<Marked> {
    let pattern = req.match_pattern()?;
    let pattern = pattern.strip_prefix(PREFIX)?;
    let kind = kind(pattern)?;
    let id = match kind {
        "setting" => return Some(Marked { kind, id: None }),
        _ if pattern.starts_with("/me/") => caller?,
        _ => req.match_info().get("id")?.parse().ok()?,
    };
    Some(Marked { kind, id: Some(id) })
}

/// Within [`crate::web::extract::signed_in`].
pub async fn judge(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, ActixError> {
    let caller = known_actor(req.request()).and_then(|actor| actor.id);
    let thing = thing(req.request(), caller);
    match *req.method() {
        Method::GET | Method::HEAD => match thing.filter(|_| shows_one(req.request())) {
            Some(thing) => read(req, next, thing).await,
            None => boxed(next, req).await,
        },
        _ => write(req, next, thing).await,
    }
}

fn shows_one(req: &HttpRequest) -> bool {
    req.match_pattern().is_some_and(|pattern| pattern.strip_prefix(PREFIX).is_some_and(is_tagged))
}

async fn read(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    thing: Marked,
) -> std::result::Result<ServiceResponse<BoxBody>, ActixError> {
    let (actor, app) = (known_actor(req.request()), req.app_data::<Data<App>>().cloned());
    let (Some(actor), Some(app)) = (actor, app) else { return boxed(next, req).await };
    // Before the answer is made: of two states the tag may be of the older one, never of the newer.
    let mark = match web::run(&app, move |app| app.mark(&actor, thing)).await {
        Ok(mark) => mark,
        Err(error) => return Ok(req.error_response(ApiError(error)).map_into_boxed_body()),
    };
    let answer = boxed(next, req).await?;
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    let (req, answer) = answer.into_parts();
    let (answer, body) = answer.into_parts();
    let body = to_bytes(body).await.map_err(|_| actix_web::error::ErrorInternalServerError("an answer was lost"))?;
    // `fields` in the query makes another answer of the same.
    let hash = Sha256::new().chain_update(req.query_string()).chain_update([0]).chain_update(&body).finalize();
    let tag = format!("\"{mark}-{}\"", data_encoding::HEXLOWER.encode(hash.get(..12).unwrap_or_default()));
    let known = listed(&req, &header::IF_NONE_MATCH);
    let same = known.iter().any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    let mut answer =
        if same { HttpResponse::NotModified().finish() } else { answer.set_body(body).map_into_boxed_body() };
    answer.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag)?);
    Ok(ServiceResponse::new(req, answer))
}

async fn write(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    thing: Option<Marked>,
) -> std::result::Result<ServiceResponse<BoxBody>, ActixError> {
    let condition = match (seen(req.request()), thing) {
        (Ok(seen), Some(thing)) => Arc::new(Precondition::new(thing, seen)),
        (Ok(None), None) => return boxed(next, req).await,
        // What has no tag has not the one that is named.
        (Ok(Some(_)), None) => return Ok(req.error_response(ApiError(Error::Precondition)).map_into_boxed_body()),
        (Err(error), _) => return Ok(req.error_response(ApiError(error)).map_into_boxed_body()),
    };
    put_condition(req.request(), condition.clone());
    let mut answer = boxed(next, req).await?;
    if let Some(mark) = condition.after().filter(|_| answer.status().is_success()) {
        answer.headers_mut().insert(header::ETAG, HeaderValue::from_str(&format!("\"{mark}\""))?);
    }
    Ok(answer)
}

/// The marks that `If-Match` names; `None`: it names none in particular. Weak tags never match.
fn seen(req: &HttpRequest) -> Result<Option<Vec<i64>>> {
    let tags = listed(req, &header::IF_MATCH);
    if tags.is_empty() || tags == ["*"] {
        return Ok(None);
    }
    if tags.iter().any(|tag| !tag.ends_with('"') || !(tag.starts_with('"') || tag.starts_with("W/\""))) {
        return Err(Error::Malformed("If-Match takes tags as they came, in quotation marks, or *".into()));
    }
    let mark = |tag: &String| tag.strip_prefix('"')?.trim_end_matches('"').split('-').next()?.parse().ok();
    Ok(Some(tags.iter().filter_map(mark).collect()))
}

/// All members of a header that is a list; no tag of ours has a comma.
fn listed(req: &HttpRequest, name: &HeaderName) -> Vec<String> {
    let values = req.headers().get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let members = values.collect::<Vec<_>>().join(",");
    members.split(',').map(str::trim).filter(|member| !member.is_empty()).map(str::to_owned).collect()
}
