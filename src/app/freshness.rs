//! Bringing the memory up to date, and reading into it what it does not hold.

use super::{
    App,
    memory::{Bearer, Fresh, Live, Person},
};
use crate::{
    db::{self, Conn, watch::Sighting},
    domain::{Error, Result, session::Session},
};
use std::sync::{Arc, atomic::AtomicI64};

impl App {
    /// Looks how far the database is, by a read that begins now.
    pub async fn look(&self) -> Result<Sighting> {
        self.watch.look().await
    }

    /// The proof, if the memory needs nothing.
    pub fn is_at(&self, sighting: &Sighting) -> Option<Fresh> {
        self.memory.is_at(sighting)
    }

    /// Brings the memory to what was seen.
    pub fn catch_up(&self, sighting: &Sighting) -> Result<Fresh> {
        let fresh = self.read(|conn| {
            let fresh = self.memory.catch_up(conn, Some(sighting.life))?;
            let behind = db::revision::current(conn)? < sighting.number;
            Ok((!behind).then_some(fresh))
        })?;
        fresh.ok_or_else(|| {
            Error::Unavailable(anyhow::anyhow!("the database went back behind a revision that was seen"))
        })
    }

    /// The revision that answers are given by now.
    pub fn revision(&self, fresh: Fresh) -> i64 {
        self.memory.revision(fresh)
    }

    /// Brings the memory up to date, for those who wait anyway.
    pub fn fresh(&self) -> Result<Fresh> {
        self.read(|conn| self.memory.catch_up(conn, None))
    }

    /// The living user, from memory or read into it.
    pub(super) fn person(&self, fresh: Fresh, id: i64) -> Result<Option<Arc<Person>>> {
        let now = self.now();
        match self.memory.person(fresh, id, now) {
            Some(person) => Ok(Some(person)),
            None => self.read(|conn| {
                self.memory.catch_up(conn, None)?;
                self.memory.read_person(conn, id, now)
            }),
        }
    }

    /// The live session that `find` finds, from the rows into memory.
    pub(super) fn read_session(
        &self,
        find: impl FnOnce(&mut Conn) -> Result<Option<Session>>,
        key_hash: Option<&str>,
    ) -> Result<Option<Arc<Live>>> {
        let now = self.now();
        self.read(|conn| {
            self.memory.catch_up(conn, None)?;
            let stamp = db::revision::stamp(conn)?;
            let Some(session) = find(conn)? else { return Ok(None) };
            let chosen = if session.restricted { Some(db::sessions::roles(conn, session.id)?) } else { None };
            let seen = AtomicI64::new(session.last_seen_at.unix());
            let live = Live { session, chosen, key_hash: key_hash.map(str::to_owned), seen };
            Ok(Some(self.memory.keep_session(&stamp, live, now)))
        })
    }

    /// The token that `find` finds, from the rows into memory; one that has ended too, so that whoever goes on sending it asks
    /// the database once.
    pub(super) fn read_token(
        &self,
        find: impl FnOnce(&mut Conn) -> Result<db::tokens::Found>,
    ) -> Result<Option<Arc<Bearer>>> {
        self.read(|conn| {
            self.memory.catch_up(conn, None)?;
            let stamp = db::revision::stamp(conn)?;
            Ok(find(conn)?.map(|(token, hash)| self.memory.keep_token(&stamp, Bearer::new(token, hash))))
        })
    }
}
