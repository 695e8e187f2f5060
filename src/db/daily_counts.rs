//! How often what happened on which day. Kept beside the audit log, in the same transaction, so that nobody counts it.

use super::Conn;
use crate::{
    domain::{Result, Time},
    schema::daily_counts,
};
use diesel::prelude::*;

/// The actions that are counted.
const COUNTED: [&str; 2] = ["session.begin", "session.refused"];

/// Counts `n` events of a day, if events of their kind are counted. Runs in a write transaction, so there is no other
/// writer between looking for the row and making it.
pub fn add(conn: &mut Conn, action: &str, day: &str, n: i64) -> Result<()> {
    if !COUNTED.contains(&action) {
        return Ok(());
    }
    let there = diesel::update(daily_counts::table.find((day, action)))
        .set(daily_counts::n.eq(daily_counts::n + n))
        .execute(conn)?;
    if there == 0 {
        let row = (daily_counts::day.eq(day), daily_counts::action.eq(action), daily_counts::n.eq(n));
        diesel::insert_into(daily_counts::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Day, action and number, from the day of `at` on.
pub fn since(conn: &mut Conn, at: Time) -> Result<Vec<(String, String, i64)>> {
    Ok(daily_counts::table.filter(daily_counts::day.ge(at.day())).order(daily_counts::day).load(conn)?)
}
