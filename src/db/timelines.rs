//! Intervals of the access model, ended ones too.

use super::Conn;
use crate::{
    domain::{
        Result, Time,
        timeline::{Interval, Kind, MOST, Range, Turn},
    },
    schema::{audit_events, permission_assignments, role_inclusions, suspensions, user_assignments},
};
use diesel::prelude::*;
use std::collections::HashMap;

/// Whose assignments are meant.
pub use super::user_assignments::Of;

/// What the tables of rights share: condition, reason, given at and by, ended at, by and why.
type Turns = (String, Time, Option<i64>, Option<Time>, Option<i64>, Option<String>);

fn turns((reason, at, by, ended_at, ended_by, why): Turns) -> (Turn, Option<Turn>) {
    let end = |at| Turn { at, by: ended_by, reason: why.unwrap_or_default() };
    (Turn { at, by, reason }, ended_at.map(end))
}

/// Selects of a table of rights those that hold at any moment of the range, and what is told of each.
macro_rules! within {
    ($table:ident, $range:expr) => {
        $table::table
            .filter($table::valid_from.lt($range.to))
            .filter($table::valid_to.is_null().or($table::valid_to.gt($range.from)))
            .filter($table::valid_to.is_null().or($table::valid_to.ne($table::valid_from.nullable())))
            .order($table::id.desc())
            .limit(MOST + 1)
    };
}
macro_rules! turns {
    ($table:ident) => {
        ($table::reason, $table::given_at, $table::given_by, $table::ended_at, $table::ended_by, $table::end_reason)
    };
}

/// Which roles a user had, or which users a role, the latest first; no more than one above [`MOST`].
pub fn assignments(conn: &mut Conn, of: Of, range: Range) -> Result<Vec<Interval>> {
    type Row = (i64, i64, i64, String, Option<String>, (Time, Option<Time>), Turns);
    let columns = (
        user_assignments::id,
        user_assignments::user_id,
        user_assignments::role_id,
        user_assignments::scope,
        user_assignments::condition,
        (user_assignments::valid_from, user_assignments::valid_to),
        turns!(user_assignments),
    );
    let rows = within!(user_assignments, range).select(columns).into_boxed();
    let rows: Vec<Row> = match of {
        Of::User(id) => rows.filter(user_assignments::user_id.eq(id)).load(conn)?,
        Of::Role(id) => rows.filter(user_assignments::role_id.eq(id)).load(conn)?,
    };
    let interval = |(id, user, role, scope, condition, (from, to), acts): Row| {
        let (given, ended) = turns(acts);
        let (user_id, role_id) = (Some(user), Some(role));
        let (kind, junior_id, pattern) = (Kind::Assignment, None, String::new());
        Interval { kind, id, user_id, role_id, junior_id, pattern, scope, condition, from, to, given, ended }
    };
    Ok(rows.into_iter().map(interval).collect())
}

/// Which permissions and patterns a role had.
pub fn permissions(conn: &mut Conn, role_id: i64, range: Range) -> Result<Vec<Interval>> {
    type Row = (i64, String, String, Option<String>, (Time, Option<Time>), Turns);
    let columns = (
        permission_assignments::id,
        permission_assignments::resource,
        permission_assignments::action,
        permission_assignments::condition,
        (permission_assignments::valid_from, permission_assignments::valid_to),
        turns!(permission_assignments),
    );
    let of_it = within!(permission_assignments, range).filter(permission_assignments::role_id.eq(role_id));
    let rows: Vec<Row> = of_it.select(columns).load(conn)?;
    let interval = |(id, resource, action, condition, (from, to), acts): Row| {
        let (given, ended) = turns(acts);
        let (kind, role_id, pattern) = (Kind::Permission, Some(role_id), format!("{resource}:{action}"));
        let (user_id, junior_id, scope) = (None, None, String::new());
        Interval { kind, id, user_id, role_id, junior_id, pattern, scope, condition, from, to, given, ended }
    };
    Ok(rows.into_iter().map(interval).collect())
}

/// Which roles a role included, and which included it.
pub fn inclusions(conn: &mut Conn, role_id: i64, range: Range) -> Result<Vec<Interval>> {
    type Row = (i64, i64, i64, (Time, Option<Time>), Turns);
    let columns = (
        role_inclusions::id,
        role_inclusions::senior_id,
        role_inclusions::junior_id,
        (role_inclusions::valid_from, role_inclusions::valid_to),
        turns!(role_inclusions),
    );
    let either = role_inclusions::senior_id.eq(role_id).or(role_inclusions::junior_id.eq(role_id));
    let rows: Vec<Row> = within!(role_inclusions, range).filter(either).select(columns).load(conn)?;
    let interval = |(id, senior, junior, (from, to), acts): Row| {
        let (given, ended) = turns(acts);
        let (kind, role_id, junior_id) = (Kind::Inclusion, Some(senior), Some(junior));
        let (user_id, pattern, scope, condition) = (None, String::new(), String::new(), None);
        Interval { kind, id, user_id, role_id, junior_id, pattern, scope, condition, from, to, given, ended }
    };
    Ok(rows.into_iter().map(interval).collect())
}

/// When a user was barred.
pub fn suspended(conn: &mut Conn, user: i64, range: Range) -> Result<Vec<Interval>> {
    let columns = (suspensions::id, suspensions::valid_from, suspensions::valid_to);
    let of_him = within!(suspensions, range).filter(suspensions::user_id.eq(user));
    let rows: Vec<(i64, Time, Option<Time>)> = of_him.select(columns).load(conn)?;
    let interval = |(id, from, to)| Interval {
        kind: Kind::Suspension,
        id,
        user_id: Some(user),
        role_id: None,
        junior_id: None,
        pattern: String::new(),
        scope: String::new(),
        condition: None,
        from,
        to,
        given: Turn { at: from, by: None, reason: String::new() },
        ended: to.map(|at| Turn { at, by: None, reason: String::new() }),
    };
    Ok(rows.into_iter().map(interval).collect())
}

/// The last event of each moment on each of these things, for those that there are: by moment, kind and id.
pub fn events(conn: &mut Conn, times: &[Time], things: &[i64]) -> Result<HashMap<(Time, String, i64), i64>> {
    let rows: Vec<(i64, Time, String, Option<i64>)> = audit_events::table
        .filter(audit_events::at.eq_any(times.to_vec()))
        .filter(audit_events::object_id.eq_any(things.to_vec()))
        .order(audit_events::id)
        .select((audit_events::id, audit_events::at, audit_events::object_kind, audit_events::object_id))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, at, kind, on)| Some(((at, kind, on?), id))).collect())
}
