//! The list of users, a page at a time, whatever their number: few rows are found by an index and sorted, many by walking along
//! the index of the order until the page is full.

use super::{
    Query, count,
    found::Found,
    living,
    narrow::{INVITED, Left, Narrow, SORTED, by_index},
};
use crate::{
    db::{Conn, counters, raw::Raw},
    domain::{
        Error, Result, Time,
        page::{Cursor, ListQuery, Page, Total},
        text,
        user::User,
    },
    schema::users,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};
use std::collections::HashMap;

/// Rows that are looked at, at most, to count those that pass several things each of which leaves many.
const LOOKED_AT: i64 = 5000;

/// Rows that are walked along the order for a page that is not full. Then those who are looked for do not stand where the page
/// is, such as names with `so` in a list that begins with `a`: they are found by an index and sorted, if they are no more than
/// [`SORTED`].
const WALKED: i64 = 10_000;
const WALKED_ON_POSTGRES: i64 = 4000;

/// The column that a list is sorted by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Username,
    Email,
    Created,
    /// Who never signed in comes first.
    LastSignIn,
}

impl Sort {
    /// The order that is asked for, and whether it goes down.
    fn asked(query: &ListQuery) -> Result<(Self, bool)> {
        let (name, downward) = query.order("Users", &["username", "email", "created", "last_sign_in"], "username")?;
        let sort = match name {
            "email" => Self::Email,
            "created" => Self::Created,
            "last_sign_in" => Self::LastSignIn,
            _ => Self::Username,
        };
        Ok((sort, downward))
    }

    /// Word for word what its index is made of.
    pub(super) fn expression(self) -> &'static str {
        match self {
            Self::Username => "users.username_key",
            Self::Email => "users.email_key",
            Self::Created => "users.created_at",
            Self::LastSignIn => "coalesce(users.last_sign_in_at, '1970-01-01 00:00:00')",
        }
    }

    /// Of a user, as a cursor keeps it.
    fn value(self, user: &User) -> String {
        match self {
            Self::Username => text::fold(&user.username),
            Self::Email => user.profile().email_key(),
            Self::Created => user.created_at.rfc3339(),
            Self::LastSignIn => user.last_sign_in_at.unwrap_or_default().rfc3339(),
        }
    }

    /// That value in a statement.
    pub(super) fn bind<T>(self, sql: Raw<T>, value: &str) -> Result<Raw<T>> {
        Ok(match self {
            Self::Username | Self::Email => sql.text(value),
            Self::Created | Self::LastSignIn => sql.time(Time::parse(value).map_err(Error::Malformed)?),
        })
    }
}

/// What the rows of a list are, and how they are best found.
struct Plan {
    narrow: Vec<Narrow>,
    lefts: Vec<Left>,
    /// The place in `narrow` of what leaves few, by which they are found.
    few: Option<usize>,
    /// Living users.
    users: i64,
    postgres: bool,
}

impl Plan {
    fn make(conn: &mut Conn, mut narrow: Vec<Narrow>, now: Time) -> Result<Self> {
        let users = count(conn)?;
        let lefts = narrow.iter_mut().map(|narrow| narrow.left(conn, now)).collect::<Result<Vec<_>>>()?;
        let few = lefts.iter().enumerate().filter(|(_, left)| left.is_few());
        let few = few.min_by_key(|(_, left)| left.about()).map(|(place, _)| place);
        Ok(Self { narrow, lefts, few, users, postgres: matches!(conn, Conn::Pg(_)) })
    }

    /// How many there are in all, if that is known already.
    fn total(&self) -> Option<Total> {
        match self.lefts[..] {
            [] => Some(Total::Exactly(self.users)),
            [left] => left.total(),
            _ => None,
        }
    }

    /// How far to walk along the order for `wanted` rows before they are looked for by an index; 0: it would be in vain.
    fn walk(&self, wanted: i64) -> i64 {
        let most = if self.postgres { WALKED_ON_POSTGRES } else { WALKED };
        let users = self.users.max(1) as f64;
        let known = self.lefts.iter().filter_map(|left| left.about());
        let share: f64 = known.map(|n| (n as f64 / users).min(1.0)).product();
        // Eight times as far as if they stood anywhere.
        match (wanted as f64 / share.max(f64::MIN_POSITIVE)) as i64 {
            far if far > 2 * most => 0,
            _ if self.lefts.iter().any(|left| left.about().is_none()) => most,
            far => (8 * far).clamp(most / 8, most),
        }
    }

    /// Finds them by the index of what leaves the fewest, unless that leaves very many.
    fn sort_instead(&mut self, conn: &mut Conn, now: Time) -> Result<()> {
        let mut least = (SORTED + 1, None);
        // PostgreSQL finds even very many sooner by their words than along the order.
        let words = self.narrow.iter().position(|narrow| self.postgres && matches!(narrow, Narrow::Words { .. }));
        for (place, (narrow, left)) in self.narrow.iter_mut().zip(&self.lefts).enumerate() {
            let n = match (&mut *narrow, left.about()) {
                (Narrow::Words { .. }, Some(n)) => Some(n),
                (Narrow::Words { in_set, .. }, None) => {
                    *in_set = !self.postgres;
                    None
                }
                // To count the members of a large role takes PostgreSQL nearly as long as to find those with the words.
                (Narrow::Holding { .. }, _) if words.is_some() => None,
                _ => narrow.number(conn, least.0, now)?,
            };
            least = least.min((n.unwrap_or(SORTED + 1), Some(place)));
        }
        let (n, place) = least;
        self.few = place.filter(|_| n <= SORTED).or(words);
        Ok(())
    }

    /// Whether they are found by the index of the words.
    fn by_words(&self) -> bool {
        self.few.and_then(|place| self.narrow.get(place)).is_some_and(|narrow| matches!(narrow, Narrow::Words { .. }))
    }

    fn rows<'a>(&self, now: Time) -> Query<'a> {
        self.checked(self.picked(now), now)
    }

    /// Those whom the index finds of what leaves few; if nothing does, all.
    fn picked<'a>(&self, now: Time) -> Query<'a> {
        let few = self.few.and_then(|place| self.narrow.get(place));
        few.map_or_else(living, |few| few.pick(living(), self.postgres, now))
    }

    /// Only those of whom all else is true.
    fn checked<'a>(&self, rows: Query<'a>, now: Time) -> Query<'a> {
        let others = self.narrow.iter().enumerate().filter(|(place, _)| self.few != Some(*place));
        others.fold(rows, |rows, (_, narrow)| narrow.check(rows, now))
    }

    /// Whether PostgreSQL finds so many by their words that the rest is best looked at in order, for one page.
    fn is_lazy(&self) -> bool {
        let frequent = self.few.and_then(|place| self.lefts.get(place)).is_some_and(|left| !left.is_few());
        self.postgres && self.narrow.len() > 1 && frequent && self.by_words()
    }

    /// Counts among the first [`LOOKED_AT`].
    fn look(&self, conn: &mut Conn, now: Time) -> Result<Total> {
        if let [Left::About { seen, .. }] = self.lefts[..]
            && self.few.is_none()
        {
            return Ok(Total::MoreThan(seen));
        }
        let last = Raw::<BigInt>::new("SELECT id FROM users WHERE deleted_at IS NULL ORDER BY id");
        let last = diesel::select(
            Raw::<BigInt>::new("coalesce((").then(last).sql(" LIMIT 1 OFFSET ").number(LOOKED_AT).sql("), 0)"),
        );
        let last: i64 = last.get_result(conn)?;
        let rows = self.rows(now).select(users::id);
        if last == 0 {
            return counters::capped(conn, rows);
        }
        Ok(Total::MoreThan(counters::capped(conn, rows.filter(users::id.lt(last)))?.number()))
    }
}

/// Everybody whom [`list`] shows, each looked at: for work that comes by all of them anyway.
pub fn filtered<'a>(query: &ListQuery, role: Option<i64>, now: Time) -> Query<'a> {
    Narrow::all(query, role).iter().fold(living(), |rows, narrow| narrow.check(rows, now))
}

/// A page of users: sorted by `username` (default), `email`, `created` or `last_sign_in`, `-` before it turns it round.
///
/// Filters: `disabled`, `active`, `waiting` (for an admin), `leaving` (to be deleted), `planned` (to be disabled or enabled),
/// `unverified`, `invited`, `no-second-factor`, `ending` (a role of theirs ends [`SOON`](crate::db::endings::SOON));
/// anything else: all. `role`: only members of that role, now.
pub fn list(conn: &mut Conn, query: &ListQuery, role: Option<i64>, now: Time) -> Result<Page<User>> {
    narrowed(conn, query, Narrow::all(query, role), now)
}

/// As [`list`], of those who hold any of `roles` now, in one of `scopes` if any are named.
pub fn holding(
    conn: &mut Conn,
    query: &ListQuery,
    roles: &[i64],
    scopes: Option<&[String]>,
    now: Time,
) -> Result<Page<User>> {
    let held = Narrow::Holding { roles: roles.to_vec(), scopes: scopes.map(<[String]>::to_vec) };
    narrowed(conn, query, Narrow::with(query, Some(held)), now)
}

fn narrowed(conn: &mut Conn, query: &ListQuery, narrow: Vec<Narrow>, now: Time) -> Result<Page<User>> {
    let (sort, descending) = Sort::asked(query)?;
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let mut plan = Plan::make(conn, narrow, now)?;
    let way = Way { sort, downward: descending != cursor.as_ref().is_some_and(|cursor| cursor.backward) };
    let from = cursor.as_ref().map(|cursor| &cursor.key);
    let wanted = query.limit() + 1;
    let (found, total) = match walked(conn, &plan, way, from, wanted, now)? {
        Some(found) => (found, plan.total()),
        None => {
            if plan.few.is_none() && !plan.narrow.is_empty() {
                plan.sort_instead(conn, now)?;
            }
            match plan.total() {
                // It is counted while it is found.
                _ if plan.few.is_some() && plan.postgres => found(conn, &plan, way, from, wanted, now)?,
                None if plan.few.is_some() => found(conn, &plan, way, from, wanted, now)?,
                total => (load(conn, way.rows(&plan, plan.rows(now), from)?, wanted)?, total),
            }
        }
    };
    let total = match total {
        Some(total) => total,
        None => {
            // Those of the first users are looked at one by one.
            plan.few = plan.few.filter(|_| !plan.is_lazy());
            let shown = i64::try_from(found.len()).unwrap_or(i64::MAX).min(query.limit());
            match plan.look(conn, now)? {
                Total::MoreThan(n) if n < shown => Total::MoreThan(shown),
                total => total,
            }
        }
    };
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |user: &User| (sort.value(user), user.id)))
}

fn load(conn: &mut Conn, rows: Query<'_>, wanted: i64) -> Result<Vec<User>> {
    Ok(rows.limit(wanted).select(User::as_select()).load(conn)?)
}

/// The page, if it is full after a short walk along the order.
fn walked(
    conn: &mut Conn,
    plan: &Plan,
    way: Way,
    from: Option<&(String, i64)>,
    wanted: i64,
    now: Time,
) -> Result<Option<Vec<User>>> {
    let far = plan.walk(wanted);
    if plan.few.is_some() || plan.narrow.is_empty() || far == 0 {
        return Ok(None);
    }
    let end = way.rows(plan, living(), from)?.select(users::id).offset(far).first::<i64>(conn).optional()?;
    // So near the end of the order it is walked to its end.
    let Some(end) = end else { return Ok(Some(load(conn, way.rows(plan, plan.rows(now), from)?, wanted)?)) };
    let end = super::get(conn, end)?;
    let rows = way.until(way.rows(plan, plan.rows(now), from)?, &way.sort.value(&end))?;
    let found = load(conn, rows, wanted)?;
    Ok(Some(found).filter(|rows| i64::try_from(rows.len()).is_ok_and(|n| n >= wanted)))
}

/// The page of those whom an index finds, and how many they are in all, in one question; `None`: the page is empty.
fn found(
    conn: &mut Conn,
    plan: &Plan,
    way: Way,
    from: Option<&(String, i64)>,
    wanted: i64,
    now: Time,
) -> Result<(Vec<User>, Option<Total>)> {
    let lazy = plan.is_lazy();
    let key = || Raw::<BigInt>::new(way.sort.expression());
    let all = if lazy { plan.picked(now) } else { plan.rows(now) };
    let fitting = || plan.checked(living().filter(Raw::<Bool>::new("users.id = found.id")), now);
    let page = Found {
        all: all.select((users::id, key())),
        rest: lazy.then(|| fitting().select((users::id, key()))),
        by_usernames: !plan.postgres && way.sort == Sort::Username && plan.by_words(),
        after: way.found_after(from)?,
        order: way.signs().1,
        limit: wanted,
    };
    let rows: Vec<(i64, i64)> = by_index(conn, |conn| Ok(page.load(conn)?))?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    let mut people: HashMap<i64, User> = load(conn, living().filter(users::id.eq_any(ids.clone())), wanted)?
        .into_iter()
        .map(|user| (user.id, user))
        .collect();
    let total = match rows.first() {
        Some(_) if lazy => {
            let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            (from.is_none() && shown < wanted).then_some(Total::Exactly(shown))
        }
        Some((_, n)) => Some(Total::counted(*n)),
        None => from.is_none().then_some(Total::Exactly(0)),
    };
    Ok((ids.iter().filter_map(|id| people.remove(id)).collect(), total))
}

/// The users whom these words name, if they are no more than `most`.
pub fn matching(conn: &mut Conn, q: &str, now: Time, most: i64) -> Result<Option<Vec<i64>>> {
    let query = ListQuery { q: q.to_owned(), ..ListQuery::default() };
    let plan = Plan::make(conn, Narrow::all(&query, None), now)?;
    if plan.few.is_none() {
        return Ok(None);
    }
    let ids: Vec<i64> = by_index(conn, |conn| Ok(plan.rows(now).select(users::id).limit(most + 1).load(conn)?))?;
    Ok(Some(ids).filter(|ids| i64::try_from(ids.len()).is_ok_and(|n| n <= most)))
}

/// How a page is gone along.
#[derive(Clone, Copy)]
struct Way {
    sort: Sort,
    downward: bool,
}

impl Way {
    fn signs(self) -> (&'static str, &'static str) {
        if self.downward { ("<", "DESC") } else { (">", "ASC") }
    }

    /// That a row comes after `from`, by the columns of its place.
    fn after(self, column: &str, id_column: &str, (value, id): &(String, i64)) -> Result<Raw<Bool>> {
        let (beyond, _) = self.signs();
        // The first condition is all that an index needs to begin in the right place.
        let from = self.sort.bind(Raw::<Bool>::new(format!("{column} {beyond}= ")), value)?;
        let after = self.sort.bind(from.sql(&format!(" AND ({column} {beyond} ")), value)?;
        Ok(after.sql(&format!(" OR {id_column} {beyond} ")).number(*id).sql(")"))
    }

    /// Those of `rows` that come after `from`, in order.
    fn rows<'a>(self, plan: &Plan, mut rows: Query<'a>, from: Option<&(String, i64)>) -> Result<Query<'a>> {
        let (_, way) = self.signs();
        // The sign keeps SQLite from walking along the order when few rows were found another way.
        let sign = if plan.few.is_some() && !plan.postgres { "+" } else { "" };
        let column = format!("{sign}{}", self.sort.expression());
        if let Some(from) = from {
            rows = rows.filter(self.after(&column, "users.id", from)?);
        }
        if self.sort == Sort::LastSignIn && plan.narrow.iter().any(Narrow::never_signed_in) {
            // They all stand at one end of the order, one after the other by their ids.
            let end = self.sort.bind(Raw::<Bool>::new(format!("{column} = ")), &Time::default().rfc3339())?;
            let rows = if plan.postgres { rows.filter(Raw::<Bool>::new(INVITED)) } else { rows.filter(end) };
            return Ok(rows.order(Raw::<Bool>::new(format!("users.id {way}"))));
        }
        Ok(rows.order(Raw::<Bool>::new(format!("{column} {way}, users.id {way}"))))
    }

    /// The same of what [`Found`] has found.
    fn found_after(self, from: Option<&(String, i64)>) -> Result<Raw<BigInt>> {
        Ok(match from {
            Some(from) => Raw::new(" WHERE ").then(self.after("found.k", "found.id", from)?),
            None => Raw::new(""),
        })
    }

    /// Those of `rows` that come before a row with this value, or have it too.
    fn until<'a>(self, rows: Query<'a>, value: &str) -> Result<Query<'a>> {
        let before = if self.downward { ">=" } else { "<=" };
        Ok(rows.filter(self.sort.bind(Raw::<Bool>::new(format!("{} {before} ", self.sort.expression())), value)?))
    }
}
