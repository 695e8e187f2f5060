//! The live sessions of everybody, as a list.

use super::{Conn, MultiBackend, contains, counters, raw::Raw, users};
use crate::{
    domain::{
        Error, Result, Time,
        page::{Cursor, ListQuery, Page, Total},
        search,
        session::{Limits, Session},
        text,
    },
    schema::sessions,
};
use diesel::{prelude::*, sql_types::Bool};

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
    None,
    Address(String),
    Users(Vec<i64>),
    /// Too many users to name them: what stands in their search keys.
    Many(Vec<String>),
}

fn words(conn: &mut Conn, query: &ListQuery, now: Time) -> Result<Words> {
    let typed = text::clean(&query.q);
    if typed.is_empty() {
        return Ok(Words::None);
    }
    // An address, or its beginning: `192.0.2.`, `2001:db8:`.
    if typed.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':')) && typed.contains(['.', ':']) {
        return Ok(Words::Address(typed));
    }
    let named = users::matching(conn, &query.q, now, NAMED)?;
    Ok(named.map_or_else(|| Words::Many(search::needles(&query.q)), Words::Users))
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
        Words::None => list,
        Words::Address(begin) => {
            // A range and not LIKE: an index serves it on both databases.
            list.filter(sessions::ip.ge(begin.clone())).filter(sessions::ip.lt(format!("{begin}\u{10ffff}")))
        }
        Words::Users(ids) => list.filter(sessions::user_id.eq_any(ids.clone())),
        // The sign keeps SQLite from going through all users and not through the sessions.
        Words::Many(needles) if !postgres => {
            let having =
                Raw::<Bool>::new("+sessions.user_id IN (SELECT rowid FROM users_search WHERE users_search MATCH ");
            list.filter(having.text(users::phrases(needles)).sql(")"))
        }
        Words::Many(needles) => needles.iter().fold(list, |list, needle| {
            // Not `EXISTS`, for which PostgreSQL may go through all users.
            let key = Raw::<Bool>::new("(SELECT u.search_key FROM users u WHERE u.id = sessions.user_id) LIKE ");
            list.filter(key.text(contains(needle)))
        }),
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

#[derive(Clone, Copy)]
enum Sort {
    Seen,
    Began,
    User,
}

/// A page of sessions with their users' folded usernames: sorted by `seen` (default: `-seen`, the latest first), `began` or
/// `user`.
pub fn list(conn: &mut Conn, query: &ListQuery, asked: Asked) -> Result<Page<(Session, String)>> {
    let words = words(conn, query, asked.now)?;
    let postgres = matches!(conn, Conn::Pg(_));
    let filtered = || filtered(query, &words, asked, postgres);
    let sort = if query.sort.is_empty() { "-seen" } else { &query.sort };
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let sort = match name {
        "seen" => Sort::Seen,
        "began" => Sort::Began,
        "user" => Sort::User,
        _ => return Err(Error::Malformed("Sessions can be sorted by seen, began or user.".into())),
    };
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let mut rows = filtered();
    // As in the list of users: one arm a column, since the value's type differs.
    macro_rules! window {
        ($column:expr, $value:expr) => {{
            if let Some(cursor) = &cursor {
                let (value, id) = ($value(&cursor.key.0)?, cursor.key.1);
                rows = if downward {
                    rows.filter($column.lt(value.clone()).or($column.eq(value).and(sessions::id.lt(id))))
                } else {
                    rows.filter($column.gt(value.clone()).or($column.eq(value).and(sessions::id.gt(id))))
                };
            }
            rows = if downward {
                rows.order(($column.desc(), sessions::id.desc()))
            } else {
                rows.order(($column.asc(), sessions::id.asc()))
            };
        }};
    }
    let time = |text: &String| Time::parse(text).map_err(Error::Malformed);
    match sort {
        Sort::Seen => window!(sessions::last_seen_at, time),
        Sort::Began => window!(sessions::created_at, time),
        Sort::User => window!(sessions::user_key, |text: &String| Ok::<_, Error>(text.clone())),
    }
    let found = rows.limit(query.limit() + 1).select((Session::as_select(), sessions::user_key)).load(conn)?;
    let total = match words {
        Words::Many(_) => {
            // The latest of very many are looked at to count.
            let last = before_latest(conn)?;
            let counted = counters::capped(conn, filtered().filter(sessions::id.gt(last)).select(sessions::id))?;
            if last > 0 { Total::MoreThan(counted.number()) } else { counted }
        }
        _ => counters::capped(conn, filtered().select(sessions::id))?,
    };
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |(session, user): &(Session, String)| {
        let value = match sort {
            Sort::Seen => session.last_seen_at.rfc3339(),
            Sort::Began => session.created_at.rfc3339(),
            Sort::User => user.clone(),
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
