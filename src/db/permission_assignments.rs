//! Which role has which permission pattern.

use super::{Conn, Taken as _, cols};
use crate::{
    domain::{Result, Time, permission::Pattern, role::PermissionAssignment},
    schema::{permission_assignments, roles},
};
use diesel::prelude::*;

#[diesel::dsl::auto_type(no_type_alias)]
fn in_force(at: Time) -> _ {
    permission_assignments::table
        .filter(permission_assignments::valid_from.le(at))
        .filter(permission_assignments::valid_to.is_null().or(permission_assignments::valid_to.gt(at)))
}

/// All that living roles have.
pub fn all(conn: &mut Conn, at: Time) -> Result<Vec<PermissionAssignment>> {
    let rows = in_force(at).inner_join(roles::table).filter(roles::deleted_at.is_null());
    Ok(rows.select(PermissionAssignment::as_select()).load(conn)?)
}

pub fn of_role(conn: &mut Conn, role_id: i64, at: Time) -> Result<Vec<PermissionAssignment>> {
    let rows = in_force(at).filter(permission_assignments::role_id.eq(role_id));
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
    pattern: &Pattern,
    by: Option<i64>,
    reason: &str,
    now: Time,
) -> Result<PermissionAssignment> {
    let row = (
        (
            permission_assignments::role_id.eq(role_id),
            permission_assignments::resource.eq(pattern.resource()),
            permission_assignments::action.eq(pattern.action()),
        ),
        (permission_assignments::valid_from.eq(now), permission_assignments::reason.eq(reason)),
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
