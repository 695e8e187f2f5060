//! How far the database is, read once for all who ask at the same time.

use super::{
    Conn, pg,
    pool::{Manager, Target},
    revision::{self, Stamp},
};
use crate::domain::{Error, Result};
use diesel::r2d2::ManageConnection as _;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, TryLockError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// What a read of the revision saw. Two sightings are of one history only if their `life` is the same: it changes with
/// the epoch, and whenever the connection was lost, for a fail-over may have gone back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    pub life: u64,
    pub number: i64,
}

/// How long the database may take before those who wait are told that it cannot be reached.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tells the revision by reads that begin after they were asked for.
pub enum Watch {
    /// A connection of its own, asked where it is needed. Requests that a worker takes up together share a read.
    Sqlite { manager: Manager, begun: AtomicU64, state: Mutex<Box<Local>> },
    /// One reader that everybody waits for: those who come during a read share the next one, as in a group commit.
    Postgres(Reader),
}

/// The connection, if there is one, and the history it belongs to.
#[derive(Default)]
pub struct State {
    conn: Option<Conn>,
    epoch: String,
    life: u64,
}

/// The connection to SQLite and what the last read saw.
#[derive(Default)]
pub struct Local {
    state: State,
    seen: Option<Sighting>,
}

pub struct Reader {
    /// Reads that have begun.
    begun: Arc<AtomicU64>,
    bell: Arc<Notify>,
    /// The number of the last read that has ended, and what it saw; `None`: the database could not be reached.
    seen: watch::Receiver<(u64, Option<Sighting>)>,
}

fn lost() -> Error {
    Error::Unavailable(anyhow::anyhow!("the revision could not be read"))
}

impl Watch {
    pub fn open(target: &Target) -> Self {
        match target {
            Target::Sqlite(_) => {
                Self::Sqlite { manager: Manager::new(target), begun: AtomicU64::new(0), state: Mutex::default() }
            }
            Target::Postgres { url, ca } => Self::Postgres(Reader::start(url.clone(), ca.clone())),
        }
    }

    /// What a read saw that began after this call.
    pub async fn look(&self) -> Result<Sighting> {
        match self {
            Self::Sqlite { manager, begun, state } => {
                // Only a read that begins after this line may answer.
                let mine = begun.load(Ordering::SeqCst) + 1;
                loop {
                    // The other requests that wait for this worker come to the line above, and one read is for all.
                    tokio::task::yield_now().await;
                    let mut local = match state.try_lock() {
                        Ok(local) => local,
                        // Another worker reads: this one has other requests meanwhile.
                        Err(TryLockError::WouldBlock) => continue,
                        Err(TryLockError::Poisoned(lock)) => lock.into_inner(),
                    };
                    return match local.seen.filter(|_| begun.load(Ordering::SeqCst) >= mine) {
                        Some(seen) => Ok(seen),
                        None => local.look(manager, begun),
                    };
                }
            }
            Self::Postgres(reader) => reader.look().await,
        }
    }
}

impl Local {
    fn look(&mut self, manager: &Manager, begun: &AtomicU64) -> Result<Sighting> {
        self.seen = None;
        begun.fetch_add(1, Ordering::SeqCst);
        let seen = self.state.look(manager)?;
        self.seen = Some(seen);
        Ok(seen)
    }
}

impl State {
    fn look(&mut self, manager: &Manager) -> Result<Sighting> {
        if self.conn.is_none() {
            self.conn = Some(manager.connect().map_err(|error| Error::Unavailable(error.into()))?);
            self.life += 1;
        }
        let Some(conn) = &mut self.conn else { return Err(lost()) };
        match revision::stamp(conn) {
            Ok(stamp) => Ok(self.sighting(stamp)),
            Err(error) => {
                self.conn = None;
                Err(error)
            }
        }
    }

    fn sighting(&mut self, stamp: Stamp) -> Sighting {
        if self.epoch != stamp.epoch {
            self.epoch = stamp.epoch;
            self.life += 1;
        }
        Sighting { life: self.life, number: stamp.number }
    }
}

impl Reader {
    fn start(url: String, ca: Option<PathBuf>) -> Self {
        let (begun, bell) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (tell, seen) = watch::channel((0, None));
        pg::spawn(run(url, ca, begun.clone(), bell.clone(), tell));
        Self { begun, bell, seen }
    }

    async fn look(&self) -> Result<Sighting> {
        // Only a read that begins after this line may answer.
        let mine = self.begun.load(Ordering::SeqCst) + 1;
        let mut seen = self.seen.clone();
        self.bell.notify_one();
        let answer = tokio::time::timeout(PATIENCE, seen.wait_for(|(read, _)| *read >= mine)).await;
        answer.ok().and_then(std::result::Result::ok).and_then(|seen| seen.1).ok_or_else(lost)
    }
}

async fn run(
    url: String,
    ca: Option<PathBuf>,
    begun: Arc<AtomicU64>,
    bell: Arc<Notify>,
    tell: watch::Sender<(u64, Option<Sighting>)>,
) {
    let (mut client, mut state) = (None, State::default());
    while !tell.is_closed() {
        // The bell keeps one ring: whoever comes during a read causes exactly one more.
        if tokio::time::timeout(PATIENCE, bell.notified()).await.is_err() {
            continue;
        }
        let read = begun.fetch_add(1, Ordering::SeqCst) + 1;
        let found = tokio::time::timeout(PATIENCE / 2, ask(&mut client, &mut state, &url, ca.as_deref())).await;
        let seen = found.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer in time")));
        if let Err(error) = &seen {
            tracing::warn!(%error, "the revision could not be read");
            client = None;
        }
        tell.send_replace((read, seen.ok()));
    }
}

async fn ask(
    client: &mut Option<pg::Prepared>,
    state: &mut State,
    url: &str,
    ca: Option<&std::path::Path>,
) -> anyhow::Result<Sighting> {
    if client.is_none() {
        *client = Some(pg::Prepared::new(url, ca, "SELECT number, epoch FROM revision WHERE id = 1").await?);
        state.life += 1;
    }
    let client = client.as_ref().ok_or_else(|| anyhow::anyhow!("no connection"))?;
    let (number, epoch) = client.first().await?;
    Ok(state.sighting(Stamp { epoch, number }))
}
