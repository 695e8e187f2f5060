//! What a change would do: it is made in its transaction, looked at, and rolled back.

use super::{Tx, memory::replace};
use crate::{
    db,
    domain::{
        Result,
        policy::{Graph, Held, Rights},
        preview::{Preview, Shift},
        role::UserAssignment,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Rights of each user, by id.
type Table = BTreeMap<i64, Rights>;

impl Tx<'_> {
    /// Marks the place to which a dry run goes back.
    pub(super) fn mark(&mut self) -> Result<()> {
        if self.actor.dry_run {
            db::mark(self.conn)?;
        }
        Ok(())
    }

    pub(super) fn touched_ids(&self, kind: &str) -> Vec<i64> {
        self.touched.iter().filter(|(touched, _)| *touched == kind).map(|(_, id)| *id).collect()
    }

    /// The roles after the change.
    pub(super) fn graph_after(&mut self) -> Result<Arc<Graph>> {
        let roles = self.touched_ids("role");
        if roles.is_empty() {
            return Ok(self.graph.clone());
        }
        let grants = db::permission_assignments::of_roles(self.conn, &roles)?;
        let inclusions = db::role_inclusions::of_seniors(self.conn, &roles)?;
        let mut graph = Graph::clone(&self.graph);
        for role in roles {
            replace(&mut graph, role, &grants, &inclusions);
        }
        Ok(Arc::new(graph))
    }

    /// The touched roles and all above them, before and after.
    fn affected_roles(&self, after: &Graph) -> BTreeSet<i64> {
        let touched = self.touched_ids("role");
        touched.iter().flat_map(|role| self.graph.including(*role).into_iter().chain(after.including(*role))).collect()
    }

    /// The touched users, and whoever has an affected role.
    pub(super) fn affected_users(&mut self, after: &Graph) -> Result<BTreeSet<i64>> {
        let mut users: BTreeSet<i64> = self.touched_ids("user").into_iter().collect();
        let roles: Vec<i64> = self.affected_roles(after).into_iter().collect();
        if !roles.is_empty() {
            let rows = db::user_assignments::of_roles(self.conn, &roles, self.now)?;
            users.extend(rows.into_iter().map(|row| row.user_id));
        }
        Ok(users)
    }

    /// The preview of a change that has been made in this transaction. It leaves the transaction as it was before.
    pub(super) fn preview(&mut self) -> Result<Preview> {
        let (graph, after) = (self.graph.clone(), self.graph_after()?);
        let roles = self.affected_roles(&after);
        let mut users = self.affected_users(&after)?;
        let then = self.table(&after, &users)?;
        let ended = self.touched_ids("session").len();
        let names_after = db::users::names(self.conn, &users.iter().copied().collect::<Vec<_>>())?;
        let role_names = db::roles::names(self.conn, &roles.iter().copied().collect::<Vec<_>>())?;
        db::back_to_mark(self.conn)?;
        // Who had an affected role and has it no more was not found after the change.
        users.extend(self.affected_users(&after)?);
        let complete = users.len() <= Preview::MANY;
        let now = self.table(&graph, &users)?;
        let limits = self.app.sign_in_settings().limits;
        let old_users = db::users::names(self.conn, &users.iter().copied().collect::<Vec<_>>())?;
        let old_roles = db::roles::names(self.conn, &roles.iter().copied().collect::<Vec<_>>())?;
        let shifts = |names: &HashMap<i64, String>, there: &HashMap<i64, String>, before: &Table, after: &Table| {
            let none = Rights::none();
            let ids: BTreeSet<i64> = before.keys().chain(after.keys()).copied().collect();
            let mut shifts: Vec<Shift> = ids
                .into_iter()
                .map(|id| {
                    let (old, new) = (before.get(&id).unwrap_or(&none), after.get(&id).unwrap_or(&none));
                    let name = names.get(&id).or(there.get(&id)).cloned().unwrap_or_default();
                    let is_new = !there.contains_key(&id);
                    Shift { id, name, is_new, gains: new.beyond(old), losses: old.beyond(new) }
                })
                .filter(|shift| !(shift.gains.is_empty() && shift.losses.is_empty()))
                .collect();
            shifts.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            shifts
        };
        let users = shifts(&names_after, &old_users, &now, &then);
        let changed: Vec<i64> = users.iter().map(|shift| shift.id).collect();
        let sessions = db::sessions::of_users(self.conn, &changed, limits, self.now)?.len().max(ended);
        let of_roles = |graph: &Arc<Graph>| -> Table {
            let role = |id: &i64| (*id, Rights::new(graph.clone(), [graph.whole(*id)], self.now));
            roles.iter().map(role).collect()
        };
        Ok(Preview {
            roles: shifts(&role_names, &old_roles, &of_roles(&graph), &of_roles(&after)),
            users,
            complete,
            broken: std::mem::take(&mut self.broken),
            sessions,
            warnings: std::mem::take(&mut self.warnings),
            log: std::mem::take(&mut self.log),
            revision: db::revision::current(self.conn)?,
        })
    }

    /// What each of these users has, as the transaction sees it; what begins later counts.
    fn table(&mut self, graph: &Arc<Graph>, users: &BTreeSet<i64>) -> Result<Table> {
        let chosen: Vec<i64> = users.iter().copied().take(Preview::MANY).collect();
        let enabled = db::users::enabled(self.conn, &chosen, self.now)?;
        let mut rows: HashMap<i64, Vec<UserAssignment>> = HashMap::new();
        for row in db::user_assignments::of_users(self.conn, &chosen, self.now)? {
            rows.entry(row.user_id).or_default().push(row);
        }
        let at_last = |row: &UserAssignment| graph.hold(row).always();
        Ok(chosen
            .into_iter()
            .map(|id| {
                let rows = rows.remove(&id).filter(|_| enabled.contains(&id)).unwrap_or_default();
                let held: Vec<Held> = rows.iter().map(at_last).collect();
                (id, Rights::new(graph.clone(), held, self.now))
            })
            .collect())
    }
}
