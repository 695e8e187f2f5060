//! Mailed one-time codes.

use super::Conn;
use crate::{
    domain::{
        Result, Time,
        factor::{CODE_SECONDS, CODE_TRIES},
    },
    schema::codes,
};
use diesel::prelude::*;

/// Makes `code_hash` the one live code of the binding.
pub fn insert(conn: &mut Conn, user_id: i64, binding: &str, code_hash: &str, now: Time) -> Result<()> {
    void(conn, binding, now)?;
    let row = (
        codes::user_id.eq(user_id),
        codes::binding.eq(binding),
        codes::code_hash.eq(code_hash),
        codes::created_at.eq(now),
        codes::expires_at.eq(now.plus_seconds(CODE_SECONDS)),
    );
    diesel::insert_into(codes::table).values(row).execute(conn)?;
    Ok(())
}

/// Counts a try and gives the id and hash of the live code; `None` when there is none or its tries are used up.
pub fn try_one(conn: &mut Conn, binding: &str, now: Time) -> Result<Option<(i64, String)>> {
    let live = codes::table
        .filter(codes::binding.eq(binding))
        .filter(codes::used_at.is_null())
        .filter(codes::expires_at.gt(now))
        .filter(codes::tries.lt(CODE_TRIES));
    Ok(diesel::update(live)
        .set(codes::tries.eq(codes::tries + 1))
        .returning((codes::id, codes::code_hash))
        .get_result(conn)
        .optional()?)
}

/// `false` when it was used before: of two at once one loses.
pub fn take(conn: &mut Conn, id: i64, now: Time) -> Result<bool> {
    Ok(diesel::update(codes::table.find(id).filter(codes::used_at.is_null()))
        .set(codes::used_at.eq(now))
        .execute(conn)?
        == 1)
}

/// When the live code of the binding was made.
pub fn sent_at(conn: &mut Conn, binding: &str, now: Time) -> Result<Option<Time>> {
    let live = codes::table
        .filter(codes::binding.eq(binding))
        .filter(codes::used_at.is_null())
        .filter(codes::expires_at.gt(now));
    Ok(live.select(codes::created_at).first(conn).optional()?)
}

pub fn void(conn: &mut Conn, binding: &str, now: Time) -> Result<()> {
    diesel::update(codes::table.filter(codes::binding.eq(binding)).filter(codes::used_at.is_null()))
        .set(codes::used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Removes codes that expired before `before`.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(codes::table.filter(codes::expires_at.lt(before))).execute(conn)?)
}
