//! Which role includes which.

use super::{Conn, Taken as _, cols};
use crate::{
    domain::{Result, Time, role::RoleInclusion},
    schema::{role_inclusions, roles},
};
use diesel::prelude::*;

diesel::alias!(roles as juniors: Juniors, roles as seniors: Seniors);

#[diesel::dsl::auto_type(no_type_alias)]
fn in_force(at: Time) -> _ {
    role_inclusions::table
        .filter(role_inclusions::valid_from.le(at))
        .filter(role_inclusions::valid_to.is_null().or(role_inclusions::valid_to.gt(at)))
}

/// All between living roles.
pub fn all(conn: &mut Conn, at: Time) -> Result<Vec<RoleInclusion>> {
    let rows = in_force(at)
        .inner_join(juniors.on(juniors.field(roles::id).eq(role_inclusions::junior_id)))
        .inner_join(seniors.on(seniors.field(roles::id).eq(role_inclusions::senior_id)))
        .filter(juniors.field(roles::deleted_at).is_null())
        .filter(seniors.field(roles::deleted_at).is_null());
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
