//! Rights are intervals: what held, from when until when, and what began and ended it.

use super::{FieldErrors, Time};

/// What an interval is of. Their order is that of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A user was disabled, or could not sign in yet.
    Suspension,
    /// A role had a permission or pattern.
    Permission,
    /// A role included another one.
    Inclusion,
    /// A user had a role.
    Assignment,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspension => "suspension",
            Self::Permission => "permission",
            Self::Inclusion => "inclusion",
            Self::Assignment => "assignment",
        }
    }
}

/// Where, in what, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub kind: Kind,
    pub id: i64,
    pub user_id: Option<i64>,
    /// The role that was assigned, had the permission, or included the other one.
    pub role_id: Option<i64>,
    pub junior_id: Option<i64>,
    /// The permission or pattern; else empty.
    pub pattern: String,
    /// Empty: everywhere.
    pub scope: String,
    pub condition: Option<String>,
    pub from: Time,
    /// `None`: without end.
    pub to: Option<Time>,
    pub given: Turn,
    /// `None`: nobody has ended it; it ends by itself or not at all.
    pub ended: Option<Turn>,
}

/// An act that began or ended an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub at: Time,
    /// `None`: Rolecall itself.
    pub by: Option<i64>,
    pub reason: String,
}

impl Interval {
    /// Whether it holds at the moment: from its beginning on, until before its end.
    pub fn holds_at(&self, at: Time) -> bool {
        self.from <= at && self.to.is_none_or(|to| to > at)
    }
}

/// The stretch of time that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub from: Time,
    pub to: Time,
}

/// What is looked at when no dates are chosen: a year back, and what is to come in three months; in seconds.
const BACK: i64 = 365 * 24 * 3600;
const AHEAD: i64 = 90 * 24 * 3600;

impl Range {
    /// The range between two dates as they were typed, the usual one where nothing was; if something is wrong, the whole
    /// usual range and what is wrong, by `from` and `to`.
    pub fn read(from: &str, to: &str, now: Time) -> (Self, FieldErrors) {
        let mut errors = FieldErrors::default();
        let usual = Self { from: now.minus_seconds(BACK), to: now.plus_seconds(AHEAD) };
        let mut date = |field, text: &str, usual| match text.trim() {
            "" => usual,
            text => Time::parse(text).unwrap_or_else(|message| {
                errors.add(field, message);
                usual
            }),
        };
        let range = Self { from: date("from", from, usual.from), to: date("to", to, usual.to) };
        if errors.is_empty() && range.from >= range.to {
            errors.add("to", "The end must lie after the beginning.");
        }
        if errors.is_empty() { (range, errors) } else { (usual, errors) }
    }

    /// Where a moment lies in it, from 0 to 1.
    pub fn part(self, at: Time) -> f64 {
        let whole = self.to.seconds_since(self.from).max(1) as f64;
        (at.seconds_since(self.from) as f64 / whole).clamp(0.0, 1.0)
    }
}

/// Intervals that are looked at together, at most.
pub const MOST: i64 = 2000;

/// How many of the intervals hold at each of so many moments, from the range's beginning to its end.
pub fn counts(intervals: &[Interval], range: Range, moments: i64) -> Vec<(Time, usize)> {
    let whole = range.to.seconds_since(range.from);
    let at = |n: i64| range.from.plus_seconds(whole.saturating_mul(n) / (moments - 1).max(1));
    (0..moments).map(at).map(|at| (at, intervals.iter().filter(|one| one.holds_at(at)).count())).collect()
}
