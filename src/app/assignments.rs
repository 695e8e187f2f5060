//! Giving roles to users and taking them away.

use super::{Actor, App, Change, Entry, Tx};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        mail::Message,
        role::{Assign, Role, UserAssignment},
        scope::Scope,
        user::User,
    },
    mail::messages,
};
use serde_json::{Value, json};

pub(super) const GAVE: &str = "gave you";
pub(super) const TOOK: &str = "took from you";

impl App {
    /// Gives a role. Needs the right to assign in that scope, and to hold there all that the role has.
    pub fn give_role(&self, actor: &Actor, assign: &Assign) -> Result<Change<UserAssignment>> {
        actor.require_giving(assign.role_id, &assign.scope)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, assign.user_id)?;
            tx.give_and_tell(&user, assign)
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
            tx.take(&row, &reason)
        })
    }

    /// Hands back a role that one has by an assignment of one's own, or will have.
    pub fn hand_back_role(&self, actor: &Actor, assignment_id: i64, reason: &str) -> Result<Change<()>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.require_recent_proof(actor)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let row = db::user_assignments::find(tx.conn, assignment_id)?
                .filter(|row| row.user_id == user_id)
                .ok_or(Error::not_found("assignment"))?;
            let user = db::users::get(tx.conn, user_id)?;
            let role = db::roles::get(tx.conn, row.role_id)?;
            tx.end_assignment(&user, &role, &row, &reason)
        })
    }
}

impl Tx<'_> {
    /// Ends the assignment now, and tells it to the audit log and the user.
    pub(super) fn take(&mut self, row: &UserAssignment, reason: &str) -> Result<()> {
        let scope = Scope::from_stored(&row.scope);
        self.actor.require_giving(row.role_id, &scope)?;
        let user = db::users::get(self.conn, row.user_id)?;
        let role = db::roles::get(self.conn, row.role_id)?;
        self.require_may_give_role(role.id, &scope)?;
        self.end_assignment(&user, &role, row, reason)?;
        self.tell_rights(&user, row, &role.name, TOOK, reason)
    }

    /// Ends it now, with what hangs on it, and tells it to the audit log.
    fn end_assignment(&mut self, user: &User, role: &Role, row: &UserAssignment, reason: &str) -> Result<()> {
        self.keeping_an_admin(|tx| {
            db::user_assignments::end(tx.conn, row, tx.actor.id, reason, tx.now)?;
            tx.touch("user", user.id)?;
            tx.end_sessions_of_losers(&[user.id], role.id)?;
            tx.audit(Entry {
                action: "role.take",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(assignment_json(row, &role.name)),
                reason,
                ..Entry::default()
            })
        })
    }

    /// As [`Tx::give`], and tells it to the user.
    pub(super) fn give_and_tell(&mut self, user: &User, assign: &Assign) -> Result<UserAssignment> {
        let row = self.give(user, assign)?;
        let role = db::roles::get(self.conn, row.role_id)?;
        self.tell_rights(user, &row, &role.name, GAVE, &assign.reason)?;
        Ok(row)
    }

    /// Gives the user, who is that of `assign`, the role, and tells it to the audit log.
    pub(super) fn give(&mut self, user: &User, assign: &Assign) -> Result<UserAssignment> {
        let role = db::roles::get(self.conn, assign.role_id)?;
        self.check_dates(assign)?;
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

    /// That the end lies where it can.
    pub(super) fn check_dates(&self, assign: &Assign) -> Result<()> {
        let from = assign.valid_from.unwrap_or(self.now);
        if assign.valid_to.is_none_or(|to| to > from && to > self.now) {
            return Ok(());
        }
        Err(Error::Invalid(FieldErrors::one("valid_to", "The end must lie after the beginning and in the future.")))
    }

    /// Tells the person by mail what a signed-in one gave him or took from him. A role that changes is not told to its
    /// holders: they may be thousands, and their page of access shows what they have. The operator tells himself.
    pub(super) fn tell_rights(
        &mut self,
        user: &User,
        row: &UserAssignment,
        role: &str,
        did: &'static str,
        reason: &str,
    ) -> Result<()> {
        if self.actor.id.is_none() {
            return Ok(());
        }
        let message = self.rights_message(user, row, role, did, reason)?;
        self.mail(message)
    }

    /// What a person is told of a role that was given to him or taken from him.
    pub(super) fn rights_message(
        &self,
        user: &User,
        row: &UserAssignment,
        role: &str,
        did: &'static str,
        reason: &str,
    ) -> Result<Message> {
        let mut what = format!("{} {did} the role “{role}”", self.actor.name);
        if !row.scope.is_empty() {
            what += &format!(" in {}", row.scope);
        }
        if did == GAVE {
            if row.valid_from > self.now {
                what += &format!(", from {}", row.valid_from);
            }
            if let Some(end) = row.valid_to {
                what += &format!(", until {end}");
            }
            if let Some(condition) = &row.condition {
                what += &format!(", where {condition}");
            }
        }
        if !reason.is_empty() {
            what += &format!(", because: {reason}");
        }
        let mut context = self.mail_context(user);
        context.what = what.into();
        context.link = self.app.config.web.address("/account/access");
        Ok(messages::rights_changed(user, &context)?)
    }
}

pub(super) fn assignment_json(row: &UserAssignment, role: &str) -> Value {
    json!({ "assignment_id": row.id, "role": role, "role_id": row.role_id, "scope": row.scope, "valid_from": row.valid_from, "valid_to": row.valid_to, "condition": row.condition })
}
