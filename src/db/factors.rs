//! Second factors.

use super::{Conn, cols};
use crate::{
    domain::{
        Result, Time,
        factor::{Factor, Method},
    },
    schema::factors,
};
use diesel::prelude::*;
use std::collections::HashMap;

/// The user's factors that have not ended, those too that are not confirmed yet.
pub fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Factor>> {
    let rows = factors::table.filter(factors::user_id.eq(user_id)).filter(factors::ended_at.is_null());
    Ok(rows.order(factors::id).select(Factor::as_select()).load(conn)?)
}

/// The kinds of confirmed factors of each of these users.
pub fn kinds(conn: &mut Conn, users: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let rows = factors::table
        .filter(factors::user_id.eq_any(users.to_vec()))
        .filter(factors::ended_at.is_null())
        .filter(factors::confirmed_at.is_not_null());
    let mut kinds: HashMap<i64, Vec<String>> = HashMap::new();
    for (user, kind) in rows.order(factors::id).select((factors::user_id, factors::kind)).load::<(i64, String)>(conn)? {
        kinds.entry(user).or_default().push(kind);
    }
    Ok(kinds)
}

/// `seal` makes the stored secret from the new row's id.
pub fn insert(
    conn: &mut Conn,
    user_id: i64,
    method: Method,
    confirmed_at: Option<Time>,
    now: Time,
    seal: impl FnOnce(i64) -> Option<Vec<u8>>,
) -> Result<Factor> {
    let row = (
        factors::user_id.eq(user_id),
        factors::kind.eq(method.as_str()),
        factors::created_at.eq(now),
        factors::confirmed_at.eq(confirmed_at),
    );
    let id: i64 = diesel::insert_into(factors::table).values(row).returning(factors::id).get_result(conn)?;
    Ok(diesel::update(factors::table.find(id))
        .set(factors::secret.eq(seal(id)))
        .returning(cols::<Factor>())
        .get_result(conn)?)
}

pub fn confirm(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(factors::table.find(id)).set(factors::confirmed_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Takes the step for the first time: `false` when it, or a later one, was taken before. One statement, so that of
/// two at once one loses.
pub fn take_step(conn: &mut Conn, id: i64, step: i64) -> Result<bool> {
    let free = factors::table.find(id).filter(factors::last_step.lt(step)).filter(factors::ended_at.is_null());
    Ok(diesel::update(free).set(factors::last_step.eq(step)).execute(conn)? == 1)
}

/// Ends the user's factors of this kind, or those of it that were never confirmed. Gives how many.
pub fn end(conn: &mut Conn, user_id: i64, method: Method, only_unconfirmed: bool, now: Time) -> Result<usize> {
    let live = factors::table
        .filter(factors::user_id.eq(user_id))
        .filter(factors::kind.eq(method.as_str()))
        .filter(factors::ended_at.is_null());
    // The secret goes with the factor.
    let ended = (factors::ended_at.eq(now), factors::secret.eq(None::<Vec<u8>>));
    Ok(if only_unconfirmed {
        diesel::update(live.filter(factors::confirmed_at.is_null())).set(ended).execute(conn)?
    } else {
        diesel::update(live).set(ended).execute(conn)?
    })
}
