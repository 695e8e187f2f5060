//! One's own second factors: TOTP and mailed codes.

use super::{Actor, App, Entry, Tx};
use crate::{
    db::{self, factors::Which},
    domain::{
        Error, FieldErrors, Result, Time,
        factor::{self, CODE_DIGITS, Factor, MOST_APPS, Method, SECRET_BYTES},
        keys::NONCE,
        login,
        session::ended,
        throttle,
        user::User,
    },
};
use serde_json::{Value, json};

/// A second factor that is on.
#[derive(Debug, Clone)]
pub struct FactorView {
    pub id: i64,
    pub method: Method,
    /// What its owner calls the app; empty for mailed codes.
    pub name: String,
    pub since: Time,
    pub last_used_at: Option<Time>,
}

impl FactorView {
    fn of(row: &Factor) -> Option<Self> {
        Some(Self {
            id: row.id,
            method: Method::parse(&row.kind)?,
            name: row.name.clone(),
            since: row.confirmed_at?,
            last_used_at: row.last_used_at,
        })
    }

    /// As it stands in a sentence.
    fn told(&self) -> String {
        match self.method {
            Method::Totp => format!("the authenticator app “{}”", self.name),
            _ => "codes by e-mail".to_owned(),
        }
    }
}

/// What the account page shows of second factors.
#[derive(Debug, Clone, Default)]
pub struct FactorsView {
    /// The oldest first.
    pub apps: Vec<FactorView>,
    pub email: Option<FactorView>,
    /// How many recovery codes are left, and when they were made; `None`: there never were any.
    pub recovery: Option<(i64, Time)>,
}

impl FactorsView {
    pub fn any(&self) -> bool {
        !self.apps.is_empty() || self.email.is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = &FactorView> {
        self.apps.iter().chain(&self.email)
    }
}

/// A TOTP enrolment that waits for its first right code.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Base32, for typing.
    pub secret: String,
    /// The `otpauth` address, for the QR code.
    pub uri: String,
    /// A name for it that is free.
    pub name: String,
}

fn enrol_binding(user_id: i64) -> String {
    format!("enrol email {user_id}")
}

fn remove_binding(user_id: i64) -> String {
    format!("remove factor {user_id}")
}

/// The names of the apps that are on.
fn app_names(factors: &[Factor]) -> Vec<&str> {
    factors.iter().filter(|f| f.is_on(Method::Totp)).map(|f| f.name.as_str()).collect()
}

fn not_too_many(factors: &[Factor]) -> Result<()> {
    if app_names(factors).len() < MOST_APPS {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_apps",
        format!("You have {MOST_APPS} authenticator apps, the most that there may be. Remove one first."),
    ))
}

/// For the audit log.
fn facts(factor: &FactorView) -> Value {
    match factor.method {
        Method::Totp => json!({ "method": factor.method, "name": factor.name }),
        method => json!({ "method": method }),
    }
}

impl App {
    /// One's own second factors.
    pub fn my_factors(&self, actor: &Actor) -> Result<FactorsView> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.read(|conn| {
            let on: Vec<_> = db::factors::of_user(conn, user_id)?.iter().filter_map(FactorView::of).collect();
            let (apps, mailed): (Vec<_>, Vec<_>) = on.into_iter().partition(|factor| factor.method == Method::Totp);
            let (left, made) = (db::recovery_codes::left(conn, user_id)?, db::recovery_codes::made_at(conn, user_id)?);
            Ok(FactorsView { apps, email: mailed.into_iter().next(), recovery: made.map(|made| (left, made)) })
        })
    }

    /// The open enrolment of an authenticator app, or a new one. The secrets of apps that are on are never touched nor shown
    /// again: `too_many_apps` if there are as many as there may be.
    pub fn totp_enrolment(&self, actor: &Actor) -> Result<Enrolment> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        not_too_many(&factors)?;
        let open = factors.iter().find(|f| f.kind == Method::Totp.as_str() && f.confirmed_at.is_none());
        let secret = match open.and_then(|f| self.open_secret(f)) {
            Some(secret) => secret,
            None => {
                let secret = self.rng.bytes::<SECRET_BYTES>();
                self.change(actor, |tx| {
                    db::factors::end(tx.conn, user.id, Which::Unconfirmed, tx.now)?;
                    let seal = |id| Some(self.keys.seal(self.rng.bytes::<NONCE>(), &format!("factor {id}"), &secret));
                    db::factors::insert(tx.conn, user.id, Method::Totp, None, tx.now, seal)
                })?;
                secret.to_vec()
            }
        };
        Ok(Enrolment {
            secret: factor::base32(&secret),
            uri: factor::otpauth_uri(&secret, &user.username),
            name: factor::free_name(app_names(&factors)),
        })
    }

    /// Turns the app of the open enrolment on by a right code of it. `name`: what to call it; empty: any that is free.
    /// `end_others`: ends all other sessions.
    pub fn confirm_totp(&self, actor: &Actor, name: &str, code: &str, end_others: bool) -> Result<FactorView> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        self.count(&throttle::SECOND_FACTOR, &user.id.to_string())?;
        let code = factor::typed_code(code);
        let change = self.change(actor, |tx| {
            let factors = db::factors::of_user(tx.conn, user.id)?;
            let open = factors.iter().find(|f| f.kind == Method::Totp.as_str() && f.confirmed_at.is_none());
            let factor = open.ok_or_else(|| {
                Error::conflict(
                    "no_enrolment",
                    "Begin with the QR code: there is no authenticator app waiting to be confirmed.",
                )
            })?;
            not_too_many(&factors)?;
            let taken = app_names(&factors);
            let mut errors = FieldErrors::default();
            let name = match name.trim() {
                "" => factor::free_name(taken),
                name => errors.keep("name", factor::app_name(name, taken)),
            };
            let secret = self.open_secret(factor).ok_or(Error::Gone)?;
            let step = factor::totp_step(&secret, &code, tx.now, factor.last_step);
            // A wrong name leaves the code as good as it was: what was taken goes with the transaction.
            if !step.is_some_and(|step| db::factors::take_step(tx.conn, factor.id, step, tx.now).unwrap_or(false)) {
                let text = "This code is wrong. Type the six digits that your app shows now; its clock must be right.";
                errors.add("code", text);
            }
            errors.into_result()?;
            let row = db::factors::confirm(tx.conn, factor.id, &name, tx.now)?;
            let factor = FactorView::of(&row).ok_or(Error::Gone)?;
            db::throttles::clear(tx.conn, &throttle::SECOND_FACTOR, &user.id.to_string())?;
            tx.factor_added(user, &factor, end_others)?;
            Ok(factor)
        })?;
        Ok(change.value)
    }

    /// Calls one of one's own apps otherwise.
    pub fn rename_factor(&self, actor: &Actor, id: i64, name: &str) -> Result<FactorView> {
        let user = actor.user()?;
        let change = self.change(actor, |tx| {
            let factors = db::factors::of_user(tx.conn, user.id)?;
            let of = |f: &&Factor| f.is_on(Method::Totp) && f.id == id;
            let before = factors.iter().find(of).and_then(FactorView::of).ok_or(Error::not_found("second factor"))?;
            let others = factors.iter().filter(|f| f.is_on(Method::Totp) && f.id != id).map(|f| f.name.as_str());
            let name =
                factor::app_name(name, others).map_err(|message| Error::Invalid(FieldErrors::one("name", message)))?;
            if name != before.name {
                db::factors::rename(tx.conn, id, &name)?;
                tx.audit(Entry {
                    action: "factor.rename",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    before: Some(facts(&before)),
                    after: Some(facts(&FactorView { name: name.clone(), ..before.clone() })),
                    ..Entry::default()
                })?;
            }
            Ok(FactorView { name, ..before })
        })?;
        Ok(change.value)
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

    /// Turns mailed codes on by a right code. `end_others`: ends all other sessions.
    pub fn confirm_email_factor(&self, actor: &Actor, code: &str, end_others: bool) -> Result<()> {
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
            let row = db::factors::insert(tx.conn, user.id, Method::Email, Some(tx.now), tx.now, |_| None)?;
            let factor = FactorView::of(&row).ok_or(Error::Gone)?;
            db::users::set_email_verified(tx.conn, user.id, tx.now)?;
            tx.factor_added(user, &factor, end_others)
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

    /// Turns some of one's own factors off: needs the password and a code of any of the factors. `end_others`: ends all
    /// other sessions.
    pub fn remove_factors(
        &self,
        actor: &Actor,
        ids: &[i64],
        password: &str,
        code: &str,
        end_others: bool,
    ) -> Result<()> {
        let user = actor.user()?;
        let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
        let (going, staying): (Vec<_>, Vec<_>) = factors.iter().cloned().partition(|factor| ids.contains(&factor.id));
        let going: Vec<_> = going.iter().filter_map(FactorView::of).collect();
        if going.is_empty() {
            return Err(Error::conflict("not_on", "This second factor is not on."));
        }
        self.can_do_without(user, &login::methods(&factors), &login::methods(&staying))?;
        self.confirm_password(actor, password, "password")?;
        let proven = self.prove_code(user.id, &remove_binding(user.id), code).map_err(|error| match error {
            Error::BadCode => {
                Error::Invalid(FieldErrors::one("code", "This code is wrong, was used already or has expired."))
            }
            other => other,
        })?;
        self.change(actor, |tx| {
            tx.tell_recovery(user, proven)?;
            for factor in &going {
                if db::factors::end(tx.conn, user.id, Which::These(&[factor.id]), tx.now)? == 0 {
                    continue;
                }
                tx.audit(Entry {
                    action: "factor.remove",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    before: Some(facts(factor)),
                    ..Entry::default()
                })?;
                let verb = if factor.method == Method::Totp { "was" } else { "were" };
                tx.security_notice(user, format!("{} {verb} turned off as second factor", factor.told()))?;
            }
            tx.forget_recovery_of_nothing(user.id)?;
            tx.factors_changed(user, end_others)
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

impl Tx<'_> {
    fn factor_added(&mut self, user: &User, factor: &FactorView, end_others: bool) -> Result<()> {
        self.factors_changed(user, end_others)?;
        self.audit(Entry {
            action: "factor.add",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            after: Some(facts(factor)),
            ..Entry::default()
        })?;
        let verb = if factor.method == Method::Totp { "was set up" } else { "were turned on" };
        self.security_notice(user, format!("{} {verb} as second factor", factor.told()))
    }

    /// What was proven by the factors as they were holds no more. `end_others`: nor do the user's other sessions.
    fn factors_changed(&mut self, user: &User, end_others: bool) -> Result<()> {
        self.touch("user", user.id)?;
        self.void_proofs(user.id)?;
        if let (true, Some(session)) = (end_others, self.actor.session_id) {
            self.end_sessions(user, db::sessions::Which::AllBut(session), ended::FACTOR_CHANGED)?;
        }
        Ok(())
    }
}
