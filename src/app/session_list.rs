//! The live sessions of everybody: looking through them, and ending those that were chosen.

use super::{Actor, App, Change, rights_now, users::reason_line};
use crate::{
    db::{self, session_list::Asked, sessions::Which},
    domain::{
        Result,
        page::{ListQuery, Page},
        permission::{SESSIONS_READ, SESSIONS_WRITE},
        session::Session,
    },
};
use std::collections::{BTreeMap, HashMap};

/// A session with its user.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub session: Session,
    pub username: String,
}

/// The longest time, in seconds, after which the filter `idle` calls a session idle: a day.
const IDLE: i64 = 24 * 3600;

impl App {
    /// After how many seconds without a request the list calls a session idle: a day, or half of what it may be at all.
    pub fn idle_seconds(&self) -> i64 {
        IDLE.min(self.sign_in_settings().limits.idle / 2)
    }

    /// A page of all live sessions. Search: a user, or the beginning of an address. Filters: `mine`, `no-second-factor`,
    /// `idle`, `restricted`. Sorted by `seen`, `began` or `user`.
    pub fn session_list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<SessionRow>> {
        actor.require_everywhere(SESSIONS_READ)?;
        let now = self.now();
        let asked = Asked {
            user_id: actor.id,
            idle_since: now.minus_seconds(self.idle_seconds()),
            limits: self.sign_in_settings().limits,
            now,
        };
        self.read(|conn| {
            let page = db::session_list::list(conn, query, asked)?;
            let people: Vec<i64> = page.items.iter().map(|(session, _)| session.user_id).collect();
            let names = db::users::names(conn, &people)?;
            Ok(page.map(|(session, key)| row(session, &names, &key)))
        })
    }

    /// Those of these sessions that live, with their users, for whoever may end sessions; `true`: the user may do more than the
    /// actor, who cannot end this one.
    pub fn sessions_chosen(&self, actor: &Actor, ids: &[i64]) -> Result<Vec<(SessionRow, bool)>> {
        actor.require_everywhere(SESSIONS_WRITE)?;
        self.read(|conn| {
            let live = db::session_list::some(conn, ids, self.sign_in_settings().limits, self.now())?;
            let names = db::users::names(conn, &live.iter().map(|one| one.user_id).collect::<Vec<_>>())?;
            let (graph, now) = (self.graph(conn)?, self.now());
            let mut rows = vec![];
            for session in live {
                let theirs = rights_now(conn, &graph, session.user_id, now)?;
                let beyond = !actor.rights.lacks_of(&theirs).is_empty();
                rows.push((row(session, &names, ""), beyond));
            }
            Ok(rows)
        })
    }

    /// Ends these sessions, of whomever they are: all of them, or none if one belongs to somebody who may do more than the
    /// actor. Those that have ended meanwhile are no mistake. Gives how many.
    pub fn end_sessions(&self, actor: &Actor, ids: &[i64], reason: &str) -> Result<Change<usize>> {
        actor.require_everywhere(SESSIONS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let mut of_users: BTreeMap<i64, Vec<Which>> = BTreeMap::new();
            for session in db::session_list::some(tx.conn, ids, tx.app.sign_in_settings().limits, tx.now)? {
                of_users.entry(session.user_id).or_default().push(Which::One(session.id));
            }
            let mut all = 0;
            for (user_id, sessions) in of_users {
                all += tx.end_sessions_as_admin(user_id, &sessions, &reason)?;
            }
            Ok(all)
        })
    }
}

/// A user who is gone is told by what is left of his name.
fn row(session: Session, names: &HashMap<i64, String>, left: &str) -> SessionRow {
    let username = names.get(&session.user_id).map_or(left, String::as_str).to_owned();
    SessionRow { session, username }
}
