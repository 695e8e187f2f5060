//! `GET /logs`: the audit log in the replaced system's pages.

use super::{Said, said};
use crate::{
    app::{Actor, App, audit::Filter},
    domain::{
        Error, FieldErrors, Result as Outcome, Time,
        audit::AuditEvent,
        page::{ListQuery, Page},
    },
    web::{
        error::LegacyError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The deepest page that is found by its number: each costs a walk over those before it.
const PAGE_MAX: i64 = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pages {
    /// The number of the page, from 1.
    page: i64,
    /// Empty: 25.
    per_page: String,
    /// `next` of a page.
    cursor: String,
    /// Words; all must be found.
    q: String,
}

impl Default for Pages {
    fn default() -> Self {
        Self { page: 1, per_page: String::new(), cursor: String::new(), q: String::new() }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Log {
    id: i64,
    /// When.
    timestamp: Time,
    user_id: Option<i64>,
    username: String,
    /// What was done.
    action: String,
    /// `user bob`.
    object: String,
    ip: String,
}

impl From<AuditEvent> for Log {
    fn from(event: AuditEvent) -> Self {
        let object = format!("{} {}", event.object_kind, event.object_name).trim().to_owned();
        Self {
            id: event.id,
            timestamp: event.at,
            user_id: event.actor_id,
            username: event.actor_name,
            action: event.action,
            object,
            ip: event.ip,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Logs {
    /// Those of this page.
    logs: Vec<Log>,
    /// How many there are.
    total: i64,
    /// How many pages.
    total_pages: i64,
    /// The number of this page.
    current_page: i64,
    /// The cursor of the next page.
    next: Option<String>,
}

/// The latest first. With `cursor`, `page` is the client's own count and only comes back; without, pages are found by
/// their number up to `PAGE_MAX`.
pub async fn list(caller: Caller, pages: Query<Pages>) -> Result<Json<Said<Logs>>, LegacyError> {
    let Pages { page: number, per_page, cursor, q } = pages.into_inner();
    let query = ListParams { limit: per_page, cursor, q, ..ListParams::default() }.query().map_err(per_page_error)?;
    if number < 1 || (query.cursor.is_empty() && number > PAGE_MAX) {
        let message =
            format!("Pages can be asked by number from 1 to {PAGE_MAX}; follow the cursor in next for later ones.");
        return Err(Error::Invalid(FieldErrors::one("page", message)).into());
    }
    let (limit, steps) = (query.limit(), if query.cursor.is_empty() { number } else { 1 });
    let page = caller.run(move |app, actor| walk(app, actor, query, steps)).await?.map(Log::from);
    let total = page.total.number();
    let total_pages = total.div_euclid(limit) + i64::from(total % limit != 0);
    Ok(said("Logs", Logs { logs: page.items, total, total_pages, current_page: number, next: page.next }))
}

/// The `steps`th page from the query's; an empty one beyond the last.
fn walk(app: &App, actor: &Actor, mut query: ListQuery, steps: i64) -> Outcome<Page<AuditEvent>> {
    let mut page = app.audit_log(actor, &query, &Filter::default())?;
    for _ in 1..steps {
        let Some(next) = page.next else { return Ok(Page { items: vec![], next: None, ..page }) };
        query.cursor = next;
        page = app.audit_log(actor, &query, &Filter::default())?;
    }
    Ok(page)
}

fn per_page_error(error: Error) -> Error {
    match error {
        Error::Invalid(_) => Error::Invalid(FieldErrors::one("per_page", "A page has from 1 to 100 entries.")),
        other => other,
    }
}
