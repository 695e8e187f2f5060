//! Giving roles to users and taking them away.

use super::{Actor, App, Change, Entry, Tx};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        role::{Assign, UserAssignment},
        scope::Scope,
        user::User,
    },
};
use serde_json::{Value, json};

impl App {
    /// Gives a role. Needs the right to assign in that scope, and to hold there all that the role has.
    pub fn give_role(&self, actor: &Actor, assign: &Assign) -> Result<Change<UserAssignment>> {
        actor.require_giving(assign.role_id, &assign.scope)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, assign.user_id)?;
            tx.give(&user, assign)
        })
    }

    /// Takes a role away: its interval ends now. Needs what giving it would need.
    pub fn take_role(&self, actor: &Actor, user_id: i64, assignment_id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_giving_somewhere()?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let row = db::user_assignments::find(tx.conn, assignment_id)?
                .filter(|row| row.user_id == user_id)
                .ok_or(Error::not_found("assignment"))?;
            let scope = Scope::from_stored(&row.scope);
            tx.actor.require_giving(row.role_id, &scope)?;
            let user = db::users::get(tx.conn, user_id)?;
            let role = db::roles::get(tx.conn, row.role_id)?;
            tx.require_may_give_role(role.id, &scope)?;
            tx.keeping_an_admin(|tx| {
                db::user_assignments::end(tx.conn, &row, tx.actor.id, &reason, tx.now)?;
                tx.touch("user", user.id)?;
                tx.end_sessions_of_loser(&user, role.id)?;
                tx.audit(Entry {
                    action: "role.take",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    before: Some(assignment_json(&row, &role.name)),
                    reason: &reason,
                    ..Entry::default()
                })
            })
        })
    }
}

impl Tx<'_> {
    /// Gives the user, who is that of `assign`, the role, and tells it to the audit log.
    pub(super) fn give(&mut self, user: &User, assign: &Assign) -> Result<UserAssignment> {
        let role = db::roles::get(self.conn, assign.role_id)?;
        let from = assign.valid_from.unwrap_or(self.now);
        if assign.valid_to.is_some_and(|to| to <= from || to <= self.now) {
            return Err(Error::Invalid(FieldErrors::one(
                "valid_to",
                "The end must lie after the beginning and in the future.",
            )));
        }
        let row = self.assign(assign)?;
        self.audit(Entry {
            action: "role.give",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            after: Some(assignment_json(&row, &role.name)),
            reason: &assign.reason,
            ..Entry::default()
        })?;
        Ok(row)
    }
}

fn assignment_json(row: &UserAssignment, role: &str) -> Value {
    json!({ "assignment_id": row.id, "role": role, "role_id": row.role_id, "scope": row.scope, "valid_from": row.valid_from, "valid_to": row.valid_to, "condition": row.condition })
}
