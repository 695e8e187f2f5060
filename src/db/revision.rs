//! The number of the last change, and what each change touched.

use super::{Conn, ROWS, Taken as _, each};
use crate::{
    domain::{Result, Time},
    schema::{changes, revision},
};
use diesel::prelude::*;

/// The number of the last change to rights or sessions.
pub fn current(conn: &mut Conn) -> Result<i64> {
    Ok(revision::table.find(1).select(revision::number).get_result(conn)?)
}

/// Which history, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub epoch: String,
    pub number: i64,
}

pub fn stamp(conn: &mut Conn) -> Result<Stamp> {
    // Not `first`: SQLite compiles a statement anew each time that its LIMIT is bound, and this one is for each request.
    let (number, epoch) = revision::table.find(1).select((revision::number, revision::epoch)).get_result(conn)?;
    Ok(Stamp { epoch, number })
}

/// What the revisions after `revision` touched, up to `current`, which is the last: kind and id, at most `limit`. `None`:
/// not all of it is kept any more.
pub fn touched_since(conn: &mut Conn, revision: i64, current: i64, limit: i64) -> Result<Option<Vec<(String, i64)>>> {
    let rows: Vec<(i64, String, i64)> = changes::table
        .filter(changes::revision.gt(revision))
        .order(changes::id)
        .limit(limit)
        .select((changes::revision, changes::kind, changes::subject_id))
        .load(conn)?;
    // Numbers have no gaps, and whole revisions are forgotten from the oldest on.
    let next = rows.first().map_or(current + 1, |(first, ..)| *first);
    Ok((next == revision + 1).then(|| rows.into_iter().map(|(_, kind, id)| (kind, id)).collect()))
}

/// Those of these subjects that a revision after `revision` touched.
pub fn touched_of(conn: &mut Conn, kind: &str, subjects: &[i64], revision: i64) -> Result<Vec<i64>> {
    let rows = changes::table
        .filter(changes::revision.gt(revision))
        .filter(changes::kind.eq(kind.to_owned()))
        .filter(changes::subject_id.eq_any(subjects.to_vec()));
    Ok(rows.select(changes::subject_id).distinct().load(conn)?)
}

/// Whether all is still kept that the revisions after `revision` touched.
pub fn keeps_since(conn: &mut Conn, revision: i64) -> Result<bool> {
    let first: Option<i64> = changes::table.select(diesel::dsl::min(changes::revision)).first(conn)?;
    let current = current(conn)?;
    Ok(revision <= current && (revision == current || first.is_some_and(|first| first <= revision + 1)))
}

/// The last revision that was made at or before `at`; of moments of which nothing is kept, the last of those that are not.
pub fn as_of(conn: &mut Conn, at: Time) -> Result<i64> {
    let last = changes::table.filter(changes::at.le(at)).select(diesel::dsl::max(changes::revision));
    if let Some(last) = last.first::<Option<i64>>(conn)? {
        return Ok(last);
    }
    let first: Option<i64> = changes::table.select(diesel::dsl::min(changes::revision)).first(conn)?;
    Ok(first.map_or(0, |first| first - 1))
}

/// Forgets what revisions before `before` touched, the oldest first, of so many revisions at most. Gives how many rows went.
pub fn sweep(conn: &mut Conn, before: Time, revisions: i64) -> Result<usize> {
    let first: Option<i64> = changes::table.select(diesel::dsl::min(changes::revision)).first(conn)?;
    let last = changes::table.filter(changes::at.lt(before)).select(diesel::dsl::max(changes::revision));
    let (Some(first), Some(last)) = (first, last.first::<Option<i64>>(conn)?) else { return Ok(0) };
    let upto = last.min(first + revisions);
    Ok(diesel::delete(changes::table.filter(changes::revision.le(upto))).execute(conn)?)
}

/// Makes the one row if it is not there.
pub fn ensure(conn: &mut Conn, epoch: &str) -> Result<()> {
    if revision::table.count().get_result::<i64>(conn)? == 0 {
        diesel::insert_into(revision::table)
            .values((revision::id.eq(1), revision::number.eq(0), revision::epoch.eq(epoch)))
            .execute(conn)
            .taken("revision", "the first revision")?;
    }
    Ok(())
}

/// The next number. The row stays locked until the transaction ends, so commits happen in the order of numbers.
pub fn next(conn: &mut Conn) -> Result<i64> {
    Ok(diesel::update(revision::table.find(1))
        .set(revision::number.eq(revision::number + 1))
        .returning(revision::number)
        .get_result(conn)?)
}

/// Notes that `revision` touched the subjects: `kind` is `user`, `role`, `permission`, `session` or `constraint`.
pub fn touch(conn: &mut Conn, revision: i64, kind: &str, subjects: &[i64], at: Time) -> Result<()> {
    let row = |id: &i64| {
        (changes::revision.eq(revision), changes::kind.eq(kind), changes::subject_id.eq(*id), changes::at.eq(at))
    };
    for part in subjects.chunks(ROWS) {
        let rows: Vec<_> = part.iter().map(row).collect();
        each!(conn, conn => diesel::insert_into(changes::table).values(&rows).execute(conn))?;
    }
    Ok(())
}
