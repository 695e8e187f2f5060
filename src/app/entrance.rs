//! The last step of every sign-in: all is proven, and a session is opened if there is room for it.

use super::{
    App, Entry, Tx,
    login::{SignIn, WRONG_CODE},
};
use crate::{
    db::{self, sessions::NewSession},
    domain::{
        Error, Result,
        factor::Method,
        login::{self, Failures},
        session::{WhenFull, ended},
        sign_in_rules::SignInRules,
        throttle,
        user::User,
    },
};

/// Of so many of a user's latest events are the failures counted.
const FAILURES_LOOKED_AT: i64 = 500;

/// What a sign-in has to do with the trust in its device.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trust<'a> {
    None,
    /// It stands in for the second factor: the hash of its token.
    Uses(&'a str),
    /// It shall stand in from now on, by what was just proven.
    Begins(Method),
}

/// How the opening of a session ended; in any case what was counted and audited stays.
pub(super) enum Entrance {
    Open(SignIn),
    /// There may be only so many sessions.
    Full(i64),
    /// The device is not trusted any more.
    Untrusted,
}

impl Entrance {
    /// The sign-in, or why there is none.
    pub(super) fn open(self) -> Result<SignIn> {
        match self {
            Self::Open(done) => Ok(done),
            Self::Full(most) => Err(Error::conflict(
                "too_many_sessions",
                format!(
                    "You are signed in {most} times, and may not be more often: sign out on another device first, or let an admin end a session of yours."
                ),
            )),
            Self::Untrusted => Err(Error::BadCode),
        }
    }
}

impl App {
    /// Whether these rules let a device stand in for the second factor.
    pub(super) fn lets_trust(&self, rules: &SignInRules) -> bool {
        self.sign_in_settings().trusted_device > 0 && !rules.every_sign_in
    }
}

impl Tx<'_> {
    pub(super) fn password_was_right(&mut self, guesser: &str) -> Result<()> {
        db::throttles::clear(self.conn, &throttle::SIGN_IN_ACCOUNT, guesser)?;
        db::throttles::clear_row(self.conn, guesser)
    }

    /// The user as he is now: between the proof and this moment he may have been disabled or got another password.
    pub(super) fn still_welcome(&mut self, proven: &User) -> Result<User> {
        db::users::find(self.conn, proven.id)?
            .filter(|user| !user.is_disabled(self.now) && user.bars.awaits_approval_since.is_none())
            .filter(|user| user.password_hash == proven.password_hash)
            .ok_or(Error::BadCredentials)
    }

    /// Opens the session's row; the web attaches the cookie's key to it.
    pub(super) fn open_session(&mut self, user: User, factors: &str, trust: Trust<'_>) -> Result<Entrance> {
        if let Trust::Uses(hash) = trust
            && !self.is_trusted(&user, hash)?
        {
            return Ok(Entrance::Untrusted);
        }
        let rules = self.note_demand(&user)?;
        let limits = rules.limits(self.app.sign_in_settings().limits);
        if let Some(most) = rules.sessions_at_once
            && !self.make_room(&user, &rules, most)?
        {
            return Ok(Entrance::Full(most));
        }
        let device = match trust {
            Trust::Uses(hash) => Some(self.use_trust(&user, hash)?),
            Trust::Begins(method) if self.app.lets_trust(&rules) => {
                let met = self.meet_device(&user)?;
                self.trust_device(&user, method, met)?
            }
            Trust::None | Trust::Begins(_) => self.meet_device(&user)?,
        };
        let failures = self.tell_failures(&user)?;
        let (user_agent, expires_at) = (self.actor.origin.stored_agent(), self.now.plus_seconds(limits.absolute));
        let methods = login::methods(&db::factors::of_user(self.conn, user.id)?);
        let strong = login::is_strongest(&methods, factors);
        let origin = &self.actor.origin;
        let session = db::sessions::open(
            self.conn,
            &NewSession { user_id: user.id, factors, ip: &origin.ip, user_agent: &user_agent, expires_at, strong },
            self.now,
        )?;
        db::users::set_signed_in(self.conn, user.id, self.now)?;
        self.audit_as(
            Some(user.id),
            &user.username,
            Entry {
                action: "session.begin",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(serde_json::json!({ "factors": factors })),
                ..Entry::default()
            },
        )?;
        Ok(Entrance::Open(SignIn::Done { session_id: session.id, user: Box::new(user), device, failures }))
    }

    /// Whether one more session of the user's may be opened; ends the oldest ones for it, or notes that it was refused. There
    /// is one writer, so that several sign-ins at once never come to more.
    fn make_room(&mut self, user: &User, rules: &SignInRules, most: i64) -> Result<bool> {
        let limits = rules.limits(self.app.sign_in_settings().limits);
        let open = db::sessions::opened(self.conn, user.id, limits, self.now)?;
        let over = (open.len() + 1).saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
        if over == 0 {
            return Ok(true);
        }
        let refuse = self.app.sign_in_settings().when_full == WhenFull::Refuse;
        for session in open.iter().take(if refuse { 0 } else { over }) {
            self.end_sessions(user, db::sessions::Which::One(*session), ended::TOO_MANY)?;
        }
        let (action, reason) = (if refuse { "session.refused" } else { "session.end" }, ended::TOO_MANY);
        self.audit_as(
            Some(user.id),
            &user.username,
            Entry { action, kind: "user", id: Some(user.id), name: &user.username, reason, ..Entry::default() },
        )?;
        Ok(!refuse)
    }

    /// Tells the user by mail of failed tries since his last sign-in, if they are more than slips; gives them in words.
    fn tell_failures(&mut self, user: &User) -> Result<Option<String>> {
        let mut failures = Failures::default();
        for (reason, ip) in db::audit::refused_since_sign_in(self.conn, user.id, FAILURES_LOOKED_AT)? {
            match reason.as_str() {
                "" => failures.passwords += 1,
                WRONG_CODE => {
                    failures.codes += 1;
                    failures.codes_elsewhere += usize::from(ip != self.actor.origin.ip);
                }
                _ => {}
            }
        }
        let told = failures.told();
        if let Some(told) = &told {
            self.security_notice(user, format!("somebody signed in to it after {told} since the last sign-in"))?;
        }
        Ok(told)
    }
}
