//! Which constraints are broken at present. No change of ours can break one; data that came another way can: a restored
//! backup, an import past Rolecall, a row that somebody wrote by hand.

use super::{Actor, App};
use crate::{
    db::{self, Conn},
    domain::{
        Result, Time,
        constraint::{Constraint, Rule},
        permission::ROLES_READ,
        policy::{Graph, Held},
        session::Limits,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Users looked at for one question, over all constraints that it is about: what bounds its time.
const LOOKED_AT: usize = 5_000;
/// Users named for one constraint.
const NAMED: usize = 50;

/// How a constraint stands.
#[derive(Debug, Clone)]
pub struct Finding {
    pub constraint: Constraint,
    /// Users who break it, by username; the first few of `count`.
    pub users: Vec<Breaker>,
    pub count: usize,
    /// For rules about numbers: how the numbers stand. Empty: they are right.
    pub numbers: String,
    /// Everybody whom it concerns was looked at.
    pub complete: bool,
}

/// Somebody who breaks a constraint.
#[derive(Debug, Clone)]
pub struct Breaker {
    pub id: i64,
    pub name: String,
    /// From when on; `None`: already.
    pub from: Option<Time>,
}

impl Finding {
    pub fn is_broken(&self) -> bool {
        self.count > 0 || !self.numbers.is_empty()
    }
}

impl App {
    /// How every constraint in force stands, by name.
    pub fn violations(&self, actor: &Actor) -> Result<Vec<Finding>> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| self.findings(conn))
    }

    /// How one constraint stands.
    pub fn constraint_violations(&self, actor: &Actor, id: i64) -> Result<Finding> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let constraint = db::constraints::get(conn, id)?;
            self.look_at_constraints(conn)?.at(constraint)
        })
    }

    /// As [`App::violations`], within a read.
    pub(super) fn findings(&self, conn: &mut Conn) -> Result<Vec<Finding>> {
        let all = db::constraints::all(conn)?;
        let mut look = self.look_at_constraints(conn)?;
        all.into_iter().map(|constraint| look.at(constraint)).collect()
    }

    pub(super) fn look_at_constraints<'a>(&self, conn: &'a mut Conn) -> Result<Look<'a>> {
        let (graph, limits) = (self.graph(conn)?, self.sign_in_settings().limits);
        Ok(Look { graph, limits, now: self.now(), left: LOOKED_AT, conn })
    }
}

/// A look at the data under way.
pub(super) struct Look<'a> {
    conn: &'a mut Conn,
    graph: Arc<Graph>,
    limits: Limits,
    now: Time,
    /// Users that may still be looked at.
    left: usize,
}

impl Look<'_> {
    pub(super) fn at(&mut self, constraint: Constraint) -> Result<Finding> {
        let mut finding = Finding { constraint, users: vec![], count: 0, numbers: String::new(), complete: true };
        let rule = finding.constraint.rule.clone();
        match &rule {
            Rule::AtLeast { role, n } => {
                let roles = self.including(*role);
                let there = db::user_assignments::count_lasting_holders(self.conn, &roles, self.now)?;
                if there < *n {
                    finding.numbers = format!("{there} hold it everywhere and without end, {n} must");
                }
            }
            Rule::AtMost { role, n } => {
                let (there, all) = self.holders(&[*role])?;
                if i64::try_from(there.len()).unwrap_or(i64::MAX) > *n {
                    let more = if all { "" } else { "more than " };
                    finding.numbers = format!("{more}{} are assigned it, {n} may", there.len());
                }
            }
            Rule::Dsd { .. } => {
                let live = db::sessions::restricted(self.conn, self.limits, self.now)?;
                let breaks = |roles: &BTreeSet<i64>| rule.broken_in_session(&self.graph, roles.iter().copied());
                let broken: BTreeMap<i64, Time> =
                    live.iter().filter(|(_, _, roles)| breaks(roles)).map(|(_, user, _)| (*user, self.now)).collect();
                self.name(&mut finding, &broken)?;
            }
            _ => {
                let (users, complete) = self.candidates(&rule)?;
                finding.complete = complete;
                let broken = self.broken_by(&rule, &users)?;
                self.name(&mut finding, &broken)?;
            }
        }
        Ok(finding)
    }

    fn including(&self, role: i64) -> Vec<i64> {
        self.graph.including(role).into_iter().collect()
    }

    /// Users with an assignment of any of these roles, in force or to come; `false`: there are more.
    fn holders(&mut self, roles: &[i64]) -> Result<(BTreeSet<i64>, bool)> {
        let most = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
        let users = db::user_assignments::some_holders(self.conn, roles, self.now, most + 1)?;
        let complete = users.len() <= LOOKED_AT;
        Ok((users.into_iter().take(LOOKED_AT).collect(), complete))
    }

    /// The fewest users among whom all are who can break the rule, as far as they may be looked at.
    fn candidates(&mut self, rule: &Rule) -> Result<(BTreeSet<i64>, bool)> {
        // Whoever breaks it has a role of each of these sets, but for as many sets as may be left out.
        let (sets, left_out): (Vec<Vec<i64>>, usize) = match rule {
            Rule::Ssd { roles, n } => {
                let others = usize::try_from(*n).unwrap_or(1).saturating_sub(1);
                (roles.iter().map(|role| self.including(*role)).collect(), others)
            }
            Rule::Requires { role, .. } => (vec![self.including(*role)], 0),
            Rule::Never { group, pattern } => {
                (vec![self.including(*group), self.graph.roles_meeting(pattern).into_iter().collect()], 1)
            }
            Rule::OnlyWithin { pattern, .. } => (vec![self.graph.roles_meeting(pattern).into_iter().collect()], 0),
            Rule::Dsd { .. } | Rule::AtLeast { .. } | Rule::AtMost { .. } => (vec![], 0),
        };
        let mut found = sets.iter().map(|roles| self.holders(roles)).collect::<Result<Vec<_>>>()?;
        found.sort_by_key(|(users, complete)| (!complete, users.len()));
        found.truncate(sets.len() - left_out.min(sets.len()));
        let complete = found.iter().all(|(_, complete)| *complete);
        let users: BTreeSet<i64> = found.into_iter().flat_map(|(users, _)| users).collect();
        let enough = users.len() <= self.left;
        let users: BTreeSet<i64> = users.into_iter().take(self.left).collect();
        self.left -= users.len();
        Ok((users, complete && enough))
    }

    /// Those of `users` who break it, and from when on.
    fn broken_by(&mut self, rule: &Rule, users: &BTreeSet<i64>) -> Result<BTreeMap<i64, Time>> {
        let users: Vec<i64> = users.iter().copied().collect();
        let mut held: BTreeMap<i64, Vec<Held>> = BTreeMap::new();
        for row in db::user_assignments::of_users(self.conn, &users, self.now)? {
            held.entry(row.user_id).or_default().push(self.graph.hold(&row));
        }
        let broken = |held: &Vec<Held>| rule.broken_by(&self.graph, held, self.now);
        Ok(held.iter().filter_map(|(user, held)| Some((*user, broken(held)?))).collect())
    }

    fn name(&mut self, finding: &mut Finding, broken: &BTreeMap<i64, Time>) -> Result<()> {
        let now = self.now;
        let names = db::users::names(self.conn, &broken.keys().copied().collect::<Vec<_>>())?;
        let mut users: Vec<Breaker> = broken
            .iter()
            .filter_map(|(id, from)| {
                Some(Breaker { id: *id, name: names.get(id)?.clone(), from: Some(*from).filter(|at| *at > now) })
            })
            .collect();
        users.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        finding.count = users.len();
        users.truncate(NAMED);
        finding.users = users;
        Ok(())
    }
}
