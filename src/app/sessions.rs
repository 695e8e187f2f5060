//! Sessions: one's own, and those of others for who may.

use super::{Actor, App, Change, Entry};
use crate::{
    db::{self, sessions::Which},
    domain::{
        Error, Result, keys,
        permission::{SESSIONS_READ, SESSIONS_WRITE},
        session::{SEEN_EVERY, Session},
    },
};

impl App {
    /// The live session of a cookie's key; notes, at most once a minute, that it was seen. For the session store.
    pub fn session_by_key(&self, key: &str) -> Result<Option<Session>> {
        let now = self.now();
        let hash = keys::token_hash(key);
        let session = self.read(|conn| db::sessions::find_by_key(conn, &hash, self.config.sign_in.limits, now))?;
        if let Some(session) = &session
            && now.seconds_since(session.last_seen_at) >= SEEN_EVERY
        {
            self.db.write(|conn| db::sessions::seen(conn, session.id, now))?;
        }
        Ok(session)
    }

    /// Gives an open session its cookie's key. `false` if it has ended meanwhile.
    pub fn attach_session_key(&self, session_id: i64, key: &str) -> Result<bool> {
        self.db.write(|conn| db::sessions::attach_key(conn, session_id, &keys::token_hash(key)))
    }

    /// Forgets a cookie's key.
    pub fn detach_session_key(&self, key: &str) -> Result<()> {
        self.db.write(|conn| db::sessions::detach_key(conn, &keys::token_hash(key)))
    }

    /// One's own live sessions, the latest used first.
    pub fn my_sessions(&self, actor: &Actor) -> Result<Vec<Session>> {
        let user_id = actor.user_id()?;
        self.read(|conn| db::sessions::of_user(conn, user_id, self.config.sign_in.limits, self.now()))
    }

    /// Ends one of one's own sessions.
    pub fn end_my_session(&self, actor: &Actor, session_id: i64) -> Result<()> {
        self.end_mine(actor, Which::One(session_id), "ended by the user")
            .and_then(|ended| if ended == 0 { Err(Error::not_found("session")) } else { Ok(()) })
    }

    /// Ends all of one's own sessions but this one. Gives how many.
    pub fn end_my_other_sessions(&self, actor: &Actor) -> Result<usize> {
        let this = actor.session_id.ok_or(Error::SignInRequired)?;
        self.end_mine(actor, Which::AllBut(this), "ended by the user")
    }

    fn end_mine(&self, actor: &Actor, which: Which, reason: &'static str) -> Result<usize> {
        let user = actor.user()?;
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
            db::sessions::of_user(conn, user.id, self.config.sign_in.limits, self.now())
        })
    }

    /// Ends sessions of a user: one, or all. Gives how many.
    pub fn end_user_sessions(&self, actor: &Actor, user_id: i64, session_id: Option<i64>) -> Result<Change<usize>> {
        actor.require_everywhere(SESSIONS_WRITE)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, user_id)?;
            tx.require_not_weaker_than(user_id)?;
            let ended = tx.end_sessions(&user, session_id.map_or(Which::All, Which::One), "ended by an admin")?;
            if session_id.is_some() && ended == 0 {
                return Err(Error::not_found("session"));
            }
            tx.audit(Entry {
                action: "session.end",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                reason: "ended by an admin",
                ..Entry::default()
            })?;
            Ok(ended)
        })
    }
}
