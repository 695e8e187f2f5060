//! Signing up, and proving that an e-mail address is one's own.

use super::{Actor, App, Entry, Origin};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result, keys,
        link::Purpose,
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
        if let Err(message) = app.judge_password(&self.password, &about)? {
            errors.add("password", message);
        }
        errors.into_result().map(|()| profile)
    }
}

impl App {
    /// Makes an account and mails a verification link. A taken username is told ([`Error::Taken`]); a known address is
    /// not: the answer is the same, the username is taken from then on, and its owner gets a mail.
    pub fn sign_up(&self, origin: Origin, form: &SignUp) -> Result<()> {
        let profile = form.parse(self)?;
        self.count(&throttle::SIGN_UP_IP, &origin.ip)?;
        // Hashed before anybody is looked up, so that the time tells nothing.
        let hash = self.hash_password("password", &form.password, &[])?;
        self.change(&Actor::anonymous(origin), |tx| {
            if let Some(owner) = db::users::find_by_email(tx.conn, &profile.email_key())? {
                let username = profile.username_key();
                if db::users::username_is_taken(tx.conn, &username, None)? {
                    return Err(Error::Taken(FieldErrors::one("username", db::users::TAKEN_USERNAME)));
                }
                // Otherwise it would still be free, and asking for it again would tell that there is an account.
                db::users::reserve_username(tx.conn, &username, owner.id)?;
                let mut context = tx.mail_context(&owner);
                context.link = self.config.web.address("/login");
                tx.mail(messages::account_exists(&owner, &context)?)?;
                return tx.audit_as(
                    None,
                    "",
                    Entry {
                        action: "user.sign_up_again",
                        kind: "user",
                        id: Some(owner.id),
                        name: &owner.username,
                        ..Entry::default()
                    },
                );
            }
            let user = db::users::insert(tx.conn, &profile, Some(&hash), tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit_as(
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
            tx.mail_link(&user, Purpose::VerifyEmail, messages::welcome)
        })?;
        Ok(())
    }

    /// Whether the link could be used now, and whose it is: [`Error::Gone`] if not.
    pub fn verification_link(&self, origin: &Origin, token: &str) -> Result<User> {
        self.count(&throttle::LINK_IP, &origin.ip)?;
        self.read(|conn| {
            let link = db::links::find(conn, Purpose::VerifyEmail, &keys::token_hash(token), self.now())?
                .ok_or(Error::Gone)?;
            let user = db::users::find(conn, link.user_id.unwrap_or_default())?.ok_or(Error::Gone)?;
            if link.email_key == Some(text::fold(&user.email)) { Ok(user) } else { Err(Error::Gone) }
        })
    }

    /// Uses the link of a mail: the address is the user's own.
    pub fn verify_email(&self, origin: Origin, token: &str) -> Result<()> {
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
        Ok(())
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

/// What the audit log keeps of a user.
pub(super) fn profile_json(user: &User) -> serde_json::Value {
    json!({ "username": user.username, "email": user.email, "first_name": user.first_name, "last_name": user.last_name })
}
