//! What narrows the list of users, each thing told twice: as the set of ids that an index gives, for when these are few, and
//! as a condition on a user who is looked at, for when they are many.

use super::{Query, at_liberty, disabled, waiting};
use crate::{
    db::{Conn, contains, counters, raw, raw::Raw, user_assignments::SOON},
    domain::{
        Result, Time,
        page::{COUNTED, ListQuery},
        search,
    },
    schema::users,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};

/// So many rows may be found by an index and sorted; of more, a page is soon full by walking along the order.
const FEW: i64 = 4_000;
/// Those with the same words have names alike and stand together in the order, so that a walk is long.
const FEW_WITH_WORDS: i64 = 20_000;

/// Before PostgreSQL is asked for all rows with a text, about so many are looked at: with more than [`FREQUENT`] among them it
/// would take long, because its index gives all of them or none.
const SAMPLE: i64 = 10_000;
const FREQUENT: i64 = 250;

#[derive(Debug, Clone)]
pub enum Narrow {
    /// All of these stand in the search key.
    Words(Vec<String>),
    /// One of the list's own.
    Filter(&'static str),
    /// A member of this role, now.
    Role(i64),
}

/// How many users something leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Few(i64),
    /// So many, counted at least as far as lists count.
    Many(i64),
    /// More than so many: how many was not counted.
    Over(i64),
    /// Not known how many, and no index finds them quickly.
    Unknown,
}

/// The filters, each with the condition of its index, word for word. An empty one: nearly all users pass, so it is never few.
const FILTERS: [(&str, &str); 9] = [
    ("active", ""),
    ("disabled", "(f.disabled_at IS NOT NULL OR f.disable_at IS NOT NULL)"),
    ("planned", "(f.disable_at IS NOT NULL OR f.enable_at IS NOT NULL)"),
    ("waiting", "f.awaits_approval_since IS NOT NULL"),
    ("leaving", "f.delete_at IS NOT NULL"),
    ("unverified", "f.email_verified_at IS NULL"),
    ("invited", "(f.password_hash IS NULL AND f.last_sign_in_at IS NULL AND f.signed_up_at IS NULL)"),
    ("no-second-factor", "NOT f.has_second_factor"),
    ("ending", "-"),
];

impl Narrow {
    /// Everything that narrows; an unknown filter does not.
    pub fn all(query: &ListQuery, role: Option<i64>) -> Vec<Self> {
        let words = search::needles(&query.q);
        let filter = FILTERS.iter().find(|(name, _)| *name == query.filter).map(|(name, _)| Self::Filter(name));
        let words = (!words.is_empty()).then_some(Self::Words(words));
        words.into_iter().chain(filter).chain(role.map(Self::Role)).collect()
    }

    /// The ids of those who pass [`Self::check`], by an index; `None`: there is none.
    fn ids(&self, postgres: bool, now: Time) -> Option<Raw<BigInt>> {
        let living = |condition: &str| format!("SELECT f.id FROM users f WHERE f.deleted_at IS NULL AND {condition}");
        Some(match self {
            Self::Words(needles) => by_words(needles, postgres),
            Self::Filter("ending") => Raw::new("SELECT DISTINCT e.user_id FROM user_assignments e WHERE e.valid_to > ")
                .time(now)
                .sql(" AND e.valid_to < ")
                .time(now.plus_seconds(SOON))
                .sql(" AND e.valid_from <= ")
                .time(now),
            Self::Filter(name) => {
                let (_, condition) = FILTERS.iter().find(|(known, _)| known == name)?;
                let ids = (!condition.is_empty()).then(|| Raw::new(living(condition)))?;
                match *name {
                    "disabled" => ids
                        .sql(" AND (f.disabled_at IS NOT NULL OR f.disable_at <= ")
                        .time(now)
                        .sql(") AND (f.enable_at IS NULL OR f.enable_at > ")
                        .time(now)
                        .sql(")"),
                    "planned" => {
                        ids.sql(" AND (f.disable_at > ").time(now).sql(" OR f.enable_at > ").time(now).sql(")")
                    }
                    "waiting" => ids.sql(" AND f.email_verified_at IS NOT NULL"),
                    _ => ids,
                }
            }
            // With a user his assignments end, so it need not be asked whether he lives.
            Self::Role(id) => Raw::new("SELECT DISTINCT m.user_id FROM user_assignments m WHERE m.role_id = ")
                .number(*id)
                .sql(" AND m.valid_from <= ")
                .time(now)
                .sql(" AND (m.valid_to IS NULL OR m.valid_to > ")
                .time(now)
                .sql(")"),
        })
    }

    /// Whether nobody of them ever signed in.
    pub fn never_signed_in(&self) -> bool {
        matches!(self, Self::Filter("invited"))
    }

    /// How many ids there are, or that they are many.
    pub fn left(&self, conn: &mut Conn, now: Time) -> Result<Left> {
        let postgres = matches!(conn, Conn::Pg(_));
        if let (Self::Words(needles), true) = (self, postgres)
            && is_frequent(conn, needles)?
        {
            return Ok(Left::Over(FREQUENT));
        }
        let few = if matches!(self, Self::Words(_)) { FEW_WITH_WORDS } else { FEW };
        Ok(match self.number(conn, few.max(COUNTED) + 1, now)? {
            None => Left::Unknown,
            Some(n) if n > few => Left::Many(n),
            Some(n) => Left::Few(n),
        })
    }

    /// How many there are, counted no further than `most`; `None`: no index tells.
    pub fn number(&self, conn: &mut Conn, most: i64, now: Time) -> Result<Option<i64>> {
        let Some(ids) = self.ids(matches!(conn, Conn::Pg(_)), now) else { return Ok(None) };
        by_index(conn, |conn| Ok(Some(raw::count(conn, ids, most)?)))
    }

    /// Only users of the set of [`Self::ids`], or the first `most` of it, found by their ids.
    pub fn pick<'a>(&self, rows: Query<'a>, postgres: bool, most: Option<i64>, now: Time) -> Query<'a> {
        let Some(ids) = self.ids(postgres, now) else { return rows };
        let ids = match most {
            Some(most) => ids.sql(" LIMIT ").number(most),
            None => ids,
        };
        let (begin, end) = if postgres { ("users.id = ANY(ARRAY(", "))") } else { ("users.id IN (", ")") };
        rows.filter(Raw::<Bool>::new(begin).then(ids).sql(end))
    }

    /// Only users of whom it is true, each looked at.
    pub fn check<'a>(&self, rows: Query<'a>, now: Time) -> Query<'a> {
        // In brackets, or with a sign before it, the condition is not that of an index: the order's index is walked along.
        match self {
            Self::Words(needles) => needles.iter().fold(rows, |rows, needle| {
                rows.filter(Raw::<Bool>::new("users.search_key || '' LIKE ").text(contains(needle)).sql(" ESCAPE '\\'"))
            }),
            Self::Filter("disabled") => rows.filter(disabled(now)),
            Self::Filter("active") => rows.filter(at_liberty(now)),
            Self::Filter("waiting") => rows.filter(waiting()),
            Self::Filter("invited") => rows.filter(Raw::<Bool>::new(
                "(users.password_hash IS NULL AND coalesce(users.last_sign_in_at, users.signed_up_at) IS NULL)",
            )),
            Self::Filter("leaving") => rows.filter(users::delete_at.is_not_null()),
            Self::Filter("planned") => rows.filter(users::disable_at.gt(now).or(users::enable_at.gt(now))),
            Self::Filter("unverified") => {
                rows.filter(Raw::<Bool>::new("coalesce(users.email_verified_at, users.email_verified_at) IS NULL"))
            }
            Self::Filter("no-second-factor") => rows.filter(users::has_second_factor.eq(false)),
            Self::Filter("ending") => rows.filter(
                Raw::<Bool>::new(OF_USER)
                    .sql("e.valid_from <= ")
                    .time(now)
                    .sql(" AND e.valid_to > ")
                    .time(now)
                    .sql(" AND e.valid_to < ")
                    .time(now.plus_seconds(SOON))
                    .sql(")"),
            ),
            Self::Filter(_) => rows,
            Self::Role(id) => rows.filter(
                Raw::<Bool>::new(OF_USER)
                    .sql("e.role_id = ")
                    .number(*id)
                    .sql(" AND e.valid_from <= ")
                    .time(now)
                    .sql(" AND (e.valid_to IS NULL OR e.valid_to > ")
                    .time(now)
                    .sql("))"),
            ),
        }
    }
}

/// By the index `user_assignments_live`. Not `EXISTS`, which PostgreSQL would answer for all users before the first is shown.
const OF_USER: &str =
    "0 < (SELECT count(*) FROM user_assignments e WHERE e.user_id = users.id AND e.ended_at IS NULL AND ";

fn by_words(needles: &[String], postgres: bool) -> Raw<BigInt> {
    if postgres {
        let rows = Raw::new("SELECT f.id FROM users f WHERE f.deleted_at IS NULL");
        return needles.iter().fold(rows, |rows, needle| rows.sql(" AND f.search_key LIKE ").text(contains(needle)));
    }
    Raw::new("SELECT rowid FROM users_search WHERE users_search MATCH ").text(phrases(needles))
}

/// A question to SQLite's full-text index: each needle as a phrase.
pub fn phrases(needles: &[String]) -> String {
    let phrases = needles.iter().map(|needle| format!("\"{}\"", needle.replace('"', "\"\"")));
    phrases.collect::<Vec<_>>().join(" AND ")
}

/// PostgreSQL may guess that there are many, and read the whole table; whoever asks here knows better.
pub fn by_index<T>(conn: &mut Conn, ask: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    use diesel::connection::SimpleConnection;
    let postgres = matches!(conn, Conn::Pg(_));
    if postgres {
        conn.batch_execute("SET LOCAL enable_seqscan = off")?;
    }
    let answer = ask(conn)?;
    if postgres {
        conn.batch_execute("SET LOCAL enable_seqscan = on")?;
    }
    Ok(answer)
}

/// Whether so many of a sample have the words that it is better not to ask the index of PostgreSQL.
pub fn is_frequent(conn: &mut Conn, needles: &[String]) -> Result<bool> {
    let users = counters::get(conn, counters::USERS)?;
    if users <= 2 * SAMPLE {
        return Ok(false);
    }
    let percent = (SAMPLE * 100 / users).clamp(1, 100);
    let sample = Raw::<BigInt>::new(format!(
        "SELECT 1 FROM users s TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1) WHERE s.deleted_at IS NULL"
    ));
    let sample = needles.iter().fold(sample, |rows, needle| rows.sql(" AND s.search_key LIKE ").text(contains(needle)));
    Ok(raw::count(conn, sample, FREQUENT + 1)? > FREQUENT)
}
