//! Separation of duty and standing rules: making and ending them, and judging every change by them.

use super::{Actor, App, Change, Entry, Tx, users::reason_line, violations::Finding};
pub use crate::db::constraints::Life;
use crate::{
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result,
        audit::AuditEvent,
        constraint::{Constraint, ConstraintDraft, Rule},
        page::{Cursor, ListQuery, Page},
        permission::{AUDIT_READ, CONSTRAINTS_WRITE, ROLES_READ},
        policy::{Graph, Held},
        preview::Broken,
        role::UserAssignment,
        text,
    },
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Names that a refusal tells at most.
const NAMED: usize = 3;
/// Events that the page of a constraint shows.
const HISTORY: i64 = 50;

/// A page of constraints.
#[derive(Debug)]
pub struct ConstraintList {
    pub page: Page<Finding>,
    /// All that are broken at present, whatever the page shows.
    pub broken: Vec<Finding>,
    /// Names of the roles that they speak of.
    pub roles: HashMap<i64, String>,
}

/// One constraint with its life.
#[derive(Debug)]
pub struct ConstraintView {
    pub constraint: Constraint,
    pub life: Life,
    /// Names of the roles that it speaks of, and of who made and ended it.
    pub roles: HashMap<i64, String>,
    pub people: HashMap<i64, String>,
    /// How it stands; `None`: it has ended.
    pub finding: Option<Finding>,
    /// What was done to it, the latest first, if the actor may read the log.
    pub history: Vec<AuditEvent>,
}

fn role_names<'a>(conn: &mut Conn, of: impl IntoIterator<Item = &'a Constraint>) -> Result<HashMap<i64, String>> {
    let roles: BTreeSet<i64> = of.into_iter().flat_map(|constraint| constraint.rule.roles()).collect();
    db::roles::names(conn, &roles.into_iter().collect::<Vec<_>>())
}

impl App {
    /// All constraints in force, by name; `kind` empty: of all kinds (SsdRoleSets, DsdRoleSets).
    pub fn constraints(&self, actor: &Actor, kind: &str) -> Result<Vec<Constraint>> {
        actor.require_everywhere(ROLES_READ)?;
        let all = self.read(db::constraints::all)?;
        Ok(all.into_iter().filter(|one| kind.is_empty() || one.rule.kind() == kind).collect())
    }

    pub fn constraint(&self, actor: &Actor, id: i64) -> Result<Constraint> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| db::constraints::get(conn, id))
    }

    /// A page of the constraints in force, by `name` or `kind`, each with how it stands; `query.filter`: a kind.
    pub fn constraint_list(&self, actor: &Actor, query: &ListQuery) -> Result<ConstraintList> {
        actor.require_everywhere(ROLES_READ)?;
        let (sort, downward) = query.order("Constraints", &["name", "kind"], "name")?;
        self.read(|conn| {
            let findings = self.findings(conn)?;
            let broken = findings.iter().filter(|one| one.is_broken()).cloned().collect();
            let words = text::fold(&query.q);
            let asked = |one: &Finding| {
                (query.filter.is_empty() || one.constraint.rule.kind() == query.filter)
                    && words.split_whitespace().all(|word| text::fold(&one.constraint.name).contains(word))
            };
            let key = |one: &Finding| {
                let kind = if sort == "kind" { one.constraint.rule.kind() } else { "" };
                (kind.to_owned(), text::fold(&one.constraint.name), one.constraint.id)
            };
            let page = Cursor::slice(findings.into_iter().filter(asked).collect(), query, downward, key)?;
            let roles = role_names(conn, page.items.iter().chain(&broken).map(|one| &one.constraint))?;
            Ok(ConstraintList { page, broken, roles })
        })
    }

    /// One constraint with what is known of it; ended ones too.
    pub fn constraint_view(&self, actor: &Actor, id: i64) -> Result<ConstraintView> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let (constraint, life) = db::constraints::find_ever(conn, id)?.ok_or(Error::not_found("constraint"))?;
            let people: Vec<i64> = [life.created_by, life.ended_by].into_iter().flatten().collect();
            let filter = db::audit::Filter { object: Some(("constraint".into(), id)), ..db::audit::Filter::default() };
            let history = if actor.can(AUDIT_READ) { db::audit::latest(conn, &filter, HISTORY)?.0 } else { vec![] };
            Ok(ConstraintView {
                roles: role_names(conn, [&constraint])?,
                people: db::users::names(conn, &people)?,
                finding: match life.ended_at {
                    None => Some(self.look_at_constraints(conn)?.at(constraint.clone())?),
                    Some(_) => None,
                },
                history,
                constraint,
                life,
            })
        })
    }

    /// CreateSsdSet, CreateDsdSet, or a standing rule. Refused if it does not hold already.
    pub fn create_constraint(&self, actor: &Actor, draft: &ConstraintDraft) -> Result<Change<Constraint>> {
        actor.require_everywhere(CONSTRAINTS_WRITE)?;
        let (name, rule) = draft.parse()?;
        let reason = reason_line(&draft.reason)?;
        self.change(actor, |tx| tx.make_constraint(&name, &rule, &reason))
    }

    /// SetSsdSetCardinality, SetDsdSetCardinality, or the number of a rule.
    pub fn set_constraint_number(&self, actor: &Actor, id: i64, n: i64) -> Result<Change<Constraint>> {
        self.change_constraint(actor, id, "", |tx, constraint| {
            renumbered(&constraint.rule, n)?.check()?;
            db::constraints::set_n(tx.conn, id, n)
        })
    }

    /// The number and, for an SSD or DSD set, all its roles at once; `roles`: `None` leaves them.
    pub fn update_constraint(
        &self,
        actor: &Actor,
        id: i64,
        n: i64,
        roles: Option<&BTreeSet<i64>>,
        reason: &str,
    ) -> Result<Change<Constraint>> {
        let reason = reason_line(reason)?;
        self.change_constraint(actor, id, &reason, |tx, constraint| {
            let mut rule = renumbered(&constraint.rule, n)?;
            if let (Some(new), Rule::Ssd { roles, .. } | Rule::Dsd { roles, .. }) = (roles, &mut rule) {
                roles.clone_from(new);
            }
            rule.check()?;
            for gone in constraint.rule.roles().difference(&rule.roles()) {
                db::constraints::remove_role(tx.conn, id, *gone, tx.now)?;
            }
            for new in rule.roles().difference(&constraint.rule.roles()) {
                tx.known_role(*new, "roles")?;
                db::constraints::add_role(tx.conn, id, *new, tx.now)?;
            }
            db::constraints::set_n(tx.conn, id, n)
        })
    }

    /// AddSsdRoleMember, AddDsdRoleMember.
    pub fn add_constraint_role(&self, actor: &Actor, id: i64, role_id: i64) -> Result<Change<Constraint>> {
        self.change_constraint(actor, id, "", |tx, constraint| {
            set_of(constraint)?;
            tx.known_role(role_id, "role_id")?;
            db::constraints::add_role(tx.conn, id, role_id, tx.now)
        })
    }

    /// DeleteSsdRoleMember, DeleteDsdRoleMember: refused when fewer roles would be left than the number of the set.
    pub fn remove_constraint_role(&self, actor: &Actor, id: i64, role_id: i64) -> Result<Change<Constraint>> {
        self.change_constraint(actor, id, "", |tx, constraint| {
            let (roles, n) = set_of(constraint)?;
            if !roles.contains(&role_id) {
                return Err(Error::not_found("role in this set"));
            }
            keep_size(constraint, roles.len(), n)?;
            db::constraints::remove_role(tx.conn, id, role_id, tx.now).map(drop)
        })
    }

    fn change_constraint(
        &self,
        actor: &Actor,
        id: i64,
        reason: &str,
        f: impl FnOnce(&mut Tx<'_>, &Constraint) -> Result<()>,
    ) -> Result<Change<Constraint>> {
        actor.require_everywhere(CONSTRAINTS_WRITE)?;
        self.require_recent_proof(actor)?;
        self.change(actor, |tx| tx.change_constraint(id, reason, f))
    }

    /// DeleteSsdSet, DeleteDsdSet, or the end of a rule. It stays in the history.
    pub fn delete_constraint(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(CONSTRAINTS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let constraint = db::constraints::get(tx.conn, id)?;
            tx.end_constraint(&constraint, &reason)
        })
    }
}

fn entry<'a>(
    action: &'static str,
    constraint: &'a Constraint,
    before: Option<Value>,
    after: Option<Value>,
    reason: &'a str,
) -> Entry<'a> {
    Entry { action, kind: "constraint", id: Some(constraint.id), name: &constraint.name, before, after, reason }
}

/// The rule with another number.
fn renumbered(rule: &Rule, number: i64) -> Result<Rule> {
    let mut rule = rule.clone();
    match &mut rule {
        Rule::Ssd { n, .. } | Rule::Dsd { n, .. } | Rule::AtLeast { n, .. } | Rule::AtMost { n, .. } => *n = number,
        _ => return Err(Error::Invalid(FieldErrors::one("n", "This kind of rule has no number."))),
    }
    Ok(rule)
}

/// The roles and the number of an SSD or DSD set.
fn set_of(constraint: &Constraint) -> Result<(&BTreeSet<i64>, i64)> {
    match &constraint.rule {
        Rule::Ssd { roles, n } | Rule::Dsd { roles, n } => Ok((roles, *n)),
        _ => Err(Error::conflict("not_a_set", "Only SSD and DSD sets have a set of roles.")),
    }
}

fn keep_size(constraint: &Constraint, size: usize, n: i64) -> Result<()> {
    if n < i64::try_from(size).unwrap_or(i64::MAX) {
        return Ok(());
    }
    Err(Error::conflict(
        "constraint",
        format!(
            "The set “{}” needs at least {n} roles: lower its number, add another role, or delete the set first.",
            constraint.name
        ),
    ))
}

impl Tx<'_> {
    pub(super) fn make_constraint(&mut self, name: &str, rule: &Rule, reason: &str) -> Result<Constraint> {
        let field = if matches!(rule, Rule::Ssd { .. } | Rule::Dsd { .. }) { "roles" } else { "role_id" };
        for role in rule.roles() {
            self.known_role(role, field)?;
        }
        let made = db::constraints::insert(self.conn, name, rule, self.actor.id, reason, self.now)?;
        self.touch("constraint", made.id)?;
        self.audit(entry("constraint.create", &made, None, Some(json!(made.record())), reason))?;
        Ok(made)
    }

    pub(super) fn change_constraint(
        &mut self,
        id: i64,
        reason: &str,
        f: impl FnOnce(&mut Self, &Constraint) -> Result<()>,
    ) -> Result<Constraint> {
        let before = db::constraints::get(self.conn, id)?;
        f(self, &before)?;
        let after = db::constraints::get(self.conn, id)?;
        self.touch("constraint", id)?;
        let (old, new) = (json!(before.record()), json!(after.record()));
        self.audit(entry("constraint.update", &after, Some(old), Some(new), reason))?;
        Ok(after)
    }

    pub(super) fn end_constraint(&mut self, constraint: &Constraint, reason: &str) -> Result<()> {
        db::constraints::end(self.conn, constraint.id, self.actor.id, reason, self.now)?;
        self.touch("constraint", constraint.id)?;
        self.audit(entry("constraint.delete", constraint, Some(json!(constraint.record())), None, reason))
    }

    fn known_role(&mut self, role_id: i64, field: &'static str) -> Result<()> {
        match db::roles::find(self.conn, role_id)? {
            Some(_) => Ok(()),
            None => Err(Error::Invalid(FieldErrors::one(field, format!("There is no role {role_id}.")))),
        }
    }

    /// A role that goes leaves the sets it is in, whose ids are given; a rule about it must go first.
    pub(super) fn leave_constraints(&mut self, role_id: i64) -> Result<Vec<i64>> {
        let concerned: Vec<Constraint> =
            self.constraints.iter().filter(|one| one.rule.roles().contains(&role_id)).cloned().collect();
        for constraint in &concerned {
            let Ok((roles, n)) = set_of(constraint) else {
                let text = format!("The rule “{}” speaks of this role: delete the rule first.", constraint.name);
                return Err(Error::conflict("constraint", text));
            };
            keep_size(constraint, roles.len(), n)?;
            db::constraints::remove_role(self.conn, constraint.id, role_id, self.now)?;
            self.touch("constraint", constraint.id)?;
        }
        Ok(concerned.iter().map(|one| one.id).collect())
    }

    /// The constraints that hold after the change, or the refusal by the name of the first that would not; a dry run
    /// notes all of them instead.
    pub(super) fn judge(&mut self) -> Result<()> {
        if !self.touched.iter().any(|(kind, _)| matches!(*kind, "user" | "role" | "constraint" | "session")) {
            return Ok(());
        }
        let changed: BTreeSet<i64> = self.touched_ids("constraint").into_iter().collect();
        let constraints = if changed.is_empty() { self.constraints.to_vec() } else { db::constraints::all(self.conn)? };
        if constraints.is_empty() {
            return Ok(());
        }
        let graph = self.graph_after()?;
        let held = self.held_by_concerned(&graph, &constraints, &changed)?;
        for constraint in constraints {
            let why = match &constraint.rule {
                Rule::AtLeast { role, n } => self.too_few(&graph, *role, *n)?,
                Rule::AtMost { role, n } => self.too_many(*role, *n)?,
                Rule::Dsd { .. } => self.broken_sessions(&graph, &constraint.rule)?,
                rule => self.broken_users(&graph, rule, &held)?,
            };
            let Some(why) = why else { continue };
            if !self.actor.dry_run {
                let text = format!("The constraint “{}” would be broken: {why}.", constraint.name);
                return Err(Error::conflict("constraint", text));
            }
            self.broken.push(Broken { constraint_id: constraint.id, name: constraint.name, why });
        }
        Ok(())
    }

    /// Who of those whom the change touches would break a constraint about single users, and which.
    pub(super) fn breakers(&mut self) -> Result<BTreeMap<i64, String>> {
        let (constraints, mut breakers) = (self.constraints.clone(), BTreeMap::new());
        if constraints.is_empty() {
            return Ok(breakers);
        }
        let graph = self.graph_after()?;
        let held = self.held_by_concerned(&graph, &constraints, &BTreeSet::new())?;
        for constraint in constraints.iter().filter(|one| one.rule.is_about_single_users()) {
            let breaks = |held: &Vec<Held>| constraint.rule.broken_by(&graph, held, self.now).is_some();
            for (user, _) in held.iter().filter(|(_, held)| breaks(held)) {
                breakers.entry(*user).or_insert_with(|| constraint.name.clone());
            }
        }
        Ok(breakers)
    }

    /// The assignments of all whom the change or a changed constraint concerns.
    fn held_by_concerned(
        &mut self,
        graph: &Graph,
        constraints: &[Constraint],
        changed: &BTreeSet<i64>,
    ) -> Result<BTreeMap<i64, Vec<Held>>> {
        let mut users = self.affected_users(graph)?;
        let mut roles = BTreeSet::new();
        for constraint in constraints.iter().filter(|one| changed.contains(&one.id)) {
            roles.extend(constraint.rule.roles().iter().flat_map(|role| graph.including(*role)));
            if let Rule::Never { pattern, .. } | Rule::OnlyWithin { pattern, .. } = &constraint.rule {
                roles.extend(graph.roles_meeting(pattern));
            }
        }
        let roles: Vec<i64> = roles.into_iter().collect();
        users.extend(db::user_assignments::of_roles(self.conn, &roles, self.now)?.iter().map(|row| row.user_id));
        let users: Vec<i64> = users.into_iter().collect();
        let mut held: BTreeMap<i64, Vec<Held>> = BTreeMap::new();
        for part in users.chunks(10_000) {
            for row in db::user_assignments::of_users(self.conn, part, self.now)? {
                let row: &UserAssignment = &row;
                held.entry(row.user_id).or_default().push(graph.hold(row));
            }
        }
        Ok(held)
    }

    fn broken_users(&mut self, graph: &Graph, rule: &Rule, held: &BTreeMap<i64, Vec<Held>>) -> Result<Option<String>> {
        let broken: Vec<i64> = held
            .iter()
            .filter(|(_, held)| rule.broken_by(graph, held, self.now).is_some())
            .map(|(id, _)| *id)
            .collect();
        if broken.is_empty() {
            return Ok(None);
        }
        let first: Vec<i64> = broken.iter().copied().take(NAMED).collect();
        let mut names: Vec<String> = db::users::names(self.conn, &first)?.into_values().collect();
        names.sort();
        let more = broken.len() - names.len();
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        Ok(Some(format!("by {}{rest}", names.join(", "))))
    }

    fn too_few(&mut self, graph: &Graph, role: i64, n: i64) -> Result<Option<String>> {
        let roles: Vec<i64> = graph.including(role).into_iter().collect();
        let there = db::user_assignments::count_lasting_holders(self.conn, &roles, self.now)?;
        Ok((there < n).then(|| format!("{there} would hold the role everywhere and without end, {n} must")))
    }

    fn too_many(&mut self, role: i64, n: i64) -> Result<Option<String>> {
        let rows = db::user_assignments::of_roles(self.conn, &[role], self.now)?;
        let users: BTreeSet<i64> = rows.into_iter().map(|row| row.user_id).collect();
        let there = i64::try_from(users.len()).unwrap_or(i64::MAX);
        Ok((there > n).then(|| format!("{there} would be assigned the role, {n} may")))
    }

    fn broken_sessions(&mut self, graph: &Graph, rule: &Rule) -> Result<Option<String>> {
        let live = db::sessions::restricted(self.conn, self.app.sign_in_settings().limits, self.now)?;
        let broken = live.iter().filter(|(_, _, roles)| rule.broken_in_session(graph, roles.iter().copied())).count();
        Ok((broken > 0).then(|| format!("by {broken} live session{}", if broken == 1 { "" } else { "s" })))
    }
}
