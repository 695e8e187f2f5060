//! Letting in those who signed up, where an admin must.

use super::{Actor, App, Change, Entry, Tx, deletion::Leave, users::reason_line};
use crate::{
    db,
    domain::{Error, FieldErrors, Result, bars::Bars, permission::USERS_WRITE, user::User},
    mail::messages,
};

impl App {
    /// Lets somebody in who waits; he is told by mail.
    pub fn approve_user(&self, actor: &Actor, id: i64) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.change(actor, |tx| {
            let user = tx.waiting_user(id)?;
            let bars = Bars { awaits_approval_since: None, ..user.bars };
            db::users::set_bars(tx.conn, &[id], bars, tx.now)?;
            tx.touch("user", id)?;
            tx.audit(Entry {
                action: "user.approve",
                kind: "user",
                id: Some(id),
                name: &user.username,
                ..Entry::default()
            })?;
            let mut context = tx.mail_context(&user);
            context.link = self.config.web.address("/login");
            tx.mail(messages::sign_up_approved(&user, &context)?)
        })
    }

    /// Turns somebody away who waits, for a reason that he is told by mail. Nothing of him stays but the audit log.
    pub fn reject_user(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        let reason = reason_line(reason)?;
        if reason.is_empty() {
            return Err(Error::Invalid(FieldErrors::one("reason", "Say why: he is told, and it is kept.")));
        }
        self.change(actor, |tx| {
            let user = tx.waiting_user(id)?;
            tx.tell_rejected(&user, reason.clone())?;
            tx.remove_user(&user, Leave::by("user.reject", &reason).erasing())
        })
    }
}

impl Tx<'_> {
    fn waiting_user(&mut self, id: i64) -> Result<User> {
        let user = db::users::get(self.conn, id)?;
        self.require_not_weaker_than(id)?;
        if user.bars.awaits_approval_since.is_none() {
            return Err(Error::conflict("not_waiting", "This user does not wait for an approval."));
        }
        if user.email_verified_at.is_none() {
            let text = "This user has not verified the e-mail address yet; only then is there something to decide.";
            return Err(Error::conflict("unverified", text));
        }
        Ok(user)
    }

    pub(super) fn tell_rejected(&mut self, user: &User, reason: String) -> Result<()> {
        let mut context = self.mail_context(user);
        context.what = reason.into();
        self.mail(messages::sign_up_rejected(user, &context)?)
    }
}
