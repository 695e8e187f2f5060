//! Which role includes which.

use super::{Conn, Taken as _, cols};
use crate::{
    domain::{Result, Time, role::RoleInclusion},
    schema::role_inclusions,
};
use diesel::prelude::*;

#[diesel::dsl::auto_type(no_type_alias)]
fn in_force(at: Time) -> _ {
    role_inclusions::table
        .filter(role_inclusions::valid_from.le(at))
        .filter(role_inclusions::valid_to.is_null().or(role_inclusions::valid_to.gt(at)))
}

/// What has not ended. It began when it was made, by the clock of whichever node: no clock is asked again.
#[diesel::dsl::auto_type(no_type_alias)]
fn open() -> _ {
    role_inclusions::table.filter(role_inclusions::ended_at.is_null())
}

/// All of now: with a role, its inclusions end.
pub fn all(conn: &mut Conn) -> Result<Vec<RoleInclusion>> {
    Ok(open().order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

/// Those as of `at` in which one of these roles is the senior one.
pub fn of_seniors_as_of(conn: &mut Conn, roles: &[i64], at: Time) -> Result<Vec<RoleInclusion>> {
    let rows = in_force(at).filter(role_inclusions::senior_id.eq_any(roles.to_vec()));
    Ok(rows.order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

/// Those as of `at` in which one of these roles is the junior one.
pub fn of_juniors_as_of(conn: &mut Conn, roles: &[i64], at: Time) -> Result<Vec<RoleInclusion>> {
    let rows = in_force(at).filter(role_inclusions::junior_id.eq_any(roles.to_vec()));
    Ok(rows.order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

/// Those in which one of these roles is the senior one.
pub fn of_seniors(conn: &mut Conn, roles: &[i64]) -> Result<Vec<RoleInclusion>> {
    let rows = open().filter(role_inclusions::senior_id.eq_any(roles.to_vec()));
    Ok(rows.order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

/// Those in which the role is the senior or the junior one.
pub fn of_role(conn: &mut Conn, role_id: i64) -> Result<Vec<RoleInclusion>> {
    let rows = open().filter(role_inclusions::senior_id.eq(role_id).or(role_inclusions::junior_id.eq(role_id)));
    Ok(rows.order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

/// The rows with these ids, ended ones too.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RoleInclusion>> {
    let rows = role_inclusions::table.filter(role_inclusions::id.eq_any(ids.to_vec()));
    Ok(rows.select(RoleInclusion::as_select()).load(conn)?)
}

/// Those that were ended at `at` for this reason.
pub fn ended_with(conn: &mut Conn, reason: &str, at: Time) -> Result<Vec<RoleInclusion>> {
    let rows = role_inclusions::table
        .filter(role_inclusions::ended_at.eq(at))
        .filter(role_inclusions::end_reason.eq(reason.to_owned()));
    Ok(rows.order(role_inclusions::id).select(RoleInclusion::as_select()).load(conn)?)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<RoleInclusion>> {
    Ok(role_inclusions::table
        .find(id)
        .filter(role_inclusions::ended_at.is_null())
        .select(RoleInclusion::as_select())
        .first(conn)
        .optional()?)
}

pub fn insert(
    conn: &mut Conn,
    senior_id: i64,
    junior_id: i64,
    by: Option<i64>,
    reason: &str,
    now: Time,
) -> Result<RoleInclusion> {
    let row = (
        (role_inclusions::senior_id.eq(senior_id), role_inclusions::junior_id.eq(junior_id)),
        (
            role_inclusions::valid_from.eq(now),
            role_inclusions::reason.eq(reason),
            role_inclusions::given_at.eq(now),
            role_inclusions::given_by.eq(by),
        ),
    );
    diesel::insert_into(role_inclusions::table)
        .values(row)
        .returning(cols::<RoleInclusion>())
        .get_result(conn)
        .taken("junior_id", "The role includes this one already.")
}

/// Closes the interval now.
pub fn end(conn: &mut Conn, id: i64, by: Option<i64>, reason: &str, now: Time) -> Result<()> {
    diesel::update(role_inclusions::table.find(id).filter(role_inclusions::ended_at.is_null()))
        .set((
            role_inclusions::valid_to.eq(now),
            role_inclusions::ended_at.eq(now),
            role_inclusions::ended_by.eq(by),
            role_inclusions::end_reason.eq(reason),
        ))
        .execute(conn)?;
    Ok(())
}
