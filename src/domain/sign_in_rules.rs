//! What a role, or the whole Rolecall, demands of the sign-in of those whom it concerns.

use super::{
    FieldErrors, Result, Time,
    factor::Method,
    policy::{Graph, Held},
    session::Limits,
};
use std::collections::HashMap;

/// Which second factor is demanded; the later, the more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demand {
    /// None.
    #[default]
    Optional,
    Any,
    /// An authenticator app: mailed codes are too weak.
    App,
}

impl Demand {
    pub const ALL: [Self; 3] = [Self::Optional, Self::Any, Self::App];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Any => "any",
            Self::App => "app",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|demand| demand.as_str() == text)
    }

    /// Whether somebody with these methods meets it.
    pub fn is_met_by(self, methods: &[Method]) -> bool {
        match self {
            Self::Optional => true,
            Self::Any => !methods.is_empty(),
            Self::App => methods.contains(&Method::Totp),
        }
    }
}

/// The rules of one role, or what several come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SignInRules {
    pub second_factor: Demand,
    /// A session ends after so long without a request; `None`: as everywhere.
    pub idle_minutes: Option<i64>,
    /// A session ends after so long in all.
    pub session_hours: Option<i64>,
    /// So many sessions at once; `None`: as everywhere.
    pub sessions_at_once: Option<i64>,
    /// The second factor is asked for at every sign-in: on trusted devices too.
    pub every_sign_in: bool,
    /// Who loses the role is signed out everywhere.
    pub ends_sessions: bool,
}

/// Rules as a form says them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written<'a> {
    pub second_factor: &'a str,
    pub idle_minutes: &'a str,
    pub session_hours: &'a str,
    pub sessions_at_once: &'a str,
    pub every_sign_in: bool,
    pub ends_sessions: bool,
}

/// The rules of those roles that have any.
pub type RulesByRole = HashMap<i64, SignInRules>;

/// How a user stands to the second factor that is demanded of him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    Met,
    /// He may go on until then.
    DueAt(Time),
    /// He may do nothing but set it up.
    Overdue,
}

/// The most minutes and hours that a role can say.
const MOST_MINUTES: i64 = 30 * 24 * 60;
const MOST_HOURS: i64 = 30 * 24;
/// The most sessions at once that a role, or the server, can say.
pub const MOST_SESSIONS: i64 = 1000;

impl SignInRules {
    /// Judges what a form says: empty numbers are as everywhere.
    pub fn parse(form: &Written<'_>) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| "Write a whole number, or leave it empty.".to_owned()),
        };
        let rules = Self {
            second_factor: errors.keep(
                "second_factor",
                Demand::parse(form.second_factor).ok_or_else(|| "It is optional, any or app.".to_owned()),
            ),
            idle_minutes: errors.keep("idle_minutes", number(form.idle_minutes)),
            session_hours: errors.keep("session_hours", number(form.session_hours)),
            sessions_at_once: errors.keep("sessions_at_once", number(form.sessions_at_once)),
            every_sign_in: form.every_sign_in,
            ends_sessions: form.ends_sessions,
        };
        errors.into_result()?;
        rules.judged()
    }

    /// That the numbers are possible.
    pub fn judged(self) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let mut within = |field, value: Option<i64>, most| {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                errors.add(field, format!("It is a whole number from 1 to {most}."));
            }
        };
        within("idle_minutes", self.idle_minutes, MOST_MINUTES);
        within("session_hours", self.session_hours, MOST_HOURS);
        within("sessions_at_once", self.sessions_at_once, MOST_SESSIONS);
        errors.into_result().map(|()| self)
    }

    /// Whether they demand nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The stricter of each.
    pub fn and(self, other: Self) -> Self {
        let less = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
        Self {
            second_factor: self.second_factor.max(other.second_factor),
            idle_minutes: less(self.idle_minutes, other.idle_minutes),
            session_hours: less(self.session_hours, other.session_hours),
            sessions_at_once: less(self.sessions_at_once, other.sessions_at_once),
            every_sign_in: self.every_sign_in || other.every_sign_in,
            ends_sessions: self.ends_sessions || other.ends_sessions,
        }
    }

    /// With those of all roles that these assignments give now, directly or by inclusion; under a condition too.
    pub fn with_roles(self, graph: &Graph, held: &[Held], rules: &RulesByRole, now: Time) -> Self {
        let has = |role: i64| held.iter().any(|held| held.in_force(now) && graph.reaches(held.role, role));
        rules.iter().filter(|(role, _)| has(**role)).fold(self, |all, (_, rules)| all.and(*rules))
    }

    /// The limits of sessions: the stricter of these and those of the server.
    pub fn limits(&self, server: Limits) -> Limits {
        Limits {
            idle: self.idle_minutes.map_or(server.idle, |minutes| server.idle.min(60 * minutes)),
            absolute: self.session_hours.map_or(server.absolute, |hours| server.absolute.min(3600 * hours)),
        }
    }

    /// `due_at`: when the grace that he got at a sign-in ends, if he got any.
    pub fn enrolment(&self, methods: &[Method], due_at: Option<Time>, now: Time) -> Enrolment {
        match due_at {
            _ if self.second_factor.is_met_by(methods) => Enrolment::Met,
            Some(at) if at <= now => Enrolment::Overdue,
            Some(at) => Enrolment::DueAt(at),
            // The demand came while he was signed in: the grace begins with his next sign-in.
            None => Enrolment::Met,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_rules_the_stricter_holds() {
        let a = SignInRules { second_factor: Demand::Any, idle_minutes: Some(30), ..SignInRules::default() };
        let b = SignInRules {
            second_factor: Demand::App,
            idle_minutes: Some(60),
            session_hours: Some(8),
            sessions_at_once: Some(3),
            every_sign_in: true,
            ends_sessions: true,
        };
        let a = SignInRules { sessions_at_once: Some(5), ..a };
        let both = SignInRules {
            second_factor: Demand::App,
            idle_minutes: Some(30),
            session_hours: Some(8),
            sessions_at_once: Some(3),
            every_sign_in: true,
            ends_sessions: true,
        };
        assert_eq!((a.and(b), b.and(a), a.and(SignInRules::default())), (both, both, a));
        let server = Limits { idle: 3600, absolute: 4 * 3600 };
        let limits = both.limits(server);
        assert_eq!((limits.idle, limits.absolute), (1800, 4 * 3600), "a role makes no session longer");
    }

    #[test]
    fn only_an_app_meets_the_demand_for_one() {
        assert!(
            Demand::Optional.is_met_by(&[]) && !Demand::Any.is_met_by(&[]) && Demand::Any.is_met_by(&[Method::Email])
        );
        assert!(!Demand::App.is_met_by(&[Method::Email]) && Demand::App.is_met_by(&[Method::Totp, Method::Email]));
    }

    #[test]
    fn numbers_of_a_form_are_judged_all_at_once() {
        let rules = |second_factor, idle_minutes, session_hours| {
            SignInRules::parse(&Written { second_factor, idle_minutes, session_hours, ..Written::default() })
        };
        let Err(crate::domain::Error::Invalid(errors)) = rules("smoke", "x", "-1") else { panic!() };
        assert_eq!(errors.iter().count(), 2);
        assert!(rules("any", "0", "").is_err() && rules("any", "", "721").is_err());
        assert_eq!(rules("any", " 15 ", "").unwrap().idle_minutes, Some(15));
        let sessions =
            |text| SignInRules::parse(&Written { second_factor: "any", sessions_at_once: text, ..Written::default() });
        assert!(sessions("0").is_err() && sessions("1001").is_err());
        assert_eq!(sessions("1").unwrap().sessions_at_once, Some(1));
    }
}
