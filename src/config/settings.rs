//! What of the configuration can be changed while Rolecall runs. A variable that the environment sets goes before what is
//! stored: whoever runs the machine has the last word, and what he wrote down is what holds.

use super::{Reader, SignIn};
use crate::domain::{
    session::{Limits, WhenFull},
    sign_in_rules::{Demand, MOST_SESSIONS},
    sign_up::SignUpMode,
};
use std::collections::{BTreeMap, HashMap};

/// How a setting is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One of these words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// A whole number within these bounds.
    Number(u32, u32),
    /// A line of so many characters.
    Line(usize),
}

/// The names of the settings and how each is chosen, in the order of the page.
pub const SETTINGS: [(&str, Choice); 11] = [
    (
        "SIGN_UP",
        Choice::Words(&[
            ("open", "anybody makes an account"),
            ("approval", "anybody, but an admin lets him in"),
            ("invitation", "whom an admin invites"),
            ("closed", "nobody"),
        ]),
    ),
    ("REQUIRE_VERIFIED_EMAIL", Choice::Words(&[("true", "only after the address was verified"), ("false", "at once")])),
    ("SIGN_IN_NOTICE", Choice::Line(300)),
    (
        "SECOND_FACTOR",
        Choice::Words(&[
            ("optional", "nothing is demanded"),
            ("any", "a second factor"),
            ("app", "an authenticator app"),
        ]),
    ),
    ("SECOND_FACTOR_GRACE_DAYS", Choice::Number(0, 90)),
    ("TRUSTED_DEVICE_DAYS", Choice::Number(0, 365)),
    ("SESSION_IDLE_MINUTES", Choice::Number(1, 60 * 24 * 30)),
    ("SESSION_HOURS", Choice::Number(1, 24 * 30)),
    ("SESSIONS_AT_ONCE", Choice::Number(0, 1000)),
    (
        "SESSIONS_AT_ONCE_RULE",
        Choice::Words(&[("end_oldest", "the oldest session ends"), ("refuse", "the sign-in is refused")]),
    ),
    ("DELETE_ACCOUNT_DAYS", Choice::Number(0, 90)),
];

const DAY: i64 = 24 * 3600;

impl Reader<'_> {
    pub(super) fn sign_in(&mut self) -> SignIn {
        let mut sign_in = SignIn {
            policy: self.policy(),
            breached: self.breached(),
            bcrypt_cost: self.number("BCRYPT_COST", 12, 10, 16),
            email_codes: self.flag("EMAIL_CODES", true),
            reauthenticate: 60 * i64::from(self.number("REAUTHENTICATE_MINUTES", 10, 1, 60)),
            // Read below.
            require_verified_email: false,
            sign_up: SignUpMode::Open,
            delete_account: 0,
            second_factor: Demand::Optional,
            grace: 0,
            trusted_device: 0,
            sessions_at_once: None,
            when_full: WhenFull::EndOldest,
            limits: Limits { idle: 0, absolute: 0 },
            notice: String::new(),
        };
        for (name, _) in SETTINGS {
            sign_in.read(name, self);
        }
        sign_in
    }

    /// A line of text.
    fn line(&mut self, name: &str, most: usize) -> String {
        let text = self.text(name).unwrap_or_default();
        if text.chars().count() > most || text.chars().any(char::is_control) {
            self.wrong(name, &format!("expected one line of at most {most} characters"));
        }
        text.to_owned()
    }
}

impl SignIn {
    /// Reads one of [`SETTINGS`], or its default.
    pub(super) fn read(&mut self, name: &str, reader: &mut Reader<'_>) {
        match name {
            "SIGN_UP" => {
                self.sign_up = reader.choice(name, "expected open, invitation, approval or closed", SignUpMode::parse);
            }
            "REQUIRE_VERIFIED_EMAIL" => self.require_verified_email = reader.flag(name, false),
            "SIGN_IN_NOTICE" => self.notice = reader.line(name, 300),
            "SECOND_FACTOR" => {
                self.second_factor = reader.choice(name, "expected optional, any or app", Demand::parse);
            }
            "SECOND_FACTOR_GRACE_DAYS" => self.grace = DAY * i64::from(reader.number(name, 7, 0, 90)),
            "TRUSTED_DEVICE_DAYS" => self.trusted_device = DAY * i64::from(reader.number(name, 30, 0, 365)),
            "SESSION_IDLE_MINUTES" => self.limits.idle = 60 * i64::from(reader.number(name, 60, 1, 60 * 24 * 30)),
            "SESSION_HOURS" => self.limits.absolute = 3600 * i64::from(reader.number(name, 24, 1, 24 * 30)),
            "SESSIONS_AT_ONCE" => {
                self.sessions_at_once = Some(reader.number(name, 50, 0, MOST_SESSIONS)).filter(|most| *most > 0);
            }
            "SESSIONS_AT_ONCE_RULE" => {
                self.when_full = reader.choice(name, "expected end_oldest or refuse", WhenFull::parse);
            }
            "DELETE_ACCOUNT_DAYS" => self.delete_account = DAY * i64::from(reader.number(name, 14, 0, 90)),
            _ => {}
        }
    }

    /// With what is stored, judged as the environment's values are; what could not be read stays as it was. Gives the mistakes
    /// by name.
    pub fn with(&self, stored: &BTreeMap<String, String>) -> (Self, Vec<(String, String)>) {
        let vars: HashMap<String, String> = stored.clone().into_iter().collect();
        let (mut new, mut mistakes) = (self.clone(), vec![]);
        for (name, _) in SETTINGS.iter().filter(|(name, _)| stored.contains_key(*name)) {
            let mut reader = Reader { vars: &vars, mistakes: vec![] };
            let mut one = new.clone();
            one.read(name, &mut reader);
            match reader.mistakes.pop() {
                None => new = one,
                Some(text) => {
                    let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned();
                    mistakes.push(((*name).to_owned(), text));
                }
            }
        }
        (new, mistakes)
    }

    /// The value of one of [`SETTINGS`], as it would be written in the environment.
    pub fn value(&self, name: &str) -> String {
        match name {
            "SIGN_UP" => self.sign_up.as_str().to_owned(),
            "REQUIRE_VERIFIED_EMAIL" => self.require_verified_email.to_string(),
            "SIGN_IN_NOTICE" => self.notice.clone(),
            "SECOND_FACTOR" => self.second_factor.as_str().to_owned(),
            "SECOND_FACTOR_GRACE_DAYS" => (self.grace / DAY).to_string(),
            "TRUSTED_DEVICE_DAYS" => (self.trusted_device / DAY).to_string(),
            "SESSION_IDLE_MINUTES" => (self.limits.idle / 60).to_string(),
            "SESSION_HOURS" => (self.limits.absolute / 3600).to_string(),
            "SESSIONS_AT_ONCE" => self.sessions_at_once.unwrap_or(0).to_string(),
            "SESSIONS_AT_ONCE_RULE" => self.when_full.as_str().to_owned(),
            "DELETE_ACCOUNT_DAYS" => (self.delete_account / DAY).to_string(),
            _ => String::new(),
        }
    }
}
