//! Setting, changing and resetting passwords.

use super::{Actor, App, Entry, Origin, Tx};
use crate::{
    db::{self, links::Owner, sessions::Which},
    domain::{
        Error, FieldErrors, Result,
        foreign_hash::ForeignHash,
        keys,
        link::{Link, Purpose},
        login, password,
        session::ended,
        sign_in_rules::Demand,
        text, throttle,
        user::User,
    },
    mail::messages,
};
use std::borrow::Cow;

impl App {
    /// Judges a new password and hashes it. `about`: words that guessers try first.
    /// `user`: whose password it is to be, if he has an account.
    pub(super) fn hash_password(
        &self,
        field: &'static str,
        new: &str,
        about: &[&str],
        user: Option<&User>,
    ) -> Result<String> {
        let min = self.password_min(user)?;
        let good = self
            .judge_password(new, about, min)?
            .map_err(|message| Error::Invalid(FieldErrors::one(field, message)))?;
        self.hasher.hash(self.keys.peppered(&good), self.rng.bytes())
    }

    /// How many characters a new password has at least. Where the policy asks for more of a password that stands alone, less
    /// is enough for somebody who has set up the second factor that is demanded of him: he cannot sign in without it.
    pub fn password_min(&self, user: Option<&User>) -> Result<usize> {
        let guarded = match user {
            Some(user) => self.read(|conn| {
                let methods = login::methods(&db::factors::of_user(conn, user.id)?);
                let demand = self.demand_of(conn, user.id, &methods)?;
                Ok(demand > Demand::Optional && demand.is_met_by(&methods))
            })?,
            None => false,
        };
        Ok(self.config.sign_in.policy.min(!guarded))
    }

    /// The new password in its normal form, or why it is not good enough.
    pub(super) fn judge_password(
        &self,
        new: &str,
        about: &[&str],
        min: usize,
    ) -> Result<std::result::Result<String, String>> {
        let words: Vec<&str> = about.iter().copied().chain(self.config.web.public_url.host_str()).collect();
        let judged = password::check(new, password::Rules { min, words: &words });
        if let (Ok(good), Some(list)) = (&judged, &self.config.sign_in.breached)
            && list.contains(good)?
        {
            return Ok(Err("This password was stolen from some site and is in the lists that thieves try. Use another one everywhere.".into()));
        }
        Ok(judged)
    }

    /// Whether `password` is that of the user; takes as long when there is no user of this name. While anybody has a
    /// hash of another system, everybody's takes one of ours and one such, his own or that of a neighbour.
    pub(super) fn verify_password(&self, user: Option<&User>, name: &str, password: &str) -> Result<bool> {
        let tryable = password::is_tryable(password);
        let tried = if tryable { password } else { "" };
        let near = self.read(|conn| db::users::foreign_hash_near(conn, name))?;
        let stored = user.and_then(|user| user.password_hash.clone());
        let foreign = stored.as_deref().and_then(ForeignHash::parse);
        let (ours, is_foreign) = (stored.filter(|_| foreign.is_none()), foreign.is_some());
        let right = self.hasher.verify(self.keys.peppered(&password::normal(tried)), ours)?;
        let right_there = match foreign.or_else(|| ForeignHash::parse(&near?)) {
            Some(hash) => self.hasher.verify_foreign(tried.to_owned(), hash)?,
            None => false,
        };
        Ok(tryable && if is_foreign { right_there } else { right })
    }

    /// Changes one's own password. `end_others`: ends all other sessions.
    pub fn change_password(&self, actor: &Actor, current: &str, new: &str, end_others: bool) -> Result<()> {
        let user = actor.user()?;
        self.require_recent_second_factor(actor)?;
        self.confirm_password(actor, current, "current_password")?;
        let hash = self.hash_password("password", new, &about(user), Some(user))?;
        self.change(actor, |tx| {
            db::users::set_password(tx.conn, user.id, &hash, tx.now)?;
            db::links::void(tx.conn, &[Purpose::ChangeEmail], user.id, tx.now)?;
            tx.forget_failures(user)?;
            tx.touch("user", user.id)?;
            tx.void_proofs(user.id)?;
            if let (true, Some(session)) = (end_others, actor.session_id) {
                tx.end_sessions(user, Which::AllBut(session), ended::PASSWORD_CHANGED)?;
            }
            tx.audit(Entry {
                action: "password.change",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                ..Entry::default()
            })?;
            tx.security_notice(user, "the password was changed")
        })?;
        Ok(())
    }

    /// Mails a link for a new password, if the address belongs to somebody. The answer is the same if not.
    pub fn forgot_password(&self, origin: Origin, email: &str) -> Result<()> {
        self.count(&throttle::RESET_IP, &origin.network())?;
        let key = text::fold(email);
        if key.is_empty() {
            return Err(Error::Invalid(FieldErrors::one("email", "The e-mail address is missing.")));
        }
        // Too many to one mailbox are dropped silently: an answer would tell that there is one.
        if self.count(&throttle::MAIL_ADDRESS, &format!("reset {key}")).is_err() {
            return Ok(());
        }
        self.change(&Actor::anonymous(origin), |tx| {
            let user = db::users::find_by_email(tx.conn, &key)?.filter(|user| !user.is_disabled(self.now()));
            let anybody = db::users::anybody(tx.conn)?;
            let link = |tx: &mut Tx<'_>, user| tx.mail_link(user, Purpose::ResetPassword, messages::reset_password);
            match (&user, &anybody) {
                (Some(user), _) => link(tx, user)?,
                (None, Some(other)) => tx.in_vain(|tx| link(tx, other))?,
                (None, None) => {}
            }
            let name = user.as_ref().map_or("", |user| user.username.as_str());
            tx.audit_as(
                None,
                "",
                Entry {
                    action: "password.forgotten",
                    kind: "user",
                    id: user.as_ref().map(|u| u.id),
                    name,
                    ..Entry::default()
                },
            )
        })?;
        Ok(())
    }

    /// Whether the link of a mail could be used now: [`Error::Gone`] if not.
    pub fn reset_link(&self, origin: &Origin, token: &str) -> Result<User> {
        self.count(&throttle::LINK_IP, &origin.network())?;
        self.read(|conn| {
            let link = find_reset_link(conn, token, self.now())?.ok_or(Error::Gone)?;
            db::users::find(conn, link.user_id.unwrap_or_default())?
                .filter(|user| !user.is_disabled(self.now()))
                .ok_or(Error::Gone)
        })
    }

    /// Sets a new password by the link of a mail. Ends all sessions; a second factor stays due.
    /// `email`: the address that the caller claims, where the form asks for it.
    pub fn reset_password(&self, origin: Origin, token: &str, new: &str, email: Option<&str>) -> Result<()> {
        let user = self.reset_link(&origin, token)?;
        if email.is_some_and(|email| text::fold(email) != text::fold(&user.email)) {
            return Err(Error::Gone);
        }
        let hash = self.hash_password("password", new, &about(&user), Some(&user))?;
        self.change(&Actor::anonymous(origin), |tx| {
            let hashed = keys::token_hash(token);
            let link = match db::links::take(tx.conn, Purpose::ResetPassword, &hashed, tx.now)? {
                Some(link) => link,
                None => db::links::take(tx.conn, Purpose::Invite, &hashed, tx.now)?.ok_or(Error::Gone)?,
            };
            let user =
                db::users::find(tx.conn, user.id)?.filter(|user| !user.is_disabled(self.now())).ok_or(Error::Gone)?;
            db::users::set_password(tx.conn, user.id, &hash, tx.now)?;
            db::links::void(tx.conn, &[Purpose::ChangeEmail], user.id, tx.now)?;
            tx.forget_failures(&user)?;
            tx.touch("user", user.id)?;
            // Whoever has the mail has the mailbox.
            if user.email_verified_at.is_none() && link.email_key == Some(text::fold(&user.email)) {
                db::users::set_email_verified(tx.conn, user.id, tx.now)?;
            }
            tx.void_proofs(user.id)?;
            tx.end_sessions(&user, Which::All, ended::PASSWORD_RESET)?;
            tx.audit_as(
                Some(user.id),
                &user.username,
                Entry {
                    action: "password.reset",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    ..Entry::default()
                },
            )?;
            tx.security_notice(&user, "a new password was set by a mailed link")
        })?;
        Ok(())
    }
}

/// The words of a user that his password must not be.
pub(super) fn about(user: &User) -> [&str; 4] {
    [&user.username, &user.email, &user.first_name, &user.last_name]
}

fn find_reset_link(conn: &mut db::Conn, token: &str, now: crate::domain::Time) -> Result<Option<Link>> {
    let hashed = keys::token_hash(token);
    match db::links::find(conn, Purpose::ResetPassword, &hashed, now)? {
        Some(link) => Ok(Some(link)),
        None => db::links::find(conn, Purpose::Invite, &hashed, now),
    }
}

impl Tx<'_> {
    /// Makes a one-time link for the user and mails it.
    pub(super) fn mail_link(
        &mut self,
        user: &User,
        purpose: Purpose,
        message: fn(&User, &messages::Context) -> anyhow::Result<crate::domain::mail::Message>,
    ) -> Result<()> {
        let (token, key) = (self.app.rng.token(), text::fold(&user.email));
        let owner = Owner { user_id: user.id, email_key: &key, address: None };
        db::links::insert(self.conn, purpose, &keys::token_hash(&token), Some(owner), self.now)?;
        let mut context = self.mail_context(user);
        context.link = self.link(purpose, &token);
        self.mail(message(user, &context)?)
    }

    /// Mails the link by which a user gets a (new) password: an invitation while he has none.
    pub(super) fn mail_password_link(&mut self, user: &User) -> Result<()> {
        if user.is_service() {
            return Err(Error::conflict("service_account", "A service account never signs in: give it a token."));
        }
        match user.password_hash {
            Some(_) => self.mail_link(user, Purpose::ResetPassword, messages::reset_password),
            None => self.mail_link(user, Purpose::Invite, messages::invite),
        }
    }

    /// The address that a mailed link of this purpose has.
    pub(super) fn link(&self, purpose: Purpose, token: &str) -> String {
        self.app.config.web.address(&format!("{}{token}", purpose.path()))
    }

    /// Mails what a new address needs: an invitation while there is no password, else a link that verifies it.
    pub(super) fn mail_first_link(&mut self, user: &User) -> Result<()> {
        match user.password_hash {
            Some(_) => self.mail_link(user, Purpose::VerifyEmail, messages::verify_email),
            None => self.mail_link(user, Purpose::Invite, messages::invite),
        }
    }

    /// Tells the user by mail that something about his account's security changed.
    pub(super) fn security_notice(&mut self, user: &User, what: impl Into<Cow<'static, str>>) -> Result<()> {
        let mut context = self.mail_context(user);
        context.what = what.into();
        context.link = self.app.config.web.address("/forgot");
        self.mail(messages::security_notice(user, &context)?)
    }

    /// Ends sessions, in force when the transaction is.
    pub(super) fn end_sessions(&mut self, user: &User, which: Which, reason: &str) -> Result<usize> {
        let ended = db::sessions::end(self.conn, user.id, which, reason, self.now)?;
        self.touch_all("session", &ended)?;
        Ok(ended.len())
    }

    /// As [`Tx::end_sessions`], all of many users.
    pub(super) fn end_sessions_of(&mut self, users: &[i64], reason: &str) -> Result<()> {
        let ended = db::sessions::end_of_users(self.conn, users, reason, self.now)?;
        self.touch_all("session", &ended)
    }
}
