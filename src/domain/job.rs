//! Long work in the background.

use super::Time;
use diesel::prelude::*;
use serde::de::DeserializeOwned;

/// What kind of work it is: which function does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One act on many users.
    Bulk,
    VerifyAudit,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Bulk, Self::VerifyAudit];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::VerifyAudit => "verify_audit",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A job as it stands.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::jobs)]
pub struct Job {
    pub id: i64,
    /// Of [`Kind`].
    pub kind: String,
    /// What it does, in words: `Verify the audit log`.
    pub title: String,
    pub begun_by: i64,
    /// Where the request that began it came from, and its name.
    pub ip: String,
    pub request_id: String,
    /// The roles that its session was restricted to, as JSON.
    pub active_roles: Option<String>,
    /// What was asked, as JSON.
    pub asked: String,
    pub state: String,
    pub done: i64,
    /// How much there is to do; `None`: that is not known.
    pub total: Option<i64>,
    /// Where to go on, as JSON of its kind.
    pub mark: Option<String>,
    /// What came of it, as JSON of its kind.
    pub report: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    pub heartbeat_at: Option<Time>,
    pub cancel_at: Option<Time>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    /// The token that began it.
    pub token_id: Option<i64>,
}

/// Without a sign of life for so many seconds, a job's node counts as dead.
pub const LEASE: i64 = 60;
/// Finished jobs are kept so many seconds.
pub const KEPT: i64 = 30 * 24 * 3600;

impl Job {
    /// `queued`, `running`, `done`, `failed`, `cancelled`, or `interrupted`: the node that ran it has died.
    pub fn status(&self, now: Time) -> &'static str {
        match self.state.as_str() {
            "running" if self.is_stale(now) => "interrupted",
            "running" => "running",
            "queued" => "queued",
            "done" => "done",
            "cancelled" => "cancelled",
            _ => "failed",
        }
    }

    fn is_stale(&self, now: Time) -> bool {
        self.heartbeat_at.is_none_or(|at| now.seconds_since(at) > LEASE)
    }

    /// Whether a node works on it or will.
    pub fn is_under_way(&self, now: Time) -> bool {
        matches!(self.status(now), "queued" | "running")
    }

    /// Whole percent, if it is known how much there is to do.
    pub fn percent(&self) -> Option<i64> {
        let total = self.total?;
        Some(if total <= 0 { 100 } else { (self.done.saturating_mul(100) / total).clamp(0, 100) })
    }

    /// What was asked, its mark or its report, as `T`.
    pub fn read<T: DeserializeOwned>(json: Option<&str>) -> Option<T> {
        serde_json::from_str(json?).ok()
    }
}

/// What came of one of a job's subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Done,
    /// It was so before.
    Already,
    /// Left out on purpose: nobody shuts himself out by accident.
    Spared,
    Refused,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Done, Self::Already, Self::Spared, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Already => "already",
            Self::Spared => "spared",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}
