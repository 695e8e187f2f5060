//! Recovery codes.

use super::Conn;
use crate::{
    domain::{Result, Time},
    schema::recovery_codes,
};
use diesel::prelude::*;

/// Makes these the user's only codes.
pub fn replace(conn: &mut Conn, user_id: i64, hashes: &[String], now: Time) -> Result<()> {
    clear(conn, user_id)?;
    for hash in hashes {
        let row = (
            recovery_codes::user_id.eq(user_id),
            recovery_codes::code_hash.eq(hash),
            recovery_codes::created_at.eq(now),
        );
        diesel::insert_into(recovery_codes::table).values(row).execute(conn)?;
    }
    Ok(())
}

pub fn clear(conn: &mut Conn, user_id: i64) -> Result<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(conn)?;
    Ok(())
}

/// How many the user can still use.
pub fn left(conn: &mut Conn, user_id: i64) -> Result<i64> {
    let left = recovery_codes::table.filter(recovery_codes::user_id.eq(user_id));
    Ok(left.filter(recovery_codes::used_at.is_null()).count().get_result(conn)?)
}

/// When the user's codes were made, if he has any, used or not.
pub fn made_at(conn: &mut Conn, user_id: i64) -> Result<Option<Time>> {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user_id));
    Ok(codes.select(diesel::dsl::max(recovery_codes::created_at)).get_result(conn)?)
}

/// Uses a code up: `false` when there is none such or it was used before; of two at once one loses.
pub fn take(conn: &mut Conn, user_id: i64, hash: &str, now: Time) -> Result<bool> {
    let free = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::code_hash.eq(hash))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(free).set(recovery_codes::used_at.eq(now)).execute(conn)? == 1)
}
