//! Events of the audit log by what somebody types.

use super::{Conn, audit::says};
use crate::{
    domain::{Result, audit::AuditEvent, text},
    schema::audit_events,
};
use diesel::{dsl::max, prelude::*};

/// Words are looked for among so many latest events; the whole log is searched on its own page.
pub const LATEST: i64 = 10_000;

/// The latest `limit` events of the request or the revision with just this name, or else those in which all words stand.
pub fn best(conn: &mut Conn, typed: &str, limit: i64) -> Result<Vec<AuditEvent>> {
    let typed = text::clean(typed);
    let events = || audit_events::table.order(audit_events::id.desc()).limit(limit).select(AuditEvent::as_select());
    if let Ok(revision) = typed.parse::<i64>() {
        return Ok(events().filter(audit_events::revision.eq(revision)).load(conn)?);
    }
    if typed.len() == 32 && typed.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(events().filter(audit_events::request_id.eq(typed.to_ascii_lowercase())).load(conn)?);
    }
    let last: Option<i64> = audit_events::table.select(max(audit_events::id)).first(conn)?;
    let mut found = events().filter(audit_events::id.gt(last.unwrap_or_default() - LATEST)).into_boxed();
    for word in typed.split_whitespace() {
        found = found.filter(says(word));
    }
    Ok(found.load(conn)?)
}
