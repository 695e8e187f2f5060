//! The roles as of another time, past or to come: as much of them as a question needs, for of ten thousand few concern it.

use crate::{
    db::{self, Conn},
    domain::{
        Result, Time,
        permission::Pattern,
        policy::{Graph, Rights},
        role::{RoleInclusion, UserAssignment},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// What these roles include and give.
pub(super) fn below(conn: &mut Conn, roles: BTreeSet<i64>, at: Time) -> Result<Arc<Graph>> {
    let juniors = |conn: &mut Conn, roles: &[i64]| db::role_inclusions::of_seniors_as_of(conn, roles, at);
    let (all, inclusions) = walk(conn, roles, juniors, |row| row.junior_id)?;
    Ok(Arc::new(Graph::new(&db::permission_assignments::of_roles_as_of(conn, &all, at)?, &inclusions)))
}

/// The roles that own what covers one of the patterns, with nothing but that, and all that include them: enough to decide
/// about these patterns, and to tell who has them.
pub(super) fn above(conn: &mut Conn, patterns: &[Pattern], at: Time) -> Result<Arc<Graph>> {
    let grants = db::permission_assignments::covering_as_of(conn, patterns, at)?;
    let seniors = |conn: &mut Conn, roles: &[i64]| db::role_inclusions::of_juniors_as_of(conn, roles, at);
    let owners = grants.iter().map(|grant| grant.role_id).collect();
    let (_, inclusions) = walk(conn, owners, seniors, |row| row.senior_id)?;
    Ok(Arc::new(Graph::new(&grants, &inclusions)))
}

/// All roles that are reached from these, with the inclusions on the way.
fn walk(
    conn: &mut Conn,
    mut all: BTreeSet<i64>,
    step: impl Fn(&mut Conn, &[i64]) -> Result<Vec<RoleInclusion>>,
    to: fn(&RoleInclusion) -> i64,
) -> Result<(Vec<i64>, Vec<RoleInclusion>)> {
    let (mut next, mut inclusions): (Vec<i64>, _) = (all.iter().copied().collect(), vec![]);
    while !next.is_empty() {
        let rows = step(conn, &next)?;
        next = rows.iter().map(to).filter(|role| all.insert(*role)).collect();
        inclusions.extend(rows);
    }
    Ok((all.into_iter().collect(), inclusions))
}

/// What the user had, or will have, by the roles of `graph`, which is of the same time.
pub(super) fn rights_by(conn: &mut Conn, graph: &Arc<Graph>, user_id: i64, at: Time) -> Result<Rights> {
    Ok(held_by(graph.clone(), &db::user_assignments::as_of(conn, user_id, at)?, at))
}

fn held_by(graph: Arc<Graph>, rows: &[UserAssignment], at: Time) -> Rights {
    let held: Vec<_> = rows.iter().map(|row| graph.hold(row)).collect();
    Rights::new(graph, held, at)
}

/// What the user had, or will have, with all his roles: nothing while he is barred.
pub(super) fn rights(conn: &mut Conn, user_id: i64, at: Time) -> Result<Rights> {
    let (active, _) = db::users::was_active(conn, user_id, at)?;
    if !active {
        return Ok(Rights::none());
    }
    let rows = db::user_assignments::as_of(conn, user_id, at)?;
    let graph = below(conn, rows.iter().map(|row| row.role_id).collect(), at)?;
    Ok(held_by(graph, &rows, at))
}
