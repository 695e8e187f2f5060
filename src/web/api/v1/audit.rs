//! The audit log.

use super::{List, id, jobs::JobWire};
use crate::{
    app::{App, audit::Filter},
    domain::{Error, FieldErrors, Result as Outcome, Time, audit::AuditEvent},
    web::{
        api::answer::Begun,
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, JsonSchema)]
pub struct EventWire {
    id: i64,
    /// When it was done.
    at: Time,
    revision: Option<i64>,
    /// What was done: `role.give`.
    action: String,
    /// By whom.
    actor: Named,
    /// The actor's token by which it was done; null: it was done by hand.
    token: Option<Named>,
    /// To what.
    object: Object,
    /// Objects without secrets.
    before: Option<Value>,
    /// What it is after it.
    after: Option<Value>,
    reason: String,
    ip: String,
    /// The request that did it.
    request_id: String,
}

#[derive(Serialize, JsonSchema)]
struct Named {
    id: Option<i64>,
    name: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventObject")]
struct Object {
    /// `user`, `role`, …
    kind: String,
    #[serde(flatten)]
    named: Named,
}

impl From<AuditEvent> for EventWire {
    fn from(event: AuditEvent) -> Self {
        let value = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id: event.id,
            at: event.at,
            revision: event.revision,
            action: event.action,
            actor: Named { id: event.actor_id, name: event.actor_name },
            token: event.token_id.map(|id| Named { id: Some(id), name: event.token_name.unwrap_or_default() }),
            object: Object { kind: event.object_kind, named: Named { id: event.object_id, name: event.object_name } },
            before: value(event.before),
            after: value(event.after),
            reason: event.reason,
            ip: event.ip,
            request_id: event.request_id,
        }
    }
}

/// What the log is narrowed to; all empty: nothing.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(default)]
pub struct Narrow {
    /// By this user.
    #[schemars(with = "Option<i64>")]
    actor_id: String,
    /// By or on this user.
    #[schemars(with = "Option<i64>")]
    user_id: String,
    /// On an object of this kind: `user`, `role`.
    object_kind: String,
    /// On this one.
    #[schemars(with = "Option<i64>")]
    object_id: String,
    /// The beginning of the action: `user`, `role.give`.
    action: String,
    /// From this moment on, and before this one.
    since: String,
    /// Before this moment.
    until: String,
    /// Done by this revision.
    #[schemars(with = "Option<i64>")]
    revision: String,
    /// Done by this request.
    request_id: String,
}

fn moment(field: &'static str, text: &str) -> Outcome<Option<Time>> {
    let read = |text| Time::parse(text).map_err(|message| Error::Invalid(FieldErrors::one(field, message)));
    Some(text.trim()).filter(|text| !text.is_empty()).map(read).transpose()
}

impl Narrow {
    fn filter(&self) -> Outcome<Filter> {
        let object = match (self.object_kind.trim(), id("object_id", &self.object_id)?) {
            ("", None) => None,
            ("", Some(_)) => {
                return Err(Error::Invalid(FieldErrors::one(
                    "object_kind",
                    "An object_id needs its object_kind, such as user or role.",
                )));
            }
            (_, None) => {
                return Err(Error::Invalid(FieldErrors::one("object_id", "An object_kind needs the object_id too.")));
            }
            (kind, Some(id)) => Some((kind.to_owned(), id)),
        };
        Ok(Filter {
            actor_id: id("actor_id", &self.actor_id)?,
            object,
            about_user: id("user_id", &self.user_id)?,
            action: self.action.trim().to_owned(),
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
            revision: id("revision", &self.revision)?,
            request_id: self.request_id.trim().to_owned(),
        })
    }
}

/// The latest first.
pub async fn list(
    caller: Caller,
    params: Query<ListParams>,
    narrow: Query<Narrow>,
) -> Result<Json<List<EventWire>>, ApiError> {
    let (query, filter) = (params.query()?, narrow.filter()?);
    let page = caller.run(move |app, actor| app.audit_log(actor, &query, &filter)).await?;
    Ok(Json(List::page(page, EventWire::from)))
}

/// What was done by and to oneself, the latest first.
pub async fn list_mine(caller: Caller, params: Query<ListParams>) -> Result<Json<List<EventWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.my_activity(actor, &query)).await?;
    Ok(Json(List::page(page, EventWire::from)))
}

#[derive(Serialize, JsonSchema)]
pub struct EventViewWire {
    #[serde(flatten)]
    event: EventWire,
    /// The others of its request and of its revision, in order.
    around: Vec<EventWire>,
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<EventViewWire>, ApiError> {
    let (event, around) = caller.run(move |app, actor| app.audit_event(actor, *id)).await?;
    Ok(Json(EventViewWire { event: event.into(), around: around.into_iter().map(EventWire::from).collect() }))
}

/// The job's `report` tells what was found.
pub async fn verify(caller: Caller) -> Result<Begun<JobWire>, ApiError> {
    let job = caller.run(App::begin_verifying_audit).await?;
    Ok(Begun::Later(JobWire::new(job, caller.app.now())))
}
