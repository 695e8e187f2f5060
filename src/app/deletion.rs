//! The end of an account: by its owner, after some days in which he can keep it; by an admin; by the tidy job.

use super::{Actor, App, Change, Entry, Origin, Tx, signup::profile_json};
use crate::{
    db::{self, sessions::Which},
    domain::{
        Result, Time,
        bars::Bars,
        link::Purpose,
        role::USER_DELETED,
        sign_up::{UNVERIFIED_SECONDS, WAITING_SECONDS},
        user::User,
    },
    mail::messages,
};
use serde_json::json;

/// Users whom one run of the tidy job looks at, of each kind.
const AT_ONCE: i64 = 500;
/// Who the audit log says did what the tidy job does.
const ROLECALL: &str = "Rolecall";

/// How a user goes.
pub(super) struct Leave<'a> {
    action: &'static str,
    reason: &'a str,
    /// Who the audit log says did it, if not the actor.
    by: Option<&'static str>,
    /// His names, address and devices go too; otherwise they stay for the history.
    erase: bool,
}

impl<'a> Leave<'a> {
    /// By the actor, with all that is known of him staying.
    pub(super) fn by(action: &'static str, reason: &'a str) -> Self {
        Self { action, reason, by: None, erase: false }
    }

    /// With all that tells who he was erased.
    pub(super) fn erasing(self) -> Self {
        Self { erase: true, ..self }
    }
}

impl App {
    /// Asks for the end of one's own account. It can be kept until the moment that is given; until then it can do nothing
    /// else, and all other sessions end. `None`: it is gone already, since no days are configured.
    pub fn delete_account(&self, actor: &Actor) -> Result<Option<Time>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.require_recent_proof(actor)?;
        let wait = self.sign_in_settings().delete_account;
        let change = self.change(actor, |tx| {
            let user = db::users::get(tx.conn, user_id)?;
            if let Some(at) = user.bars.delete_at {
                return Ok(Some(at));
            }
            if wait == 0 {
                let leave = Leave::by("user.delete", "asked for by the user").erasing();
                tx.keeping_an_admin(|tx| tx.say_farewell(&user, leave))?;
                return Ok(None);
            }
            let at = tx.now.plus_seconds(wait);
            tx.keeping_an_admin(|tx| {
                db::users::set_bars(tx.conn, &[user.id], Bars { delete_at: Some(at), ..user.bars }, tx.now)?;
                tx.touch("user", user.id)?;
                tx.void_proofs(user.id)?;
                tx.end_sessions(&user, actor.session_id.map_or(Which::All, Which::AllBut), "account to be deleted")?;
                tx.audit(Entry {
                    action: "user.leave",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    after: Some(json!({ "delete_at": at })),
                    ..Entry::default()
                })?;
                let mut context = tx.mail_context(&user);
                context.link = self.config.web.address("/login");
                context.until = Some(at);
                tx.mail(messages::account_leaving(&user, &context)?)
            })?;
            Ok(Some(at))
        })?;
        Ok(change.value)
    }

    /// Keeps one's own account, whose end one had asked for.
    pub fn keep_account(&self, actor: &Actor) -> Result<Change<()>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, user_id)?;
            if user.bars.delete_at.is_none() {
                return Ok(());
            }
            db::users::set_bars(tx.conn, &[user.id], Bars { delete_at: None, ..user.bars }, tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit(Entry {
                action: "user.stay",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                ..Entry::default()
            })?;
            tx.security_notice(&user, "the account is kept and will not be deleted")
        })
    }

    /// Removes the accounts whose time has come, sign-ups that nobody verified, used or decided on, and sessions that
    /// ended when their user was disabled as planned. Gives how many users it touched.
    pub(super) fn tidy_users(&self) -> Result<usize> {
        let now = self.now();
        let (gone, stale, disabled) = self.read(|conn| {
            let (unverified, waiting) = (now.minus_seconds(UNVERIFIED_SECONDS), now.minus_seconds(WAITING_SECONDS));
            Ok((
                db::departures::to_be_deleted(conn, now, AT_ONCE)?,
                db::departures::stale_sign_ups(conn, unverified, waiting, now, AT_ONCE)?,
                db::departures::disabled_with_sessions(conn, now, AT_ONCE)?,
            ))
        })?;
        let nobody = Actor::anonymous(Origin::default());
        let leave = |reason| Leave { by: Some(ROLECALL), ..Leave::by("user.delete", reason).erasing() };
        for id in &gone {
            self.change(&nobody, |tx| match db::users::find(tx.conn, *id)? {
                Some(user) if user.bars.delete_at.is_some_and(|at| at <= tx.now) => {
                    tx.say_farewell(&user, leave("asked for by the user"))
                }
                // He kept it meanwhile.
                _ => Ok(()),
            })?;
        }
        for id in &stale {
            self.change(&nobody, |tx| {
                let Some(user) = db::users::find(tx.conn, *id)? else { return Ok(()) };
                if user.is_waiting() {
                    let days = WAITING_SECONDS / (24 * 3600);
                    tx.tell_rejected(&user, format!("nobody decided within {days} days; you may sign up again"))?;
                    return tx.remove_user(&user, leave("nobody let him in"));
                }
                tx.remove_user(&user, leave("never verified"))
            })?;
        }
        for id in &disabled {
            self.change(&nobody, |tx| {
                let Some(user) = db::users::find(tx.conn, *id)? else { return Ok(()) };
                tx.end_sessions(&user, Which::All, "disabled").map(drop)
            })?;
        }
        Ok(gone.len() + stale.len() + disabled.len())
    }
}

impl Tx<'_> {
    /// Removes the user and tells him, by the address that he had.
    fn say_farewell(&mut self, user: &User, leave: Leave<'_>) -> Result<()> {
        self.remove_user(user, leave)?;
        let context = self.mail_context(user);
        self.mail(messages::account_deleted(user, &context)?)
    }

    /// Ends sessions, links and assignments of the user and frees his names. What he did stays in the audit log.
    pub(super) fn remove_user(&mut self, user: &User, leave: Leave<'_>) -> Result<()> {
        self.end_sessions(user, Which::All, "deleted")?;
        self.end_all_tokens(user, "deleted")?;
        self.void_proofs(user.id)?;
        db::links::void(self.conn, &Purpose::OF_USERS, user.id, self.now)?;
        db::links::void(self.conn, &[Purpose::UndoEmail], user.id, self.now)?;
        let open = db::user_assignments::open(self.conn, Some(user.id), None)?;
        for assignment in &open {
            db::user_assignments::end(self.conn, assignment, self.actor.id, USER_DELETED, self.now)?;
        }
        db::users::delete(self.conn, user.id, self.now)?;
        self.touch("user", user.id)?;
        if leave.erase {
            db::departures::erase(self.conn, user.id, self.now)?;
        }
        let entry = Entry {
            action: leave.action,
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            before: Some(
                json!({ "profile": profile_json(user), "assignments_ended": open.len(), "erased": leave.erase }),
            ),
            reason: leave.reason,
            ..Entry::default()
        };
        match leave.by {
            Some(name) => self.audit_as(None, name, entry),
            None => self.audit(entry),
        }
    }
}
