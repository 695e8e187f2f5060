//! Roles and what they have.

use super::{Actor, App, Change, Entry, Tx};
use crate::{
    db::{self, holders::Who},
    domain::{
        Error, FieldErrors, Result,
        page::{COUNTED, ListQuery, Page, Total},
        permission::{Pattern, Permission, ROLES_READ, ROLES_WRITE},
        role::{GROUP, NewGrant, PermissionAssignment, ROLE_DELETED, Role, RoleDraft},
        scope::Scope,
        sign_in_rules::SignInRules,
    },
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A row of the list of roles.
#[derive(Debug, Clone)]
pub struct RoleRow {
    pub role: Role,
    /// Users who hold it now, by an assignment of its own, and with those of roles that include it; counted no further than
    /// `MEMBERS_COUNTED`.
    pub members: Total,
    pub all_members: Total,
    /// Patterns of its own, and with those of included roles.
    pub own: usize,
    pub all: usize,
    /// Names of the roles that it includes directly.
    pub includes: Vec<String>,
}

/// One role with what it has and who holds it.
#[derive(Debug, Clone)]
pub struct RoleView {
    pub role: Role,
    pub own: Vec<PermissionAssignment>,
    /// Patterns from included roles: the pattern, and the role it comes from.
    pub inherited: Vec<(Pattern, Role)>,
    /// Directly included roles with the id of the inclusion.
    pub juniors: Vec<(i64, Role)>,
    /// Roles that include it directly.
    pub seniors: Vec<Role>,
    /// How many users hold it now.
    pub member_count: Total,
    /// What it demands of the sign-in.
    pub rules: SignInRules,
}

/// The members of each role of a list are counted no further than this.
const MEMBERS_COUNTED: i64 = 1000;

impl App {
    pub fn roles(&self, actor: &Actor, query: &ListQuery) -> Result<Page<RoleRow>> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let now = self.now();
            let graph = self.graph(conn)?;
            let page = db::roles::list(conn, query)?;
            let ids: Vec<i64> = page.items.iter().map(|role| role.id).collect();
            let mut all_counts = HashMap::new();
            for id in &ids {
                let including: Vec<i64> = graph.including(*id).into_iter().collect();
                if including.len() > 1 {
                    let all = db::holders::count(conn, &including, Who::Everybody, MEMBERS_COUNTED, now)?;
                    all_counts.insert(*id, all);
                }
            }
            let counts = db::user_assignments::count_members(conn, &ids, MEMBERS_COUNTED, now)?;
            let inclusions = db::role_inclusions::of_seniors(conn, &ids)?;
            let names = db::roles::names(conn, &inclusions.iter().map(|row| row.junior_id).collect::<Vec<_>>())?;
            let direct = |id: i64| counts.get(&id).copied().unwrap_or(Total::Exactly(0));
            Ok(page.map(|role| RoleRow {
                members: direct(role.id),
                all_members: all_counts.get(&role.id).copied().unwrap_or(direct(role.id)),
                own: graph.own_grants(role.id).len(),
                all: graph.patterns(role.id).len(),
                includes: inclusions
                    .iter()
                    .filter(|row| row.senior_id == role.id)
                    .filter_map(|row| names.get(&row.junior_id).cloned())
                    .collect(),
                role,
            }))
        })
    }

    /// All roles by name, for pick lists: for whoever may see roles.
    pub fn all_roles(&self, actor: &Actor) -> Result<Vec<Role>> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(db::roles::all)
    }

    pub fn role(&self, actor: &Actor, id: i64) -> Result<RoleView> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let now = self.now();
            let role = db::roles::get(conn, id)?;
            let graph = self.graph(conn)?;
            let inclusions = db::role_inclusions::of_role(conn, id)?;
            let mut known: Vec<i64> = graph.included(id).into_iter().collect();
            known.extend(inclusions.iter().map(|row| row.senior_id));
            let roles: HashMap<i64, Role> =
                db::roles::by_ids(conn, &known)?.into_iter().map(|role| (role.id, role)).collect();
            let named = |id: i64| roles.get(&id).cloned();
            let mut inherited: Vec<(Pattern, Role)> = graph
                .included(id)
                .into_iter()
                .filter(|junior| *junior != id)
                .filter_map(named)
                .flat_map(|junior| {
                    graph
                        .own_grants(junior.id)
                        .iter()
                        .map(move |grant| (grant.pattern.clone(), junior.clone()))
                        .collect::<Vec<_>>()
                })
                .collect();
            inherited.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
            Ok(RoleView {
                own: db::permission_assignments::of_role(conn, id)?,
                inherited,
                juniors: inclusions
                    .iter()
                    .filter(|row| row.senior_id == id)
                    .filter_map(|row| Some((row.id, named(row.junior_id)?)))
                    .collect(),
                seniors: inclusions
                    .iter()
                    .filter(|row| row.junior_id == id)
                    .filter_map(|row| named(row.senior_id))
                    .collect(),
                member_count: db::user_assignments::count_members(conn, &[id], COUNTED, now)?
                    .remove(&id)
                    .unwrap_or(Total::Exactly(0)),
                rules: db::sign_in_rules::of_role(conn, id)?,
                role,
            })
        })
    }

    /// The role of this name, without case.
    pub fn role_by_name(&self, actor: &Actor, name: &str) -> Result<Role> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| db::roles::find_by_name(conn, name))?.ok_or(Error::not_found("role"))
    }

    pub fn create_role(&self, actor: &Actor, draft: &RoleDraft) -> Result<Change<Role>> {
        self.create_role_between(actor, draft, &[], &[])
    }

    /// AddAscendant, AddDescendant: a new role that includes `juniors` and is included by `seniors`.
    pub fn create_role_between(
        &self,
        actor: &Actor,
        draft: &RoleDraft,
        juniors: &[i64],
        seniors: &[i64],
    ) -> Result<Change<Role>> {
        self.create_role_whole(actor, draft, &[], juniors, seniors)
    }

    /// As both, [`App::create_role_between`] and [`App::create_role_having`]: all of it or nothing.
    pub fn create_role_whole(
        &self,
        actor: &Actor,
        draft: &RoleDraft,
        patterns: &[Pattern],
        juniors: &[i64],
        seniors: &[i64],
    ) -> Result<Change<Role>> {
        actor.require_everywhere(ROLES_WRITE)?;
        self.change(actor, |tx| {
            let role = tx.create_role(draft)?;
            for pattern in patterns {
                let new = NewGrant { pattern: pattern.clone(), condition: None, reason: String::new() };
                tx.grant_permission(role.id, &new)?;
            }
            for junior in juniors {
                tx.include_role(role.id, *junior, "")?;
            }
            for senior in seniors {
                tx.include_role(*senior, role.id, "")?;
            }
            Ok(role)
        })
    }

    /// As [`App::create_role`], with permissions from the beginning, each of which the actor must hold himself.
    pub fn create_role_having(&self, actor: &Actor, draft: &RoleDraft, patterns: &[Pattern]) -> Result<Change<Role>> {
        self.create_role_whole(actor, draft, patterns, &[], &[])
    }

    /// Renames, describes, changes the kind. A group has no permission of its own, and no role includes a group.
    pub fn update_role(&self, actor: &Actor, id: i64, draft: &RoleDraft) -> Result<Change<Role>> {
        self.patch_role(actor, id, |_| Ok(draft.clone()))
    }

    /// As [`App::update_role`], with a draft made from the role as it is now.
    pub fn patch_role(
        &self,
        actor: &Actor,
        id: i64,
        patch: impl Fn(&Role) -> Result<RoleDraft>,
    ) -> Result<Change<Role>> {
        actor.require_everywhere(ROLES_WRITE)?;
        self.change(actor, |tx| {
            let role = tx.changeable_role(id)?;
            let draft = patch(&role)?;
            tx.revise_role(&role, &draft)
        })
    }

    /// Deletes a role: its assignments, permissions and inclusions end now. Needs to hold all that the role has.
    pub fn delete_role(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| tx.delete_role(id, &reason))
    }

    /// Gives a role a permission or a pattern, which the actor must hold himself everywhere. A pattern that covers nothing
    /// yet is a mistake when it names one permission, and a warning of the preview when it has a `*`.
    pub fn grant(&self, actor: &Actor, role_id: i64, new: &NewGrant) -> Result<Change<PermissionAssignment>> {
        actor.require_everywhere(ROLES_WRITE)?;
        self.change(actor, |tx| tx.grant_permission(role_id, new))
    }

    /// Gives a role a registered permission, both by their names, and tells the revision. `None`: the role had it before, by
    /// whatever pattern, and nothing was done.
    pub fn grant_by_name(&self, actor: &Actor, permission: &str, role: &str) -> Result<Option<i64>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let (pattern, role) = (single(&self.permission_by_name(actor, permission)?), self.role_by_name(actor, role)?);
        let has = self.read(|conn| Ok(self.graph(conn)?.roles_with(&pattern).contains(&role.id)))?;
        if has {
            Ok(None)
        } else {
            Ok(Some(
                self.grant(actor, role.id, &NewGrant { pattern, condition: None, reason: String::new() })?.revision,
            ))
        }
    }

    /// Takes a permission or pattern from a role.
    pub fn revoke(&self, actor: &Actor, role_id: i64, grant_id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let row = db::permission_assignments::find(tx.conn, grant_id)?
                .filter(|row| row.role_id == role_id)
                .ok_or(Error::not_found("permission of this role"))?;
            tx.revoke_permission(&row, &reason)
        })
    }
}

impl Tx<'_> {
    fn create_role(&mut self, draft: &RoleDraft) -> Result<Role> {
        let role = db::roles::insert(self.conn, draft, false, self.actor.id, self.now)?;
        self.touch("role", role.id)?;
        self.audit(Entry {
            action: "role.create",
            kind: "role",
            id: Some(role.id),
            name: &role.name,
            after: Some(json!(role.draft())),
            ..Entry::default()
        })?;
        Ok(role)
    }

    /// A living role that is not built in.
    pub(super) fn changeable_role(&mut self, id: i64) -> Result<Role> {
        let role = db::roles::get(self.conn, id)?;
        if role.built_in {
            return Err(Error::conflict(
                "built_in",
                format!("The role {} belongs to Rolecall and stays as it is.", role.name),
            ));
        }
        Ok(role)
    }

    pub(super) fn revise_role(&mut self, role: &Role, draft: &RoleDraft) -> Result<Role> {
        if draft.kind != role.kind {
            self.check_kind_change(role, draft)?;
        }
        let updated = db::roles::update(self.conn, role.id, draft, self.now)?;
        self.touch("role", role.id)?;
        self.audit(Entry {
            action: "role.update",
            kind: "role",
            id: Some(role.id),
            name: &updated.name,
            before: Some(json!(role.draft())),
            after: Some(json!(updated.draft())),
            ..Entry::default()
        })?;
        Ok(updated)
    }

    pub(super) fn delete_role(&mut self, id: i64, reason: &str) -> Result<()> {
        let role = self.changeable_role(id)?;
        self.require_may_give_role(id, &Scope::root())?;
        let constraints = self.leave_constraints(id)?;
        let open = db::user_assignments::open(self.conn, None, Some(id))?;
        for assignment in &open {
            db::user_assignments::end(self.conn, assignment, self.actor.id, ROLE_DELETED, self.now)?;
            self.touch("user", assignment.user_id)?;
        }
        let own = db::permission_assignments::of_role(self.conn, id)?;
        for row in &own {
            db::permission_assignments::end(self.conn, row.id, self.actor.id, ROLE_DELETED, self.now)?;
        }
        for inclusion in db::role_inclusions::of_role(self.conn, id)? {
            db::role_inclusions::end(self.conn, inclusion.id, self.actor.id, ROLE_DELETED, self.now)?;
            self.touch("role", inclusion.senior_id)?;
        }
        self.retire_giving(id)?;
        db::roles::delete(self.conn, id, self.now)?;
        self.touch("role", id)?;
        let patterns: Vec<String> = own.iter().map(|row| row.pattern().to_string()).collect();
        self.audit(Entry {
            action: "role.delete",
            kind: "role",
            id: Some(id),
            name: &role.name,
            before: Some(json!({
                "role": role.draft(),
                "permissions": patterns,
                "assignments_ended": open.len(),
                "constraints": constraints,
            })),
            reason,
            ..Entry::default()
        })
    }

    /// Gives a role a pattern that covers something, and tells it to the audit log.
    pub(super) fn grant_permission(&mut self, role_id: i64, new: &NewGrant) -> Result<PermissionAssignment> {
        let role = self.changeable_role(role_id)?;
        if role.is_group() {
            return Err(Error::conflict(
                "group",
                "A group is a set of people and has no permission of its own: let it include a role.",
            ));
        }
        self.register_giving(&new.pattern)?;
        if !db::permissions::has_covered(self.conn, &new.pattern)? {
            if new.pattern.is_single() {
                return Err(Error::Invalid(FieldErrors::one(
                    "permission",
                    "No registered permission is covered by this. Register it first, or mind the spelling.",
                )));
            }
            self.warnings.push(format!("{} covers no registered permission yet.", new.pattern));
        }
        let row = self.grant(role_id, new)?;
        self.audit(Entry {
            action: "permission.grant",
            kind: "role",
            id: Some(role_id),
            name: &role.name,
            after: Some(grant_json(&row)),
            reason: &new.reason,
            ..Entry::default()
        })?;
        Ok(row)
    }

    pub(super) fn revoke_permission(&mut self, row: &PermissionAssignment, reason: &str) -> Result<()> {
        let role = self.changeable_role(row.role_id)?;
        self.require_held([&row.pattern()], &Scope::root())?;
        db::permission_assignments::end(self.conn, row.id, self.actor.id, reason, self.now)?;
        self.touch("role", role.id)?;
        self.audit(Entry {
            action: "permission.revoke",
            kind: "role",
            id: Some(role.id),
            name: &role.name,
            before: Some(grant_json(row)),
            reason,
            ..Entry::default()
        })
    }

    fn check_kind_change(&mut self, role: &Role, draft: &RoleDraft) -> Result<()> {
        let wrong = |message: &str| Err(Error::Invalid(FieldErrors::one("kind", message)));
        if draft.kind == GROUP {
            if !db::permission_assignments::of_role(self.conn, role.id)?.is_empty() {
                return wrong("A group has no permission of its own: take them away first.");
            }
            let inclusions = db::role_inclusions::of_role(self.conn, role.id)?;
            let seniors: Vec<i64> =
                inclusions.iter().filter(|row| row.junior_id == role.id).map(|row| row.senior_id).collect();
            if db::roles::by_ids(self.conn, &seniors)?.iter().any(|senior| !senior.is_group()) {
                return wrong("A role includes this one, and a role cannot include a group.");
            }
        } else if let Some(group) = self.included_group(role.id)? {
            return wrong(&format!("It includes the group {group}, and a role cannot include a group."));
        }
        Ok(())
    }

    fn included_group(&mut self, role_id: i64) -> Result<Option<String>> {
        let inclusions = db::role_inclusions::of_seniors(self.conn, &[role_id])?;
        let juniors: Vec<i64> = inclusions.iter().map(|row| row.junior_id).collect();
        let group = db::roles::by_ids(self.conn, &juniors)?.into_iter().find(Role::is_group);
        Ok(group.map(|role| role.name))
    }
}

/// The pattern that covers just this permission.
pub(super) fn single(permission: &Permission) -> Pattern {
    Pattern::from_parts(&permission.resource, &permission.action)
}

fn grant_json(row: &PermissionAssignment) -> Value {
    json!({ "grant_id": row.id, "permission": row.pattern(), "condition": row.condition })
}
