//! The tokens that were asked by, as the memory holds them.

use super::{Fresh, Known, MANY, Memory, View, Who};
use crate::{
    db::revision::Stamp,
    domain::{
        Time,
        policy::Limit,
        session::{Limits, SEEN_EVERY},
        token::{self, ApiToken},
    },
};
use ipnet::IpNet;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// A token, perhaps one that has ended.
#[derive(Debug)]
pub struct Bearer {
    pub token: ApiToken,
    pub limit: Arc<Limit>,
    networks: Vec<IpNet>,
    hash: String,
    /// When `last_used_at` was last written, in seconds since 1970.
    used: AtomicI64,
}

impl Bearer {
    pub fn new(token: ApiToken, hash: String) -> Self {
        let used = AtomicI64::new(token.last_used_at.map_or(0, Time::unix));
        Self { limit: Arc::new(token.limit()), networks: token.networks(), hash, used, token }
    }

    /// Whether it counts now, from this address.
    pub fn is_good(&self, address: &str, now: Time) -> bool {
        self.token.is_live(now) && token::takes(&self.networks, address)
    }

    /// Whether it is time to write that it was used.
    pub fn is_due(&self, now: Time) -> bool {
        now.unix() - self.used.load(Ordering::Relaxed) >= SEEN_EVERY
    }

    /// As [`Bearer::is_due`]; the next one is told no.
    pub fn note_used(&self, now: Time) -> bool {
        let last = self.used.load(Ordering::Relaxed);
        self.is_due(now) && self.used.compare_exchange(last, now.unix(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// By their ids, and the ids by the hashes of their texts.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    by_id: HashMap<i64, Arc<Bearer>>,
    hashes: HashMap<String, i64>,
}

impl Tokens {
    pub(super) fn get(&self, id: i64) -> Option<&Arc<Bearer>> {
        self.by_id.get(&id)
    }

    fn by_hash(&self, hash: &str) -> Option<&Arc<Bearer>> {
        self.get(*self.hashes.get(hash)?)
    }

    pub(super) fn forget(&mut self, id: i64) {
        if let Some(bearer) = self.by_id.remove(&id) {
            self.hashes.remove(&bearer.hash);
        }
    }

    fn keep(&mut self, bearer: Arc<Bearer>) {
        // Tokens are few; whoever has more is read anew.
        if self.by_id.len() >= MANY {
            *self = Self::default();
        }
        self.hashes.insert(bearer.hash.clone(), bearer.token.id);
        self.by_id.insert(bearer.token.id, bearer);
    }
}

impl Known {
    fn view_by_token(&self, hash: &str, limits: Limits, now: Time) -> Option<View> {
        self.view(Who::Token(self.tokens.by_hash(hash)?.token.id), limits, now)
    }
}

impl Memory {
    /// All that a question by this token needs, at one revision; `None`: something is not held, or it has ended.
    pub fn view_by_token(&self, _: Fresh, hash: &str, limits: Limits, now: Time) -> Option<View> {
        self.with(|known| known.view_by_token(hash, limits, now))
    }

    /// The token of this hash, if it is held.
    pub fn token_by_hash(&self, _: Fresh, hash: &str) -> Option<Arc<Bearer>> {
        self.with(|known| known.tokens.by_hash(hash).cloned())
    }

    /// The token with this id, if it is held.
    pub fn token(&self, _: Fresh, id: i64) -> Option<Arc<Bearer>> {
        self.with(|known| known.tokens.get(id).cloned())
    }

    /// Keeps a token as it was read, if the memory is where the read was.
    pub(in crate::app) fn keep_token(&self, stamp: &Stamp, bearer: Bearer) -> Arc<Bearer> {
        let bearer = Arc::new(bearer);
        self.edit(|known| {
            if known.stamp.as_ref() == Some(stamp) {
                known.tokens.keep(bearer.clone());
            }
        });
        bearer
    }
}
