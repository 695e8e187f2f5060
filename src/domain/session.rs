//! Signed-in browsers.

use super::Time;
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::sessions)]
pub struct Session {
    pub id: i64,
    pub user_id: i64,
    /// What was proven, in order: `password`, `password totp`, `password email`.
    pub factors: String,
    pub ip: String,
    pub user_agent: String,
    pub created_at: Time,
    pub last_seen_at: Time,
    pub expires_at: Time,
    /// Runs with a part of the user's roles.
    pub restricted: bool,
    /// When the user last proved by the strongest means of his account that it is he; `None`: only by weaker ones.
    pub authenticated_at: Option<Time>,
}

/// A device that stands in for the second factor of its user.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::devices)]
pub struct TrustedDevice {
    pub id: i64,
    /// Where it was when it last signed in.
    pub ip: String,
    pub user_agent: String,
    pub trusted_at: Option<Time>,
    pub trusted_until: Option<Time>,
    /// When it last stood in.
    pub trust_used_at: Option<Time>,
}

impl TrustedDevice {
    /// `Firefox on Linux`, as far as the User-Agent tells.
    pub fn device(&self) -> String {
        device(&self.user_agent)
    }
}

/// How long sessions live, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Without a request.
    pub idle: i64,
    /// In all.
    pub absolute: i64,
}

/// What happens at a sign-in of somebody who has as many sessions as there may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// His oldest session ends.
    #[default]
    EndOldest,
    /// The sign-in is refused.
    Refuse,
}

impl WhenFull {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndOldest => "end_oldest",
            Self::Refuse => "refuse",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "end_oldest" => Some(Self::EndOldest),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }
}

/// Why a session is no more, in the words in which it is kept.
pub mod ended {
    pub const SIGNED_OUT: &str = "signed out";
    pub const BY_USER: &str = "ended by the user";
    pub const BY_ADMIN: &str = "ended by an admin";
    pub const TOO_MANY: &str = "too many sessions";
    pub const PASSWORD_CHANGED: &str = "password changed";
    pub const PASSWORD_RESET: &str = "password reset";
    pub const FACTOR_CHANGED: &str = "second factor changed";
    pub const FACTORS_RESET: &str = "second factor reset";
    pub const ROLE_LOST: &str = "role lost";
    /// It was left alone for too long, or has lasted too long.
    pub const EXPIRED: &str = "expired";
    pub const ALL: &str = "all sessions ended";
    /// Sessions up to then make no device a familiar one.
    pub const DISOWNED: &str = "disowned";
}

/// What the browser of a session that ended is told.
pub fn farewell(reason: &str) -> Option<&'static str> {
    Some(match reason {
        ended::BY_USER => "You ended this session from another device.",
        ended::BY_ADMIN => "An admin ended this session.",
        ended::TOO_MANY => {
            "You signed in on another device, and there may be only so many sessions at once: this one, the oldest, ended."
        }
        ended::PASSWORD_CHANGED | ended::PASSWORD_RESET => "This session ended because your password was changed.",
        ended::FACTOR_CHANGED | ended::FACTORS_RESET => "This session ended because your second factor was changed.",
        ended::ROLE_LOST => "This session ended because a role was taken from you.",
        ended::EXPIRED => "This session ended because it was left alone for too long or had lasted as long as it may.",
        ended::ALL => "The sessions of all users were ended.",
        _ => return None,
    })
}

/// How often, at most, `last_seen_at` is written, in seconds.
pub const SEEN_EVERY: i64 = 60;

/// How long a browser that does not come again stays a known device, in seconds: 400 days, the most that browsers keep a
/// cookie.
pub const DEVICE_SECONDS: i64 = 400 * 24 * 3600;
/// How long an address and a User-Agent together stay familiar, in seconds: 90 days.
pub const FAMILIAR_SECONDS: i64 = 90 * 24 * 3600;

/// Browsers worth naming, the more particular first: most claim to be all of those below them.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python requests"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Session {
    /// `Firefox on Linux`, as far as the User-Agent tells.
    pub fn device(&self) -> String {
        device(&self.user_agent)
    }
}

/// `Firefox on Linux`, as far as the User-Agent tells.
pub fn device(user_agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}
