//! A sign-in from a device that is new is told by mail, with a way to undo what it can do.

use super::{Actor, App, Entry, Origin, Tx};
use crate::{
    db::{self, links::Owner, sessions::Which},
    domain::{
        Error, Result, keys,
        link::Purpose,
        session::{DEVICE_SECONDS, FAMILIAR_SECONDS, ended},
        text, throttle,
        user::User,
    },
    mail::messages,
};

/// What a browser is to keep from now on.
#[derive(Debug, Clone)]
pub struct DeviceToken {
    pub token: String,
    /// The hash of the token that it takes the place of.
    pub replaces: Option<String>,
}

impl App {
    /// Whose link this is, if it could be used now: [`Error::Gone`] if not.
    pub fn disowning_link(&self, origin: &Origin, token: &str) -> Result<User> {
        self.count(&throttle::LINK_IP, &origin.network())?;
        self.read(|conn| {
            let link = db::links::find(conn, Purpose::NotMe, &keys::token_hash(token), self.now())?;
            let id = link.ok_or(Error::Gone)?.user_id.unwrap_or_default();
            db::users::find(conn, id)?.filter(|user| !user.is_disabled(self.now())).ok_or(Error::Gone)
        })
    }

    /// “It wasn't me”: ends all sessions, forgets all devices, and takes the password away, since somebody else has it.
    /// Gives the token of a link for a new one; a second factor stays due.
    pub fn disown(&self, origin: Origin, token: &str) -> Result<String> {
        let user = self.disowning_link(&origin, token)?;
        let done = self.change(&Actor::anonymous(origin), |tx| {
            db::links::take(tx.conn, Purpose::NotMe, &keys::token_hash(token), tx.now)?.ok_or(Error::Gone)?;
            let user =
                db::users::find(tx.conn, user.id)?.filter(|user| !user.is_disabled(self.now())).ok_or(Error::Gone)?;
            tx.audit_as(
                Some(user.id),
                &user.username,
                Entry {
                    action: "session.disown",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    ..Entry::default()
                },
            )?;
            tx.take_back(
                &user,
                "a sign-in was reported as not yours: all sessions ended, and the password does not work any more",
            )
        })?;
        Ok(done.value)
    }
}

impl App {
    /// Who is counted for a wrong password: a device that the account knows by itself, all others together; by the name that
    /// was typed, so that unknown names are counted alike.
    pub(super) fn guesser(&self, origin: &Origin, user: Option<&User>, name: &str) -> Result<String> {
        let (account, agent) = (self.account_bucket(name), origin.stored_agent());
        let since = self.now().minus_seconds(FAMILIAR_SECONDS);
        let id = user.map_or(0, |user| user.id);
        let device = self.read(|conn| {
            let held = db::devices::find(conn, id, origin.devices.as_deref().unwrap_or_default())?;
            let familiar = db::sessions::was_from(conn, id, &origin.ip, &agent, ended::DISOWNED, since)?;
            Ok(held.or_else(|| familiar.then(|| self.keys.code_hash(&origin.ip, &agent))))
        })?;
        Ok(device.map_or(account.clone(), |device| format!("{account} {device}")))
    }
}

impl Tx<'_> {
    /// Shuts out whoever else is in the account: ends its sessions, forgets its devices, voids all its links, and makes the
    /// password useless. Tells the owner `what` happened, and gives the token of a link for a new password.
    pub(super) fn take_back(&mut self, user: &User, what: &'static str) -> Result<String> {
        db::users::drop_password(self.conn, user.id, self.now)?;
        self.touch("user", user.id)?;
        db::devices::clear(self.conn, user.id)?;
        self.void_proofs(user.id)?;
        db::links::void(self.conn, &Purpose::OF_USERS, user.id, self.now)?;
        self.end_sessions(user, Which::All, ended::DISOWNED)?;
        self.end_all_tokens(user, ended::DISOWNED)?;
        self.security_notice(user, what)?;
        let (token, key) = (self.app.rng.token(), text::fold(&user.email));
        let owner = Owner { user_id: user.id, email_key: &key, address: None };
        db::links::insert(self.conn, Purpose::ResetPassword, &keys::token_hash(&token), Some(owner), self.now)?;
        Ok(token)
    }

    /// A new password ends all rows of wrong ones.
    pub(super) fn forget_failures(&mut self, user: &User) -> Result<()> {
        db::throttles::clear_row(self.conn, &super::login::codes_of(user.id))?;
        for name in [&user.username, &user.email] {
            let account = self.app.account_bucket(name);
            db::throttles::clear(self.conn, &throttle::SIGN_IN_ACCOUNT, &account)?;
            db::throttles::clear_rows(self.conn, &account)?;
        }
        Ok(())
    }

    /// Notes the device of a sign-in, and tells the user by mail if it is new. Gives the token that a browser without one
    /// of this user's is to keep. A program is known by its address and name.
    pub(super) fn meet_device(&mut self, user: &User) -> Result<Option<DeviceToken>> {
        let origin = &self.actor.origin;
        let known = match &origin.devices {
            Some(held) => db::devices::seen(self.conn, user.id, held, self.now)?,
            None => false,
        };
        if known {
            return Ok(None);
        }
        let since = self.now.minus_seconds(FAMILIAR_SECONDS);
        let familiar =
            db::sessions::was_from(self.conn, user.id, &origin.ip, &origin.stored_agent(), ended::DISOWNED, since)?;
        // Nobody is told that he signed in for the first time.
        if !familiar && user.last_sign_in_at.is_some() {
            self.mail_link(user, Purpose::NotMe, messages::new_device)?;
        }
        if origin.devices.is_none() {
            return Ok(None);
        }
        let token = self.app.rng.token();
        db::devices::insert(self.conn, user.id, &keys::token_hash(&token), self.now)?;
        Ok(Some(DeviceToken { token, replaces: None }))
    }
}

impl App {
    /// How long a browser keeps its token, in seconds.
    pub const DEVICE_SECONDS: i64 = DEVICE_SECONDS;
}
