//! What keeps a user out: an admin who disabled him, now or from a day on; an approval that he waits for; the end of his
//! account that he asked for.

use super::{Error, FieldErrors, Result, Time};
use diesel::prelude::*;

/// Moments, not flags: what is so "now" follows from the clock, so nothing has to happen at the moment itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = crate::schema::users, treat_none_as_null = true)]
pub struct Bars {
    /// Since when he is disabled, whatever the clocks of several nodes make of that moment.
    pub disabled_at: Option<Time>,
    /// From when on he is disabled: set beforehand.
    pub disable_at: Option<Time>,
    /// From when on neither of them holds any more.
    pub enable_at: Option<Time>,
    /// Since when somebody who signed up waits for an admin.
    pub awaits_approval_since: Option<Time>,
    /// When the account will be deleted, because its owner asked for it. Until then he can only keep it.
    pub delete_at: Option<Time>,
}

impl Bars {
    pub fn is_disabled(&self, now: Time) -> bool {
        let begun = self.disabled_at.is_some() || self.disable_at.is_some_and(|at| at <= now);
        begun && self.enable_at.is_none_or(|at| at > now)
    }

    /// Since when, if he is.
    pub fn disabled_since(&self, now: Time) -> Option<Time> {
        self.disabled_at.or(self.disable_at).filter(|_| self.is_disabled(now))
    }

    /// Whether he may do nothing at all, for whatever reason.
    pub fn is_barred(&self, now: Time) -> bool {
        self.is_disabled(now) || self.awaits_approval_since.is_some() || self.delete_at.is_some()
    }

    /// The next moment at which he becomes disabled or enabled by itself.
    pub fn next_turn(&self, now: Time) -> Option<Time> {
        [self.disable_at, self.enable_at].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// The moment at which a session of his ended that began at `began`: he was disabled then, as set beforehand.
    pub fn ended(&self, began: Time, now: Time) -> Option<Time> {
        self.disable_at.filter(|at| began < *at && *at <= now)
    }

    /// From when until when he is barred, seen from `now`; `None`: not at all. What has no end ends by an act only.
    pub fn interval(&self, now: Time) -> Option<(Time, Option<Time>)> {
        if self.awaits_approval_since.is_some() || self.delete_at.is_some() {
            return Some((now, None));
        }
        let from = match self.disabled_at {
            Some(_) => now,
            None => self.disable_at?.max(now),
        };
        self.enable_at.is_none_or(|to| to > from).then_some((from, self.enable_at))
    }

    /// What of it is an admin's disabling.
    pub fn disabling(self) -> Suspension {
        Suspension { disabled_at: self.disabled_at, disable_at: self.disable_at, enable_at: self.enable_at }
    }

    /// The same with nothing of an admin's disabling, past or to come.
    pub fn enabled(self) -> Self {
        Self { disabled_at: None, disable_at: None, enable_at: None, ..self }
    }
}

/// An admin's disabling as it stands, or stood, in [`Bars`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Suspension {
    pub disabled_at: Option<Time>,
    pub disable_at: Option<Time>,
    pub enable_at: Option<Time>,
}

impl Suspension {
    /// What brings it about again at `now`; `None`: nothing of it would be left.
    pub fn again(self, now: Time) -> Option<Disabling> {
        let from = self.disabled_at.or(self.disable_at)?;
        let plan = Disabling { disable_at: Some(from), enable_at: self.enable_at };
        self.enable_at.is_none_or(|until| until > now).then_some(plan)
    }
}

/// From when until when an admin disables somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disabling {
    /// `None`, or not in the future: now.
    pub disable_at: Option<Time>,
    /// `None`: until somebody enables him.
    pub enable_at: Option<Time>,
}

impl Disabling {
    /// Reads both moments; an empty text is none.
    pub fn parse(disable_at: &str, enable_at: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let time = |text: &str| if text.trim().is_empty() { Ok(None) } else { Time::parse(text).map(Some) };
        let plan = Self {
            disable_at: errors.keep("disable_at", time(disable_at)),
            enable_at: errors.keep("enable_at", time(enable_at)),
        };
        errors.into_result().map(|()| plan)
    }

    /// What bars him then, besides what does so for other reasons.
    pub fn bars(self, old: Bars, now: Time) -> Result<Bars> {
        let disable_at = self.disable_at.filter(|at| *at > now);
        if self.enable_at.is_some_and(|at| at <= disable_at.unwrap_or(now)) {
            let text = "This must lie in the future, and after the moment from which on he is disabled.";
            return Err(Error::Invalid(FieldErrors::one("enable_at", text)));
        }
        let disabled_at = match disable_at {
            Some(_) => None,
            None => old.disabled_at.filter(|_| old.is_disabled(now)).or(Some(now)),
        };
        Ok(Bars { disabled_at, disable_at, enable_at: self.enable_at, ..old })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Time {
        Time::parse("2026-03-01").unwrap().plus_seconds(n * 24 * 3600)
    }

    #[test]
    fn disabling_and_enabling_beforehand_hold_exactly_between_their_moments() {
        let leave = Bars { disable_at: Some(day(2)), enable_at: Some(day(5)), ..Bars::default() };
        let before = day(2).minus_seconds(1);
        assert!(!leave.is_disabled(before) && leave.is_disabled(day(2)));
        assert!(leave.is_disabled(day(5).minus_seconds(1)) && !leave.is_disabled(day(5)));
        assert_eq!([before, day(2), day(5)].map(|at| leave.next_turn(at)), [Some(day(2)), Some(day(5)), None]);
    }

    #[test]
    fn who_is_disabled_now_is_so_on_a_node_whose_clock_is_behind_too() {
        let bars = Bars { disabled_at: Some(day(1)), ..Bars::default() };
        assert!(bars.is_disabled(day(1).minus_seconds(5)));
    }

    #[test]
    fn a_session_from_before_a_planned_disabling_is_over_even_when_he_is_enabled_again() {
        let leave = Bars { disable_at: Some(day(2)), enable_at: Some(day(3)), ..Bars::default() };
        assert_eq!(leave.ended(day(1), day(4)), Some(day(2)));
        assert_eq!((leave.ended(day(3), day(4)), leave.ended(day(1), day(1))), (None, None));
    }

    #[test]
    fn waiting_and_leaving_bar_until_somebody_acts() {
        for bars in [
            Bars { awaits_approval_since: Some(day(1)), ..Bars::default() },
            Bars { delete_at: Some(day(9)), ..Bars::default() },
        ] {
            assert!(bars.is_barred(day(1)) && !bars.is_disabled(day(1)));
            assert_eq!(bars.interval(day(1)), Some((day(1), None)));
        }
        assert_eq!(Bars::default().interval(day(1)), None);
        let over = Bars { disabled_at: Some(day(1)), enable_at: Some(day(2)), ..Bars::default() };
        assert_eq!(over.interval(day(3)), None, "it was over before it was looked at");
    }
}
