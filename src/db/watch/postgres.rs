//! The revision on PostgreSQL: one read for all who ask a thread at the same time.

use super::{History, Lives, Sighting, lost};
use crate::{
    db::{pg, revision::Stamp},
    domain::Result,
};
use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// How long a read may take, the connection included. Nobody waits for more than two: the one under way and the next.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How often a read lets the other work of its thread go first, so that requests that come meanwhile share it. Measured: with
/// three turns 11 to 12 requests shared a read under load, 7 to 8 with one; more turns did not bring more.
const TURNS: usize = 3;

/// A task of the thread with a connection of its own. Those who come during a read share the next one, as in a group
/// commit.
pub struct Reader {
    /// Reads that have begun.
    begun: Arc<AtomicU64>,
    bell: Arc<Notify>,
    /// The number of the last read that has ended, and what it saw; `None`: the database could not be reached.
    seen: watch::Receiver<(u64, Option<Sighting>)>,
}

impl Reader {
    /// Within a runtime.
    pub fn start(url: String, ca: Option<PathBuf>, lives: Lives) -> Self {
        let (begun, bell) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (tell, seen) = watch::channel((0, None));
        tokio::spawn(run(url, ca, lives, begun.clone(), bell.clone(), tell));
        Self { begun, bell, seen }
    }

    /// Asks the thread's reader, and starts one if there is none or if it has ended with its runtime.
    pub fn ask<F: FnOnce() -> Self>(
        here: &mut Option<Self>,
        start: F,
    ) -> impl Future<Output = Result<Sighting>> + use<F> {
        let reader = match here.take().filter(|reader| reader.seen.has_changed().is_ok()) {
            Some(reader) => here.insert(reader),
            None => here.insert(start()),
        };
        // Only a read that begins after this line may answer.
        let mine = reader.begun.load(Ordering::SeqCst) + 1;
        let mut seen = reader.seen.clone();
        reader.bell.notify_one();
        async move {
            let answer = seen.wait_for(|(read, _)| *read >= mine).await;
            answer.ok().and_then(|seen| seen.1).ok_or_else(lost)
        }
    }
}

async fn run(
    url: String,
    ca: Option<PathBuf>,
    lives: Lives,
    begun: Arc<AtomicU64>,
    bell: Arc<Notify>,
    tell: watch::Sender<(u64, Option<Sighting>)>,
) {
    let (mut client, mut history) = (None, History::default());
    while !tell.is_closed() {
        // The bell keeps one ring: whoever comes during a read causes exactly one more.
        if tokio::time::timeout(PATIENCE, bell.notified()).await.is_err() {
            continue;
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        let read = begun.fetch_add(1, Ordering::SeqCst) + 1;
        let stamp = tokio::time::timeout(PATIENCE, stamp(&mut client, &url, ca.as_deref())).await;
        let seen = match stamp.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer in time"))) {
            Ok(stamp) => Some(history.sighting(stamp, &lives)),
            Err(error) => {
                tracing::warn!(%error, "the revision could not be read");
                (client, history) = (None, History::default());
                None
            }
        };
        tell.send_replace((read, seen));
    }
}

async fn stamp(client: &mut Option<pg::Prepared>, url: &str, ca: Option<&Path>) -> anyhow::Result<Stamp> {
    let client = match client {
        Some(client) => client,
        None => client.insert(pg::Prepared::new(url, ca, "SELECT number, epoch FROM revision WHERE id = 1").await?),
    };
    let (number, epoch) = client.first().await?;
    Ok(Stamp { epoch, number })
}
