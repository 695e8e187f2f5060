//! When users last used permissions.

use super::{Conn, each};
use crate::{
    domain::{Result, Time},
    schema::{permission_uses, permissions, users},
};
use diesel::{prelude::*, upsert::excluded};
use std::collections::HashMap;

/// Rows of one statement: four numbers each, and SQLite takes 32,766 in all.
const CHUNK: usize = 1000;

/// Notes uses: user, permission, when. The later one stays.
pub fn note(conn: &mut Conn, uses: &[(i64, i64, Time)]) -> Result<()> {
    for chunk in uses.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(user, permission, at)| {
                (
                    permission_uses::user_id.eq(*user),
                    permission_uses::permission_id.eq(*permission),
                    permission_uses::last_used_at.eq(*at),
                )
            })
            .collect();
        each!(conn, conn => diesel::insert_into(permission_uses::table)
            .values(&rows)
            .on_conflict((permission_uses::user_id, permission_uses::permission_id))
            .do_update()
            .set(permission_uses::last_used_at.eq(excluded(permission_uses::last_used_at)))
            .execute(conn))?;
    }
    Ok(())
}

/// Name and last use of what the user has used, the latest first.
pub fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<(String, Time)>> {
    Ok(permission_uses::table
        .inner_join(permissions::table)
        .filter(permission_uses::user_id.eq(user_id))
        .order((permission_uses::last_used_at.desc(), permissions::name))
        .select((permissions::name, permission_uses::last_used_at))
        .load(conn)?)
}

/// When each of these permissions was last used, by whomever.
pub fn latest(conn: &mut Conn, permissions: &[i64]) -> Result<HashMap<i64, Time>> {
    let rows = permissions::table.filter(permissions::id.eq_any(permissions.to_vec()));
    // By the index, one look for each: not all uses of all of them.
    let last = permission_uses::table
        .filter(permission_uses::permission_id.eq(permissions::id))
        .order(permission_uses::last_used_at.desc())
        .select(permission_uses::last_used_at.nullable())
        .limit(1)
        .single_value();
    let found: Vec<(i64, Option<Time>)> = rows.select((permissions::id, last)).load(conn)?;
    Ok(found.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// Who used the permission last, and when: the latest `limit`.
pub fn of_permission(conn: &mut Conn, permission_id: i64, limit: i64) -> Result<Vec<(i64, String, Time)>> {
    Ok(permission_uses::table
        .inner_join(users::table)
        .filter(permission_uses::permission_id.eq(permission_id))
        .order((permission_uses::last_used_at.desc(), permission_uses::user_id))
        .select((users::id, users::username, permission_uses::last_used_at))
        .limit(limit)
        .load(conn)?)
}
