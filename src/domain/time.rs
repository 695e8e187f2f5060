//! A moment in UTC, in whole microseconds, as both databases keep it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Timestamp,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamp)]
pub struct Time(NaiveDateTime);

impl Time {
    /// Cut to microseconds, so that a value is the same before and after it was stored.
    pub fn new(at: NaiveDateTime) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// Reads RFC 3339 (`2026-03-01T09:00:00Z`), the value of a date-time input (`2026-03-01T09:00`), or a date
    /// (`2026-03-01`: its beginning). Without an offset the time is UTC.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::new(at.naive_utc()));
        }
        for format in ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
            if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
                return Ok(Self::new(at));
            }
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(Self::new)
            .ok_or_else(|| "Write the time as 2026-12-31T18:00 (UTC).".to_owned())
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(NaiveDateTime::MAX))
    }

    pub fn minus_seconds(self, seconds: i64) -> Self {
        Self(self.0.checked_sub_signed(TimeDelta::seconds(seconds)).unwrap_or(NaiveDateTime::MIN))
    }

    /// Whole seconds from `earlier` to this moment; negative when this moment comes first.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_seconds()
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(self) -> i64 {
        self.0.and_utc().timestamp()
    }

    /// `2026-03-01T09:00:00.000000Z`: RFC 3339, sorts as text.
    pub fn rfc3339(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    }

    /// `2026-03-01`: the day, in UTC.
    pub fn day(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// The value of `<input type="datetime-local">`.
    pub fn input(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M").to_string()
    }

    /// By chrono's format, in UTC; for templates.
    pub fn format<'a>(&self, format: &'a str) -> chrono::format::DelayedFormat<chrono::format::StrftimeItems<'a>> {
        self.0.format(format)
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(at: DateTime<Utc>) -> Self {
        Self::new(at.naive_utc())
    }
}

/// For people, with its zone: `2026-03-01 09:00 UTC`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UTC", self.0.format("%Y-%m-%d %H:%M"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<DB: Backend> FromSql<Timestamp, DB> for Time
where
    NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        NaiveDateTime::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Timestamp, DB> for Time
where
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_time_without_zone_is_utc_and_survives_printing() {
        let at = Time::parse("2026-03-01T09:00").unwrap();
        assert_eq!(at.to_string(), "2026-03-01 09:00 UTC");
        assert_eq!(Time::parse(&at.rfc3339()), Ok(at));
        assert_eq!(Time::parse("2026-03-01T10:00:00+01:00"), Ok(at));
        assert_eq!(Time::parse("2026-03-01").unwrap().input(), "2026-03-01T00:00");
        assert!(Time::parse("yesterday").is_err());
        assert!(Time::parse("2026-13-01").is_err());
    }
}
