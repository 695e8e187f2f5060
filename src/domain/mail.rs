//! A mail on its way out.

use super::Time;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

/// What is to be sent; written into the outbox in the transaction of what it tells of.
#[derive(Debug, Clone)]
pub struct Message {
    pub kind: &'static str,
    pub user_id: Option<i64>,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub body: Body,
}

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Body {
    pub text: String,
    pub html: String,
}

/// A row of the outbox. `body` is sealed, and gone once the mail was sent.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::mails)]
pub struct Mail {
    pub id: i64,
    pub kind: String,
    pub user_id: Option<i64>,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub body: Option<Vec<u8>>,
    pub created_at: Time,
    pub next_try_at: Option<Time>,
    pub tries: i64,
    pub last_error: Option<String>,
    pub sent_at: Option<Time>,
    pub failed_at: Option<Time>,
}

impl Mail {
    /// `sent`, `failed`, `retrying` or `waiting`.
    pub fn status(&self) -> &'static str {
        match (self.sent_at, self.failed_at, self.tries) {
            (Some(_), _, _) => "sent",
            (None, Some(_), _) => "failed",
            (None, None, 0) => "waiting",
            (None, None, _) => "retrying",
        }
    }

    /// What the sealed body is bound to.
    pub fn seal_about(to_address: &str, kind: &str) -> String {
        format!("mail {kind} {to_address}")
    }
}

/// Tries before a mail is given up.
pub const TRIES: i64 = 10;

/// Seconds until the next try after `tries` failed ones: 10 s doubling up to an hour. `jitter` in 0..=1 moves it
/// by up to a quarter, so that a mended server is not hit by all at once.
pub fn backoff(tries: i64, jitter: f64) -> i64 {
    let base = 10_i64.saturating_mul(1 << tries.clamp(1, 16).saturating_sub(1)).min(3600);
    (base as f64 * (0.75 + 0.5 * jitter.clamp(0.0, 1.0))).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour_and_jitters_by_a_quarter() {
        assert_eq!(backoff(1, 0.5), 10);
        assert_eq!(backoff(2, 0.5), 20);
        assert_eq!(backoff(50, 0.5), 3600);
        assert_eq!((backoff(50, 0.0), backoff(50, 1.0)), (2700, 4500));
    }
}
