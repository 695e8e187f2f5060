//! What narrows the list of users, each thing told twice: as the set of ids that an index gives, for when these are few, and
//! as a condition on a user who is looked at, for when they are many.

use super::{Query, at_liberty, disabled, waiting};
use crate::{
    db::{Conn, contains, counters, endings::SOON, raw, raw::Raw},
    domain::{
        Result, Time,
        page::{COUNTED, ListQuery, Total},
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
const FEW_WITH_WORDS: i64 = 15_000;

/// Rows that are worth finding by an index and sorting when a walk was in vain.
pub const SORTED: i64 = 100_000;

/// Before PostgreSQL is asked for all rows with a text, about so many are looked at, because its index gives all of them or none,
/// and counting them takes as long as finding them. With more than [`FREQUENT`] among them it takes too long.
/// Among so few users nothing takes long.
const SAMPLE: i64 = 4000;
const SMALL: i64 = 20_000;
const FREQUENT: i64 = 240;

#[derive(Debug, Clone)]
pub enum Narrow {
    /// All of these stand in the search key.
    Words {
        needles: Vec<String>,
        /// Looked up in the set of those who have them, which SQLite does faster than it reads a user.
        in_set: bool,
    },
    /// One of the list's own.
    Filter(&'static str),
    /// Holds any of these roles, now; in one of these scopes, if any are named.
    Holding { roles: Vec<i64>, scopes: Option<Vec<String>> },
}

/// That an assignment is of one of the roles, in one of the scopes, and in force.
fn held<T>(rows: Raw<T>, roles: &[i64], scopes: Option<&[String]>, now: Time) -> Raw<T> {
    let rows = rows.sql("e.role_id IN ").numbers(roles);
    let rows = match scopes {
        Some(scopes) => rows.sql(" AND e.scope IN ").texts(scopes),
        None => rows,
    };
    // Not `IS NULL OR`, of which SQLite makes two questions to an index that knows less.
    rows.sql(" AND e.valid_from <= ").time(now).sql(" AND coalesce(e.valid_to > ").time(now).sql(", true)")
}

/// How many users something leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    Few(i64),
    Many(i64),
    /// About so many: in a sample were `seen`.
    About {
        n: i64,
        seen: i64,
    },
    /// More than so many: how many was not counted.
    Over(i64),
    /// Not known how many, and no index finds them quickly.
    Unknown,
}

impl Left {
    /// How many there are in all, as far as this tells.
    pub fn total(self) -> Option<Total> {
        match self {
            Self::Few(n) | Self::Many(n) => Some(Total::counted(n)),
            Self::Over(n) => Some(Total::MoreThan(n)),
            Self::About { .. } | Self::Unknown => None,
        }
    }

    /// How many they are, roughly; `None`: very many, perhaps.
    pub fn about(self) -> Option<i64> {
        match self {
            Self::Few(n) | Self::Many(n) | Self::About { n, .. } => Some(n),
            Self::Over(_) | Self::Unknown => None,
        }
    }

    /// Whether it is quickest to find them all.
    pub fn is_few(self) -> bool {
        matches!(self, Self::Few(_)) || matches!(self, Self::About { n, .. } if n <= FEW_WITH_WORDS)
    }
}

/// The condition of the index of invited users, which goes along their ids.
pub const INVITED: &str = "(users.password_hash IS NULL AND users.last_sign_in_at IS NULL AND users.signed_up_at IS NULL AND users.kind = 'person')";

/// The filters, each with the condition of its index, word for word. An empty one: nearly all users pass, so it is never few.
const FILTERS: [(&str, &str); 10] = [
    ("active", ""),
    ("disabled", "(f.disabled_at IS NOT NULL OR f.disable_at IS NOT NULL)"),
    ("planned", "(f.disable_at IS NOT NULL OR f.enable_at IS NOT NULL)"),
    ("waiting", "f.awaits_approval_since IS NOT NULL"),
    ("leaving", "f.delete_at IS NOT NULL"),
    ("unverified", "f.email_verified_at IS NULL"),
    (
        "invited",
        "(f.password_hash IS NULL AND f.last_sign_in_at IS NULL AND f.signed_up_at IS NULL AND f.kind = 'person')",
    ),
    ("service", "f.kind = 'service'"),
    ("no-second-factor", "NOT f.has_second_factor"),
    ("ending", "-"),
];

impl Narrow {
    /// Everything that narrows; an unknown filter does not.
    pub fn all(query: &ListQuery, role: Option<i64>) -> Vec<Self> {
        Self::with(query, role.map(|role| Self::Holding { roles: vec![role], scopes: None }))
    }

    /// As [`Self::all`], by something else too.
    pub fn with(query: &ListQuery, other: Option<Self>) -> Vec<Self> {
        let words = search::needles(&query.q);
        let filter = FILTERS.iter().find(|(name, _)| *name == query.filter).map(|(name, _)| Self::Filter(name));
        let words = (!words.is_empty()).then_some(Self::Words { needles: words, in_set: false });
        words.into_iter().chain(filter).chain(other).collect()
    }

    /// The ids of those who pass [`Self::check`], some of them more than once, by an index; `None`: there is none.
    fn ids(&self, postgres: bool, now: Time) -> Option<Raw<BigInt>> {
        let living = |condition: &str| format!("SELECT f.id FROM users f WHERE f.deleted_at IS NULL AND {condition}");
        Some(match self {
            Self::Words { needles, .. } => by_words(needles, postgres),
            Self::Filter("ending") => Raw::new("SELECT e.user_id FROM user_assignments e WHERE e.valid_to > ")
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
            Self::Holding { roles, scopes } => {
                held(Raw::new("SELECT e.user_id FROM user_assignments e WHERE "), roles, scopes.as_deref(), now)
            }
        })
    }

    /// Whether nobody of them ever signed in.
    pub fn never_signed_in(&self) -> bool {
        matches!(self, Self::Filter("invited"))
    }

    /// How many ids there are, or that they are many.
    pub fn left(&mut self, conn: &mut Conn, now: Time) -> Result<Left> {
        let postgres = matches!(conn, Conn::Pg(_));
        if let Self::Words { needles, in_set } = self {
            if postgres {
                return sampled(conn, needles);
            }
            let n = raw::count(conn, by_words(needles, postgres), SORTED + 1)?;
            *in_set = n <= SORTED;
            return Ok(match n {
                n if n <= FEW_WITH_WORDS => Left::Few(n),
                n if n <= SORTED => Left::Many(n),
                _ => Left::Over(COUNTED),
            });
        }
        Ok(match self.number(conn, COUNTED + 1, now)? {
            None => Left::Unknown,
            Some(n) if n > COUNTED => Left::Over(COUNTED),
            Some(n) if n > FEW => Left::Many(n),
            Some(n) => Left::Few(n),
        })
    }

    /// How many there are, counted no further than `most`; `None`: no index tells.
    pub fn number(&self, conn: &mut Conn, most: i64, now: Time) -> Result<Option<i64>> {
        let Some(ids) = self.ids(matches!(conn, Conn::Pg(_)), now) else { return Ok(None) };
        let several = matches!(self, Self::Holding { .. } | Self::Filter("ending"));
        by_index(conn, |conn| {
            Ok(Some(if several { raw::count_distinct(conn, ids, most)? } else { raw::count(conn, ids, most)? }))
        })
    }

    /// Only users of whom it is true, found by the index.
    pub fn pick<'a>(&self, rows: Query<'a>, postgres: bool, now: Time) -> Query<'a> {
        if postgres {
            // Its indexes are of the users themselves, and it knows how to use several.
            match self {
                Self::Words { needles, .. } => {
                    return needles.iter().fold(rows, |rows, needle| {
                        rows.filter(Raw::<Bool>::new("users.search_key LIKE ").text(contains(needle)))
                    });
                }
                Self::Filter(name) if *name != "ending" => {
                    let condition = FILTERS.iter().find(|(known, _)| known == name).map_or("", |(_, index)| index);
                    let rows = self.check(rows, now);
                    return match condition {
                        "" => rows,
                        _ => rows.filter(Raw::<Bool>::new(condition.replace("f.", "users."))),
                    };
                }
                _ => {}
            }
        }
        let Some(ids) = self.ids(postgres, now) else { return self.check(rows, now) };
        let (begin, end) = if postgres { ("users.id = ANY(ARRAY(", "))") } else { ("users.id IN (", ")") };
        rows.filter(Raw::<Bool>::new(begin).then(ids).sql(end))
    }

    /// Only the first `most` of [`Self::ids`].
    pub fn pick_some<'a>(&self, rows: Query<'a>, postgres: bool, most: i64) -> Query<'a> {
        let Some(ids) = self.ids(postgres, Time::default()) else { return rows };
        let (begin, end) = if postgres { ("users.id = ANY(ARRAY(", "))") } else { ("users.id IN (", ")") };
        rows.filter(Raw::<Bool>::new(begin).then(ids.sql(" LIMIT ").number(most)).sql(end))
    }

    /// Only users of whom it is true, each looked at.
    pub fn check<'a>(&self, rows: Query<'a>, now: Time) -> Query<'a> {
        // In brackets, or with a sign before it, the condition is not that of an index: the order's index is walked along.
        match self {
            Self::Words { needles, in_set: true } => {
                rows.filter(Raw::<Bool>::new("+users.id IN (").then(by_words(needles, false)).sql(")"))
            }
            Self::Words { needles, .. } => needles.iter().fold(rows, |rows, needle| {
                rows.filter(Raw::<Bool>::new("users.search_key || '' LIKE ").text(contains(needle)).sql(" ESCAPE '\\'"))
            }),
            Self::Filter("disabled") => rows.filter(disabled(now)),
            Self::Filter("active") => rows.filter(at_liberty(now)),
            Self::Filter("waiting") => rows.filter(waiting()),
            Self::Filter("invited") => rows.filter(Raw::<Bool>::new(
                "(users.password_hash IS NULL AND coalesce(users.last_sign_in_at, users.signed_up_at) IS NULL AND users.kind || '' = 'person')",
            )),
            Self::Filter("service") => rows.filter(Raw::<Bool>::new("users.kind || '' = 'service'")),
            Self::Filter("leaving") => rows.filter(users::delete_at.is_not_null()),
            Self::Filter("planned") => rows.filter(users::disable_at.gt(now).or(users::enable_at.gt(now))),
            Self::Filter("unverified") => {
                rows.filter(Raw::<Bool>::new("coalesce(users.email_verified_at, users.email_verified_at) IS NULL"))
            }
            Self::Filter("no-second-factor") => rows.filter(users::has_second_factor.eq(false)),
            Self::Filter("ending") => rows.filter(
                Raw::<Bool>::new(OF_USER)
                    .sql("e.ended_at IS NULL AND e.valid_from <= ")
                    .time(now)
                    .sql(" AND e.valid_to > ")
                    .time(now)
                    .sql(" AND e.valid_to < ")
                    .time(now.plus_seconds(SOON))
                    .sql(")"),
            ),
            Self::Filter(_) => rows,
            Self::Holding { roles, scopes } => {
                rows.filter(held(Raw::<Bool>::new(OF_USER), roles, scopes.as_deref(), now).sql(")"))
            }
        }
    }
}

/// Not `EXISTS`, which PostgreSQL would answer for all users before the first is shown.
const OF_USER: &str = "0 < (SELECT count(*) FROM user_assignments e WHERE e.user_id = users.id AND ";

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

/// How many have the words, by a sample of PostgreSQL's pages.
fn sampled(conn: &mut Conn, needles: &[String]) -> Result<Left> {
    let users = counters::get(conn, counters::USERS)?;
    if users <= SMALL {
        return Ok(Left::About { n: 0, seen: 0 });
    }
    let part = SAMPLE as f64 / users as f64;
    let sample = Raw::<BigInt>::new(format!(
        "SELECT 1 FROM users s TABLESAMPLE SYSTEM ({}) REPEATABLE (1) WHERE s.deleted_at IS NULL",
        part * 100.0
    ));
    let sample = needles.iter().fold(sample, |rows, needle| rows.sql(" AND s.search_key LIKE ").text(contains(needle)));
    let seen = raw::count(conn, sample, FREQUENT + 1)?;
    Ok(if seen > FREQUENT { Left::Over(FREQUENT) } else { Left::About { n: (seen as f64 / part) as i64, seen } })
}

/// Whether so many of a sample have the words that it is better not to ask the index of PostgreSQL.
pub fn is_frequent(conn: &mut Conn, needles: &[String]) -> Result<bool> {
    Ok(!sampled(conn, needles)?.is_few())
}
