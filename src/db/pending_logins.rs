//! Sign-ins whose second factor is still due.

use super::{Conn, cols};
use crate::{
    domain::{
        Result, Time,
        login::{PENDING_SECONDS, PendingLogin},
    },
    schema::pending_logins,
};
use diesel::prelude::*;

/// `key_hash`: of the id that the browser holds; `None` for a program that proves the password again each time.
pub fn insert(conn: &mut Conn, user_id: i64, key_hash: Option<&str>, now: Time) -> Result<PendingLogin> {
    let row = (
        pending_logins::user_id.eq(user_id),
        pending_logins::key_hash.eq(key_hash),
        pending_logins::created_at.eq(now),
        pending_logins::expires_at.eq(now.plus_seconds(PENDING_SECONDS)),
    );
    Ok(diesel::insert_into(pending_logins::table).values(row).returning(cols::<PendingLogin>()).get_result(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live(now: Time) -> _ {
    pending_logins::table.filter(pending_logins::finished_at.is_null()).filter(pending_logins::expires_at.gt(now))
}

pub fn find_by_key(conn: &mut Conn, key_hash: &str, now: Time) -> Result<Option<PendingLogin>> {
    Ok(live(now)
        .filter(pending_logins::key_hash.eq(key_hash))
        .select(PendingLogin::as_select())
        .first(conn)
        .optional()?)
}

/// The latest one of a program.
pub fn find_of_program(conn: &mut Conn, user_id: i64, now: Time) -> Result<Option<PendingLogin>> {
    let rows = live(now).filter(pending_logins::user_id.eq(user_id)).filter(pending_logins::key_hash.is_null());
    Ok(rows.order(pending_logins::id.desc()).select(PendingLogin::as_select()).first(conn).optional()?)
}

/// `false` when it was finished before: of two at once one loses.
pub fn finish(conn: &mut Conn, id: i64, now: Time) -> Result<bool> {
    let open = pending_logins::table.find(id).filter(pending_logins::finished_at.is_null());
    Ok(diesel::update(open)
        .set((pending_logins::finished_at.eq(now), pending_logins::key_hash.eq(None::<String>)))
        .execute(conn)?
        == 1)
}

/// Finishes all of these users: their passwords or factors are not what they were.
pub fn finish_all(conn: &mut Conn, users: &[i64], now: Time) -> Result<()> {
    let open = pending_logins::table
        .filter(pending_logins::user_id.eq_any(users.to_vec()))
        .filter(pending_logins::finished_at.is_null());
    diesel::update(open)
        .set((pending_logins::finished_at.eq(now), pending_logins::key_hash.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Finishes those of all users.
pub fn finish_everybodys(conn: &mut Conn, now: Time) -> Result<()> {
    diesel::update(pending_logins::table.filter(pending_logins::finished_at.is_null()))
        .set((pending_logins::finished_at.eq(now), pending_logins::key_hash.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Removes sign-ins that ran out before `before`.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(pending_logins::table.filter(pending_logins::expires_at.lt(before))).execute(conn)?)
}
