//! Pages of the audit log, however long it is. One index leads along the events that a filter can be about; what no index tells
//! (words, the beginning of an action) is looked at in no more than [`SEARCHED`] of them for a page. If there are more, the page says
//! so and its neighbour goes on from there.

use super::{
    Conn,
    audit::{Filter, Query, count, filtered},
    counters, window,
};
use crate::{
    domain::{
        Result,
        audit::AuditEvent,
        page::{COUNTED, Cursor, ListQuery, Page, Total},
    },
    schema::audit_events,
};
use diesel::prelude::*;

/// Events that are searched for one page.
pub const SEARCHED: i64 = 10_000;

/// The ids that the filter's times leave.
#[derive(Debug, Clone, Copy, Default)]
struct Ids {
    from: Option<i64>,
    to: Option<i64>,
}

impl Ids {
    /// `None`: no event is of that time. Ids are in the order of time.
    fn of(conn: &mut Conn, filter: &Filter) -> Result<Option<Self>> {
        let mut ids = Self::default();
        if let Some(since) = filter.since {
            let rows = audit_events::table.filter(audit_events::at.ge(since));
            let first = rows.order((audit_events::at, audit_events::id)).select(audit_events::id);
            ids.from = first.first(conn).optional()?;
        }
        if let Some(until) = filter.until {
            let rows = audit_events::table.filter(audit_events::at.lt(until));
            let last = rows.order((audit_events::at.desc(), audit_events::id.desc())).select(audit_events::id);
            ids.to = last.first(conn).optional()?;
        }
        let none = (filter.since.is_some() && ids.from.is_none()) || (filter.until.is_some() && ids.to.is_none());
        Ok((!none).then_some(ids))
    }

    fn narrow<'a>(self, mut rows: Query<'a>) -> Query<'a> {
        if let Some(from) = self.from {
            rows = rows.filter(audit_events::id.ge(from));
        }
        if let Some(to) = self.to {
            rows = rows.filter(audit_events::id.le(to));
        }
        rows
    }
}

/// The filter's times and the one thing that its index leads along.
#[derive(Clone)]
struct Search<'f> {
    filter: &'f Filter,
    ids: Ids,
    /// The earliest first.
    rising: bool,
    cursor: Option<Cursor<i64>>,
}

impl Search<'_> {
    fn upward(&self) -> bool {
        self.rising != self.cursor.as_ref().is_some_and(|cursor| cursor.backward)
    }

    /// The events along each index, from the cursor on, in the page's direction.
    fn lists<'a>(&self) -> Vec<Query<'a>> {
        let all = || self.ids.narrow(audit_events::table.into_boxed());
        let filter = self.filter;
        let lists = if let Some(revision) = filter.revision {
            vec![all().filter(audit_events::revision.eq(revision))]
        } else if !filter.request_id.is_empty() {
            vec![all().filter(audit_events::request_id.eq(filter.request_id.clone()))]
        } else if let Some((kind, id)) = filter.object.clone() {
            vec![all().filter(audit_events::object_kind.eq(kind)).filter(audit_events::object_id.eq(id))]
        } else if let Some(user) = filter.about_user {
            let on_him = all().filter(audit_events::object_kind.eq("user")).filter(audit_events::object_id.eq(user));
            vec![all().filter(audit_events::actor_id.eq(user)), on_him]
        } else if let Some(actor) = filter.actor_id {
            vec![all().filter(audit_events::actor_id.eq(actor))]
        } else {
            vec![all()]
        };
        lists.into_iter().map(|list| self.along(list)).collect()
    }

    fn along<'a>(&self, rows: Query<'a>) -> Query<'a> {
        window!(rows, !self.upward(), self.cursor.as_ref().map(|cursor| cursor.key), audit_events::id)
    }

    /// Whether more is asked than the index tells.
    fn has_rest(&self, query: &ListQuery) -> bool {
        let filter = self.filter;
        let led = [
            filter.revision.is_some(),
            !filter.request_id.is_empty(),
            filter.object.is_some(),
            filter.about_user.is_some(),
            filter.actor_id.is_some(),
        ];
        led.into_iter().filter(|one| *one).count() > 1 || !filter.action.is_empty() || !query.q.trim().is_empty()
    }

    /// Where the search of `most` events along each index ends; `None`: at the end of the log.
    fn frontier(&self, conn: &mut Conn, most: i64) -> Result<Option<i64>> {
        let mut ends = vec![];
        for list in self.lists() {
            let last: Option<i64> = list.select(audit_events::id).offset(most - 1).first(conn).optional()?;
            ends.extend(last);
        }
        Ok(if self.upward() { ends.into_iter().min() } else { ends.into_iter().max() })
    }

    /// Those before where the search ends.
    fn within<'a>(&self, rows: Query<'a>, frontier: Option<i64>) -> Query<'a> {
        match frontier {
            Some(frontier) if self.upward() => rows.filter(audit_events::id.le(frontier)),
            Some(frontier) => rows.filter(audit_events::id.ge(frontier)),
            None => rows,
        }
    }
}

/// A page of events, by `at` (default: `-at`, the latest first).
pub fn list(conn: &mut Conn, query: &ListQuery, filter: &Filter) -> Result<Page<AuditEvent>> {
    let cursor = Cursor::<i64>::read(&query.cursor)?;
    let (_, descending) = query.order("The log", &["at"], "-at")?;
    let Some(ids) = Ids::of(conn, filter)? else {
        return Ok(Page { items: vec![], total: Total::Exactly(0), next: None, prev: None });
    };
    let search = Search { filter, ids, rising: !descending, cursor };
    let rest = search.has_rest(query);
    // Two indexes at once are merged by their ids: no further than the page can need.
    let most = if rest { SEARCHED } else { query.limit() + 1 };
    let frontier = if rest || search.lists().len() > 1 { search.frontier(conn, most)? } else { None };
    let rows = search.along(search.within(search.ids.narrow(filtered(query, filter)), frontier));
    let found: Vec<AuditEvent> = rows.limit(query.limit() + 1).select(AuditEvent::as_select()).load(conn)?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > query.limit();
    let total = match (more, frontier) {
        // All that was searched is on this page.
        (false, Some(_)) if search.cursor.is_none() => Total::MoreThan(i64::try_from(found.len()).unwrap_or(i64::MAX)),
        (false, None) if search.cursor.is_none() => Total::Exactly(i64::try_from(found.len()).unwrap_or(i64::MAX)),
        _ => total(conn, query, &search, rest, frontier)?,
    };
    let mut page = Cursor::page(found, total, query.limit(), search.cursor.as_ref(), |event: &AuditEvent| event.id);
    if let Some(frontier) = frontier.filter(|_| !more) {
        let backward = search.cursor.as_ref().is_some_and(|cursor| cursor.backward);
        let on = Some(Cursor::write(frontier, backward));
        if backward { page.prev = on } else { page.next = on }
    }
    Ok(page)
}

/// How many there are from the first page on, as far as that is known without a search of the whole log.
fn total(conn: &mut Conn, query: &ListQuery, search: &Search<'_>, rest: bool, frontier: Option<i64>) -> Result<Total> {
    if !rest && !search.filter.is_set() {
        return Ok(Total::Exactly(count(conn)?));
    }
    let whole = Search { cursor: None, ..search.clone() };
    let most = if rest { SEARCHED } else { COUNTED + 1 };
    let frontier = match rest || whole.lists().len() > 1 {
        true if rest && search.cursor.is_none() => frontier,
        true => whole.frontier(conn, most)?,
        false => None,
    };
    let rows = whole.within(whole.ids.narrow(filtered(query, search.filter)), frontier);
    Ok(match counters::capped(conn, rows.select(audit_events::id))? {
        Total::Exactly(n) if frontier.is_some() => Total::MoreThan(n),
        counted => counted,
    })
}
