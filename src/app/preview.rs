//! What a change would do: it is made in its transaction, looked at, and rolled back; what was seen is compared when others
//! may write again.

use super::{Tx, memory::replace};
use crate::{
    db,
    domain::{
        Result, Time,
        audit::AuditEvent,
        policy::{Graph, Held, Rights},
        preview::{Broken, Preview, Shift},
        role::UserAssignment,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
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

    /// Looks at what a change has done that has been made in this transaction, and leaves the transaction as it was before.
    pub(super) fn look(&mut self) -> Result<Look> {
        let graphs = (self.graph.clone(), self.graph_after()?);
        let roles = self.affected_roles(&graphs.1);
        let mut users = self.affected_users(&graphs.1)?;
        let after = self.sight(&users, &roles)?;
        let ended = self.touched_ids("session").len();
        db::back_to_mark(self.conn)?;
        // Who had an affected role and has it no more was not found after the change.
        users.extend(self.affected_users(&graphs.1)?);
        let before = self.sight(&users, &roles)?;
        let limits = self.app.sign_in_settings().limits;
        let sessions = db::sessions::count_of_users(self.conn, &before.looked_at, limits, self.now)?;
        Ok(Look {
            now: self.now,
            graphs,
            before,
            after,
            roles,
            complete: users.len() <= Preview::MANY,
            sessions,
            ended,
            broken: std::mem::take(&mut self.broken),
            warnings: std::mem::take(&mut self.warnings),
            log: std::mem::take(&mut self.log),
            revision: db::revision::current(self.conn)?,
        })
    }

    /// What each of these users has, as the transaction sees it, and the names of users and roles.
    fn sight(&mut self, users: &BTreeSet<i64>, roles: &BTreeSet<i64>) -> Result<Sight> {
        let looked_at: Vec<i64> = users.iter().copied().take(Preview::MANY).collect();
        let roles: Vec<i64> = roles.iter().copied().collect();
        Ok(Sight {
            enabled: db::users::enabled(self.conn, &looked_at, self.now)?,
            rows: db::user_assignments::of_users(self.conn, &looked_at, self.now)?,
            users: db::users::names(self.conn, &looked_at)?,
            roles: db::roles::names(self.conn, &roles)?,
            looked_at,
        })
    }
}

/// What was seen before or after a change.
struct Sight {
    looked_at: Vec<i64>,
    enabled: HashSet<i64>,
    rows: Vec<UserAssignment>,
    /// Names by id.
    users: HashMap<i64, String>,
    roles: HashMap<i64, String>,
}

impl Sight {
    /// The rights of each; what begins later counts.
    fn table(&self, graph: &Arc<Graph>, now: Time) -> Table {
        let mut held: HashMap<i64, Vec<Held>> = HashMap::new();
        for row in self.rows.iter().filter(|row| self.enabled.contains(&row.user_id)) {
            held.entry(row.user_id).or_default().push(graph.hold(row).always());
        }
        let of = |id: &i64| (*id, Rights::new(graph.clone(), held.remove(id).unwrap_or_default(), now));
        self.looked_at.iter().map(of).collect()
    }
}

/// All that tells what a change would do, taken out of its transaction.
pub(super) struct Look {
    now: Time,
    /// The roles before and after it.
    graphs: (Arc<Graph>, Arc<Graph>),
    before: Sight,
    after: Sight,
    roles: BTreeSet<i64>,
    complete: bool,
    /// Live sessions of each user who has any.
    sessions: HashMap<i64, usize>,
    /// Sessions that the change ends.
    ended: usize,
    broken: Vec<Broken>,
    warnings: Vec<String>,
    log: Vec<AuditEvent>,
    revision: i64,
}

impl Look {
    /// Compares what was before with what would be.
    pub(super) fn preview(self) -> Preview {
        let (old, new) = (&self.graphs.0, &self.graphs.1);
        let of_roles = |graph: &Arc<Graph>| -> Table {
            let role = |id: &i64| (*id, Rights::new(graph.clone(), [graph.whole(*id)], self.now));
            self.roles.iter().map(role).collect()
        };
        let (before, after) = (&self.before, &self.after);
        let users = shifts((&before.users, &after.users), &before.table(old, self.now), &after.table(new, self.now));
        let sessions: usize = users.iter().filter_map(|shift| self.sessions.get(&shift.id)).sum();
        Preview {
            roles: shifts((&before.roles, &after.roles), &of_roles(old), &of_roles(new)),
            users,
            complete: self.complete,
            broken: self.broken,
            sessions: sessions.max(self.ended),
            warnings: self.warnings,
            log: self.log,
            revision: self.revision,
        }
    }
}

/// Who has something before and not after, or the other way round; names are those before and after.
fn shifts(names: (&HashMap<i64, String>, &HashMap<i64, String>), before: &Table, after: &Table) -> Vec<Shift> {
    let none = Rights::none();
    let ids: BTreeSet<i64> = before.keys().chain(after.keys()).copied().collect();
    let mut shifts: Vec<Shift> = ids
        .into_iter()
        .map(|id| {
            let (old, new) = (before.get(&id).unwrap_or(&none), after.get(&id).unwrap_or(&none));
            let name = names.1.get(&id).or(names.0.get(&id)).cloned().unwrap_or_default();
            let is_new = !names.0.contains_key(&id);
            Shift { id, name, is_new, gains: new.beyond(old), losses: old.beyond(new) }
        })
        .filter(|shift| !(shift.gains.is_empty() && shift.losses.is_empty()))
        .collect();
    shifts.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    shifts
}
