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

/// How long sessions live, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Without a request.
    pub idle: i64,
    /// In all.
    pub absolute: i64,
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
