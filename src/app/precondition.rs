//! Nobody writes over a change that he has not seen (RFC 9110, section 13.1.1). The mark of a thing is the number of the last event
//! that the audit log has of it: every change writes one in its own transaction, so that none is missed and no two are alike.

use super::{Actor, App, Tx};
use crate::{
    db,
    domain::{Error, Result},
};
use std::sync::OnceLock;

/// The thing that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// As the audit log calls it.
    pub kind: &'static str,
    /// `None`: there is only one of that kind.
    pub id: Option<i64>,
}

/// What must hold of the thing when the writing begins, and its mark when that was done.
#[derive(Debug)]
pub struct Precondition {
    thing: Marked,
    /// One of these marks; `None`: whatever it is.
    seen: Option<Vec<i64>>,
    after: OnceLock<i64>,
}

impl Precondition {
    pub fn new(thing: Marked, seen: Option<Vec<i64>>) -> Self {
        Self { thing, seen, after: OnceLock::new() }
    }

    /// The mark by which the thing was left; `None`: nothing was written.
    pub fn after(&self) -> Option<i64> {
        self.after.get().copied()
    }

    pub(super) fn done(&self, mark: i64) {
        // The first act of a request is the one that was asked for.
        let _ = self.after.set(mark);
    }
}

impl App {
    /// The mark of a thing as it is now; 0: the log tells nothing of it. For who is signed in: it says nothing of the thing itself.
    pub fn mark(&self, actor: &Actor, thing: Marked) -> Result<i64> {
        actor.user_id()?;
        self.read(|conn| db::audit::last_of(conn, thing.kind, thing.id))
    }
}

impl Tx<'_> {
    /// That the thing is as the actor saw it. Here nobody else writes any more.
    pub(super) fn require_as_seen(&mut self) -> Result<()> {
        let Some(condition) = self.actor.precondition.as_deref() else { return Ok(()) };
        let Some(seen) = condition.seen.as_ref().filter(|_| condition.after().is_none()) else { return Ok(()) };
        let mark = db::audit::last_of(self.conn, condition.thing.kind, condition.thing.id)?;
        if seen.contains(&mark) { Ok(()) } else { Err(Error::Precondition) }
    }

    /// The mark by which the change leaves the thing.
    pub(super) fn mark_after(&mut self) -> Result<Option<i64>> {
        let Some(Marked { kind, id }) = self.actor.precondition.as_ref().map(|condition| condition.thing) else {
            return Ok(None);
        };
        db::audit::last_of(self.conn, kind, id).map(Some)
    }
}
