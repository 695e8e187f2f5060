//! One's own second factors: TOTP and mailed codes.

use super::{Actor, App, Entry};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result, Time,
        factor::{self, CODE_DIGITS, Factor, Method, SECRET_BYTES},
        keys::NONCE,
        login, throttle,
    },
};

/// What the account page shows of second factors.
#[derive(Debug, Clone, Default)]
pub struct FactorsView {
    /// Since when each confirmed method is on.
    pub totp_since: Option<Time>,
    pub email_since: Option<Time>,
    /// How many recovery codes are left, and when they were made; `None`: there never were any.
    pub recovery: Option<(i64, Time)>,
}

impl FactorsView {
    pub fn any(&self) -> bool {
        self.totp_since.is_some() || self.email_since.is_some()
    }
}

/// A TOTP enrolment that waits for its first right code.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Base32, for typing.
    pub secret: String,
    /// The `otpauth` address, for the QR code.
    pub uri: String,
}

fn enrol_binding(user_id: i64) -> String {
    format!("enrol email {user_id}")
}

fn remove_binding(user_id: i64) -> String {
    format!("remove factor {user_id}")
}

impl App {
    /// One's own second factors.
    pub fn my_factors(&self, actor: &Actor) -> Result<FactorsView> {
        let user_id = actor.user_id()?;
        let factors = self.read(|conn| db::factors::of_user(conn, user_id))?;
        let since = |method: Method| factors.iter().find(|f| f.kind == method.as_str()).and_then(|f| f.confirmed_at);
        let confirmed = |method: Method| {
            factors.iter().filter(|f| f.kind == method.as_str()).find_map(|f| f.confirmed_at).or(since(method))
        };
        let recovery = self.read(|conn| {
            let (left, made) = (db::recovery_codes::left(conn, user_id)?, db::recovery_codes::made_at(conn, user_id)?);
            Ok(made.map(|made| (left, made)))
        })?;
        Ok(FactorsView { totp_since: confirmed(Method::Totp), email_since: confirmed(Method::Email), recovery })
    }

    /// The open TOTP enrolment, or a new one. A working secret is never touched nor shown again:
    /// `already_on` while TOTP is on.
    pub fn totp_enrolment(&self, actor: &Actor) -> Result<Enrolment> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        let mut totp = factors.iter().filter(|f| f.kind == Method::Totp.as_str());
        if totp.clone().any(|f| f.confirmed_at.is_some()) {
            return Err(Error::conflict(
                "already_on",
                "The authenticator app is on already. Turn it off first to set up another one.",
            ));
        }
        let secret = match totp.find_map(|f| self.open_secret(f)) {
            Some(secret) => secret,
            None => {
                let secret = self.rng.bytes::<SECRET_BYTES>();
                self.change(actor, |tx| {
                    db::factors::end(tx.conn, user.id, Method::Totp, true, tx.now)?;
                    let seal = |id| Some(self.keys.seal(self.rng.bytes::<NONCE>(), &format!("factor {id}"), &secret));
                    db::factors::insert(tx.conn, user.id, Method::Totp, None, tx.now, seal)
                })?;
                secret.to_vec()
            }
        };
        Ok(Enrolment { secret: factor::base32(&secret), uri: factor::otpauth_uri(&secret, &user.username) })
    }

    /// Turns TOTP on by a right code of the open enrolment.
    pub fn confirm_totp(&self, actor: &Actor, code: &str) -> Result<()> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        self.count(&throttle::SECOND_FACTOR, &user.id.to_string())?;
        let code = factor::typed_code(code);
        self.change(actor, |tx| {
            let factors = db::factors::of_user(tx.conn, user.id)?;
            let open = factors.iter().find(|f| f.kind == Method::Totp.as_str() && f.confirmed_at.is_none());
            let factor = open.ok_or_else(|| {
                Error::conflict(
                    "no_enrolment",
                    "Begin with the QR code: there is no authenticator app waiting to be confirmed.",
                )
            })?;
            let secret = self.open_secret(factor).ok_or(Error::Gone)?;
            let step = factor::totp_step(&secret, &code, tx.now, factor.last_step);
            match step {
                Some(step) if db::factors::take_step(tx.conn, factor.id, step)? => {}
                _ => {
                    return Err(Error::Invalid(FieldErrors::one(
                        "code",
                        "This code is wrong. Type the six digits that your app shows now; its clock must be right.",
                    )));
                }
            }
            db::factors::confirm(tx.conn, factor.id, tx.now)?;
            tx.touch("user", user.id)?;
            db::throttles::clear(tx.conn, &throttle::SECOND_FACTOR, &user.id.to_string())?;
            tx.audit(Entry {
                action: "factor.add",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(serde_json::json!({ "method": "totp" })),
                ..Entry::default()
            })?;
            tx.security_notice(user, "an authenticator app was set up as second factor")
        })?;
        Ok(())
    }

    /// Mails a code that proves the address before mailed codes are turned on.
    pub fn begin_email_factor(&self, actor: &Actor) -> Result<()> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        if !self.config.sign_in.email_codes {
            return Err(Error::conflict(
                "email_codes_off",
                "Codes by e-mail are switched off here. Set up an authenticator app.",
            ));
        }
        if login::methods(&factors).contains(&Method::Email) {
            return Err(Error::conflict("already_on", "Mailed codes are on already."));
        }
        self.mail_code(actor, user, &enrol_binding(user.id), "turn on codes by e-mail")
    }

    /// Turns mailed codes on by a right code.
    pub fn confirm_email_factor(&self, actor: &Actor, code: &str) -> Result<()> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        let code = factor::typed_code(code);
        if !self.take_mailed(&enrol_binding(user.id), &code)? {
            return Err(Error::Invalid(FieldErrors::one(
                "code",
                "This code is wrong, was used already or has expired.",
            )));
        }
        self.change(actor, |tx| {
            if login::methods(&db::factors::of_user(tx.conn, user.id)?).contains(&Method::Email) {
                return Ok(());
            }
            db::factors::insert(tx.conn, user.id, Method::Email, Some(tx.now), tx.now, |_| None)?;
            db::users::set_email_verified(tx.conn, user.id, tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit(Entry {
                action: "factor.add",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(serde_json::json!({ "method": "email" })),
                ..Entry::default()
            })?;
            tx.security_notice(user, "codes by e-mail were turned on as second factor")
        })?;
        Ok(())
    }

    /// Mails a code for turning a factor off, to somebody who uses mailed codes.
    pub fn send_removal_code(&self, actor: &Actor) -> Result<()> {
        let user = actor.user()?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        if !login::methods(&factors).contains(&Method::Email) {
            return Err(Error::conflict("no_email_code", "Your account does not use mailed codes."));
        }
        self.mail_code(actor, user, &remove_binding(user.id), "turn a second factor off")
    }

    /// Turns a method off: needs the password and a code of one of the factors.
    pub fn remove_factor(&self, actor: &Actor, method: Method, password: &str, code: &str) -> Result<()> {
        let user = actor.user()?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        if !login::methods(&factors).contains(&method) {
            return Err(Error::conflict("not_on", "This second factor is not on."));
        }
        self.can_do_without(user, &login::methods(&factors), method)?;
        self.confirm_password(actor, password, "password")?;
        let proven = self.prove_code(user.id, &remove_binding(user.id), code).map_err(|error| match error {
            Error::BadCode => {
                Error::Invalid(FieldErrors::one("code", "This code is wrong, was used already or has expired."))
            }
            other => other,
        })?;
        self.change(actor, |tx| {
            db::factors::end(tx.conn, user.id, method, false, tx.now)?;
            tx.touch("user", user.id)?;
            tx.tell_recovery(user, proven)?;
            tx.forget_recovery_of_nothing(user.id)?;
            db::pending_logins::finish_all(tx.conn, user.id, tx.now)?;
            tx.audit(Entry {
                action: "factor.remove",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(serde_json::json!({ "method": method.as_str() })),
                ..Entry::default()
            })?;
            tx.security_notice(
                user,
                match method {
                    Method::Totp => "the authenticator app was turned off as second factor",
                    Method::Email => "codes by e-mail were turned off as second factor",
                    Method::Recovery => "recovery codes were turned off",
                },
            )
        })?;
        Ok(())
    }

    /// The secret of a TOTP factor.
    pub(super) fn open_secret(&self, factor: &Factor) -> Option<Vec<u8>> {
        self.keys.open(&format!("factor {}", factor.id), factor.secret.as_deref()?)
    }

    /// Length of a mailed code, for forms.
    pub const MAILED_CODE_DIGITS: usize = CODE_DIGITS;
}
