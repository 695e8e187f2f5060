//! Another e-mail address: proven by a link that is mailed there, told to the old one, and undone from there.

use super::{Actor, App, Entry, Origin, Tx, signup::profile_json};
use crate::{
    db::{self, links::Owner},
    domain::{
        Error, FieldErrors, Result, Time,
        factor::Method,
        keys,
        link::{Link, Purpose},
        login, text, throttle,
        user::{Profile, User},
    },
    mail::messages,
};
use serde_json::json;

/// What a user has of links that were mailed to an address that is not his any more.
const OF_OLD_ADDRESS: [Purpose; 4] =
    [Purpose::ResetPassword, Purpose::VerifyEmail, Purpose::Invite, Purpose::ChangeEmail];

/// An address that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEmail {
    pub address: String,
    /// Until when the link works.
    pub until: Time,
}

impl App {
    /// Asks for another address of one's own: a link is mailed there, and it becomes the address when its button is
    /// pressed. The old one is told. An address that somebody else has is answered alike: its owner gets a mail, and no
    /// link exists. Only other letters of the same address are written at once.
    pub fn request_email_change(&self, actor: &Actor, email: &str, password: &str) -> Result<Option<PendingEmail>> {
        let user = actor.user()?;
        let profile = Profile::parse(&user.first_name, &user.last_name, &user.username, email)
            .map_err(|errors| Error::Invalid(FieldErrors::one("email", errors.get("email"))))?;
        let (new, key) = (profile.email.as_str(), profile.email_key());
        if new == user.email {
            return Err(Error::Invalid(FieldErrors::one("email", "This is your address already.")));
        }
        self.require_no_mailed_codes(user)?;
        self.require_recent_second_factor(actor)?;
        self.confirm_password(actor, password, "current_password")?;
        if key == text::fold(&user.email) {
            self.change(actor, |tx| tx.write_email(user, new, user.email_verified_at).map(drop))?;
            return Ok(None);
        }
        // By the mailbox, which need not be his, and by who asks.
        self.count(&throttle::MAIL_ADDRESS, &format!("change {key}"))?;
        self.count(&throttle::MAIL_ADDRESS, &format!("change of {}", user.id))?;
        self.change(actor, |tx| {
            let token = tx.app.rng.token();
            let owner = Owner { user_id: user.id, email_key: &key, address: Some(new) };
            db::links::insert(tx.conn, Purpose::ChangeEmail, &keys::token_hash(&token), Some(owner), tx.now)?;
            let mut context = tx.mail_context(user);
            context.address = new.to_owned();
            match db::users::find_by_email(tx.conn, &key)? {
                None => {
                    context.link = tx.link(Purpose::ChangeEmail, &token);
                    tx.mail(messages::change_email(&User { email: new.to_owned(), ..user.clone() }, &context)?)?;
                }
                // The token goes nowhere.
                Some(owner) => {
                    let mut context = tx.mail_context(&owner);
                    context.link = tx.app.config.web.address("/login");
                    tx.mail(messages::address_in_use(&owner, &context)?)?;
                }
            }
            let what = format!("a change of the e-mail address to {new} was asked for");
            tx.security_notice(user, what)?;
            tx.audit(Entry {
                action: "user.request_email",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(json!({ "email": user.email })),
                after: Some(json!({ "email": new })),
                ..Entry::default()
            })?;
            let until = tx.now.plus_seconds(Purpose::ChangeEmail.seconds());
            Ok(Some(PendingEmail { address: new.to_owned(), until }))
        })
        .map(|change| change.value)
    }

    /// The address that waits for one's own confirmation.
    pub fn pending_email(&self, actor: &Actor) -> Result<Option<PendingEmail>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        let link = self.read(|conn| db::links::of_user(conn, Purpose::ChangeEmail, user_id, self.now()))?;
        Ok(link.and_then(|link| Some(PendingEmail { address: link.address?, until: link.expires_at })))
    }

    /// Leaves one's address as it is: the mailed link dies.
    pub fn cancel_email_change(&self, actor: &Actor) -> Result<()> {
        let user = actor.user()?;
        self.change(actor, |tx| {
            if db::links::void(tx.conn, &[Purpose::ChangeEmail], user.id, tx.now)? == 0 {
                return Ok(());
            }
            tx.audit(Entry {
                action: "user.cancel_email",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                ..Entry::default()
            })
        })?;
        Ok(())
    }

    /// Whose link this is and what address it is about, if it could be used now: [`Error::Gone`] if not.
    pub fn email_link(&self, origin: &Origin, purpose: Purpose, token: &str) -> Result<(User, String)> {
        self.count(&throttle::LINK_IP, &origin.network())?;
        self.read(|conn| {
            let link = db::links::find(conn, purpose, &keys::token_hash(token), self.now())?.ok_or(Error::Gone)?;
            let id = link.user_id.unwrap_or_default();
            let user = db::users::find(conn, id)?.filter(|user| !user.is_disabled(self.now())).ok_or(Error::Gone)?;
            Ok((user, link.address.ok_or(Error::Gone)?))
        })
    }

    /// Confirms the new address by the mailed link. The old one, if it was verified, gets a link that undoes it.
    pub fn confirm_email_change(&self, origin: Origin, token: &str) -> Result<()> {
        self.email_link(&origin, Purpose::ChangeEmail, token)?;
        self.change(&Actor::anonymous(origin), |tx| {
            let (user, address) = tx.take_email_link(Purpose::ChangeEmail, token)?;
            // They may have been turned on since it was asked for.
            if login::methods(&db::factors::of_user(tx.conn, user.id)?).contains(&Method::Email) {
                return Err(mailed_codes());
            }
            let changed = tx.write_email(&user, &address, Some(tx.now))?;
            tx.tell_old_address(&user, &changed, "")
        })?;
        Ok(())
    }

    /// Puts the address back to which the link was mailed. Whoever changed it may have the password too, so all sessions
    /// end and the password is useless. Gives the token of a link for a new one; a second factor stays due.
    pub fn undo_email_change(&self, origin: Origin, token: &str) -> Result<String> {
        self.email_link(&origin, Purpose::UndoEmail, token)?;
        let done = self.change(&Actor::anonymous(origin), |tx| {
            let (user, address) = tx.take_email_link(Purpose::UndoEmail, token)?;
            let user = tx.write_email(&user, &address, Some(tx.now))?;
            // Whoever moved it on from a second address must not have the last word.
            db::links::void(tx.conn, &[Purpose::UndoEmail], user.id, tx.now)?;
            tx.take_back(&user, "the change of the e-mail address was undone: all sessions ended, and the password does not work any more")
        })?;
        Ok(done.value)
    }

    /// Otherwise the password alone would move the second factor to another mailbox.
    fn require_no_mailed_codes(&self, user: &User) -> Result<()> {
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        if login::methods(&factors).contains(&Method::Email) { Err(mailed_codes()) } else { Ok(()) }
    }
}

fn mailed_codes() -> Error {
    let text = "Codes are mailed to your present address. Turn them off under Second factor first.";
    Error::Invalid(FieldErrors::one("email", text))
}

impl Tx<'_> {
    /// After an admin gave the user another address: both are told, and nothing of the old one's works any more.
    pub(super) fn tell_of_new_address(&mut self, old: &User, new: &User) -> Result<()> {
        db::links::void(self.conn, &OF_OLD_ADDRESS, new.id, self.now)?;
        self.tell_old_address(old, new, " by an admin")?;
        self.mail_first_link(new)
    }

    /// Uses the link up, and gives its user as he is now.
    fn take_email_link(&mut self, purpose: Purpose, token: &str) -> Result<(User, String)> {
        let link: Link = db::links::take(self.conn, purpose, &keys::token_hash(token), self.now)?.ok_or(Error::Gone)?;
        let user = db::users::find(self.conn, link.user_id.unwrap_or_default())?
            .filter(|user| !user.is_disabled(self.now))
            .ok_or(Error::Gone)?;
        Ok((user, link.address.ok_or(Error::Gone)?))
    }

    /// Makes it the user's address, and ends what was mailed to the one before.
    fn write_email(&mut self, user: &User, address: &str, verified: Option<Time>) -> Result<User> {
        let changed =
            db::users::set_email(self.conn, user.id, address, verified, self.now).map_err(|error| match error {
                Error::Taken(_) => Error::conflict("taken", "Somebody else has this address meanwhile."),
                other => other,
            })?;
        self.touch("user", user.id)?;
        if text::fold(&user.email) != text::fold(address) {
            db::links::void(self.conn, &OF_OLD_ADDRESS, user.id, self.now)?;
        }
        self.audit_as(
            Some(user.id),
            &user.username,
            Entry {
                action: "user.change_email",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(profile_json(user)),
                after: Some(profile_json(&changed)),
                ..Entry::default()
            },
        )?;
        Ok(changed)
    }

    /// Tells the address that a user had. Only a verified one was surely his, and gets a link that puts it back.
    fn tell_old_address(&mut self, old: &User, new: &User, by: &str) -> Result<()> {
        if old.email_verified_at.is_none() {
            return self.security_notice(old, format!("the e-mail address was changed{by}"));
        }
        let token = self.app.rng.token();
        let key = text::fold(&old.email);
        let owner = Owner { user_id: old.id, email_key: &key, address: Some(&old.email) };
        db::links::insert(self.conn, Purpose::UndoEmail, &keys::token_hash(&token), Some(owner), self.now)?;
        let mut context = self.mail_context(old);
        context.link = self.link(Purpose::UndoEmail, &token);
        context.address = new.email.clone();
        context.what = by.trim_start().to_owned().into();
        self.mail(messages::email_changed(old, &context)?)
    }
}
