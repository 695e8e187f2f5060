//! Signing in and out: drives the state machine of [`crate::domain::login`].

use super::{
    Actor, App, Change, Entry, Origin,
    devices::DeviceToken,
    entrance::{Entrance, Trust},
    hasher,
    recovery::due_methods,
};
use crate::{
    db,
    domain::{
        Error, Result, Time,
        factor::{self, CODE_DIGITS, Factor, Method},
        keys,
        link::Purpose,
        login::{self, BY_DEVICE, Event, PendingLogin, Refusal, State},
        session::ended,
        text,
        throttle::{self, FAILURES_IN_A_ROW},
        user::User,
    },
    mail::messages,
};

/// What the owner is told when strangers have used up all tries.
const PASSWORD_OFF: &str = "a hundred wrong passwords in a row were tried from devices that you do not use, so your password does not sign in on new devices any more until you choose a new one; on devices that you have used it goes on";

/// What the owner is told when the codes of his second factor are guessed.
const CODES_OFF: &str = "a hundred wrong codes of your second factor were tried in a row by somebody who knows your password, so no code is taken any more until you choose a new password";

/// What wrong codes in a row are counted by.
pub(super) fn codes_of(user_id: i64) -> String {
    format!("codes {user_id}")
}

/// Why a second step was refused, as it is kept.
pub(super) const WRONG_CODE: &str = "wrong code";

/// Who signs in: a browser, which keeps an opaque id between the steps, or a program, which sends its password with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Browser,
    Program,
}

/// What a sign-in came to.
#[derive(Debug)]
pub enum SignIn {
    /// A session was opened; the cookie's key is still to be attached to it.
    /// `device`: the token that the browser is to keep, if it is to keep another one. `failures`: what the owner is told of
    /// failed tries since his last sign-in.
    Done { user: Box<User>, session_id: i64, device: Option<DeviceToken>, failures: Option<String> },
    /// A second factor is due. `key`: the opaque id for the browser.
    SecondFactor { key: String, methods: Vec<Method>, code_sent: bool },
}

/// What the page of the second step shows.
#[derive(Debug)]
pub struct Due {
    pub methods: Vec<Method>,
    /// When the live mailed code was made, if there is one.
    pub code_sent_at: Option<Time>,
    /// The address, mostly hidden: `a…@example.com`.
    pub address: String,
    /// The device may be trusted from then on.
    pub may_trust: bool,
}

impl App {
    /// The first step. [`Error::BadCredentials`] for an unknown user, a wrong password and a disabled user alike, after
    /// the same work.
    pub fn sign_in(&self, origin: Origin, name: &str, password: &str, client: Client) -> Result<SignIn> {
        self.count(&throttle::SIGN_IN_IP, &origin.network())?;
        let (user, methods) = self.read(|conn| {
            self.memory.catch_up(conn, None)?;
            let user = db::users::find_by_name(conn, name)?;
            let id = user.as_ref().map_or(0, |user| user.id);
            let methods = due_methods(conn, id)?;
            Ok((user, self.strong_enough(conn, id, methods)?))
        })?;
        let guesser = self.guesser(&origin, user.as_ref(), name)?;
        self.count(&throttle::SIGN_IN_ACCOUNT, &guesser)?;
        let failures = self.db.write(|conn| db::throttles::in_a_row(conn, &guesser, self.now()))?;
        if failures > FAILURES_IN_A_ROW {
            return Err(Error::PasswordOff);
        }
        let right = self.verify_password(user.as_ref(), name, password)?;
        let trusting = self.trusting(&origin, user.as_ref(), &methods)?;
        let event = Event::Password {
            user: user.as_ref(),
            right,
            methods: &methods,
            verified_email_needed: self.sign_in_settings().require_verified_email,
            now: self.now(),
            trusted: trusting.is_some(),
        };
        let state = State::Start.next(event);
        let actor = Actor::anonymous(origin);
        match (state, user) {
            (State::Complete { factors }, Some(user)) => {
                let trust = trusting.as_deref().filter(|_| factors == BY_DEVICE).map_or(Trust::None, Trust::Uses);
                match self.complete(&actor, &user, &factors, &guesser, password, trust)? {
                    Entrance::Untrusted => self.begin_second_step(&actor, &user, methods, &guesser, client),
                    entrance => entrance.open(),
                }
            }
            (State::SecondFactorDue { methods }, Some(user)) => {
                self.begin_second_step(&actor, &user, methods, &guesser, client)
            }
            (State::Refused(Refusal::UnverifiedEmail), Some(user)) => {
                // The password was right, so a new link tells nobody anything; too many are dropped.
                if self.count(&throttle::MAIL_ADDRESS, &format!("verify {}", text::fold(&user.email))).is_ok() {
                    self.change(&actor, |tx| tx.mail_link(&user, Purpose::VerifyEmail, messages::verify_email))?;
                }
                Err(Error::UnverifiedEmail)
            }
            (State::Refused(Refusal::AwaitsApproval), _) => {
                self.change(&actor, |tx| tx.password_was_right(&guesser))?;
                Err(Error::AwaitsApproval)
            }
            (_, user) => {
                let known = user.as_ref();
                self.change(&actor, |tx| {
                    let typed = text::clean(name).chars().take(100).collect::<String>();
                    let name = known.map_or(typed.as_str(), |user| user.username.as_str());
                    if let (Some(user), FAILURES_IN_A_ROW) = (known, failures) {
                        tx.security_notice(user, PASSWORD_OFF)?;
                    }
                    tx.audit_as(
                        None,
                        "",
                        Entry {
                            action: "session.refused",
                            kind: "user",
                            id: known.map(|user| user.id),
                            name,
                            ..Entry::default()
                        },
                    )
                })?;
                Err(Error::BadCredentials)
            }
        }
    }

    /// Both steps in one call, for a program: with a second factor due and no `token`, the answer says so (and the code
    /// is mailed if that is the method); with one, it is judged.
    pub fn sign_in_program(&self, origin: Origin, name: &str, password: &str, token: Option<&str>) -> Result<SignIn> {
        let first = self.sign_in(origin.clone(), name, password, Client::Program)?;
        let (SignIn::SecondFactor { .. }, Some(token)) = (&first, token.filter(|token| !token.trim().is_empty()))
        else {
            return Ok(first);
        };
        let user = self.read(|conn| db::users::find_by_name(conn, name))?.ok_or(Error::BadCredentials)?;
        let pending =
            self.read(|conn| db::pending_logins::find_of_program(conn, user.id, self.now()))?.ok_or(Error::BadCode)?;
        self.finish(&Actor::anonymous(origin), &pending, token, false)
    }

    /// The second step of a browser. `key`: the opaque id that it holds. `trust`: the device shall stand in for the code
    /// for some days; a recovery code trusts none.
    pub fn finish_sign_in(&self, origin: Origin, key: &str, code: &str, trust: bool) -> Result<SignIn> {
        let pending = self.pending(key)?;
        self.finish(&Actor::anonymous(origin), &pending, code, trust)
    }

    /// What is due; [`Error::Gone`] when the first step must be done again.
    pub fn due(&self, key: &str) -> Result<Due> {
        let pending = self.pending(key)?;
        self.read(|conn| {
            let user = db::users::find(conn, pending.user_id)?.ok_or(Error::Gone)?;
            let methods = due_methods(conn, user.id)?;
            let methods = self.strong_enough(conn, user.id, methods)?;
            Ok(Due {
                methods,
                code_sent_at: db::codes::sent_at(conn, &pending.binding(), self.now())?,
                address: hide(&user.email),
                may_trust: self.may_trust(conn, user.id)?,
            })
        })
    }

    /// Mails a (new) code for the second step.
    pub fn send_code(&self, origin: Origin, key: &str) -> Result<()> {
        let pending = self.pending(key)?;
        let (user, methods) = self.read(|conn| {
            let methods = login::methods(&db::factors::of_user(conn, pending.user_id)?);
            Ok((db::users::get(conn, pending.user_id)?, self.strong_enough(conn, pending.user_id, methods)?))
        })?;
        if !methods.contains(&Method::Email) {
            return Err(Error::conflict("no_email_code", "This account does not use mailed codes."));
        }
        self.mail_code(&Actor::anonymous(origin), &user, &pending.binding(), "sign in")
    }

    /// Ends one's own session.
    pub fn sign_out(&self, actor: &Actor) -> Result<Change<()>> {
        let (user, session) = (actor.who()?, actor.own_session()?);
        self.change(actor, |tx| {
            tx.end_sessions(user, db::sessions::Which::One(session), ended::SIGNED_OUT)?;
            tx.audit(Entry {
                action: "session.end",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                reason: ended::SIGNED_OUT,
                ..Entry::default()
            })
        })
    }

    /// The counter of failures of one account, by the name that was typed: unknown names are counted alike.
    pub(super) fn account_bucket(&self, name: &str) -> String {
        self.keys.code_hash("account", &text::fold(name))
    }

    /// Mails a code for `binding`, at most a few an hour to one mailbox.
    pub(super) fn mail_code(&self, actor: &Actor, user: &User, binding: &str, purpose: &'static str) -> Result<()> {
        self.count(&throttle::MAIL_ADDRESS, &format!("code {}", text::fold(&user.email)))?;
        let code = self.rng.digits(CODE_DIGITS);
        self.change(actor, |tx| {
            db::codes::insert(tx.conn, user.id, binding, &self.keys.code_hash(binding, &code), tx.now)?;
            let mut context = tx.mail_context(user);
            (context.code, context.purpose) = (code, purpose);
            tx.mail(messages::sign_in_code(user, &context)?)
        })?;
        Ok(())
    }

    /// Whether the code is that of one of the user's factors or the mailed one of `binding`, and uses it up. Tries are
    /// counted before they are judged.
    pub(super) fn prove_code(&self, user_id: i64, binding: &str, code: &str) -> Result<Method> {
        self.count(&throttle::SECOND_FACTOR, &user_id.to_string())?;
        self.count_code_in_a_row(user_id)?;
        let code = factor::typed_code(code);
        let factors = self.read(|conn| db::factors::of_user(conn, user_id))?;
        let method = factor::method_of(&code);
        let proven = match method {
            Method::Totp => self.take_totp(&factors, &code)?,
            Method::Email => self.take_mailed(binding, &code)?,
            Method::Recovery => self.take_recovery(user_id, &code)?,
        };
        if !proven {
            return Err(Error::BadCode);
        }
        self.db.write(|conn| {
            db::throttles::clear_row(conn, &codes_of(user_id))?;
            if method == Method::Email {
                db::factors::mailed_code_used(conn, user_id, self.now())?;
            }
            db::throttles::clear(conn, &throttle::SECOND_FACTOR, &user_id.to_string())
        })?;
        Ok(method)
    }

    /// After so many wrong codes in a row none is judged any more. Whoever types codes has the password, so a new one
    /// ends it: its owner is told.
    fn count_code_in_a_row(&self, user_id: i64) -> Result<()> {
        let tries = self.db.write(|conn| db::throttles::in_a_row(conn, &codes_of(user_id), self.now()))?;
        if tries == FAILURES_IN_A_ROW + 1 {
            self.change(&Actor::anonymous(Origin::default()), |tx| {
                let user = db::users::get(tx.conn, user_id)?;
                tx.security_notice(&user, CODES_OFF)
            })?;
        }
        if tries > FAILURES_IN_A_ROW { Err(Error::CodesOff) } else { Ok(()) }
    }

    fn take_totp(&self, factors: &[Factor], code: &str) -> Result<bool> {
        for factor in factors.iter().filter(|f| f.is_on(Method::Totp)) {
            let Some(secret) = self.open_secret(factor) else { continue };
            if let Some(step) = factor::totp_step(&secret, code, self.now(), factor.last_step) {
                return self.db.write(|conn| db::factors::take_step(conn, factor.id, step, self.now()));
            }
        }
        Ok(false)
    }

    pub(super) fn take_mailed(&self, binding: &str, code: &str) -> Result<bool> {
        let Some((id, hash)) = self.db.write(|conn| db::codes::try_one(conn, binding, self.now()))? else {
            return Ok(false);
        };
        Ok(keys::same(&self.keys.code_hash(binding, code), &hash)
            && self.db.write(|conn| db::codes::take(conn, id, self.now()))?)
    }

    fn pending(&self, key: &str) -> Result<PendingLogin> {
        self.read(|conn| db::pending_logins::find_by_key(conn, &keys::token_hash(key), self.now()))?.ok_or(Error::Gone)
    }

    fn begin_second_step(
        &self,
        actor: &Actor,
        user: &User,
        methods: Vec<Method>,
        guesser: &str,
        client: Client,
    ) -> Result<SignIn> {
        let key = self.rng.token();
        let pending = self
            .change(actor, |tx| {
                tx.password_was_right(guesser)?;
                match (client, db::pending_logins::find_of_program(tx.conn, user.id, tx.now)?) {
                    // A program comes again with its code: that code is bound to the login it began with.
                    (Client::Program, Some(open)) => Ok(open),
                    (Client::Program, None) => db::pending_logins::insert(tx.conn, user.id, None, tx.now),
                    (Client::Browser, _) => {
                        db::pending_logins::insert(tx.conn, user.id, Some(&keys::token_hash(&key)), tx.now)
                    }
                }
            })?
            .value;
        let mut code_sent = self.read(|conn| db::codes::sent_at(conn, &pending.binding(), self.now()))?.is_some();
        if methods.first() == Some(&Method::Email) && !code_sent {
            code_sent = match self.mail_code(actor, user, &pending.binding(), "sign in") {
                Ok(()) => true,
                Err(Error::Throttled { .. }) => false,
                Err(error) => return Err(error),
            };
        }
        Ok(SignIn::SecondFactor { key, methods, code_sent })
    }

    fn finish(&self, actor: &Actor, pending: &PendingLogin, code: &str, trust: bool) -> Result<SignIn> {
        let (user, methods) = self.read(|conn| {
            let user = db::users::find(conn, pending.user_id)?
                .filter(|user| !user.is_disabled(self.now()))
                .ok_or(Error::Gone)?;
            // The code that is being proven may be the last one.
            let methods = login::methods(&db::factors::of_user(conn, user.id)?);
            let mut methods = self.strong_enough(conn, user.id, methods)?;
            if !methods.is_empty() {
                methods.push(Method::Recovery);
            }
            Ok((user, methods))
        })?;
        let proof = self.prove_code(user.id, &pending.binding(), code);
        let (method, right) = match proof {
            Ok(method) => (method, true),
            Err(Error::BadCode) => (Method::Totp, false),
            Err(error) => return Err(error),
        };
        match (State::SecondFactorDue { methods }).next(Event::Code { method, right }) {
            State::Complete { factors } => {
                let done = self.change(actor, |tx| {
                    let user = tx.still_welcome(&user)?;
                    tx.tell_recovery(&user, method)?;
                    let begins = trust && method != Method::Recovery;
                    let trust = if begins { Trust::Begins(method) } else { Trust::None };
                    let entrance = tx.open_session(user, &factors, trust)?;
                    // One who finds no room may sign out elsewhere and send his next code.
                    if matches!(entrance, Entrance::Open(_))
                        && !db::pending_logins::finish(tx.conn, pending.id, tx.now)?
                    {
                        return Err(Error::Gone);
                    }
                    Ok(entrance)
                })?;
                done.value.open()
            }
            _ => {
                self.change(actor, |tx| {
                    tx.audit_as(
                        None,
                        "",
                        Entry {
                            action: "session.refused",
                            kind: "user",
                            id: Some(user.id),
                            name: &user.username,
                            reason: WRONG_CODE,
                            ..Entry::default()
                        },
                    )
                })?;
                Err(Error::BadCode)
            }
        }
    }

    fn complete(
        &self,
        actor: &Actor,
        user: &User,
        factors: &str,
        guesser: &str,
        password: &str,
        trust: Trust<'_>,
    ) -> Result<Entrance> {
        let rehashed = match &user.password_hash {
            Some(old) if self.hasher.is_outdated(old) => Some((old, self.rehash(password)?)),
            _ => None,
        };
        let done = self.change(actor, |tx| {
            let user = tx.still_welcome(user)?;
            tx.password_was_right(guesser)?;
            if let Some((old, new)) = &rehashed {
                db::users::rehash(tx.conn, user.id, old, new)?;
            }
            tx.open_session(user, factors, trust)
        })?;
        Ok(done.value)
    }

    fn rehash(&self, password: &str) -> Result<String> {
        let peppered = self.keys.peppered(&crate::domain::password::normal(password));
        hasher::Hasher::hash(&self.hasher, peppered, self.rng.bytes())
    }
}

/// `ada@example.com` → `a…@example.com`: enough for its owner.
pub(super) fn hide(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    format!("{}…@{domain}", local.chars().next().unwrap_or('…'))
}
