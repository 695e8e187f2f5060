//! Places in the audit chain that are kept outside it, and what a walk along the chain can find.

use super::{
    Time,
    keys::{self, Keys},
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The last event that was written.
pub const HEAD: &str = "head";
/// The last event that retention removed: what is left begins after it.
pub const BEGINNING: &str = "beginning";

/// A place in the chain, sealed with a key of the server.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = crate::schema::audit_marks)]
pub struct Mark {
    pub name: String,
    pub event_id: i64,
    /// Of the event.
    pub hash: String,
    pub at: Time,
    pub seal: String,
}

impl Mark {
    pub fn new(keys: &Keys, name: &str, (event_id, hash, at): (i64, &str, Time)) -> Self {
        let seal = keys.seal_mark(&[name, &event_id.to_string(), hash, &at.rfc3339()]);
        Self { name: name.to_owned(), event_id, hash: hash.to_owned(), at, seal }
    }

    /// Whether a server with these keys made it, under this name.
    pub fn is_sealed(&self, keys: &Keys, name: &str) -> bool {
        let own = Self::new(keys, name, (self.event_id, &self.hash, self.at));
        self.name == name && keys::same(&own.seal, &self.seal)
    }
}

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The event says something else than was written.
    Changed {
        id: i64,
    },
    /// The event does not stand where it was written: it was changed, inserted or moved, or what was before it was.
    OutOfPlace {
        id: i64,
    },
    Missing {
        from: i64,
        to: i64,
    },
    /// The end is gone.
    CutOff {
        from: i64,
        to: i64,
    },
    NoHead {
        id: i64,
    },
    /// The head was not made by this server, or does not belong to the last event.
    ForeignHead {
        id: i64,
    },
    /// There are events after the head.
    OldHead {
        id: i64,
    },
    ForeignBeginning {
        id: i64,
    },
    /// The copy of the head beside the database knows later events than the database.
    RolledBack {
        last: i64,
        seen: i64,
    },
    /// The event is another one than the copy of the head says.
    Rewritten {
        id: i64,
    },
    ForeignCopy {
        id: i64,
    },
}

impl Finding {
    /// The first event that it is about.
    pub fn id(&self) -> i64 {
        match *self {
            Self::Changed { id }
            | Self::OutOfPlace { id }
            | Self::NoHead { id }
            | Self::ForeignHead { id }
            | Self::OldHead { id }
            | Self::ForeignBeginning { id }
            | Self::Rewritten { id }
            | Self::ForeignCopy { id } => id,
            Self::Missing { from, .. } | Self::CutOff { from, .. } => from,
            Self::RolledBack { last, .. } => last,
        }
    }
}

/// `Event 5 is missing`, `Events 5 to 7 are missing`.
fn missing(f: &mut fmt::Formatter<'_>, from: i64, to: i64, where_: &str) -> fmt::Result {
    match from == to {
        true => write!(f, "Event {from} is missing{where_}."),
        false => write!(f, "Events {from} to {to} are missing{where_}."),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Changed { id } => write!(f, "Event {id} was changed: it says something else than was written."),
            Self::OutOfPlace { id } => {
                write!(f, "Event {id} is not what was written there: it was changed, inserted or moved.")
            }
            Self::Missing { from, to } => missing(f, from, to, ": removed, or never written by Rolecall"),
            Self::CutOff { from, to } => missing(f, from, to, " at the end: it was cut off"),
            Self::NoHead { id } => {
                write!(f, "The head of the chain is gone; the last event is {id}, and later ones may be missing.")
            }
            Self::ForeignHead { id } => {
                write!(f, "The head of the chain was replaced: event {id} is not what it was made for.")
            }
            Self::OldHead { id } => write!(f, "The head of the chain was replaced by an older one, of event {id}."),
            Self::ForeignBeginning { id } => {
                write!(f, "The mark of what retention removed was replaced: it names event {id}.")
            }
            Self::RolledBack { last, seen } => {
                write!(f, "The database was set back: it ends at event {last}, and this server has seen event {seen}.")
            }
            Self::Rewritten { id } => {
                write!(
                    f,
                    "Event {id} is another one than this server has seen: the log was rewritten, or the database is another."
                )
            }
            Self::ForeignCopy { id } => {
                write!(f, "The copy of the head in DATA_DIR was not made by this server: it names event {id}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_sealed_with_its_name_its_event_and_its_key() {
        let (keys, at) = (Keys::derive(b"k"), Time::parse("2026-03-01").unwrap());
        let head = Mark::new(&keys, HEAD, (7, "hash", at));
        assert!(head.is_sealed(&keys, HEAD));
        assert!(!head.is_sealed(&keys, BEGINNING) && !head.is_sealed(&Keys::derive(b"other"), HEAD));
        assert!(!Mark { event_id: 6, ..head.clone() }.is_sealed(&keys, HEAD));
        assert!(!Mark { hash: "other".into(), ..head }.is_sealed(&keys, HEAD));
    }

    #[test]
    fn a_finding_names_the_event_in_words() {
        assert_eq!(
            Finding::CutOff { from: 5, to: 7 }.to_string(),
            "Events 5 to 7 are missing at the end: it was cut off."
        );
        assert_eq!(Finding::Missing { from: 5, to: 5 }.id(), 5);
    }
}
