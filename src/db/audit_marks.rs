//! Places in the audit chain, kept outside it.

use super::Conn;
use crate::{
    domain::{Result, Time, audit_mark::Mark},
    schema::{audit_events, audit_marks},
};
use diesel::prelude::*;

pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Mark>> {
    Ok(audit_marks::table.find(name.to_owned()).select(Mark::as_select()).first(conn).optional()?)
}

pub fn set(conn: &mut Conn, mark: &Mark) -> Result<()> {
    if diesel::update(audit_marks::table.find(mark.name.clone())).set(mark).execute(conn)? == 0 {
        diesel::insert_into(audit_marks::table).values(mark).execute(conn)?;
    }
    Ok(())
}

/// Id, hash and time of the last event before `at`, but of at most `most` events after the first.
pub fn last_before(conn: &mut Conn, at: Time, most: i64) -> Result<Option<(i64, String, Time)>> {
    let columns = (audit_events::id, audit_events::hash, audit_events::at);
    let last: Option<i64> = audit_events::table
        .filter(audit_events::at.lt(at))
        .order((audit_events::at.desc(), audit_events::id.desc()))
        .select(audit_events::id)
        .first(conn)
        .optional()?;
    let first: Option<i64> = audit_events::table.select(diesel::dsl::min(audit_events::id)).first(conn)?;
    let Some((first, last)) = first.zip(last) else { return Ok(None) };
    let row = audit_events::table.filter(audit_events::id.le(last.min(first + most - 1)));
    Ok(row.order(audit_events::id.desc()).select(columns).first(conn).optional()?)
}

/// Removes the events up to this one. Gives how many.
pub fn remove_until(conn: &mut Conn, id: i64) -> Result<usize> {
    Ok(diesel::delete(audit_events::table.filter(audit_events::id.le(id))).execute(conn)?)
}
