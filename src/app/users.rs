//! Users, as an admin sees and changes them.

use super::{Actor, App, Change, Entry, Tx, deletion::Leave, signup::profile_json};
use crate::{
    db::{self, sessions::Which},
    domain::{
        Error, Result, Time,
        bars::{Bars, Disabling},
        link::Purpose,
        page::{ListQuery, Page},
        permission::{AUDIT_READ, USERS_READ, USERS_WRITE},
        policy::Holding,
        role::UserAssignment,
        text,
        user::{Profile, User},
    },
};
use serde_json::json;

/// A row of the list of users.
#[derive(Debug, Clone)]
pub struct UserRow {
    pub user: User,
    /// Kinds of confirmed second factors: `totp`, `email`.
    pub factors: Vec<String>,
    /// Id and name of each role held now.
    pub roles: Vec<(i64, String)>,
}

/// One user with what he has.
#[derive(Debug, Clone)]
pub struct UserView {
    pub user: User,
    pub factors: Vec<String>,
    /// Until when the link of his invitation works, if one is open.
    pub invited_until: Option<Time>,
    /// Those in force and those to come.
    pub assignments: Vec<AssignmentView>,
    /// All patterns that he has now, each with its scope.
    pub rights: Vec<Holding>,
}

/// An assignment with its names.
#[derive(Debug, Clone)]
pub struct AssignmentView {
    pub row: UserAssignment,
    pub user_name: String,
    pub role_name: String,
    /// Who gave it; empty for Rolecall itself.
    pub giver: String,
    pub in_force: bool,
}

impl App {
    /// A page of users; `role`: only those who hold it now.
    pub fn users(&self, actor: &Actor, query: &ListQuery, role: Option<i64>) -> Result<Page<UserRow>> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| {
            let now = self.now();
            let page = db::users::list(conn, query, role, now)?;
            let mut row = rows_of(conn, &page.items, now)?;
            Ok(page.map(&mut row))
        })
    }

    /// Those of these users who are there.
    pub fn users_by_ids(&self, actor: &Actor, ids: &[i64]) -> Result<Vec<UserRow>> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| {
            let users = db::selections::users(conn, ids)?;
            let row = rows_of(conn, &users, self.now())?;
            Ok(users.into_iter().map(row).collect())
        })
    }

    /// One user with his roles and rights.
    pub fn user(&self, actor: &Actor, id: i64) -> Result<UserView> {
        actor.require_everywhere(USERS_READ)?;
        self.user_view(id)
    }

    /// The user of this username or e-mail address.
    pub fn find_user(&self, actor: &Actor, name: &str) -> Result<User> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| db::users::find_by_name(conn, name))?.ok_or(Error::not_found("user"))
    }

    /// The username of a user, of a deleted one too.
    pub fn username(&self, actor: &Actor, id: i64) -> Result<Option<String>> {
        actor.require_everywhere(USERS_READ).or(actor.require_everywhere(AUDIT_READ))?;
        Ok(self.read(|conn| db::users::names(conn, &[id]))?.remove(&id))
    }

    /// Oneself, with one's roles and rights; by a token, with the rights of that.
    pub fn me(&self, actor: &Actor) -> Result<UserView> {
        let view = self.user_view(actor.user_id()?)?;
        Ok(if actor.token.is_some() { UserView { rights: actor.rights.list(), ..view } } else { view })
    }

    fn user_view(&self, id: i64) -> Result<UserView> {
        self.read(|conn| {
            let now = self.now();
            let user = db::users::get(conn, id)?;
            let rows = db::user_assignments::of_user(conn, id, now)?;
            let rights = self.rights(conn, id)?.list();
            Ok(UserView {
                factors: db::factors::kinds(conn, &[id])?.remove(&id).unwrap_or_default(),
                invited_until: db::links::of_user(conn, Purpose::Invite, id, now)?.map(|link| link.expires_at),
                assignments: name_assignments(conn, rows, now)?,
                rights,
                user,
            })
        })
    }

    /// Changes names and address of a user who may do no more than the actor. Another address counts as unverified, and both
    /// addresses are told; the old one can undo it.
    pub fn update_user(&self, actor: &Actor, id: i64, profile: &Profile) -> Result<Change<User>> {
        self.patch_user(actor, id, |_| Ok(profile.clone()))
    }

    /// As [`App::update_user`], with a profile made from the user as he is now.
    pub fn patch_user(&self, actor: &Actor, id: i64, patch: impl Fn(&User) -> Result<Profile>) -> Result<Change<User>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            let profile = patch(&user)?;
            tx.revise_user(&user, &profile)
        })
    }

    /// Disables a user from now on and ends his sessions, or enables him.
    pub fn set_user_disabled(&self, actor: &Actor, id: i64, disabled: bool, reason: &str) -> Result<Change<()>> {
        if disabled {
            self.disable_user(actor, id, Disabling::default(), reason)
        } else {
            self.enable_user(actor, id, reason)
        }
    }

    /// Disables a user, now or from a moment on, for good or until another. What is set beforehand holds exactly from its
    /// moment on, on every node; it replaces what was set before. His sessions end at that moment.
    pub fn disable_user(&self, actor: &Actor, id: i64, plan: Disabling, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.suspend(&user, plan, &reason)
        })
    }

    /// Enables a user who is disabled, and takes back what was set beforehand.
    pub fn enable_user(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.readmit(&user, &reason)
        })
    }

    /// Deletes a user: ends his sessions and assignments and frees his names. His history stays.
    pub fn delete_user(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.require_not_weaker_than(id)?;
            tx.keeping_an_admin(|tx| tx.remove_user(&user, Leave::by("user.delete", &reason)))
        })
    }

    /// Mails the user a link for a new password; the admin never sees or sets one.
    pub fn start_password_reset(&self, actor: &Actor, id: i64) -> Result<()> {
        actor.require_everywhere(USERS_WRITE)?;
        self.require_recent_proof(actor)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.require_not_weaker_than(id)?;
            if user.is_disabled(tx.now) {
                return Err(Error::conflict(
                    "disabled",
                    "Enable the user first: a disabled one cannot set a password.",
                ));
            }
            tx.mail_password_link(&user)?;
            tx.audit(Entry {
                action: "password.send_reset",
                kind: "user",
                id: Some(id),
                name: &user.username,
                ..Entry::default()
            })
        })?;
        Ok(())
    }
}

impl Tx<'_> {
    pub(super) fn revise_user(&mut self, user: &User, profile: &Profile) -> Result<User> {
        self.require_not_weaker_than(user.id)?;
        let new_address = text::fold(&profile.email) != text::fold(&user.email);
        if new_address {
            self.app.require_recent_proof(self.actor)?;
        }
        let verified = user.email_verified_at.filter(|_| !new_address);
        let updated = db::users::update_profile(self.conn, user.id, profile, verified, self.now)?;
        self.touch("user", user.id)?;
        self.audit(Entry {
            action: "user.update",
            kind: "user",
            id: Some(user.id),
            name: &updated.username,
            before: Some(profile_json(user)),
            after: Some(profile_json(&updated)),
            ..Entry::default()
        })?;
        if new_address {
            self.tell_of_new_address(user, &updated)?;
        }
        Ok(updated)
    }

    pub(super) fn suspend(&mut self, user: &User, plan: Disabling, reason: &str) -> Result<()> {
        self.require_not_weaker_than(user.id)?;
        let bars = plan.bars(user.bars, self.now)?;
        if bars == user.bars {
            return Ok(());
        }
        self.keeping_an_admin(|tx| {
            db::users::set_bars(tx.conn, &[user.id], bars, tx.now)?;
            tx.touch("user", user.id)?;
            if bars.is_disabled(tx.now) {
                tx.void_proofs(user.id)?;
                tx.end_sessions(user, Which::All, "disabled")?;
            }
            let action = if bars.is_disabled(tx.now) { "user.disable" } else { "user.plan_disabling" };
            tx.audit(bars_entry(action, user, bars, reason))
        })
    }

    pub(super) fn readmit(&mut self, user: &User, reason: &str) -> Result<()> {
        self.require_not_weaker_than(user.id)?;
        let disabled = user.is_disabled(self.now);
        if !disabled && user.bars.next_turn(self.now).is_none() {
            return Ok(());
        }
        let bars = user.bars.enabled();
        db::users::set_bars(self.conn, &[user.id], bars, self.now)?;
        self.touch("user", user.id)?;
        let action = if disabled { "user.enable" } else { "user.cancel_disabling" };
        self.audit(bars_entry(action, user, bars, reason))
    }
}

pub(super) fn bars_entry<'a>(action: &'static str, user: &'a User, after: Bars, reason: &'a str) -> Entry<'a> {
    let (before, after) = (json!(user.bars.disabling()), json!(after.disabling()));
    Entry {
        action,
        kind: "user",
        id: Some(user.id),
        name: &user.username,
        before: Some(before),
        after: Some(after),
        reason,
    }
}

/// Makes rows of these users, with what else a row tells of them.
fn rows_of(conn: &mut db::Conn, users: &[User], now: Time) -> Result<impl FnMut(User) -> UserRow + use<>> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let mut factors = db::factors::kinds(conn, &ids)?;
    let mut roles = db::user_assignments::role_names(conn, &ids, now)?;
    Ok(move |user: User| UserRow {
        factors: factors.remove(&user.id).unwrap_or_default(),
        roles: roles.remove(&user.id).unwrap_or_default(),
        user,
    })
}

/// A reason as it is kept.
pub(super) fn reason_line(reason: &str) -> Result<String> {
    text::optional_line(reason, "The reason", 500)
        .map_err(|message| Error::Invalid(crate::domain::FieldErrors::one("reason", message)))
}

/// Puts names to assignments.
pub(super) fn name_assignments(
    conn: &mut db::Conn,
    rows: Vec<UserAssignment>,
    now: Time,
) -> Result<Vec<AssignmentView>> {
    let people: Vec<i64> = rows.iter().flat_map(|row| [Some(row.user_id), row.given_by]).flatten().collect();
    let users = db::users::names(conn, &people)?;
    let roles = db::roles::names(conn, &rows.iter().map(|row| row.role_id).collect::<Vec<_>>())?;
    let name = |names: &std::collections::HashMap<i64, String>, id: Option<i64>| {
        id.and_then(|id| names.get(&id)).cloned().unwrap_or_default()
    };
    Ok(rows
        .into_iter()
        .map(|row| AssignmentView {
            user_name: name(&users, Some(row.user_id)),
            role_name: name(&roles, Some(row.role_id)),
            giver: name(&users, row.given_by),
            in_force: row.valid_from <= now && row.valid_to.is_none_or(|to| to > now),
            row,
        })
        .collect())
}
