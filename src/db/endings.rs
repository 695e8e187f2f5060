//! Assignments that end soon.

use super::{Conn, counters, kept_time, user_assignments::in_force, users::Named, window};
use crate::{
    domain::{
        Result, Time,
        page::{COUNTED, Cursor, ListQuery, Page, Total},
        role::UserAssignment,
    },
    schema::{user_assignments, users},
};
use diesel::prelude::*;

/// What ends within seven days ends soon.
pub const SOON: i64 = 7 * 24 * 3600;

/// How many assignments in force end before `until`. With a user his assignments end, so it need not be asked whether he lives.
pub fn count(conn: &mut Conn, now: Time, until: Time) -> Result<Total> {
    let rows = in_force(now).filter(user_assignments::valid_to.gt(now)).filter(user_assignments::valid_to.lt(until));
    counters::capped(conn, rows.select(user_assignments::id))
}

/// Users whom words name, up to which they are told one by one.
const NAMED: i64 = 10_000;

/// A page of those of living users that are in force and end before `until`, by `ends`: the next one first. Words: of the users.
pub fn list(conn: &mut Conn, now: Time, until: Time, query: &ListQuery) -> Result<Page<UserAssignment>> {
    let (_, descending) = query.order("What ends soon", &["ends"], "ends")?;
    let (named, postgres) = (Named::find(conn, &query.q, now, NAMED)?, matches!(conn, Conn::Pg(_)));
    let found = || {
        let rows = in_force(now)
            .inner_join(users::table.on(users::id.eq(user_assignments::user_id)))
            .filter(users::deleted_at.is_null())
            .filter(user_assignments::ended_at.is_null())
            .filter(user_assignments::valid_to.gt(now))
            .filter(user_assignments::valid_to.lt(until))
            .into_boxed();
        match named.condition("user_assignments.user_id", postgres) {
            Some(named) => rows.filter(named),
            None => rows,
        }
    };
    let total = match &named {
        Named::Everybody => count(conn, now, until)?,
        Named::These(_) => counters::capped(conn, found().select(user_assignments::id))?,
        Named::Many(_) => {
            // Of very many, the first to end are looked at.
            let all =
                in_force(now).filter(user_assignments::valid_to.gt(now)).filter(user_assignments::valid_to.lt(until));
            let last: Option<Option<Time>> = all
                .order((user_assignments::valid_to, user_assignments::id))
                .select(user_assignments::valid_to)
                .offset(COUNTED)
                .first(conn)
                .optional()?;
            let last = last.flatten();
            let first = found().filter(user_assignments::valid_to.le(last.unwrap_or(until)));
            let counted = counters::capped(conn, first.select(user_assignments::id))?;
            if last.is_some() { Total::MoreThan(counted.number()) } else { counted }
        }
    };
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|cursor| cursor.backward);
    let at = cursor.as_ref().map(|cursor| (&cursor.key.0, cursor.key.1));
    let rows = window!(found(), downward, at, user_assignments::valid_to, user_assignments::id, kept_time);
    let found = rows.limit(query.limit() + 1).select(UserAssignment::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |row: &UserAssignment| {
        (row.valid_to.unwrap_or_default().rfc3339(), row.id)
    }))
}
