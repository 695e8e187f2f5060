//! Browsers that users have signed in with.

use super::Conn;
use crate::{
    domain::{Result, Time, factor::Method, session::TrustedDevice},
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

#[diesel::dsl::auto_type(no_type_alias)]
fn trusted(user_id: i64, now: Time) -> _ {
    devices::table.filter(devices::user_id.eq(user_id)).filter(devices::trusted_until.gt(now))
}

/// The user's trusted devices, the latest first.
pub fn trusted_of(conn: &mut Conn, user_id: i64, now: Time) -> Result<Vec<TrustedDevice>> {
    Ok(trusted(user_id, now).order(devices::id.desc()).select(TrustedDevice::as_select()).load(conn)?)
}

/// What the user's trusted device among these is known by: its key's hash, the proof by which it was trusted, and when.
pub type Found = (String, Option<String>, Option<Time>);

/// One of these that is a trusted device of the user's.
pub fn find_trusted(conn: &mut Conn, user_id: i64, key_hashes: &[String], now: Time) -> Result<Option<Found>> {
    let held = trusted(user_id, now).filter(devices::key_hash.eq_any(key_hashes.to_vec()));
    Ok(held
        .order(devices::id)
        .select((devices::key_hash, devices::trusted_by, devices::trusted_at))
        .first(conn)
        .optional()?)
}

/// The device has another key from now on, and the one before is nothing; `false`: it was so already.
pub fn renew_key(conn: &mut Conn, user_id: i64, old: &str, new: &str, now: Time) -> Result<bool> {
    let his = devices::table.filter(devices::user_id.eq(user_id)).filter(devices::key_hash.eq(old));
    let renewed = (devices::key_hash.eq(new), devices::last_seen_at.eq(now));
    Ok(diesel::update(his).set(renewed).execute(conn)? == 1)
}

/// Notes that the trust was used, from where.
pub fn trust_used(conn: &mut Conn, user_id: i64, key_hash: &str, ip: &str, now: Time) -> Result<()> {
    let his = devices::table.filter(devices::user_id.eq(user_id)).filter(devices::key_hash.eq(key_hash));
    diesel::update(his).set((devices::trust_used_at.eq(now), devices::ip.eq(ip))).execute(conn)?;
    Ok(())
}

/// Since when a device is trusted, until when, and by what proof.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    pub by: Method,
    pub since: Time,
    pub until: Time,
    pub ip: &'a str,
    pub user_agent: &'a str,
}

pub fn trust(conn: &mut Conn, user_id: i64, key_hash: &str, trust: Trust<'_>) -> Result<()> {
    let his = devices::table.filter(devices::user_id.eq(user_id)).filter(devices::key_hash.eq(key_hash));
    let set = (
        devices::ip.eq(trust.ip),
        devices::user_agent.eq(trust.user_agent),
        devices::trusted_at.eq(trust.since),
        devices::trusted_until.eq(trust.until),
        devices::trusted_by.eq(trust.by.as_str()),
        devices::trust_used_at.eq(None::<Time>),
    );
    diesel::update(his).set(set).execute(conn)?;
    Ok(())
}

/// Whose devices stand in for nothing any more.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    Everybody,
    Users(&'a [i64]),
    /// One of a user's.
    One(i64, i64),
}

/// Ends trust; the devices stay known. Gives how many were trusted.
pub fn distrust(conn: &mut Conn, whose: Whose<'_>, now: Time) -> Result<usize> {
    let live = diesel::update(devices::table).filter(devices::trusted_until.gt(now)).into_boxed();
    let chosen = match whose {
        Whose::Everybody => live,
        Whose::Users(users) => live.filter(devices::user_id.eq_any(users.to_vec())),
        Whose::One(user_id, id) => live.filter(devices::user_id.eq(user_id)).filter(devices::id.eq(id)),
    };
    Ok(chosen.set(devices::trusted_until.eq(None::<Time>)).execute(conn)?)
}
