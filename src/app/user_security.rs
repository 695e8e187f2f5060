//! What an admin sees of how somebody signs in: his factors, devices, sessions, and failures lately.

use super::{Actor, App, Change, Entry, login::codes_of, users::reason_line};
use crate::{
    db::{self, devices::Whose},
    domain::{
        Error, Result, Time,
        factor::Factor,
        permission::{SESSIONS_READ, SESSIONS_WRITE},
        session::{Session, TrustedDevice},
        throttle::{FAILURES_IN_A_ROW, SIGN_IN_ACCOUNT},
    },
};
use serde_json::json;

/// How one user signs in.
#[derive(Debug, Clone)]
pub struct UserSecurity {
    /// Those that are on, the oldest first.
    pub factors: Vec<FactorView>,
    /// Recovery codes that are left, and when they were made; `None`: he has none.
    pub recovery: Option<(i64, Time)>,
    /// Devices that stand in for the second factor.
    pub devices: Vec<TrustedDevice>,
    /// Live ones, the latest used first.
    pub sessions: Vec<Session>,
    pub failures: SignInFailures,
}

/// A second factor without its secret.
#[derive(Debug, Clone)]
pub struct FactorView {
    pub method: String,
    /// What its owner calls it; empty for mailed codes.
    pub name: String,
    pub since: Option<Time>,
    pub last_used_at: Option<Time>,
}

/// What went wrong at sign-ins as this user, by strangers or by himself.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignInFailures {
    /// Refused since he last signed in, of his latest events.
    pub lately: usize,
    /// Seconds until the next try from a device that he has not used; 0: at once.
    pub wait: i64,
    /// So many wrong passwords came in a row from devices that he has not used that they are not looked at any more.
    pub password_off: bool,
    /// The same of his codes.
    pub codes_off: bool,
}

/// Events that are looked at for failures lately.
const LOOKED_AT: i64 = 100;

impl App {
    pub fn user_security(&self, actor: &Actor, user_id: i64) -> Result<UserSecurity> {
        actor.require_everywhere(SESSIONS_READ)?;
        let (now, limits) = (self.now(), self.sign_in_settings().limits);
        self.read(|conn| {
            let user = db::users::get(conn, user_id)?;
            let factors =
                db::factors::of_user(conn, user.id)?.into_iter().filter(|factor| factor.confirmed_at.is_some());
            let made_at = db::recovery_codes::made_at(conn, user.id)?;
            let recovery = match made_at {
                Some(at) => Some((db::recovery_codes::left(conn, user.id)?, at)),
                None => None,
            };
            let mut failures = SignInFailures {
                lately: db::audit::refused_since_sign_in(conn, user.id, LOOKED_AT)?.len(),
                codes_off: db::throttles::row_length(conn, &codes_of(user.id))? > FAILURES_IN_A_ROW,
                ..SignInFailures::default()
            };
            for name in [&user.username, &user.email] {
                let account = self.account_bucket(name);
                failures.wait = failures.wait.max(db::throttles::due_in(conn, &SIGN_IN_ACCOUNT, &account, now)?);
                failures.password_off |= db::throttles::row_length(conn, &account)? > FAILURES_IN_A_ROW;
            }
            Ok(UserSecurity {
                factors: factors.map(FactorView::from).collect(),
                recovery,
                devices: db::devices::trusted_of(conn, user.id, now)?,
                sessions: db::sessions::of_user(conn, user.id, limits, now)?,
                failures,
            })
        })
    }

    /// Asks one of a user's devices, or all, for the second factor again. Gives how many it concerns.
    pub fn distrust_user_devices(
        &self,
        actor: &Actor,
        user_id: i64,
        id: Option<i64>,
        reason: &str,
    ) -> Result<Change<usize>> {
        actor.require_everywhere(SESSIONS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, user_id)?;
            tx.require_not_weaker_than(user_id)?;
            let all = [user.id];
            let whose = id.map_or(Whose::Users(&all), |id| Whose::One(user.id, id));
            let ended = db::devices::distrust(tx.conn, whose, tx.now)?;
            if ended == 0 {
                return Err(Error::not_found("trusted device"));
            }
            tx.audit(Entry {
                action: "device.distrust_of",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(json!({ "devices": ended })),
                reason: &reason,
                ..Entry::default()
            })?;
            Ok(ended)
        })
    }
}

impl From<Factor> for FactorView {
    fn from(factor: Factor) -> Self {
        Self { method: factor.kind, name: factor.name, since: factor.confirmed_at, last_used_at: factor.last_used_at }
    }
}
