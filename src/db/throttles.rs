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
        Some((hits, last)) if now.seconds_since(last) < limit.window => {
            let due = limit.wait(hits) - now.seconds_since(last);
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

/// Forgets the bucket: the attempt succeeded.
pub fn clear(conn: &mut Conn, limit: &Limit, subject: &str) -> Result<()> {
    diesel::delete(throttles::table.find(format!("{}: {subject}", limit.name))).execute(conn)?;
    Ok(())
}

/// Removes what was not touched since `before`.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(throttles::table.filter(throttles::last_at.lt(before))).execute(conn)?)
}
