//! How far the database is: read for every request, by the thread that answers it.

mod postgres;
mod sqlite;

use super::{
    pool::{Manager, Target},
    revision::Stamp,
};
use crate::domain::{Error, Result};
use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use thread_local::ThreadLocal;

/// What a read of the revision saw. Two sightings are of one history only if their `life` is the same: it changes with
/// the epoch, and whenever a connection was made, for a fail-over may have gone back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    pub life: u64,
    pub number: i64,
}

/// Tells the revision by reads that begin after they were asked for. Each thread has a reader of its own, so that no
/// request is woken by another thread or waits for its lock.
pub struct Watch {
    lives: Lives,
    readers: Readers,
}

enum Readers {
    Sqlite { manager: Manager, file: PathBuf, here: ThreadLocal<RefCell<sqlite::Reader>> },
    Postgres { url: String, ca: Option<PathBuf>, here: ThreadLocal<RefCell<Option<postgres::Reader>>> },
}

/// The number of the present life, one for all readers.
#[derive(Debug, Clone, Default)]
struct Lives(Arc<AtomicU64>);

/// The history that a reader sees by its connection; a new connection has seen none.
#[derive(Debug, Default)]
struct History {
    epoch: String,
}

impl History {
    fn sighting(&mut self, stamp: Stamp, lives: &Lives) -> Sighting {
        if self.epoch != stamp.epoch {
            self.epoch = stamp.epoch;
            lives.0.fetch_add(1, Ordering::SeqCst);
        }
        lives.sighting(stamp.number)
    }
}

impl Lives {
    fn sighting(&self, number: i64) -> Sighting {
        Sighting { life: self.0.load(Ordering::SeqCst), number }
    }
}

impl Watch {
    pub fn open(target: &Target) -> Self {
        let readers = match target.clone() {
            Target::Sqlite(file) => Readers::Sqlite { manager: Manager::new(target), file, here: ThreadLocal::new() },
            Target::Postgres { url, ca } => Readers::Postgres { url, ca, here: ThreadLocal::new() },
        };
        Self { lives: Lives::default(), readers }
    }

    /// What a read saw that began after this call.
    pub async fn look(&self) -> Result<Sighting> {
        match &self.readers {
            Readers::Sqlite { manager, file, here } => {
                here.get_or_default().borrow_mut().look(manager, file, &self.lives)
            }
            Readers::Postgres { url, ca, here } => {
                let answer = postgres::Reader::ask(&mut here.get_or_default().borrow_mut(), || {
                    postgres::Reader::start(url.clone(), ca.clone(), self.lives.clone())
                });
                answer.await
            }
        }
    }
}

fn lost() -> Error {
    Error::Unavailable(anyhow::anyhow!("the revision could not be read"))
}
