//! Signing in, as one state machine: password → (second factor) → session. The pages and the JSON routes drive the same one.

use super::{
    Time,
    factor::{Factor, Method},
    user::User,
};
use diesel::prelude::*;

/// How long the second step may take, in seconds.
pub const PENDING_SECONDS: i64 = 600;

/// A right password whose second factor is still due.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::pending_logins)]
pub struct PendingLogin {
    pub id: i64,
    pub user_id: i64,
    pub created_at: Time,
    pub expires_at: Time,
    pub finished_at: Option<Time>,
}

impl PendingLogin {
    /// What a mailed code of this login is bound to.
    pub fn binding(&self) -> String {
        format!("login {}", self.id)
    }
}

/// What a sign-in on a trusted device proves: less than any second factor.
pub const BY_DEVICE: &str = "password device";

/// Failed tries to sign in since the last success.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    pub passwords: usize,
    /// Wrong codes after a right password.
    pub codes: usize,
    /// Of these codes, those from another address than that of the sign-in that comes now.
    pub codes_elsewhere: usize,
}

impl Failures {
    /// What the owner is told of them, if they are more than slips of his own: five wrong passwords, two wrong codes, or a
    /// single one from elsewhere, since whoever gave it has the password.
    pub fn told(&self) -> Option<String> {
        let several = |number: usize, one: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            more => Some(format!("{more} {one}s")),
        };
        (self.passwords >= 5 || self.codes >= 2 || self.codes_elsewhere > 0).then(|| {
            let parts = [several(self.passwords, "wrong password"), several(self.codes, "wrong code")];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
        })
    }
}

/// Where a sign-in stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing proven yet.
    Start,
    /// The password was right; one of the methods is still due.
    SecondFactorDue {
        methods: Vec<Method>,
    },
    /// All is proven: what, in order.
    Complete {
        factors: String,
    },
    Refused(Refusal),
}

/// Why not. Told to the person only as far as he has proven who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown user, wrong password and disabled user: one answer.
    BadCredentials,
    /// Right password, but the mail address must be verified first.
    UnverifiedEmail,
    /// Right password, but an admin must let him in first.
    AwaitsApproval,
    /// Wrong, used or expired second factor: the state before stays.
    BadCode,
}

/// What happened. Whether a password or code was right is found out by the caller.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// `trusted`: the device stands in for the second factor.
    Password {
        user: Option<&'a User>,
        right: bool,
        methods: &'a [Method],
        verified_email_needed: bool,
        trusted: bool,
        now: Time,
    },
    Code {
        method: Method,
        right: bool,
    },
}

impl State {
    /// The next state. An event out of order is refused: no step can be skipped.
    pub fn next(self, event: Event<'_>) -> Self {
        match (self, event) {
            (
                Self::Start,
                Event::Password { user: Some(user), right: true, methods, verified_email_needed, trusted, now },
            ) if !user.is_disabled(now) => {
                let waits = user.bars.awaits_approval_since.is_some();
                if (verified_email_needed || waits) && user.email_verified_at.is_none() {
                    Self::Refused(Refusal::UnverifiedEmail)
                } else if waits {
                    Self::Refused(Refusal::AwaitsApproval)
                } else if methods.is_empty() {
                    Self::Complete { factors: "password".into() }
                } else if trusted {
                    Self::Complete { factors: BY_DEVICE.into() }
                } else {
                    Self::SecondFactorDue { methods: methods.to_vec() }
                }
            }
            (Self::SecondFactorDue { methods }, Event::Code { method, right: true }) if methods.contains(&method) => {
                Self::Complete { factors: format!("password {}", method.as_str()) }
            }
            (Self::SecondFactorDue { .. }, Event::Code { .. }) => Self::Refused(Refusal::BadCode),
            _ => Self::Refused(Refusal::BadCredentials),
        }
    }
}

/// Whether what was proven, in the words of a session (`password totp`), is the strongest that somebody with these methods
/// can prove. A recovery code is as strong as what it stands in for.
pub fn is_strongest(methods: &[Method], factors: &str) -> bool {
    methods.first().is_none_or(|strongest| proves(*strongest, factors) || proves(Method::Recovery, factors))
}

fn proves(method: Method, factors: &str) -> bool {
    factors.split_whitespace().any(|factor| factor == method.as_str())
}

/// The methods of a user's confirmed factors, the strongest first.
pub fn methods(factors: &[Factor]) -> Vec<Method> {
    [Method::Totp, Method::Email].into_iter().filter(|method| factors.iter().any(|f| f.is_on(*method))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bars::Bars;
    use proptest::prelude::*;

    fn user(disabled: bool, verified: bool, waits: bool) -> User {
        let at = Time::parse("2026-03-01").unwrap();
        User {
            id: 1,
            username: "bob".into(),
            email: "bob@example.com".into(),
            first_name: "Bob".into(),
            last_name: String::new(),
            password_hash: None,
            password_changed_at: None,
            email_verified_at: verified.then_some(at),
            last_sign_in_at: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
            second_factor_due_at: None,
            second_factor_demanded_at: None,
            signed_up_at: None,
            kind: "person".into(),
            bars: Bars {
                disabled_at: disabled.then_some(at),
                awaits_approval_since: waits.then_some(at),
                ..Bars::default()
            },
        }
    }

    #[test]
    fn failures_are_told_when_they_are_more_than_slips() {
        let told = |passwords, codes, codes_elsewhere| Failures { passwords, codes, codes_elsewhere }.told();
        assert_eq!((told(4, 1, 0), told(0, 0, 0)), (None, None));
        assert_eq!(told(5, 0, 0).as_deref(), Some("5 wrong passwords"));
        assert_eq!(told(0, 1, 1).as_deref(), Some("1 wrong code"));
        assert_eq!(told(1, 2, 0).as_deref(), Some("1 wrong password and 2 wrong codes"));
    }

    proptest! {
        /// Whatever happens in whatever order: complete only after a right password of an enabled, known user and,
        /// if he has a second factor, a right code of his own method or a trusted device.
        #[test]
        fn nobody_gets_in_without_every_proof(
            known: bool, disabled: bool, verified: bool, waits: bool, needed: bool, has_totp: bool, has_email: bool, trusted: bool,
            events in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 0..6),
        ) {
            let user = user(disabled, verified, waits);
            let now = user.created_at;
            let methods: Vec<_> = [(has_totp, Method::Totp), (has_email, Method::Email)].into_iter().filter(|(has, _)| *has).map(|(_, m)| m).collect();
            let mut state = State::Start;
            let mut proven = (false, false);
            for (is_password, right, is_totp) in events {
                let before = state.clone();
                let method = if is_totp { Method::Totp } else { Method::Email };
                let event = if is_password {
                    Event::Password { user: known.then_some(&user), right, methods: &methods, verified_email_needed: needed, trusted, now }
                } else {
                    Event::Code { method, right }
                };
                state = state.next(event);
                if is_password && right && before == State::Start { proven.0 = true; }
                if !is_password && right && methods.contains(&method) && matches!(before, State::SecondFactorDue { .. }) { proven.1 = true; }
                if let State::Complete { factors } = &state {
                    let strong = is_strongest(&methods, factors);
                    prop_assert!(!strong || methods.is_empty() || proven.1, "a trusted device is no strong proof");
                    prop_assert!(known && !disabled && !waits && (verified || !needed) && proven.0 && (methods.is_empty() || proven.1 || trusted));
                }
            }
        }
    }
}
