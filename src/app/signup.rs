//! Signing up, and proving that an e-mail address is one's own.

use super::{Actor, App, Entry, Origin, Tx};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        bars::Bars,
        keys,
        link::Purpose,
        sign_up::SignUpMode,
        text, throttle,
        user::{Profile, User},
    },
    mail::messages,
};
use serde_json::json;

/// What the sign-up form asks, as typed.
#[derive(Debug, Clone, Default)]
pub struct SignUp {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub email: String,
    pub password: String,
}

impl SignUp {
    /// Judges all fields at once, the password too.
    pub(super) fn parse(&self, app: &App) -> Result<Profile> {
        let (profile, mut errors) = match Profile::parse(&self.first_name, &self.last_name, &self.username, &self.email)
        {
            Ok(profile) => (profile, FieldErrors::default()),
            Err(errors) => (Profile::default(), errors),
        };
        let about = [self.username.as_str(), &self.email, &self.first_name, &self.last_name];
        if let Err(message) = app.judge_password(&self.password, &about, app.password_min(None)?)? {
            errors.add("password", message);
        }
        errors.into_result().map(|()| profile)
    }
}

impl App {
    /// Makes an account and mails a verification link; where an admin must approve of it, it waits for that.
    /// [`Error::SignUpClosed`] where nobody makes an account by himself. A taken username is told ([`Error::Taken`]); a
    /// known address is not: the answer is the same, the username is taken from then on, and its owner gets a mail.
    pub fn sign_up(&self, origin: Origin, form: &SignUp) -> Result<()> {
        self.fresh()?;
        let mode = self.sign_in_settings().sign_up;
        if !mode.takes_forms() {
            return Err(Error::SignUpClosed { invitation: mode == SignUpMode::Invitation });
        }
        let profile = form.parse(self)?;
        self.count(&throttle::SIGN_UP_IP, &origin.network())?;
        // Hashed before anybody is looked up, so that the time tells nothing.
        let hash = self.hash_password("password", &form.password, &[], None)?;
        // Too many mails to one mailbox are dropped silently.
        let may_mail = self.count(&throttle::MAIL_ADDRESS, &format!("sign-up {}", profile.email_key())).is_ok();
        self.change(&Actor::anonymous(origin), |tx| {
            // Each does the other's work too, in vain, so that the time does not tell which it was.
            if let Some(owner) = db::users::find_by_email(tx.conn, &profile.email_key())? {
                tx.tell_owner(&owner, &profile, may_mail)?;
                let name = self.rng.token();
                let another =
                    Profile { email: format!("{name}@example.com"), username: name, ..Profile::clone(&profile) };
                return tx.in_vain(|tx| tx.make_account(&another, &hash));
            }
            if let Some(anybody) = db::users::anybody(tx.conn)? {
                tx.in_vain(|tx| tx.tell_owner(&anybody, &profile, may_mail))?;
            }
            tx.make_account(&profile, &hash)
        })?;
        Ok(())
    }

    /// Whether the link could be used now, and whose it is: [`Error::Gone`] if not.
    pub fn verification_link(&self, origin: &Origin, token: &str) -> Result<User> {
        self.count(&throttle::LINK_IP, &origin.network())?;
        self.read(|conn| {
            let link = db::links::find(conn, Purpose::VerifyEmail, &keys::token_hash(token), self.now())?
                .ok_or(Error::Gone)?;
            let user = db::users::find(conn, link.user_id.unwrap_or_default())?.ok_or(Error::Gone)?;
            if link.email_key == Some(text::fold(&user.email)) { Ok(user) } else { Err(Error::Gone) }
        })
    }

    /// Uses the link of a mail: the address is the user's own. Gives whether an admin must still let him in.
    pub fn verify_email(&self, origin: Origin, token: &str) -> Result<bool> {
        let user = self.verification_link(&origin, token)?;
        self.change(&Actor::anonymous(origin), |tx| {
            db::links::take(tx.conn, Purpose::VerifyEmail, &keys::token_hash(token), tx.now)?.ok_or(Error::Gone)?;
            db::users::set_email_verified(tx.conn, user.id, tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit_as(
                Some(user.id),
                &user.username,
                Entry {
                    action: "user.verify_email",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    ..Entry::default()
                },
            )
        })?;
        Ok(user.bars.awaits_approval_since.is_some())
    }

    /// Mails the signed-in user a new verification link.
    pub fn resend_verification(&self, actor: &Actor) -> Result<()> {
        let user = actor.user()?;
        if user.email_verified_at.is_some() {
            return Err(Error::conflict("already_verified", "Your e-mail address is verified already."));
        }
        self.count(&throttle::MAIL_ADDRESS, &format!("verify {}", text::fold(&user.email)))?;
        self.change(actor, |tx| tx.mail_link(user, Purpose::VerifyEmail, messages::verify_email))?;
        Ok(())
    }
}

impl Tx<'_> {
    fn make_account(&mut self, profile: &Profile, hash: &str) -> Result<()> {
        let user = db::users::insert(self.conn, profile, Some(hash), self.now)?;
        db::users::set_signed_up(self.conn, user.id, self.now)?;
        if self.app.sign_in_settings().sign_up == SignUpMode::Approval {
            let bars = Bars { awaits_approval_since: Some(self.now), ..user.bars };
            db::users::set_bars(self.conn, &[user.id], bars, self.now)?;
        }
        self.touch("user", user.id)?;
        self.audit_as(
            Some(user.id),
            &user.username,
            Entry {
                action: "user.sign_up",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(profile_json(&user)),
                ..Entry::default()
            },
        )?;
        self.mail_link(&user, Purpose::VerifyEmail, messages::welcome)
    }

    /// Tells the owner of an address that somebody signed up with it; who did so learns nothing.
    fn tell_owner(&mut self, owner: &User, profile: &Profile, by_mail: bool) -> Result<()> {
        let username = profile.username_key();
        if db::users::username_is_taken(self.conn, &username, None)? {
            return Err(Error::Taken(FieldErrors::one("username", db::users::TAKEN_USERNAME)));
        }
        // Otherwise it would still be free, and asking for it again would tell that there is an account.
        db::users::reserve_username(self.conn, &username, owner.id)?;
        if by_mail {
            let mut context = self.mail_context(owner);
            context.link = self.app.config.web.address("/login");
            self.mail(messages::account_exists(owner, &context)?)?;
        }
        self.audit_as(
            None,
            "",
            Entry {
                action: "user.sign_up_again",
                kind: "user",
                id: Some(owner.id),
                name: &owner.username,
                ..Entry::default()
            },
        )
    }
}

/// What the audit log keeps of a user.
pub(super) fn profile_json(user: &User) -> serde_json::Value {
    json!({ "username": user.username, "email": user.email, "first_name": user.first_name, "last_name": user.last_name })
}
