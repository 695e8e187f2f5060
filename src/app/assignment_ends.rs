//! When an assignment ends: for longer than it was given, without end, or earlier.

use super::{Actor, App, Change, Entry, Tx, assignments::GAVE};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result, Time,
        audit::AuditEvent,
        role::{Assign, UserAssignment},
        scope::Scope,
    },
};

impl App {
    /// Sets when an assignment ends; `None`: without end. Needs what giving it anew would need. The old interval is closed and
    /// a new one begins, so that the past stays as it was; sessions go on.
    pub fn set_role_end(
        &self,
        actor: &Actor,
        user_id: i64,
        assignment_id: i64,
        valid_to: Option<Time>,
        reason: &str,
    ) -> Result<Change<UserAssignment>> {
        actor.require_giving_somewhere()?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let row = db::user_assignments::find(tx.conn, assignment_id)?
                .filter(|row| row.user_id == user_id && row.valid_to.is_none_or(|to| to > tx.now))
                .ok_or(Error::not_found("assignment"))?;
            tx.set_end(&row, valid_to, &reason)
        })
    }
}

impl Tx<'_> {
    pub(super) fn set_end(
        &mut self,
        row: &UserAssignment,
        valid_to: Option<Time>,
        reason: &str,
    ) -> Result<UserAssignment> {
        let scope = Scope::from_stored(&row.scope);
        self.actor.require_giving(row.role_id, &scope)?;
        if row.valid_to == valid_to {
            return Err(Error::Invalid(FieldErrors::one("valid_to", "It ends then already: choose another end.")));
        }
        let user = db::users::get(self.conn, row.user_id)?;
        let role = db::roles::get(self.conn, row.role_id)?;
        let assign = Assign {
            user_id: user.id,
            role_id: role.id,
            scope,
            valid_from: Some(row.valid_from).filter(|from| *from > self.now),
            valid_to,
            // Why he has it stays; why it ends otherwise stands beside it.
            reason: if reason.is_empty() { row.reason.clone() } else { reason.to_owned() },
            condition: None,
        }
        .under(row.condition.as_deref().unwrap_or_default())?;
        self.check_dates(&assign)?;
        self.keeping_an_admin(|tx| {
            db::user_assignments::end(tx.conn, row, tx.actor.id, reason, tx.now)?;
            let new = tx.assign(&assign)?;
            tx.audit(Entry {
                action: "role.set_end",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(super::assignments::assignment_json(row, &role.name)),
                after: Some(super::assignments::assignment_json(&new, &role.name)),
                reason,
            })?;
            tx.tell_rights(&user, &new, &role.name, GAVE, reason)?;
            Ok(new)
        })
    }

    /// Undoes that an end was set.
    pub(super) fn turn_end_back(
        &mut self,
        event: &AuditEvent,
        assignment_id: i64,
        valid_to: Option<Time>,
        why: &str,
    ) -> Result<()> {
        let now = self.now;
        match db::user_assignments::find(self.conn, assignment_id)? {
            Some(row) if row.valid_to.is_none_or(|to| to > now) => {
                if valid_to.is_some_and(|to| to <= now) {
                    let text = format!("{} would have lost the role by now: take it away instead.", event.object_name);
                    return Err(Error::conflict("changed_since", text));
                }
                self.set_end(&row, valid_to, why).map(drop)
            }
            _ => Err(self.changed_since(event, &format!("{} has not this role any more", event.object_name))),
        }
    }
}
