//! When an assignment ends: for longer than it was given, without end, or earlier.

use super::{
    Actor, App, Change, Entry, Tx,
    assignments::GAVE,
    users::{AssignmentView, name_assignments},
};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result, Time,
        audit::AuditEvent,
        page::LIMIT_MAX,
        permission::USERS_READ,
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

    /// Those of these assignments that hold or will hold, by user and role, for whoever may change some; no more than a page of
    /// a list shows.
    pub fn assignments(&self, actor: &Actor, ids: &[i64]) -> Result<Vec<AssignmentView>> {
        actor.require_everywhere(USERS_READ).and_then(|()| actor.require_giving_somewhere())?;
        let now = self.now();
        self.read(|conn| {
            let rows = living(db::user_assignments::by_ids(conn, chosen(ids)?)?, now);
            let mut views = name_assignments(conn, rows, now)?;
            views.sort_by(|a, b| (&a.user_name, &a.role_name, a.row.id).cmp(&(&b.user_name, &b.role_name, b.row.id)));
            Ok(views)
        })
    }

    /// As [`Self::set_role_end`], of several at once under one revision: all of them or none. Those that end then already are
    /// left as they are. How many were changed.
    pub fn set_role_ends(
        &self,
        actor: &Actor,
        ids: &[i64],
        valid_to: Option<Time>,
        reason: &str,
    ) -> Result<Change<usize>> {
        self.change_each(actor, ids, reason, |tx, row, reason| match row.valid_to == valid_to {
            true => Ok(false),
            false => tx.set_end(row, valid_to, reason).map(|_| true),
        })
    }

    /// Takes several assignments away at once under one revision: all of them or none. How many were.
    pub fn take_assignments(&self, actor: &Actor, ids: &[i64], reason: &str) -> Result<Change<usize>> {
        self.change_each(actor, ids, reason, |tx, row, reason| tx.take(row, reason).map(|()| true))
    }

    fn change_each(
        &self,
        actor: &Actor,
        ids: &[i64],
        reason: &str,
        mut act: impl FnMut(&mut Tx<'_>, &UserAssignment, &str) -> Result<bool>,
    ) -> Result<Change<usize>> {
        actor.require_giving_somewhere()?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let rows = living(db::user_assignments::by_ids(tx.conn, chosen(ids)?)?, tx.now);
            let mut changed = 0;
            for row in &rows {
                changed += usize::from(act(tx, row, &reason)?);
            }
            if changed > 0 {
                return Ok(changed);
            }
            let why = if rows.is_empty() { "They have all ended meanwhile." } else { "They all end then already." };
            Err(Error::conflict("nothing_to_do", why))
        })
    }
}

/// The chosen ids, if there are any and no more than a page has rows.
fn chosen(ids: &[i64]) -> Result<&[i64]> {
    if ids.is_empty() {
        return Err(Error::conflict("nobody", "Nothing is chosen: tick rows in the list."));
    }
    match i64::try_from(ids.len()) {
        Ok(n) if n <= LIMIT_MAX => Ok(ids),
        _ => Err(Error::Malformed(format!("no more than {LIMIT_MAX} assignments at once"))),
    }
}

/// Those that nobody has ended and that have not run out.
fn living(rows: Vec<UserAssignment>, now: Time) -> Vec<UserAssignment> {
    let lives = |row: &UserAssignment| row.ended_at.is_none() && row.valid_to.is_none_or(|to| to > now);
    rows.into_iter().filter(lives).collect()
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
