//! The audit log.

use super::{Conn, MultiBackend, ROWS, audit_marks, contains, counters, daily_counts, each, lower};
use crate::{
    domain::{
        Error, Result, Time,
        audit::AuditEvent,
        audit_mark::{HEAD, Mark},
        keys::Keys,
        page::{ListQuery, Total},
        text, undo,
    },
    schema::audit_events,
};
use diesel::{prelude::*, sql_types::Bool};
use std::collections::HashMap;

/// Events among which the latest changes are looked for: however many sign in, the first page waits for no more.
const LOOKED_AT: i64 = 5000;

pub(super) type Query<'a> = audit_events::BoxedQuery<'a, MultiBackend>;

/// Appends the events to the chain; their ids and hashes are filled in. Runs in a write transaction: there is no other
/// writer between reading the end of the chain and adding to it.
pub fn append(conn: &mut Conn, keys: &Keys, events: Vec<AuditEvent>) -> Result<()> {
    let last = last(conn)?;
    let head = audit_marks::find(conn, HEAD)?;
    // A head that is not ours, or older than the log, stays as it is, so that it is found; so does one that is gone.
    let (whole, (mut id, mut previous)) = match (head, last) {
        (None, None) => (true, (0, String::new())),
        (Some(head), last)
            if head.is_sealed(keys, HEAD) && last.as_ref().is_none_or(|(id, ..)| *id <= head.event_id) =>
        {
            // After the head, not after the last event: where the end was cut off, the gap stays.
            (true, (head.event_id, head.hash))
        }
        (_, last) => (false, last.map(|(id, hash, _)| (id, hash)).unwrap_or_default()),
    };
    let chain = |mut event: AuditEvent| {
        id += 1;
        event.id = id;
        let event = event.chain(keys, &previous);
        previous.clone_from(&event.hash);
        event
    };
    let chained: Vec<AuditEvent> = events.into_iter().map(chain).collect();
    for event in &chained {
        daily_counts::add(conn, &event.action, &event.at.day(), 1)?;
    }
    for part in chained.chunks(ROWS) {
        each!(conn, conn => diesel::insert_into(audit_events::table).values(part).execute(conn))?;
    }
    match chained.last() {
        Some(last) if whole => audit_marks::set(conn, &Mark::new(keys, HEAD, (last.id, &last.hash, last.at))),
        _ => Ok(()),
    }
}

/// Id, hash and time of the last event.
pub fn last(conn: &mut Conn) -> Result<Option<(i64, String, Time)>> {
    let columns = (audit_events::id, audit_events::hash, audit_events::at);
    Ok(audit_events::table.order(audit_events::id.desc()).select(columns).first(conn).optional()?)
}

/// The id of the last event of this object; 0: there is none. `None`: of all that have no id.
pub fn last_of(conn: &mut Conn, kind: &str, id: Option<i64>) -> Result<i64> {
    let rows = audit_events::table.filter(audit_events::object_kind.eq(kind)).order(audit_events::id.desc());
    let last: Option<i64> = match id {
        Some(id) => rows.filter(audit_events::object_id.eq(id)).select(audit_events::id).first(conn).optional()?,
        None => rows.filter(audit_events::object_id.is_null()).select(audit_events::id).first(conn).optional()?,
    };
    Ok(last.unwrap_or(0))
}

/// What the log is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor_id: Option<i64>,
    /// Kind and id of the object.
    pub object: Option<(String, i64)>,
    /// By or on this user.
    pub about_user: Option<i64>,
    /// The beginning of the action: `user`, `role.give`.
    pub action: String,
    /// From this moment on, and before this one.
    pub since: Option<Time>,
    pub until: Option<Time>,
    pub revision: Option<i64>,
    pub request_id: String,
}

impl Filter {
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }
}

/// That the word stands in the names, the action or the reason of an event, or begins a value of its data (such as the name of
/// the role that was given), in whatever case.
pub(super) fn says(word: &str) -> Box<dyn BoxableExpression<audit_events::table, MultiBackend, SqlType = Bool>> {
    let pattern = contains(&word.to_lowercase());
    let names = lower(audit_events::actor_name)
        .like(pattern.clone())
        .escape('\\')
        .or(lower(audit_events::object_name).like(pattern.clone()).escape('\\'));
    let acts = lower(audit_events::action).like(pattern.clone()).escape('\\');
    let reason = lower(audit_events::reason).like(pattern).escape('\\');
    // After a colon: a value, and not what it is called.
    let value = contains(&format!(":\"{}", word.to_lowercase()));
    let before = lower(audit_events::before.assume_not_null()).like(value.clone()).escape('\\');
    let after = lower(audit_events::after.assume_not_null()).like(value).escape('\\');
    Box::new(names.or(acts).or(reason).or(before).or(after))
}

pub(super) fn filtered<'a>(query: &ListQuery, filter: &Filter) -> Query<'a> {
    let mut list = audit_events::table.into_boxed();
    if let Some(actor) = filter.actor_id {
        list = list.filter(audit_events::actor_id.eq(actor));
    }
    if let Some((kind, id)) = filter.object.clone() {
        list = list.filter(audit_events::object_kind.eq(kind)).filter(audit_events::object_id.eq(id));
    }
    if let Some(user) = filter.about_user {
        list = list.filter(
            audit_events::actor_id
                .eq(user)
                .or(audit_events::object_kind.eq("user").and(audit_events::object_id.eq(user))),
        );
    }
    if !filter.action.is_empty() {
        list = list
            .filter(audit_events::action.like(format!("{}%", contains(&filter.action).trim_matches('%'))).escape('\\'));
    }
    if let Some(since) = filter.since {
        list = list.filter(audit_events::at.ge(since));
    }
    if let Some(until) = filter.until {
        list = list.filter(audit_events::at.lt(until));
    }
    if let Some(revision) = filter.revision {
        list = list.filter(audit_events::revision.eq(revision));
    }
    if !filter.request_id.is_empty() {
        list = list.filter(audit_events::request_id.eq(filter.request_id.clone()));
    }
    for word in text::clean(&query.q).split_whitespace() {
        let (of_request, revision) = (word.to_ascii_lowercase(), word.parse::<i64>().ok());
        list = list.filter(
            says(word)
                .or(audit_events::request_id.eq(of_request))
                .or(audit_events::revision.eq(revision).assume_not_null()),
        );
    }
    list
}

/// How many events there are: their ids have no gaps.
pub fn count(conn: &mut Conn) -> Result<i64> {
    let end: Option<i64> = audit_events::table.select(diesel::dsl::max(audit_events::id)).first(conn)?;
    let begin: Option<i64> = audit_events::table.select(diesel::dsl::min(audit_events::id)).first(conn)?;
    Ok(end.zip(begin).map_or(0, |(end, begin)| end - begin + 1))
}

/// The latest `limit` events of those that match, and how many these are in all.
pub fn latest(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<(Vec<AuditEvent>, Total)> {
    let query = ListQuery::default();
    let total = counters::capped(conn, filtered(&query, filter).select(audit_events::id))?;
    let rows = filtered(&query, filter).order(audit_events::id.desc()).limit(limit);
    Ok((rows.select(AuditEvent::as_select()).load(conn)?, total))
}

/// The latest `limit` events that changed something: no sessions, and no copies of lists or of the log; of the last `LOOKED_AT`.
pub fn latest_changes(conn: &mut Conn, limit: i64) -> Result<Vec<AuditEvent>> {
    let last: Option<i64> = audit_events::table.select(diesel::dsl::max(audit_events::id)).get_result(conn)?;
    let rows = audit_events::table
        .filter(audit_events::id.gt(last.unwrap_or(0) - LOOKED_AT))
        .filter(audit_events::action.not_like("session.%").and(audit_events::action.not_like("%.export%")));
    Ok(rows.order(audit_events::id.desc()).limit(limit).select(AuditEvent::as_select()).load(conn)?)
}

/// Why and from where sign-ins as this user were refused since his last one, of his latest `limit` events.
pub fn refused_since_sign_in(conn: &mut Conn, user_id: i64, limit: i64) -> Result<Vec<(String, String)>> {
    let rows: Vec<(String, String, String)> = audit_events::table
        .filter(audit_events::object_kind.eq("user"))
        .filter(audit_events::object_id.eq(user_id))
        .order(audit_events::id.desc())
        .limit(limit)
        .select((audit_events::action, audit_events::reason, audit_events::ip))
        .load(conn)?;
    let since = rows.into_iter().take_while(|(action, ..)| action != "session.begin");
    Ok(since.filter(|(action, ..)| action == "session.refused").map(|(_, reason, ip)| (reason, ip)).collect())
}

/// The number of the last event; 0: there is none.
pub fn last_id(conn: &mut Conn) -> Result<i64> {
    Ok(audit_events::table.select(diesel::dsl::max(audit_events::id)).first::<Option<i64>>(conn)?.unwrap_or(0))
}

pub fn get(conn: &mut Conn, id: i64) -> Result<AuditEvent> {
    let row = audit_events::table.find(id).select(AuditEvent::as_select()).first(conn).optional()?;
    row.ok_or(Error::not_found("audit event"))
}

/// The others of the event's request and of its revision, in order, at most `limit` of each.
pub fn around(conn: &mut Conn, event: &AuditEvent, limit: i64) -> Result<Vec<AuditEvent>> {
    let mut found = match event.revision {
        Some(revision) => of_revision(conn, revision, limit)?,
        None => vec![],
    };
    if !event.request_id.is_empty() {
        let rows = audit_events::table.filter(audit_events::request_id.eq(event.request_id.clone()));
        let rows = rows.order(audit_events::id).limit(limit);
        found.extend(rows.select(AuditEvent::as_select()).load::<AuditEvent>(conn)?);
    }
    found.retain(|other| other.id != event.id);
    found.sort_by_key(|other| other.id);
    found.dedup_by_key(|other| other.id);
    Ok(found)
}

/// What one revision did, in order, at most `limit` events.
pub fn of_revision(conn: &mut Conn, revision: i64, limit: i64) -> Result<Vec<AuditEvent>> {
    let rows = audit_events::table.filter(audit_events::revision.eq(revision)).order(audit_events::id).limit(limit);
    Ok(rows.select(AuditEvent::as_select()).load(conn)?)
}

/// Which of these revisions were undone, each with the revision that did it.
pub fn undone_by(conn: &mut Conn, revisions: &[i64]) -> Result<HashMap<i64, i64>> {
    let rows = audit_events::table
        .filter(audit_events::object_kind.eq(undo::REVISION))
        .filter(audit_events::object_id.eq_any(revisions.iter().copied().map(Some).collect::<Vec<_>>()))
        .filter(audit_events::action.eq(undo::UNDO))
        .order(audit_events::id);
    let found: Vec<(Option<i64>, Option<i64>)> =
        rows.select((audit_events::object_id, audit_events::revision)).load(conn)?;
    Ok(found.into_iter().filter_map(|(undone, by)| Some((undone?, by?))).collect())
}

/// What was done to an object after the event `id`, the latest first.
pub fn later(conn: &mut Conn, kind: &str, object_id: i64, id: i64, limit: i64) -> Result<Vec<AuditEvent>> {
    let rows = audit_events::table
        .filter(audit_events::object_kind.eq(kind.to_owned()))
        .filter(audit_events::object_id.eq(object_id))
        .filter(audit_events::id.gt(id));
    Ok(rows.order(audit_events::id.desc()).limit(limit).select(AuditEvent::as_select()).load(conn)?)
}

/// Up to `limit` events after `after` and up to `until` that match, in the order of the chain.
pub fn part(
    conn: &mut Conn,
    query: &ListQuery,
    filter: &Filter,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>> {
    let rows = filtered(query, filter).filter(audit_events::id.gt(after)).filter(audit_events::id.le(until));
    Ok(rows.order(audit_events::id).limit(limit).select(AuditEvent::as_select()).load(conn)?)
}

/// Up to `limit` events after `id`, in the order of the chain.
pub fn after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<AuditEvent>> {
    Ok(audit_events::table
        .filter(audit_events::id.gt(id))
        .order(audit_events::id)
        .limit(limit)
        .select(AuditEvent::as_select())
        .load(conn)?)
}
