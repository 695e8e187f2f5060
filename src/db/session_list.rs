//! The live sessions of everybody, as a list.

use super::{Conn, MultiBackend, counters, kept_text, kept_time, users::Named, window};
use crate::{
    domain::{
        Result, Time,
        page::{Cursor, ListQuery, Page, Total},
        session::{Limits, Session},
        text,
    },
    schema::sessions,
};
use diesel::prelude::*;

type Query<'a> = sessions::BoxedQuery<'a, MultiBackend>;

/// Users whose names are looked up in a search; where more match, sessions are tried one by one, and soon fill the page.
const NAMED: i64 = 1000;

/// Whose sessions, and what counts as idle.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// For the filter `mine`.
    pub user_id: Option<i64>,
    /// For the filter `idle`: not seen since.
    pub idle_since: Time,
    pub limits: Limits,
    pub now: Time,
}

/// What the search means: an address, or users.
enum Words {
    Address(String),
    Users(Named),
}

fn words(conn: &mut Conn, query: &ListQuery, now: Time) -> Result<Words> {
    let typed = text::clean(&query.q);
    // An address, or its beginning: `192.0.2.`, `2001:db8:`.
    if typed.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')) && typed.contains(['.', ':']) {
        return Ok(Words::Address(typed));
    }
    Named::find(conn, &query.q, now, NAMED).map(Words::Users)
}

/// Filters: `mine`, `no-second-factor` (a password alone was proven), `idle`, `restricted`; anything else: all.
fn filtered<'a>(query: &ListQuery, words: &Words, asked: Asked, postgres: bool) -> Query<'a> {
    let mut list = sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::key_hash.is_not_null())
        .filter(sessions::expires_at.gt(asked.now))
        .filter(sessions::last_seen_at.gt(asked.now.minus_seconds(asked.limits.idle)))
        .into_boxed();
    list = match words {
        Words::Address(begin) => {
            // A range and not LIKE: an index serves it on both databases.
            list.filter(sessions::ip.ge(begin.clone())).filter(sessions::ip.lt(format!("{begin}\u{10ffff}")))
        }
        Words::Users(named) => match named.condition("sessions.user_id", postgres) {
            Some(named) => list.filter(named),
            None => list,
        },
    };
    match query.filter.as_str() {
        "mine" => list.filter(sessions::user_id.eq(asked.user_id.unwrap_or(0))),
        "no-second-factor" => list.filter(sessions::factors.not_like("% %")),
        "idle" => list.filter(sessions::last_seen_at.lt(asked.idle_since)),
        "restricted" => list.filter(sessions::restricted.eq(true)),
        _ => list,
    }
}

/// Sessions that are looked at to count those of very many users.
const LOOKED_AT: i64 = 10_000;

/// The id after which the latest [`LOOKED_AT`] open sessions come; 0: there are fewer.
fn before_latest(conn: &mut Conn) -> Result<i64> {
    let open = sessions::table.filter(sessions::ended_at.is_null()).filter(sessions::key_hash.is_not_null());
    let last = open.order(sessions::id.desc()).select(sessions::id).offset(LOOKED_AT).first(conn).optional()?;
    Ok(last.unwrap_or(0))
}

/// A page of sessions with their users' folded usernames: sorted by `seen` (default: `-seen`, the latest first), `began` or
/// `user`.
pub fn list(conn: &mut Conn, query: &ListQuery, asked: Asked) -> Result<Page<(Session, String)>> {
    let words = words(conn, query, asked.now)?;
    let postgres = matches!(conn, Conn::Pg(_));
    let filtered = || filtered(query, &words, asked, postgres);
    let (sort, descending) = query.order("Sessions", &["seen", "began", "user"], "-seen")?;
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let (rows, at) = (filtered(), cursor.as_ref().map(|cursor| (&cursor.key.0, cursor.key.1)));
    let rows = match sort {
        "seen" => window!(rows, downward, at, sessions::last_seen_at, sessions::id, kept_time),
        "began" => window!(rows, downward, at, sessions::created_at, sessions::id, kept_time),
        _ => window!(rows, downward, at, sessions::user_key, sessions::id, kept_text),
    };
    let found = rows.limit(query.limit() + 1).select((Session::as_select(), sessions::user_key)).load(conn)?;
    let total = match words {
        Words::Users(Named::Many(_)) => {
            // The latest of very many are looked at to count.
            let last = before_latest(conn)?;
            let counted = counters::capped(conn, filtered().filter(sessions::id.gt(last)).select(sessions::id))?;
            if last > 0 { Total::MoreThan(counted.number()) } else { counted }
        }
        _ => counters::capped(conn, filtered().select(sessions::id))?,
    };
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |(session, user): &(Session, String)| {
        let value = match sort {
            "seen" => session.last_seen_at.rfc3339(),
            "began" => session.created_at.rfc3339(),
            _ => user.clone(),
        };
        (value, session.id)
    }))
}

/// Those of these that live.
pub fn some(conn: &mut Conn, ids: &[i64], limits: Limits, now: Time) -> Result<Vec<Session>> {
    let live = sessions::table
        .filter(sessions::id.eq_any(ids.to_vec()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_seen_at.gt(now.minus_seconds(limits.idle)));
    Ok(live.order(sessions::id).select(Session::as_select()).load(conn)?)
}
