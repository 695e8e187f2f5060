//! Counters of attempts.

use super::Conn;
use crate::{
    domain::{Error, Result, Time, throttle::Limit},
    schema::throttles,
};
use diesel::prelude::*;

/// Counts a hit before the work that it stands for; refuses with the seconds to wait when it comes too early.
/// Runs inside a write transaction, so hits at the same moment are counted one after the other.
pub fn hit(conn: &mut Conn, limit: &Limit, subject: &str, now: Time) -> Result<()> {
    let bucket = format!("{}: {subject}", limit.name);
    let row: Option<(i64, Time)> =
        throttles::table.find(&bucket).select((throttles::hits, throttles::last_at)).first(conn).optional()?;
    match row {
        // A hit that is further in the future than that was counted by a wrong clock.
        Some((hits, last)) if now.seconds_since(last).abs() < limit.window => {
            let due = limit.wait(hits) - now.seconds_since(last).max(0);
            if due > 0 {
                return Err(Error::Throttled { retry_after: due });
            }
            diesel::update(throttles::table.find(&bucket))
                .set((throttles::hits.eq(throttles::hits + 1), throttles::last_at.eq(now)))
                .execute(conn)?;
        }
        Some(_) => {
            diesel::update(throttles::table.find(&bucket))
                .set((throttles::hits.eq(1), throttles::window_start.eq(now), throttles::last_at.eq(now)))
                .execute(conn)?;
        }
        None => {
            let new = (
                throttles::bucket.eq(&bucket),
                throttles::hits.eq(1),
                throttles::window_start.eq(now),
                throttles::last_at.eq(now),
            );
            diesel::insert_into(throttles::table).values(new).execute(conn)?;
        }
    }
    Ok(())
}

/// Seconds until the next hit of this subject passes; 0: at once.
pub fn due_in(conn: &mut Conn, limit: &Limit, subject: &str, now: Time) -> Result<i64> {
    let bucket = format!("{}: {subject}", limit.name);
    let row: Option<(i64, Time)> =
        throttles::table.find(&bucket).select((throttles::hits, throttles::last_at)).first(conn).optional()?;
    Ok(match row {
        Some((hits, last)) if now.seconds_since(last).abs() < limit.window => {
            (limit.wait(hits) - now.seconds_since(last).max(0)).max(0)
        }
        _ => 0,
    })
}

/// What counts failures in a row begins so; it is kept until it is forgotten on purpose.
const IN_A_ROW: &str = "in a row: ";

/// Counts an attempt that may be one more failure in a row, before the work, and gives how many there are.
pub fn in_a_row(conn: &mut Conn, subject: &str, now: Time) -> Result<i64> {
    let bucket = format!("{IN_A_ROW}{subject}");
    let counted = diesel::update(throttles::table.find(&bucket))
        .set((throttles::hits.eq(throttles::hits + 1), throttles::last_at.eq(now)))
        .returning(throttles::hits)
        .get_result(conn)
        .optional()?;
    if let Some(hits) = counted {
        return Ok(hits);
    }
    let new = (
        throttles::bucket.eq(&bucket),
        throttles::hits.eq(1),
        throttles::window_start.eq(now),
        throttles::last_at.eq(now),
    );
    diesel::insert_into(throttles::table).values(new).execute(conn)?;
    Ok(1)
}

/// How many failures in a row there are.
pub fn row_length(conn: &mut Conn, subject: &str) -> Result<i64> {
    let row = throttles::table.find(format!("{IN_A_ROW}{subject}")).select(throttles::hits);
    Ok(row.first(conn).optional()?.unwrap_or(0))
}

/// Ends the row: the attempt succeeded.
pub fn clear_row(conn: &mut Conn, subject: &str) -> Result<()> {
    diesel::delete(throttles::table.find(format!("{IN_A_ROW}{subject}"))).execute(conn)?;
    Ok(())
}

/// Ends the rows of the subject and of all whose names begin with it.
pub fn clear_rows(conn: &mut Conn, subject: &str) -> Result<()> {
    let begins = format!("{IN_A_ROW}{}%", subject.replace(['\\', '%', '_'], "_"));
    diesel::delete(throttles::table.filter(throttles::bucket.like(begins))).execute(conn)?;
    Ok(())
}

/// Forgets the bucket: the attempt succeeded.
pub fn clear(conn: &mut Conn, limit: &Limit, subject: &str) -> Result<()> {
    diesel::delete(throttles::table.find(format!("{}: {subject}", limit.name))).execute(conn)?;
    Ok(())
}

/// Removes what was not touched since `before`, but for failures in a row.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(
        throttles::table
            .filter(throttles::last_at.lt(before))
            .filter(throttles::bucket.not_like(format!("{IN_A_ROW}%"))),
    )
    .execute(conn)?)
}
