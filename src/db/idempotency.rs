//! Keys of writes that may be sent again.

use super::Conn;
use crate::{
    domain::{Result, Time},
    schema::idempotency_keys,
};
use diesel::prelude::*;

/// What is kept of a key.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
pub struct Kept {
    pub id: i64,
    pub request_hash: String,
    /// `None`: it is being made, or was when the process ended.
    pub answer: Option<Vec<u8>>,
}

/// The key, if it was used since `since`; an older one goes.
pub fn find(conn: &mut Conn, user_id: i64, key_hash: &str, since: Time) -> Result<Option<Kept>> {
    let mine = || {
        idempotency_keys::table
            .filter(idempotency_keys::user_id.eq(user_id))
            .filter(idempotency_keys::key_hash.eq(key_hash))
    };
    diesel::delete(mine().filter(idempotency_keys::created_at.le(since))).execute(conn)?;
    Ok(mine().select(Kept::as_select()).first(conn).optional()?)
}

/// Takes the key for a request whose answer is still to be made.
pub fn insert(conn: &mut Conn, user_id: i64, key_hash: &str, request_hash: &str, now: Time) -> Result<i64> {
    let row = (
        idempotency_keys::user_id.eq(user_id),
        idempotency_keys::key_hash.eq(key_hash),
        idempotency_keys::request_hash.eq(request_hash),
        idempotency_keys::created_at.eq(now),
    );
    Ok(diesel::insert_into(idempotency_keys::table).values(row).returning(idempotency_keys::id).get_result(conn)?)
}

pub fn answer(conn: &mut Conn, id: i64, sealed: &[u8]) -> Result<()> {
    diesel::update(idempotency_keys::table.find(id)).set(idempotency_keys::answer.eq(sealed)).execute(conn)?;
    Ok(())
}

/// Gives the key free again.
pub fn delete(conn: &mut Conn, id: i64) -> Result<()> {
    diesel::delete(idempotency_keys::table.find(id)).execute(conn)?;
    Ok(())
}

/// Removes what is older.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(before))).execute(conn)?)
}
