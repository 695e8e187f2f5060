//! Which role has which permission pattern.

use super::{Conn, Taken as _, cols};
use crate::{
    domain::{
        Result, Time,
        condition::Condition,
        permission::Pattern,
        role::{NewGrant, PermissionAssignment},
    },
    schema::permission_assignments,
};
use diesel::prelude::*;

#[diesel::dsl::auto_type(no_type_alias)]
fn in_force(at: Time) -> _ {
    permission_assignments::table
        .filter(permission_assignments::valid_from.le(at))
        .filter(permission_assignments::valid_to.is_null().or(permission_assignments::valid_to.gt(at)))
}

/// What has not ended. It began when it was given, by the clock of whichever node: no clock is asked again.
#[diesel::dsl::auto_type(no_type_alias)]
fn open() -> _ {
    permission_assignments::table.filter(permission_assignments::ended_at.is_null())
}

/// All of now: with a role, what it has ends.
pub fn all(conn: &mut Conn) -> Result<Vec<PermissionAssignment>> {
    Ok(open().order(permission_assignments::id).select(PermissionAssignment::as_select()).load(conn)?)
}

/// Those as of `at` that cover the whole of one of the patterns.
pub fn covering_as_of(conn: &mut Conn, patterns: &[Pattern], at: Time) -> Result<Vec<PermissionAssignment>> {
    let mut found = vec![];
    for pattern in patterns {
        let rows = in_force(at)
            .filter(permission_assignments::resource.eq_any([pattern.resource(), "*"]))
            .filter(permission_assignments::action.eq_any([pattern.action(), "*"]));
        found.extend(rows.select(PermissionAssignment::as_select()).load(conn)?);
    }
    found.sort_by_key(|row: &PermissionAssignment| row.id);
    found.dedup_by_key(|row| row.id);
    Ok(found)
}

/// Those of these roles as of `at`.
pub fn of_roles_as_of(conn: &mut Conn, roles: &[i64], at: Time) -> Result<Vec<PermissionAssignment>> {
    let rows = in_force(at).filter(permission_assignments::role_id.eq_any(roles.to_vec()));
    Ok(rows.order(permission_assignments::id).select(PermissionAssignment::as_select()).load(conn)?)
}

/// Those of these roles.
pub fn of_roles(conn: &mut Conn, roles: &[i64]) -> Result<Vec<PermissionAssignment>> {
    let rows = open().filter(permission_assignments::role_id.eq_any(roles.to_vec()));
    Ok(rows.order(permission_assignments::id).select(PermissionAssignment::as_select()).load(conn)?)
}

/// Those of just this pattern.
pub fn of_pattern(conn: &mut Conn, pattern: &Pattern) -> Result<Vec<PermissionAssignment>> {
    let rows = open()
        .filter(permission_assignments::resource.eq(pattern.resource().to_owned()))
        .filter(permission_assignments::action.eq(pattern.action().to_owned()));
    Ok(rows.order(permission_assignments::id).select(PermissionAssignment::as_select()).load(conn)?)
}

/// The rows with these ids, ended ones too.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<PermissionAssignment>> {
    let rows = permission_assignments::table.filter(permission_assignments::id.eq_any(ids.to_vec()));
    Ok(rows.select(PermissionAssignment::as_select()).load(conn)?)
}

/// Those that were ended at `at` for this reason.
pub fn ended_with(conn: &mut Conn, reason: &str, at: Time) -> Result<Vec<PermissionAssignment>> {
    let rows = permission_assignments::table
        .filter(permission_assignments::ended_at.eq(at))
        .filter(permission_assignments::end_reason.eq(reason.to_owned()));
    Ok(rows.order(permission_assignments::id).select(PermissionAssignment::as_select()).load(conn)?)
}

pub fn of_role(conn: &mut Conn, role_id: i64) -> Result<Vec<PermissionAssignment>> {
    let rows = open().filter(permission_assignments::role_id.eq(role_id));
    Ok(rows
        .order((permission_assignments::resource, permission_assignments::action))
        .select(PermissionAssignment::as_select())
        .load(conn)?)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<PermissionAssignment>> {
    let row = permission_assignments::table.find(id).filter(permission_assignments::ended_at.is_null());
    Ok(row.select(PermissionAssignment::as_select()).first(conn).optional()?)
}

pub fn insert(
    conn: &mut Conn,
    role_id: i64,
    new: &NewGrant,
    by: Option<i64>,
    now: Time,
) -> Result<PermissionAssignment> {
    let row = (
        (
            permission_assignments::role_id.eq(role_id),
            permission_assignments::resource.eq(new.pattern.resource()),
            permission_assignments::action.eq(new.pattern.action()),
        ),
        (
            permission_assignments::valid_from.eq(now),
            permission_assignments::reason.eq(&new.reason),
            permission_assignments::condition.eq(new.condition.as_ref().map(Condition::as_str)),
        ),
        (permission_assignments::given_at.eq(now), permission_assignments::given_by.eq(by)),
    );
    diesel::insert_into(permission_assignments::table)
        .values(row)
        .returning(cols::<PermissionAssignment>())
        .get_result(conn)
        .taken("permission", "The role has this permission already.")
}

/// Closes the interval now.
pub fn end(conn: &mut Conn, id: i64, by: Option<i64>, reason: &str, now: Time) -> Result<()> {
    diesel::update(permission_assignments::table.find(id).filter(permission_assignments::ended_at.is_null()))
        .set((
            permission_assignments::valid_to.eq(now),
            permission_assignments::ended_at.eq(now),
            permission_assignments::ended_by.eq(by),
            permission_assignments::end_reason.eq(reason),
        ))
        .execute(conn)?;
    Ok(())
}
