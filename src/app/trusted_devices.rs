//! Devices that stand in for the second factor for some days. The trust is bound to the device's token, which changes
//! whenever it is used, so that a copy of an old one opens nothing.

use super::{Actor, App, Entry, Origin, Tx, devices::DeviceToken};
use crate::{
    db::{
        self,
        devices::{Trust, Whose},
    },
    domain::{Error, Result, factor::Method, keys, session::TrustedDevice, session::device, user::User},
};
use serde_json::json;

impl App {
    /// For how many days a device can be trusted; 0: not at all.
    pub fn trusted_device_days(&self) -> i64 {
        self.sign_in_settings().trusted_device / (24 * 3600)
    }

    /// One's own trusted devices, the latest first.
    pub fn my_trusted_devices(&self, actor: &Actor) -> Result<Vec<TrustedDevice>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.read(|conn| db::devices::trusted_of(conn, user_id, self.now()))
    }

    /// Asks this device, or all of one's own, for the second factor again. Gives how many it concerns.
    pub fn distrust_my_devices(&self, actor: &Actor, id: Option<i64>) -> Result<usize> {
        let user = actor.user()?;
        let me = [user.id];
        let whose = id.map_or(Whose::Users(&me), |id| Whose::One(user.id, id));
        let change = self.change(actor, |tx| {
            let ended = db::devices::distrust(tx.conn, whose, tx.now)?;
            if ended == 0 && id.is_some() {
                return Err(Error::not_found("trusted device"));
            }
            if ended > 0 {
                tx.audit(Entry {
                    action: "device.distrust",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    before: Some(json!({ "devices": ended })),
                    ..Entry::default()
                })?;
            }
            Ok(ended)
        })?;
        Ok(change.value)
    }

    /// The hash of the token by which the device stands in for the user's second factor, if it may.
    pub(super) fn trusting(&self, origin: &Origin, user: Option<&User>, methods: &[Method]) -> Result<Option<String>> {
        let (Some(user), Some(held)) = (user, origin.devices.as_ref().filter(|_| !methods.is_empty())) else {
            return Ok(None);
        };
        self.read(|conn| {
            let Some((hash, by, since)) = db::devices::find_trusted(conn, user.id, held, self.now())? else {
                return Ok(None);
            };
            // A disabling that was set beforehand ends trust as any other does, though nobody was there to note it.
            let disabled_since = user.bars.disable_at.is_some_and(|at| at <= self.now() && Some(at) > since);
            // What was proven then must still be strong enough.
            let strong = methods.iter().any(|method| Some(method.as_str()) == by.as_deref());
            Ok((strong && !disabled_since && self.may_trust(conn, user.id)?).then_some(hash))
        })
    }

    /// Whether a device may stand in for the user's second factor.
    pub(super) fn may_trust(&self, conn: &mut db::Conn, user_id: i64) -> Result<bool> {
        Ok(self.lets_trust(&self.rules_by_rows(conn, user_id)?))
    }
}

impl Tx<'_> {
    /// What was proven by the password and the factors as they were holds no more: sign-ins under way, trusted devices.
    pub(super) fn void_proofs(&mut self, user_id: i64) -> Result<()> {
        self.void_proofs_of(&[user_id])
    }

    /// As [`Tx::void_proofs`], of many.
    pub(super) fn void_proofs_of(&mut self, users: &[i64]) -> Result<()> {
        db::pending_logins::finish_all(self.conn, users, self.now)?;
        db::devices::distrust(self.conn, Whose::Users(users), self.now)?;
        Ok(())
    }

    /// Whether the device with this token is one of the user's that are trusted.
    pub(super) fn is_trusted(&mut self, user: &User, hash: &str) -> Result<bool> {
        Ok(db::devices::find_trusted(self.conn, user.id, &[hash.to_owned()], self.now)?.is_some())
    }

    /// Notes that the device stood in, and gives its next token.
    pub(super) fn use_trust(&mut self, user: &User, hash: &str) -> Result<DeviceToken> {
        let device = self.next_token(user, hash)?;
        db::devices::trust_used(self.conn, user.id, &keys::token_hash(&device.token), &self.actor.origin.ip, self.now)?;
        Ok(device)
    }

    fn next_token(&mut self, user: &User, old: &str) -> Result<DeviceToken> {
        let token = self.app.rng.token();
        db::devices::renew_key(self.conn, user.id, old, &keys::token_hash(&token), self.now)?;
        Ok(DeviceToken { token, replaces: Some(old.to_owned()) })
    }

    /// Trusts the device of a sign-in that was proven by `method`. `met`: the token that it has just got, if it was new.
    pub(super) fn trust_device(
        &mut self,
        user: &User,
        method: Method,
        met: Option<DeviceToken>,
    ) -> Result<Option<DeviceToken>> {
        let origin = self.actor.origin.clone();
        let token = match (met, &origin.devices) {
            (Some(token), _) => token,
            (None, Some(held)) => match db::devices::find(self.conn, user.id, held)? {
                Some(old) => self.next_token(user, &old)?,
                None => return Ok(None),
            },
            (None, None) => return Ok(None),
        };
        let (agent, until) = (origin.stored_agent(), self.now.plus_seconds(self.app.sign_in_settings().trusted_device));
        let trust = Trust { by: method, since: self.now, until, ip: &origin.ip, user_agent: &agent };
        db::devices::trust(self.conn, user.id, &keys::token_hash(&token.token), trust)?;
        let name = device(&agent);
        self.audit_as(
            Some(user.id),
            &user.username,
            Entry {
                action: "device.trust",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(json!({ "device": name, "until": until })),
                ..Entry::default()
            },
        )?;
        self.security_notice(user, format!("until {until} no code is asked for on {name}"))?;
        Ok(Some(token))
    }
}
