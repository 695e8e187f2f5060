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
        let kinds = kinds.entry(user).or_default();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
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

pub fn confirm(conn: &mut Conn, id: i64, name: &str, now: Time) -> Result<Factor> {
    let named = (factors::name.eq(name), factors::confirmed_at.eq(now));
    Ok(diesel::update(factors::table.find(id)).set(named).returning(cols::<Factor>()).get_result(conn)?)
}

pub fn rename(conn: &mut Conn, id: i64, name: &str) -> Result<()> {
    diesel::update(factors::table.find(id)).set(factors::name.eq(name)).execute(conn)?;
    Ok(())
}

/// Notes that a mailed code of the user was used.
pub fn mailed_code_used(conn: &mut Conn, user_id: i64, now: Time) -> Result<()> {
    let mailed = factors::table
        .filter(factors::user_id.eq(user_id))
        .filter(factors::kind.eq(Method::Email.as_str()))
        .filter(factors::ended_at.is_null());
    diesel::update(mailed).set(factors::last_used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Takes the step for the first time: `false` when it, or a later one, was taken before. One statement, so that of
/// two at once one loses.
pub fn take_step(conn: &mut Conn, id: i64, step: i64, now: Time) -> Result<bool> {
    let free = factors::table.find(id).filter(factors::last_step.lt(step)).filter(factors::ended_at.is_null());
    let taken = (factors::last_step.eq(step), factors::last_used_at.eq(now));
    Ok(diesel::update(free).set(taken).execute(conn)? == 1)
}

/// Which factors of a user to end.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    All,
    These(&'a [i64]),
    /// Authenticator apps whose first right code never came.
    Unconfirmed,
}

/// Ends them, and their secrets with them. Gives how many.
pub fn end(conn: &mut Conn, user_id: i64, which: Which<'_>, now: Time) -> Result<usize> {
    let live = diesel::update(factors::table)
        .filter(factors::user_id.eq(user_id))
        .filter(factors::ended_at.is_null())
        .into_boxed();
    let chosen = match which {
        Which::All => live,
        Which::These(ids) => live.filter(factors::id.eq_any(ids.to_vec())),
        Which::Unconfirmed => live.filter(factors::confirmed_at.is_null()),
    };
    Ok(chosen.set((factors::ended_at.eq(now), factors::secret.eq(None::<Vec<u8>>))).execute(conn)?)
}
