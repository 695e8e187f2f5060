//! When somebody last used a permission: gathered in memory, written in batches.

use super::App;
use crate::{
    db,
    domain::{Result, Time},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How often, at most, the use of one permission by one user is written, in seconds.
pub const EVERY: i64 = 60;
/// Uses that wait to be written at most; beyond, new pairs are not noted until the next writing.
const MANY: usize = 100_000;

#[derive(Debug, Clone, Copy)]
struct Use {
    last: Time,
    written: Option<Time>,
}

/// Uses by (user, permission).
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<(i64, i64), Use>>);

impl Uses {
    /// Notes a use.
    pub fn note(&self, user_id: i64, permission_id: i64, at: Time) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = uses.get_mut(&(user_id, permission_id)) {
            known.last = at;
        } else if uses.len() < MANY {
            uses.insert((user_id, permission_id), Use { last: at, written: None });
        }
    }

    /// Those that are due; they count as written, and pairs that rest are forgotten.
    fn take_due(&self, now: Time) -> Vec<(i64, i64, Time)> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = vec![];
        uses.retain(|(user, permission), known| {
            let news = known.written.is_none_or(|written| written < known.last);
            let rested = known.written.is_none_or(|written| now.seconds_since(written) >= EVERY);
            if news && rested {
                due.push((*user, *permission, known.last));
                known.written = Some(now.max(known.last));
            }
            news || !rested
        });
        due
    }
}

impl App {
    /// Writes the uses that are due. Called every few seconds and at the end. A batch that cannot be written is lost: a use
    /// that matters comes again.
    pub fn write_uses(&self) -> Result<usize> {
        let due = self.uses.take_due(self.now());
        if !due.is_empty() {
            self.db.write(|conn| db::permission_uses::note(conn, &due))?;
        }
        Ok(due.len())
    }
}
