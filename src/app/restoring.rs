//! Bringing back what was deleted, with all that ended with it; and taking that back.

use super::{Entry, Tx, deletion::Leave, giving::giving, undo::again};
use crate::{
    db::{self, user_assignments::Of},
    domain::{
        Error, Result,
        audit::AuditEvent,
        permission::{NewPermission, Pattern},
        role::{PERMISSION_DELETED, ROLE_DELETED, USER_DELETED, UserAssignment},
        undo::Description,
    },
};
use serde_json::json;

impl Tx<'_> {
    /// The role as it was when `event` deleted it: with its permissions, inclusions, members, and its places in sets.
    pub(super) fn restore_role(&mut self, event: &AuditEvent, id: i64, constraints: &[i64], why: &str) -> Result<()> {
        if db::roles::find(self.conn, id)?.is_some() {
            return Err(self.changed_since(event, "The role is there again"));
        }
        let role = db::roles::restore(self.conn, id, self.now)?;
        self.touch("role", id)?;
        let grants = db::permission_assignments::ended_with(self.conn, ROLE_DELETED, event.at)?;
        let (own, to_give) = (grants.iter().filter(|row| row.role_id == id), giving(id));
        let members = db::user_assignments::ended_with(self.conn, Of::Role(id), ROLE_DELETED, event.at)?;
        let patterns: Vec<String> = own.clone().map(|row| row.pattern().to_string()).collect();
        // The first event, so that undoing it comes last, after what follows here.
        self.audit(Entry {
            action: "role.restore",
            kind: "role",
            id: Some(id),
            name: &role.name,
            after: Some(json!({ "role": role.draft(), "permissions": patterns, "assignments": members.len() })),
            reason: why,
            ..Entry::default()
        })?;
        for row in own {
            self.grant(id, &again(row)?)?;
        }
        let givers: Vec<_> = grants.iter().filter(|row| row.pattern() == to_give && row.role_id != id).collect();
        if !givers.is_empty() {
            self.register_giving(&to_give)?;
        }
        for row in givers {
            if self.is_there(row.role_id, &format!("{to_give} cannot go back to a role that is gone"))? {
                self.grant(row.role_id, &again(row)?)?;
            }
        }
        for row in db::role_inclusions::ended_with(self.conn, ROLE_DELETED, event.at)? {
            let other = match (row.senior_id == id, row.junior_id == id) {
                (true, _) => row.junior_id,
                (_, true) => row.senior_id,
                _ => continue,
            };
            if self.is_there(other, "One of the roles that it included or was included by is gone")? {
                self.include_role(row.senior_id, row.junior_id, &row.reason)?;
            }
        }
        for constraint in constraints {
            if db::constraints::get(self.conn, *constraint).is_ok() {
                db::constraints::add_role(self.conn, *constraint, id, self.now)?;
                self.touch("constraint", *constraint)?;
            }
        }
        self.assign_all_again(&members)
    }

    /// Whether a role is; if not, that is a warning.
    fn is_there(&mut self, role_id: i64, gone: &str) -> Result<bool> {
        let there = db::roles::find(self.conn, role_id)?.is_some();
        if !there {
            self.warnings.push(format!("{gone}."));
        }
        Ok(there)
    }

    /// Assignments that ended with a user or a role, as far as their time is not over and their users and roles are there.
    fn assign_all_again(&mut self, rows: &[UserAssignment]) -> Result<()> {
        let (mut over, mut gone) = (0, 0);
        for row in rows {
            let Some(assign) = self.assign_again(row)? else {
                over += 1;
                continue;
            };
            if db::users::find(self.conn, row.user_id)?.is_none() || db::roles::find(self.conn, row.role_id)?.is_none()
            {
                gone += 1;
                continue;
            }
            self.actor.require_giving(row.role_id, &assign.scope)?;
            self.assign(&assign)?;
        }
        if over > 0 {
            self.warnings.push(format!("Assignments that do not come back, because their time is over: {over}."));
        }
        if gone > 0 {
            self.warnings
                .push(format!("Assignments that do not come back, because the user or the role is gone: {gone}."));
        }
        Ok(())
    }

    /// Deletes a role that `event` made or brought back, unless it was used since.
    pub(super) fn delete_restored_role(&mut self, event: &AuditEvent, id: i64, why: &str) -> Result<()> {
        let role = self.living_role(event, id)?;
        let members = db::user_assignments::open(self.conn, None, Some(id))?;
        let own = db::permission_assignments::of_role(self.conn, id)?;
        let inclusions = db::role_inclusions::of_role(self.conn, id)?;
        let used = members.iter().map(|row| row.given_at).any(|at| at != event.at)
            || own.iter().map(|row| row.given_at).any(|at| at != event.at)
            || inclusions.iter().map(|row| row.given_at).any(|at| at != event.at);
        if used {
            let text = format!(
                "The role {} was given members, permissions or inclusions since: undo those first, or delete the role.",
                role.name
            );
            return Err(Error::conflict("changed_since", text));
        }
        self.delete_role(id, why)
    }

    /// Registers a permission again, and gives it back to the roles that had just it.
    pub(super) fn register_again(&mut self, event: &AuditEvent, known: &Description) -> Result<()> {
        let (resource, action) = known.name.split_once(':').unwrap_or_default();
        let new = NewPermission::parse(resource, action, &known.label, &known.description)?;
        self.register(&new)?;
        let single = Pattern::from_parts(resource, action);
        for row in db::permission_assignments::ended_with(self.conn, PERMISSION_DELETED, event.at)? {
            let kept = || format!("{single} cannot go back to a role that is gone");
            if row.pattern() == single && self.is_there(row.role_id, &kept())? {
                self.grant(row.role_id, &again(&row)?)?;
            }
        }
        Ok(())
    }

    /// Deletes a permission that `event` registered, unless a role was given just it since.
    pub(super) fn unregister_again(&mut self, event: &AuditEvent, id: i64, why: &str) -> Result<()> {
        let Ok(permission) = db::permissions::get(self.conn, id) else {
            return Err(self.changed_since(event, "The permission is gone"));
        };
        let single = Pattern::from_parts(&permission.resource, &permission.action);
        let rows = db::permission_assignments::of_pattern(self.conn, &single)?;
        if rows.iter().any(|row| row.given_at != event.at) {
            let text = format!("{single} was given to roles since: take it from them first, or delete the permission.");
            return Err(Error::conflict("changed_since", text));
        }
        self.unregister(&permission, why)
    }

    /// The user as he was when `event` deleted him, with his roles, without password and sessions.
    pub(super) fn restore_user(&mut self, event: &AuditEvent, id: i64, why: &str) -> Result<()> {
        self.app.require_recent_proof(self.actor)?;
        let user = db::users::restore(self.conn, id, self.now)?;
        self.touch("user", id)?;
        let rows = db::user_assignments::ended_with(self.conn, Of::User(id), USER_DELETED, event.at)?;
        self.warnings.push("The password is gone with the account: have a link to a new one sent.".to_owned());
        self.audit(Entry {
            action: "user.restore",
            kind: "user",
            id: Some(id),
            name: &user.username,
            after: Some(json!({ "assignments": rows.len() })),
            reason: why,
            ..Entry::default()
        })?;
        self.assign_all_again(&rows)
    }

    /// Deletes a user whom `event` made or brought back, unless he came in or was given roles since.
    pub(super) fn delete_restored_user(&mut self, event: &AuditEvent, id: i64, why: &str) -> Result<()> {
        self.app.require_recent_proof(self.actor)?;
        let Ok(user) = db::users::get(self.conn, id) else {
            return Err(self.changed_since(event, &format!("The user {} is gone", event.object_name)));
        };
        self.require_not_weaker_than(id)?;
        if user.password_hash.is_some() {
            let text = format!("{} has a password already: disable or delete the account instead.", user.username);
            return Err(Error::conflict("changed_since", text));
        }
        let open = db::user_assignments::open(self.conn, Some(id), None)?;
        if open.iter().any(|row| row.given_at != event.at) {
            let text = format!("{} was given roles since: undo that first, or delete the account.", user.username);
            return Err(Error::conflict("changed_since", text));
        }
        self.remove_user(&user, Leave::by("user.delete", why))
    }
}
