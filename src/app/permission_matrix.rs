//! Roles against the permissions of one resource, and the change of many of their cells at once.

use super::{Actor, App, Change, Tx, roles::single, users::reason_line};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        matrix::{Cell, Column, MatrixChange, Place},
        page::{ListQuery, Page},
        permission::{PERMISSIONS_READ, Pattern, Permission, ROLES_READ, ROLES_WRITE},
        policy::Graph,
        role::{NewGrant, Role},
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Which part of a matrix is asked for.
#[derive(Debug, Clone, Default)]
pub struct MatrixQuery {
    pub resource: String,
    /// Of roles. Filters: `having`: only those that have something of the resource; `role`, `group`: of that kind.
    pub roles: ListQuery,
    /// Of permissions: cursor and limit.
    pub permissions: ListQuery,
}

/// A part of the matrix of one resource.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub permissions: Page<Permission>,
    /// Each role with a cell for each of the permissions, in their order.
    pub rows: Page<(Role, Vec<Cell>)>,
    /// Names of the roles that something is inherited from.
    pub names: HashMap<i64, String>,
    /// The state that it shows.
    pub revision: i64,
}

/// A change of a matrix with the names of what it speaks of.
#[derive(Debug, Clone)]
pub struct NamedChange {
    pub give: Vec<(Role, Permission)>,
    pub take: Vec<(Role, Permission)>,
}

/// Roles that have something: this filter is answered by the memory.
const HAVING: &str = "having";

impl App {
    /// A page of the resources that permissions speak of, each with how many permissions it has.
    pub fn resources(&self, actor: &Actor, query: &ListQuery) -> Result<Page<(String, i64)>> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.read(|conn| db::permissions::resources(conn, query))
    }

    /// Which role has which permission of a resource, and how.
    pub fn permission_matrix(&self, actor: &Actor, query: &MatrixQuery) -> Result<Matrix> {
        actor.require_everywhere(PERMISSIONS_READ).and(actor.require_everywhere(ROLES_READ))?;
        self.read(|conn| {
            // Read first: what is changed meanwhile is found out when something is changed here.
            let revision = db::revision::current(conn)?;
            let graph = self.graph(conn)?;
            let permissions = db::permissions::list_of_resource(conn, &query.resource, &query.permissions)?;
            if permissions.items.is_empty() && permissions.total.number() == 0 {
                let unknown = format!("No permission is registered for “{}”.", query.resource);
                return Err(Error::Invalid(FieldErrors::one("resource", unknown)));
            }
            let roles = match query.roles.filter.as_str() {
                HAVING => {
                    let ids: Vec<i64> =
                        graph.roles_meeting(&Pattern::from_parts(&query.resource, "*")).into_iter().collect();
                    db::roles::list_within(conn, &query.roles, Some(&ids))?
                }
                _ => db::roles::list(conn, &query.roles)?,
            };
            let columns: Vec<Column> =
                permissions.items.iter().map(|permission| Column::new(&graph, single(permission))).collect();
            let rows = roles.map(|role| {
                let cells = cells(&graph, &columns, role.id);
                (role, cells)
            });
            let juniors: BTreeSet<i64> =
                rows.items.iter().flat_map(|(_, cells)| cells).filter_map(|cell| cell.inherited_from).collect();
            let names = db::roles::names(conn, &juniors.into_iter().collect::<Vec<_>>())?;
            Ok(Matrix { permissions, rows, names, revision })
        })
    }

    /// The names of what a change speaks of; what is gone meanwhile is left out.
    pub fn name_matrix_change(&self, actor: &Actor, change: &MatrixChange) -> Result<NamedChange> {
        actor.require_everywhere(PERMISSIONS_READ).and(actor.require_everywhere(ROLES_READ))?;
        self.read(|conn| {
            let places = || change.give.iter().chain(&change.take);
            let (roles, permissions): (BTreeSet<i64>, BTreeSet<i64>) =
                places().map(|place| (place.role, place.permission)).unzip();
            let roles = db::roles::by_ids(conn, &roles.into_iter().collect::<Vec<_>>())?;
            let permissions = db::permissions::by_ids(conn, &permissions.into_iter().collect::<Vec<_>>())?;
            let named = |places: &[Place]| {
                let mut named: Vec<(Role, Permission)> = places
                    .iter()
                    .filter_map(|place| {
                        let role = roles.iter().find(|role| role.id == place.role)?;
                        let permission = permissions.iter().find(|permission| permission.id == place.permission)?;
                        Some((role.clone(), permission.clone()))
                    })
                    .collect();
                named.sort_by(|a, b| (&a.0.name, &a.1.name).cmp(&(&b.0.name, &b.1.name)));
                named
            };
            Ok(NamedChange { give: named(&change.give), take: named(&change.take) })
        })
    }

    /// Gives and takes permissions of roles, all of it or nothing, as one revision. Each is guarded as if it were done by
    /// itself. `changed_meanwhile`: a role or a permission of it was changed after the revision that was looked at.
    pub fn change_matrix(&self, actor: &Actor, change: &MatrixChange) -> Result<Change<usize>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let reason = reason_line(&change.reason)?;
        if change.is_empty() || change.len() > MatrixChange::MANY {
            let text = format!("Choose from 1 to {} permissions to give or take.", MatrixChange::MANY);
            return Err(Error::Invalid(FieldErrors::one("", text)));
        }
        self.change(actor, |tx| {
            if let Some(seen) = change.seen {
                tx.require_unchanged(change, seen)?;
            }
            for place in &change.take {
                let pattern = tx.pattern_at(*place)?;
                let own = db::permission_assignments::of_roles(tx.conn, &[place.role])?;
                let row = own
                    .iter()
                    .find(|row| row.pattern() == pattern)
                    .ok_or(Error::not_found("permission of this role"))?;
                tx.revoke_permission(row, &reason)?;
            }
            for place in &change.give {
                let pattern = tx.pattern_at(*place)?;
                tx.grant_permission(place.role, &NewGrant { pattern, condition: None, reason: reason.clone() })?;
            }
            Ok(change.len())
        })
    }
}

fn cells(graph: &Arc<Graph>, columns: &[Column], role: i64) -> Vec<Cell> {
    let included: Vec<i64> = graph.included(role).into_iter().collect();
    columns.iter().map(|column| column.cell(graph, role, &included)).collect()
}

impl Tx<'_> {
    fn pattern_at(&mut self, place: Place) -> Result<Pattern> {
        Ok(single(&db::permissions::get(self.conn, place.permission)?))
    }

    /// That none of the roles and permissions was touched after `seen`.
    fn require_unchanged(&mut self, change: &MatrixChange, seen: i64) -> Result<()> {
        let places: Vec<Place> = change.give.iter().chain(&change.take).copied().collect();
        let roles: BTreeSet<i64> = places.iter().map(|place| place.role).collect();
        let permissions: BTreeSet<i64> = places.iter().map(|place| place.permission).collect();
        let touched = |kind: &'static str, ids: BTreeSet<i64>| (kind, ids.into_iter().collect::<Vec<i64>>());
        let mut names = vec![];
        for (kind, ids) in [touched("role", roles), touched("permission", permissions)] {
            let found = db::revision::touched_of(self.conn, kind, &ids, seen)?;
            names.extend(match kind {
                "role" => db::roles::names(self.conn, &found)?.into_values().collect::<Vec<_>>(),
                _ => db::permissions::names_of(self.conn, &found)?,
            });
        }
        if names.is_empty() && db::revision::keeps_since(self.conn, seen)? {
            return Ok(());
        }
        names.sort();
        let what = if names.is_empty() { "Something".to_owned() } else { names.join(", ") };
        Err(Error::conflict(
            "changed_meanwhile",
            format!(
                "{what} was changed since this page was drawn. Look again: it shows the present state, with what you chose."
            ),
        ))
    }
}
