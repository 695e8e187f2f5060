//! The one place where rights come to be. Every path that creates them (an assignment, a permission assignment, an
//! inclusion, whatever asks for it) goes through here, and the invariant stands here: what a change gives, the actor may
//! give himself, and he has lately proven that it is he. A test holds that nothing else writes these three tables' rows.

use super::{Actor, Tx};
use crate::{
    db,
    domain::{
        Error, Result,
        permission::{ASSIGNMENTS_WRITE, GIVE, NewPermission, Pattern},
        role::{Assign, NewGrant, PermissionAssignment, ROLE_DELETED, RoleInclusion, UserAssignment},
        scope::Scope,
    },
};

/// The right to give just this role.
pub(super) fn giving(role_id: i64) -> Pattern {
    Pattern::from_parts(GIVE, &role_id.to_string())
}

impl Actor {
    /// That the actor may give this role in this scope at all; what the role has is looked at where it is given.
    pub fn require_giving(&self, role_id: i64, scope: &Scope) -> Result<()> {
        if self.rights.cover(&giving(role_id), scope) { Ok(()) } else { self.require(ASSIGNMENTS_WRITE, scope) }
    }

    /// Whether the actor may give any role at all, somewhere.
    pub fn may_give_somewhere(&self) -> bool {
        let delegated = |pattern: &Pattern| pattern.meets(&Pattern::from_parts(GIVE, "*"));
        self.rights.cover_somewhere(&ASSIGNMENTS_WRITE.pattern())
            || self.rights.list().iter().any(|right| !right.conditional && delegated(&right.pattern))
    }

    pub(super) fn require_giving_somewhere(&self) -> Result<()> {
        if self.may_give_somewhere() { Ok(()) } else { self.require_everywhere(ASSIGNMENTS_WRITE) }
    }
}

impl Tx<'_> {
    /// The invariant, for patterns: the actor must hold them in all of `scope` himself.
    pub(super) fn require_held<'p>(
        &self,
        patterns: impl IntoIterator<Item = &'p Pattern>,
        scope: &Scope,
    ) -> Result<()> {
        let missing = self.actor.rights.missing(patterns, scope);
        if missing.is_empty() { Ok(()) } else { Err(Error::Escalation { missing }) }
    }

    /// The invariant, for a role: the actor must hold all that it has, or the right to give just this role.
    pub(super) fn require_may_give_role(&self, role_id: i64, scope: &Scope) -> Result<()> {
        if self.actor.rights.cover(&giving(role_id), scope) {
            return Ok(());
        }
        self.require_held(&self.graph.patterns(role_id), scope)
    }

    /// Nobody acts on somebody who may do more: by another's address or password he would climb.
    pub(super) fn require_not_weaker_than(&mut self, user_id: i64) -> Result<()> {
        let graph = self.graph.clone();
        let theirs = super::rights_now(self.conn, &graph, user_id, self.now)?;
        let missing = self.actor.rights.lacks_of(&theirs);
        if missing.is_empty() { Ok(()) } else { Err(Error::Escalation { missing }) }
    }

    /// AssignUser.
    pub(super) fn assign(&mut self, assign: &Assign) -> Result<UserAssignment> {
        self.app.require_recent_proof(self.actor)?;
        self.require_may_give_role(assign.role_id, &assign.scope)?;
        let row = db::user_assignments::insert(self.conn, assign, self.actor.id, self.now)?;
        self.touch("user", assign.user_id)?;
        Ok(row)
    }

    /// AssignUser, of many: the role of `assign`, whose user is nobody.
    pub(super) fn assign_all(&mut self, assign: &Assign, users: &[i64]) -> Result<Vec<UserAssignment>> {
        self.app.require_recent_proof(self.actor)?;
        self.require_may_give_role(assign.role_id, &assign.scope)?;
        let rows = db::user_assignments::insert_all(self.conn, assign, users, self.actor.id, self.now)?;
        self.touch_all("user", users)?;
        Ok(rows)
    }

    /// GrantPermission.
    pub(super) fn grant(&mut self, role_id: i64, new: &NewGrant) -> Result<PermissionAssignment> {
        self.app.require_recent_proof(self.actor)?;
        self.require_held([&new.pattern], &Scope::root())?;
        let row = db::permission_assignments::insert(self.conn, role_id, new, self.actor.id, self.now)?;
        self.touch("role", role_id)?;
        Ok(row)
    }

    /// AddInheritance.
    pub(super) fn include(&mut self, senior_id: i64, junior_id: i64, reason: &str) -> Result<RoleInclusion> {
        self.app.require_recent_proof(self.actor)?;
        self.require_may_give_role(junior_id, &Scope::root())?;
        let row = db::role_inclusions::insert(self.conn, senior_id, junior_id, self.actor.id, reason, self.now)?;
        self.touch("role", senior_id)?;
        Ok(row)
    }

    /// The first admin, by the printed link or the command line: given by Rolecall itself.
    pub(super) fn found_admin(&mut self, assign: &Assign) -> Result<()> {
        db::user_assignments::insert(self.conn, assign, None, self.now)?;
        self.touch("user", assign.user_id)
    }

    /// What the built-in role has, at the first start.
    pub(super) fn found_role(&mut self, role_id: i64) -> Result<()> {
        let all = NewGrant { pattern: Pattern::everything(), condition: None, reason: "built in".into() };
        db::permission_assignments::insert(self.conn, role_id, &all, None, self.now)?;
        self.touch("role", role_id)
    }

    /// `rolecall.give:17` is registered when it is first granted, if there is a role 17.
    pub(super) fn register_giving(&mut self, pattern: &Pattern) -> Result<()> {
        let Some(role_id) = pattern.action().parse().ok().filter(|_| pattern.resource() == GIVE) else { return Ok(()) };
        let Some(role) = db::roles::find(self.conn, role_id)? else { return Ok(()) };
        if db::permissions::find_by_name(self.conn, &pattern.to_string())?.is_none() {
            let new = NewPermission {
                resource: GIVE.into(),
                action: role_id.to_string(),
                label: String::new(),
                description: format!(
                    "Give and take the role {}, whatever it has, within the scope of this right.",
                    role.name
                ),
            };
            let made = db::permissions::insert(self.conn, &new, true, self.actor.id, self.now)?;
            self.touch("permission", made.id)?;
        }
        Ok(())
    }

    /// With a role goes the right to give it.
    pub(super) fn retire_giving(&mut self, role_id: i64) -> Result<()> {
        let pattern = giving(role_id);
        let Some(permission) = db::permissions::find_by_name(self.conn, &pattern.to_string())? else { return Ok(()) };
        for row in db::permission_assignments::of_pattern(self.conn, &pattern)? {
            db::permission_assignments::end(self.conn, row.id, self.actor.id, ROLE_DELETED, self.now)?;
            self.touch("role", row.role_id)?;
        }
        db::permissions::delete(self.conn, permission.id, self.now)?;
        self.touch("permission", permission.id)
    }
}
