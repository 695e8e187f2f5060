//! Many users at once, chosen by what they have in common.

use super::{
    Conn,
    users::{filtered, living},
};
use crate::{
    domain::{Result, Time, page::ListQuery, user::User},
    schema::{user_assignments, users},
};
use diesel::prelude::*;

/// Ids that one statement names at most.
const NAMED: usize = 10_000;

/// Everybody whom the list of users shows with this search and filter, and who holds `role` now, by id.
pub fn matching(conn: &mut Conn, query: &ListQuery, role: Option<i64>, now: Time) -> Result<Vec<i64>> {
    Ok(filtered(query, role, now).order(users::id).select(users::id).load(conn)?)
}

/// Everybody who has the role by an assignment of its own, in force or to come, in whatever scope, by id.
pub fn members(conn: &mut Conn, role_id: i64, now: Time) -> Result<Vec<i64>> {
    let holders = user_assignments::table
        .filter(user_assignments::role_id.eq(role_id))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)))
        .select(user_assignments::user_id);
    Ok(living().filter(users::id.eq_any(holders)).order(users::id).select(users::id).load(conn)?)
}

/// The living users with these ids, by id.
pub fn users(conn: &mut Conn, ids: &[i64]) -> Result<Vec<User>> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(NAMED) {
        let rows = living().filter(users::id.eq_any(part.to_vec())).order(users::id);
        found.extend(rows.select(User::as_select()).load::<User>(conn)?);
    }
    Ok(found)
}
