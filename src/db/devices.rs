//! Browsers that users have signed in with.

use super::Conn;
use crate::{
    domain::{Result, Time},
    schema::devices,
};
use diesel::prelude::*;

/// Whether one of these is a device of the user's; notes that it was seen.
pub fn seen(conn: &mut Conn, user_id: i64, key_hashes: &[String], now: Time) -> Result<bool> {
    let known =
        devices::table.filter(devices::user_id.eq(user_id)).filter(devices::key_hash.eq_any(key_hashes.to_vec()));
    Ok(diesel::update(known).set(devices::last_seen_at.eq(now)).execute(conn)? > 0)
}

/// One of these that is a device of the user's.
pub fn find(conn: &mut Conn, user_id: i64, key_hashes: &[String]) -> Result<Option<String>> {
    let known =
        devices::table.filter(devices::user_id.eq(user_id)).filter(devices::key_hash.eq_any(key_hashes.to_vec()));
    Ok(known.select(devices::key_hash).order(devices::id).first(conn).optional()?)
}

/// When each of the user's was first and last seen.
pub fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<(Time, Time)>> {
    let rows = devices::table.filter(devices::user_id.eq(user_id)).order(devices::id);
    Ok(rows.select((devices::created_at, devices::last_seen_at)).load(conn)?)
}

pub fn insert(conn: &mut Conn, user_id: i64, key_hash: &str, now: Time) -> Result<()> {
    let row = (
        devices::user_id.eq(user_id),
        devices::key_hash.eq(key_hash),
        devices::created_at.eq(now),
        devices::last_seen_at.eq(now),
    );
    diesel::insert_into(devices::table).values(row).execute(conn)?;
    Ok(())
}

/// Forgets all of the user's.
pub fn clear(conn: &mut Conn, user_id: i64) -> Result<()> {
    diesel::delete(devices::table.filter(devices::user_id.eq(user_id))).execute(conn)?;
    Ok(())
}

/// Removes devices that were not seen since `before`.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(devices::table.filter(devices::last_seen_at.lt(before))).execute(conn)?)
}
