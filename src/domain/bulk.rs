//! One act on many users.

use super::{Error, FieldErrors, Result, Time, job::Outcome, page::ListQuery, role::Assign, text};
use serde::{Deserialize, Serialize};

/// Users that are changed all or nothing, in one transaction, at most.
pub const AT_ONCE: usize = 10_000;
/// Above so many, those who are changed each for himself are changed in the background.
pub const INLINE: usize = 200;

/// Which users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those with these ids.
    Ids(Vec<i64>),
    /// Whoever the list of users shows with this search and filter, and who holds `role` now.
    Matching { query: Filter, role: Option<i64> },
    /// Whoever has the role by an assignment of its own, in force or to come.
    Members(i64),
    /// Whom an earlier job refused.
    RefusedBy(i64),
}

/// The words and the filter of the list of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub q: String,
    pub filter: String,
}

impl Filter {
    pub fn query(&self) -> ListQuery {
        ListQuery { q: self.q.clone(), filter: self.filter.clone(), ..ListQuery::default() }
    }
}

/// What is done to each of them.
#[derive(Debug, Clone)]
pub enum Act {
    /// The role, place, dates and condition of this assignment; its user is nobody.
    GiveRole(Assign),
    /// In whatever scope.
    TakeRole(i64),
    Disable,
    Enable,
    EndSessions,
    /// Who has none has time until then; `None`: the grace of the configuration.
    RequireSecondFactor(Option<Time>),
    WaiveSecondFactor,
    SendReset,
}

/// Every act, as it is called in addresses and bodies.
pub const ACTS: [&str; 8] = [
    "give_role",
    "take_role",
    "disable",
    "enable",
    "end_sessions",
    "require_second_factor",
    "waive_second_factor",
    "send_reset",
];

/// An act with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Bulk {
    pub act: Act,
    pub reason: String,
    /// Whoever gets or loses a role is told by mail.
    pub tell: bool,
}

/// The same, as a form or a body says it, and as it is kept with the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkDraft {
    /// One of [`ACTS`].
    pub act: String,
    pub role_id: String,
    pub scope: String,
    pub valid_from: String,
    pub valid_to: String,
    pub condition: String,
    pub due_at: String,
    pub reason: String,
    pub tell: bool,
}

impl BulkDraft {
    /// Judges all fields at once.
    pub fn parse(&self) -> Result<Bulk> {
        let role = || {
            self.role_id
                .trim()
                .parse::<i64>()
                .map_err(|_| Error::Invalid(FieldErrors::one("role_id", "Choose a role.")))
        };
        let reason = text::optional_line(&self.reason, "The reason", 500)
            .map_err(|message| Error::Invalid(FieldErrors::one("reason", message)))?;
        let act = match self.act.as_str() {
            "give_role" => Act::GiveRole(
                Assign::parse(0, role()?, &self.scope, &self.valid_from, &self.valid_to, &self.reason)?
                    .under(&self.condition)?,
            ),
            "take_role" => Act::TakeRole(role()?),
            "disable" => Act::Disable,
            "enable" => Act::Enable,
            "end_sessions" => Act::EndSessions,
            "require_second_factor" => Act::RequireSecondFactor(self.due()?),
            "waive_second_factor" => Act::WaiveSecondFactor,
            "send_reset" => Act::SendReset,
            _ => {
                let text = format!("The act is one of {}.", ACTS.join(", "));
                return Err(Error::Invalid(FieldErrors::one("act", text)));
            }
        };
        Ok(Bulk { act, reason, tell: self.tell })
    }

    fn due(&self) -> Result<Option<Time>> {
        match self.due_at.trim() {
            "" => Ok(None),
            text => Time::parse(text).map(Some).map_err(|message| Error::Invalid(FieldErrors::one("due_at", message))),
        }
    }
}

/// All in one transaction or none; or each for himself, whatever becomes of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    AllOrNothing,
    Each,
}

impl Mode {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "all" => Ok(Self::AllOrNothing),
            "each" | "" => Ok(Self::Each),
            _ => Err(Error::Invalid(FieldErrors::one("mode", "It is all or each."))),
        }
    }
}

/// What came of one user: his id, the outcome, and why it was not done.
pub type Row = (i64, Outcome, String);

/// How many came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub done: i64,
    pub already: i64,
    pub spared: i64,
    pub refused: i64,
}

impl Tally {
    pub fn of(rows: &[Row]) -> Self {
        rows.iter().fold(Self::default(), |mut tally, (_, outcome, _)| {
            *tally.count(*outcome) += 1;
            tally
        })
    }

    fn count(&mut self, outcome: Outcome) -> &mut i64 {
        match outcome {
            Outcome::Done => &mut self.done,
            Outcome::Already => &mut self.already,
            Outcome::Spared => &mut self.spared,
            Outcome::Refused => &mut self.refused,
        }
    }

    pub fn and(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            already: self.already + other.already,
            spared: self.spared + other.spared,
            refused: self.refused + other.refused,
        }
    }
}

/// Ids in rising order, as the differences between them, seven bits a byte: a million take about a megabyte.
pub fn pack(ids: &[i64]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::with_capacity(ids.len()), 0_i64);
    for id in ids {
        let mut rest = id.wrapping_sub(last).cast_unsigned();
        last = *id;
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}

/// The ids of [`pack`].
pub fn unpack(bytes: &[u8]) -> Vec<i64> {
    let (mut ids, mut last, mut rest, mut shift) = (vec![], 0_i64, 0_u64, 0);
    for byte in bytes {
        rest |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 != 0 && shift < 63 {
            shift += 7;
            continue;
        }
        last = last.wrapping_add(rest.cast_signed());
        ids.push(last);
        (rest, shift) = (0, 0);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_ids_come_out_as_they_were(mut ids in proptest::collection::btree_set(any::<i64>(), 0..50)) {
            ids.insert(i64::MAX);
            let ids: Vec<i64> = ids.into_iter().collect();
            prop_assert_eq!(unpack(&pack(&ids)), ids);
        }
    }

    #[test]
    fn a_million_neighbours_take_a_megabyte() {
        assert_eq!(pack(&(1..=1_000_000).collect::<Vec<_>>()).len(), 1_000_000);
    }

    #[test]
    fn an_act_says_what_it_lacks() {
        let field = |draft: BulkDraft| match draft.parse() {
            Err(Error::Invalid(fields)) => fields.iter().next().map(|(field, _)| field.to_owned()),
            _ => None,
        };
        let act = |act: &str| BulkDraft { act: act.into(), ..BulkDraft::default() };
        assert_eq!(field(act("tickle")).as_deref(), Some("act"));
        assert_eq!(field(act("take_role")).as_deref(), Some("role_id"));
        assert_eq!(
            field(BulkDraft { due_at: "soon".into(), ..act("require_second_factor") }).as_deref(),
            Some("due_at")
        );
        for known in ACTS {
            assert!(BulkDraft { role_id: "7".into(), ..act(known) }.parse().is_ok(), "{known}");
        }
    }
}
