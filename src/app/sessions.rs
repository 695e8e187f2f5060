//! Sessions: one's own, and those of others for who may.

use super::{
    Actor, App, Change, Entry, Tx,
    memory::{Fresh, Live},
    users::reason_line,
};
use crate::{
    db::{self, Conn, devices::Whose, sessions::Which},
    domain::{
        Error, Result, keys,
        page::Total,
        permission::{Pattern, SESSIONS_READ, SESSIONS_WRITE},
        session::{SEEN_EVERY, Session, ended, farewell},
    },
};
use serde_json::json;
use std::sync::Arc;

impl App {
    /// The live session of a cookie's key; notes, at most once a minute, that it was seen. For the session store.
    pub fn session_by_key(&self, fresh: Fresh, key: &str) -> Result<Option<Session>> {
        let (now, hash, limits) = (self.now(), keys::token_hash(key), self.sign_in_settings().limits);
        let live = match self.memory.session_by_key(fresh, &hash, limits, now) {
            Some(live) => Some(live),
            None => self.read_session(|conn| db::sessions::find_by_key(conn, &hash, limits, now), Some(&hash))?,
        };
        let Some(live) = live else { return self.bury(key) };
        // Before this request counts as a sign of life.
        if let Some(person) = self.person(fresh, live.session.user_id)?
            && self.standing(&self.memory.graph(fresh), &self.memory.rules(fresh), &live, &person, now).is_none()
        {
            return self.bury(key);
        }
        if live.note_seen(now, SEEN_EVERY) {
            self.db.write(|conn| db::sessions::seen(conn, live.session.id, now))?;
        }
        Ok(Some(live.session.clone()))
    }

    /// A session that was found too old stays dead, though the clock be set back.
    fn bury(&self, key: &str) -> Result<Option<Session>> {
        let hash = keys::token_hash(key);
        if self.read(|conn| db::sessions::has_key(conn, &hash))? {
            let now = self.now();
            self.db.write(|conn| match db::sessions::end_by_key(conn, &hash, ended::EXPIRED, now)? {
                Some(session_id) => self.touch_session(conn, session_id),
                None => Ok(()),
            })?;
        }
        Ok(None)
    }

    /// As [`App::session_by_key`], if it is in memory and nothing is to be written: without waiting for the database.
    pub fn remembered_session(&self, fresh: Fresh, key: &str) -> Option<Session> {
        let (now, hash, limits) = (self.now(), keys::token_hash(key), self.sign_in_settings().limits);
        let live = self.memory.session_by_key(fresh, &hash, limits, now)?;
        (!live.is_due(now, SEEN_EVERY)).then(|| live.session.clone())
    }

    /// The session with this id, if it lives.
    pub(super) fn live_session(&self, fresh: Fresh, id: i64) -> Result<Arc<Live>> {
        let (now, limits) = (self.now(), self.sign_in_settings().limits);
        let live = match self.memory.session(fresh, id, limits, now) {
            Some(live) => Some(live),
            None => self.read_session(|conn| db::sessions::find(conn, id, limits, now), None)?,
        };
        live.ok_or(Error::SignInRequired)
    }

    /// What the browser with this key of a session that is no more is told, if anything.
    pub fn farewell(&self, key: &str) -> Result<Option<&'static str>> {
        let hash = keys::token_hash(key);
        self.read(|conn| Ok(db::sessions::end_reason(conn, &hash)?.and_then(|reason| farewell(&reason))))
    }

    /// Gives an open session its cookie's key. `false` if it has ended meanwhile.
    pub fn attach_session_key(&self, session_id: i64, key: &str) -> Result<bool> {
        self.db.write(|conn| {
            let attached = db::sessions::attach_key(conn, session_id, &keys::token_hash(key))?;
            self.touch_session(conn, session_id)?;
            Ok(attached)
        })
    }

    /// Forgets a cookie's key.
    pub fn detach_session_key(&self, key: &str) -> Result<()> {
        self.db.write(|conn| match db::sessions::detach_key(conn, &keys::token_hash(key))? {
            Some(session_id) => self.touch_session(conn, session_id),
            None => Ok(()),
        })
    }

    /// From the next request on, no node knows the session by its old key.
    fn touch_session(&self, conn: &mut Conn, session_id: i64) -> Result<()> {
        let revision = db::revision::next(conn)?;
        db::revision::touch(conn, revision, "session", &[session_id], self.now())
    }

    /// One's own live sessions, the latest used first.
    pub fn my_sessions(&self, actor: &Actor) -> Result<Vec<Session>> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        self.read(|conn| db::sessions::of_user(conn, user_id, self.sign_in_settings().limits, self.now()))
    }

    /// Ends one of one's own sessions.
    pub fn end_my_session(&self, actor: &Actor, session_id: i64) -> Result<()> {
        self.end_mine(actor, Which::One(session_id), ended::BY_USER)
            .and_then(|ended| if ended == 0 { Err(Error::not_found("session")) } else { Ok(()) })
    }

    /// Ends all of one's own sessions but this one. Gives how many.
    pub fn end_my_other_sessions(&self, actor: &Actor) -> Result<usize> {
        let this = actor.own_session()?;
        self.end_mine(actor, Which::AllBut(this), ended::BY_USER)
    }

    fn end_mine(&self, actor: &Actor, which: Which, reason: &'static str) -> Result<usize> {
        let user = actor.user()?;
        self.require_recent_proof(actor)?;
        let change = self.change(actor, |tx| {
            let ended = tx.end_sessions(user, which, reason)?;
            if ended > 0 {
                tx.audit(Entry {
                    action: "session.end",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    reason,
                    ..Entry::default()
                })?;
            }
            Ok(ended)
        })?;
        Ok(change.value)
    }

    /// The live sessions of a user.
    pub fn user_sessions(&self, actor: &Actor, user_id: i64) -> Result<Vec<Session>> {
        actor.require_everywhere(SESSIONS_READ)?;
        self.read(|conn| {
            let user = db::users::get(conn, user_id)?;
            db::sessions::of_user(conn, user.id, self.sign_in_settings().limits, self.now())
        })
    }

    /// Ends sessions of a user: one, or all. Gives how many.
    pub fn end_user_sessions(
        &self,
        actor: &Actor,
        user_id: i64,
        session_id: Option<i64>,
        reason: &str,
    ) -> Result<Change<usize>> {
        actor.require_everywhere(SESSIONS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let ended = tx.end_sessions_as_admin(user_id, &[session_id.map_or(Which::All, Which::One)], &reason)?;
            if session_id.is_some() && ended == 0 {
                return Err(Error::not_found("session"));
            }
            Ok(ended)
        })
    }

    /// How many sessions there are, for who may end them all.
    pub fn sessions_of_all(&self, actor: &Actor) -> Result<Total> {
        require_everything(actor)?;
        self.read(|conn| db::sessions::count(conn, self.sign_in_settings().limits, self.now()))
    }

    /// Ends the sessions of all users at once, with their sign-ins under way and trusted devices: for the day on which nobody
    /// knows who is signed in. `keep_own`: all but the actor's own session. Needs every right there is, since it ends
    /// the sessions of those too who have them all. Gives how many.
    pub fn end_all_sessions(&self, actor: &Actor, keep_own: bool, reason: &str) -> Result<Change<usize>> {
        require_everything(actor)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        let keep = actor.session_id.filter(|_| keep_own);
        self.change(actor, |tx| {
            let ended = db::sessions::end_all(tx.conn, keep, ended::ALL, tx.now)?;
            tx.touch_all("session", &ended)?;
            db::pending_logins::finish_everybodys(tx.conn, tx.now)?;
            let devices = db::devices::distrust(tx.conn, Whose::Everybody, tx.now)?;
            tx.audit(Entry {
                action: "session.end_all",
                kind: "session",
                name: "all users",
                before: Some(json!({ "sessions": ended.len(), "trusted_devices": devices })),
                reason: &reason,
                ..Entry::default()
            })?;
            Ok(ended.len())
        })
    }
}

impl Tx<'_> {
    /// Ends sessions of a user who may do no more than the actor, and tells it to the audit log. Gives how many.
    pub(super) fn end_sessions_as_admin(&mut self, user_id: i64, which: &[Which], reason: &str) -> Result<usize> {
        let user = db::users::get(self.conn, user_id)?;
        self.require_not_weaker_than(user_id)?;
        let mut count = 0;
        for which in which {
            count += self.end_sessions(&user, *which, ended::BY_ADMIN)?;
        }
        self.audit(Entry {
            action: "session.end",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            reason: if reason.is_empty() { ended::BY_ADMIN } else { reason },
            ..Entry::default()
        })?;
        Ok(count)
    }
}

fn require_everything(actor: &Actor) -> Result<()> {
    actor.require_everywhere(SESSIONS_WRITE)?;
    if actor.holds_everything() {
        Ok(())
    } else {
        Err(Error::Forbidden { permission: Pattern::everything().to_string() })
    }
}
