//! Undoing a change: each of its events by the act that turns it round, through the same methods as any other change. So
//! nobody undoes what he could not do by hand, and an undoing can be previewed, and undone.

use super::{Actor, App, Change, Entry, Tx, users::reason_line};
use crate::{
    db,
    domain::{
        Error, Result, Time,
        audit::AuditEvent,
        bars::Suspension,
        constraint::Record,
        permission::{AUDIT_READ, CONSTRAINTS_WRITE, PERMISSIONS_WRITE, ROLES_WRITE, SETTINGS_WRITE, USERS_WRITE},
        role::{Assign, NewGrant, PermissionAssignment, Role, RoleDraft, UserAssignment},
        scope::Scope,
        sign_in_rules::SignInRules,
        undo::{self, Description, Inverse, turned_back},
        user::Profile,
    },
};
use std::collections::HashMap;

/// Later events among which the one is looked for that stands in the way.
const LOOK_BACK: i64 = 200;

/// A change, and how it stands to being undone.
#[derive(Debug, Clone)]
pub struct Done {
    /// What it did, in order.
    pub events: Vec<AuditEvent>,
    /// The revision that undid it, if one did.
    pub undone_by: Option<i64>,
}

impl App {
    /// All that one revision did. Whoever may not read the audit log sees only what he did himself.
    pub fn done_by(&self, actor: &Actor, revision: i64) -> Result<Done> {
        let done = self.read(|conn| done_by(conn, revision))?;
        let own =
            !done.events.is_empty() && done.events.iter().all(|event| actor.id.is_some() && event.actor_id == actor.id);
        if !own {
            actor.require_everywhere(AUDIT_READ)?;
        }
        if done.events.is_empty() { Err(Error::not_found("revision")) } else { Ok(done) }
    }

    /// Which of these revisions were undone, and by which.
    pub fn undone_by(&self, actor: &Actor, revisions: &[i64]) -> Result<HashMap<i64, i64>> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(|conn| db::audit::undone_by(conn, revisions))
    }

    /// Undoes all that one revision did, or nothing. Needs what doing the opposite by hand would need.
    pub fn undo(&self, actor: &Actor, revision: i64, reason: &str) -> Result<Change<()>> {
        self.done_by(actor, revision)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| tx.keeping_an_admin(|tx| tx.undo(revision, &reason)))
    }
}

fn done_by(conn: &mut db::Conn, revision: i64) -> Result<Done> {
    let events = db::audit::of_revision(conn, revision, undo::MOST + 1)?;
    Ok(Done { events, undone_by: db::audit::undone_by(conn, &[revision])?.remove(&revision) })
}

impl Tx<'_> {
    fn undo(&mut self, revision: i64, reason: &str) -> Result<()> {
        let done = done_by(self.conn, revision)?;
        if let Some(by) = done.undone_by {
            let text = match db::audit::undone_by(self.conn, &[by])?.get(&by) {
                Some(again) => {
                    format!("Revision {revision} was undone by {by}, and that by {again}: undo {again} instead.")
                }
                None => format!("Revision {revision} was undone already, by revision {by}."),
            };
            return Err(Error::conflict("already_undone", text));
        }
        if i64::try_from(done.events.len()).unwrap_or(i64::MAX) > undo::MOST {
            let text = format!("This change did more than {} things at once: undo it in parts, by hand.", undo::MOST);
            return Err(Error::conflict("not_undoable", text));
        }
        let why = if reason.is_empty() { format!("undo of revision {revision}") } else { reason.to_owned() };
        for (event, inverse) in undo::plan(&done.events)? {
            self.turn_round(event, inverse, &why)?;
        }
        self.audit(Entry {
            action: undo::UNDO,
            kind: undo::REVISION,
            id: Some(revision),
            name: &format!("revision {revision}"),
            reason,
            ..Entry::default()
        })
    }

    fn turn_round(&mut self, event: &AuditEvent, inverse: Inverse, why: &str) -> Result<()> {
        if let Inverse::SetSetting { before, after } = inverse {
            return self.turn_setting_back(event, &before, &after, why);
        }
        let id = event.object_id.ok_or(Error::not_found("object of this event"))?;
        self.actor.require_everywhere(match inverse {
            // The right to give just this role is enough: looked at where it is given.
            Inverse::TakeRole { assignment_id } => return self.take_given(event, assignment_id, why),
            Inverse::GiveRole { assignment_id } => return self.give_taken(event, assignment_id),
            Inverse::SetRoleEnd { assignment_id, valid_to } => {
                return self.turn_end_back(event, assignment_id, valid_to, why);
            }
            Inverse::Unregister | Inverse::Register(_) | Inverse::Describe { .. } => PERMISSIONS_WRITE,
            Inverse::DeleteUser | Inverse::RestoreUser | Inverse::ReviseUser { .. } | Inverse::Suspend { .. } => {
                USERS_WRITE
            }
            Inverse::DeleteForwardRule(_) | Inverse::MakeForwardRule(_) | Inverse::ReviseForwardRule { .. } => {
                SETTINGS_WRITE
            }
            Inverse::EndConstraint | Inverse::MakeConstraint(_) | Inverse::ReviseConstraint { .. } => CONSTRAINTS_WRITE,
            _ => ROLES_WRITE,
        })?;
        match inverse {
            Inverse::TakeRole { .. }
            | Inverse::GiveRole { .. }
            | Inverse::SetRoleEnd { .. }
            | Inverse::SetSetting { .. } => Ok(()),
            Inverse::RevokePermission { grant_id } => match db::permission_assignments::find(self.conn, grant_id)? {
                Some(row) => self.revoke_permission(&row, why),
                None => Err(self.changed_since(event, "The role does not have this permission any more")),
            },
            Inverse::GrantPermission { grant_id } => {
                let row = db::permission_assignments::by_ids(self.conn, &[grant_id])?.pop();
                let row = row.ok_or(Error::not_found("permission of this role"))?;
                self.living_role(event, id)?;
                self.grant_permission(id, &again(&row)?).map(drop)
            }
            Inverse::Exclude { inclusion_id } => match db::role_inclusions::find(self.conn, inclusion_id)? {
                Some(row) => self.exclude(&row, why),
                None => Err(self.changed_since(event, "The role does not include the other any more")),
            },
            Inverse::Include { inclusion_id } => {
                let row = db::role_inclusions::by_ids(self.conn, &[inclusion_id])?.pop();
                let row = row.ok_or(Error::not_found("inclusion"))?;
                self.living_role(event, id)?;
                self.include_role(id, row.junior_id, &row.reason).map(drop)
            }
            Inverse::DeleteRole => self.delete_restored_role(event, id, why),
            Inverse::RestoreRole { constraints } => self.restore_role(event, id, &constraints, why),
            Inverse::ReviseRole { before, after } => self.turn_role_back(event, id, &before, &after),
            Inverse::SetSignInRules { before, after } => self.turn_rules_back(event, id, before, after),
            Inverse::Unregister => self.unregister_again(event, id, why),
            Inverse::Register(known) => self.register_again(event, &known),
            Inverse::Describe { before, after } => self.turn_description_back(event, id, &before, &after),
            Inverse::DeleteUser => self.delete_restored_user(event, id, why),
            Inverse::RestoreUser => self.restore_user(event, id, why),
            Inverse::ReviseUser { before, after } => self.turn_user_back(event, id, &before, &after),
            Inverse::Suspend { before, after } => self.turn_suspension_back(event, id, before, after, why),
            Inverse::DeleteForwardRule(after) => self.turn_rule_back(event, id, None, Some(&after), why),
            Inverse::MakeForwardRule(before) => self.turn_rule_back(event, id, Some(&before), None, why),
            Inverse::ReviseForwardRule { before, after } => {
                self.turn_rule_back(event, id, Some(&before), Some(&after), why)
            }
            Inverse::EndConstraint => match db::constraints::get(self.conn, id) {
                Ok(constraint) => {
                    self.app.require_recent_proof(self.actor)?;
                    self.end_constraint(&constraint, why)
                }
                Err(Error::NotFound { .. }) => Err(self.changed_since(event, "The constraint has ended")),
                Err(other) => Err(other),
            },
            Inverse::MakeConstraint(record) => {
                let (name, rule) = record.read()?;
                self.make_constraint(&name, &rule, why).map(drop)
            }
            Inverse::ReviseConstraint { before, after } => self.turn_constraint_back(event, id, &before, &after, why),
        }
    }

    /// Why an event cannot be undone: `what` is not as it was then, by the last event on the same object if one tells.
    pub(super) fn changed_since(&mut self, event: &AuditEvent, what: &str) -> Error {
        let later = event.object_id.map(|id| db::audit::later(self.conn, &event.object_kind, id, event.id, LOOK_BACK));
        let noun = event.action.split_once('.').map_or("", |(noun, _)| noun);
        let by = later.and_then(Result::ok).and_then(|found| {
            found.into_iter().find(|other| other.revision != self.revision && other.action.starts_with(noun))
        });
        let text = match by {
            Some(AuditEvent { revision: Some(revision), actor_name, at, .. }) => {
                let who = if actor_name.is_empty() { "Rolecall" } else { &actor_name };
                format!("{what}: {who} changed that with revision {revision} ({at}). Undo that one first.")
            }
            _ => format!("{what}: that was changed since."),
        };
        Error::conflict("changed_since", text)
    }

    pub(super) fn living_role(&mut self, event: &AuditEvent, id: i64) -> Result<Role> {
        match db::roles::find(self.conn, id)? {
            Some(role) => Ok(role),
            None => Err(self.changed_since(event, &format!("The role {} is gone", event.object_name))),
        }
    }

    fn take_given(&mut self, event: &AuditEvent, assignment_id: i64, why: &str) -> Result<()> {
        match db::user_assignments::find(self.conn, assignment_id)? {
            Some(row) if row.valid_to.is_some_and(|to| to <= self.now) => Err(Error::conflict(
                "changed_since",
                format!("{} has not the role any more: it ran out.", event.object_name),
            )),
            Some(row) => self.take(&row, why),
            None => Err(self.changed_since(event, &format!("{} has not this role any more", event.object_name))),
        }
    }

    fn give_taken(&mut self, event: &AuditEvent, assignment_id: i64) -> Result<()> {
        let row =
            db::user_assignments::by_ids(self.conn, &[assignment_id])?.pop().ok_or(Error::not_found("assignment"))?;
        self.actor.require_giving(row.role_id, &Scope::from_stored(&row.scope))?;
        let Some(assign) = self.assign_again(&row)? else {
            let text =
                format!("{} would have lost the role by now: it was given until {}.", event.object_name, until(&row));
            return Err(Error::conflict("changed_since", text));
        };
        let user = match db::users::find(self.conn, row.user_id)? {
            Some(user) => user,
            None => return Err(self.changed_since(event, &format!("The user {} is gone", event.object_name))),
        };
        if db::roles::find(self.conn, row.role_id)?.is_none() {
            return Err(Error::conflict("changed_since", "The role is gone: undo its deletion first."));
        }
        self.give_and_tell(&user, &assign).map(drop)
    }

    /// What gives an ended assignment again; `None`: its time is over.
    pub(super) fn assign_again(&self, row: &UserAssignment) -> Result<Option<Assign>> {
        if row.planned_to.is_some_and(|to| to <= self.now) {
            return Ok(None);
        }
        let assign = Assign {
            user_id: row.user_id,
            role_id: row.role_id,
            scope: Scope::from_stored(&row.scope),
            valid_from: Some(row.valid_from).filter(|from| *from > self.now),
            valid_to: row.planned_to,
            reason: row.reason.clone(),
            condition: None,
        };
        assign.under(row.condition.as_deref().unwrap_or_default()).map(Some)
    }

    fn turn_role_back(&mut self, event: &AuditEvent, id: i64, before: &RoleDraft, after: &RoleDraft) -> Result<()> {
        let role = self.living_role(event, id)?;
        if role.built_in {
            return self.changeable_role(id).map(drop);
        }
        let now = role.draft();
        let back = turned_back(&now.name, &before.name, &after.name)
            .zip(turned_back(&now.kind, &before.kind, &after.kind))
            .zip(turned_back(&now.description, &before.description, &after.description));
        match back {
            Some(((name, kind), description)) => {
                self.revise_role(&role, &RoleDraft { name, kind, description }).map(drop)
            }
            None => Err(self.changed_since(event, &format!("The role {} is another now", role.name))),
        }
    }

    fn turn_rules_back(&mut self, event: &AuditEvent, id: i64, before: SignInRules, after: SignInRules) -> Result<()> {
        let role = self.living_role(event, id)?;
        if db::sign_in_rules::of_role(self.conn, id)? != after {
            return Err(self.changed_since(event, &format!("The sign-in rules of {} are others now", role.name)));
        }
        self.app.require_recent_proof(self.actor)?;
        self.set_sign_in_rules(id, before).map(drop)
    }

    fn turn_description_back(
        &mut self,
        event: &AuditEvent,
        id: i64,
        before: &Description,
        after: &Description,
    ) -> Result<()> {
        let permission = db::permissions::get(self.conn, id)?;
        let back = turned_back(&permission.label, &before.label, &after.label).zip(turned_back(
            &permission.description,
            &before.description,
            &after.description,
        ));
        match back {
            Some((label, description)) => self.describe(&permission, &label, &description).map(drop),
            None => Err(self.changed_since(event, "The permission is described otherwise now")),
        }
    }

    fn turn_user_back(&mut self, event: &AuditEvent, id: i64, before: &Profile, after: &Profile) -> Result<()> {
        let user = db::users::get(self.conn, id)?;
        let now = user.profile();
        let field = |of: fn(&Profile) -> &String| turned_back(of(&now), of(before), of(after));
        let back =
            (field(|of| &of.first_name), field(|of| &of.last_name), field(|of| &of.username), field(|of| &of.email));
        match back {
            (Some(first_name), Some(last_name), Some(username), Some(email)) => {
                self.revise_user(&user, &Profile { first_name, last_name, username, email }).map(drop)
            }
            _ => Err(self.changed_since(event, &format!("The profile of {} is another now", user.username))),
        }
    }

    fn turn_suspension_back(
        &mut self,
        event: &AuditEvent,
        id: i64,
        before: Suspension,
        after: Suspension,
        why: &str,
    ) -> Result<()> {
        let user = db::users::get(self.conn, id)?;
        if user.bars.disabling() != after {
            return Err(self.changed_since(event, &format!("{} is disabled otherwise now", user.username)));
        }
        match before.again(self.now) {
            Some(plan) => self.suspend(&user, plan, why),
            None if after == Suspension::default() => {
                let text = format!("{} would be enabled again by now, by what was planned then.", user.username);
                Err(Error::conflict("changed_since", text))
            }
            None => self.readmit(&user, why),
        }
    }

    fn turn_constraint_back(
        &mut self,
        event: &AuditEvent,
        id: i64,
        before: &Record,
        after: &Record,
        why: &str,
    ) -> Result<()> {
        let now = match db::constraints::get(self.conn, id) {
            Ok(constraint) => constraint.record(),
            Err(_) => return Err(self.changed_since(event, "The constraint has ended")),
        };
        if now != *after {
            return Err(self.changed_since(event, "The constraint is another now"));
        }
        self.app.require_recent_proof(self.actor)?;
        let ((n, roles), (_, there)) = (before.numbers(), after.numbers());
        self.change_constraint(id, why, |tx, _| {
            for role in roles.difference(there) {
                db::constraints::add_role(tx.conn, id, *role, tx.now)?;
            }
            for role in there.difference(roles) {
                db::constraints::remove_role(tx.conn, id, *role, tx.now)?;
            }
            n.map_or(Ok(()), |n| db::constraints::set_n(tx.conn, id, n))
        })
        .map(drop)
    }
}

/// What gives an ended permission assignment again.
pub(super) fn again(row: &PermissionAssignment) -> Result<NewGrant> {
    NewGrant::parse(&row.pattern().to_string(), row.condition.as_deref().unwrap_or_default(), &row.reason)
}

fn until(row: &UserAssignment) -> Time {
    row.planned_to.unwrap_or(row.valid_from)
}
