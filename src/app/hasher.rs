//! Password hashing on threads of its own: a flood of sign-ins fills this queue and is refused, and other requests
//! do not feel it.

use crate::domain::{Error, Result, foreign_hash::ForeignHash};
use anyhow::anyhow;
use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait for each thread; at the default cost a job takes about a quarter of a second.
const QUEUE_PER_THREAD: usize = 8;
/// What a refused caller is told to wait, in seconds.
const RETRY_AFTER: i64 = 2;

pub struct Hasher {
    jobs: SyncSender<Job>,
    cost: u32,
    /// Verified when there is no user or he has no password, so that it takes the same time.
    dummy: String,
}

impl Hasher {
    /// One thread a core.
    pub fn start(cost: u32) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let (jobs, queue) = sync_channel::<Job>(threads * QUEUE_PER_THREAD);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = queue.clone();
            let started = thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&queue));
            if let Err(error) = started {
                tracing::error!(%error, "a hashing thread could not start");
            }
        }
        // The hash of no password at all: made from a fixed salt, matched by nothing that anybody can type.
        let dummy = bcrypt::hash_with_salt(b"\xff no password \xff", cost, [0; 16])
            .map(|parts| parts.to_string())
            .unwrap_or_default();
        Self { jobs, cost, dummy }
    }

    /// The hash to store; `peppered` is at most 72 bytes long.
    pub fn hash(&self, peppered: String, salt: [u8; 16]) -> Result<String> {
        let cost = self.cost;
        let hash = self.run(move || bcrypt::hash_with_salt(peppered, cost, salt))?;
        Ok(hash.map_err(|error| anyhow!("bcrypt: {error}"))?.to_string())
    }

    /// Whether the password is that of the hash; without a hash it takes as long and says no. So does a hash of a lower
    /// cost: 2ᶜ rounds and then 2ᶜ, 2ᶜ⁺¹ … of the costs below the present one are as many as that one has.
    pub fn verify(&self, peppered: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let missing = cost_of(&hash).unwrap_or(self.cost)..self.cost;
        let same = self.run(move || {
            let same = bcrypt::verify(&peppered, &hash);
            for cost in missing {
                drop(bcrypt::hash_with_salt(&peppered, cost, [0; 16]));
            }
            same
        })?;
        Ok(same.map_err(|error| anyhow!("bcrypt: {error}"))? && known)
    }

    /// Whether the password, as typed, is that of a hash that another system made.
    pub fn verify_foreign(&self, password: String, hash: ForeignHash) -> Result<bool> {
        self.run(move || hash.verify(&password))
    }

    /// Whether the hash is another system's, or was made with a lower cost than is now asked for.
    pub fn is_outdated(&self, hash: &str) -> bool {
        if ForeignHash::parse(hash).is_some() {
            return true;
        }
        cost_of(hash).is_some_and(|cost| cost < self.cost)
    }

    fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, wait) = sync_channel(1);
        let job = Box::new(move || drop(answer.send(job())));
        match self.jobs.try_send(job) {
            Ok(()) => wait.recv().map_err(|_| anyhow!("a hashing thread has stopped").into()),
            Err(TrySendError::Full(_)) => Err(Error::Busy { retry_after: RETRY_AFTER }),
            Err(TrySendError::Disconnected(_)) => Err(anyhow!("no hashing thread runs").into()),
        }
    }
}

/// The cost that a hash of ours was made with.
fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        // Taken in one step, so that the lock is free while the job runs.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}
