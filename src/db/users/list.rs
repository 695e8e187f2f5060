//! The list of users, a page at a time, whatever their number: few rows are found by an index and sorted, many by walking along
//! the index of the order until the page is full.

use super::{
    Query, count, living,
    narrow::{Left, Narrow},
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

/// Rows that are looked at, at most, to count those that pass several things each of which leaves many.
const LOOKED_AT: i64 = 10_000;

/// Rows that are walked along the order for a page that is not full. Then those who are looked for do not stand where the page
/// is, such as names with `so` in a list that begins with `a`: they are found by an index and sorted, if they are no more than
/// [`SORTED`].
const WALKED: i64 = 10_000;
const SORTED: i64 = 100_000;

/// The column that a list is sorted by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Username,
    Email,
    Created,
    /// Who never signed in comes first.
    LastSignIn,
}

impl Sort {
    /// The order that is asked for, and whether it goes down.
    fn parse(sort: &str) -> Result<(Self, bool)> {
        let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        let sort = match name {
            "" | "username" => Self::Username,
            "email" => Self::Email,
            "created" => Self::Created,
            "last_sign_in" => Self::LastSignIn,
            _ => {
                let message = "Users can be sorted by username, email, created or last_sign_in.";
                return Err(Error::Malformed(message.into()));
            }
        };
        Ok((sort, descending))
    }

    /// Word for word what its index is made of.
    fn expression(self) -> &'static str {
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
            Self::Email => text::fold(&user.email),
            Self::Created => user.created_at.rfc3339(),
            Self::LastSignIn => user.last_sign_in_at.unwrap_or_default().rfc3339(),
        }
    }

    /// That value in a statement.
    fn bind<T>(self, sql: Raw<T>, value: &str) -> Result<Raw<T>> {
        Ok(match self {
            Self::Username | Self::Email => sql.text(value),
            Self::Created | Self::LastSignIn => sql.time(Time::parse(value).map_err(Error::Malformed)?),
        })
    }
}

/// What the rows of a list are, and how they are best found.
struct Plan {
    narrow: Vec<Narrow>,
    /// The place in `narrow` of what leaves few.
    few: Option<usize>,
    total: Total,
    postgres: bool,
}

impl Plan {
    fn make(conn: &mut Conn, query: &ListQuery, role: Option<i64>, now: Time) -> Result<Self> {
        let narrow = Narrow::all(query, role);
        let mut plan = Self { narrow, few: None, total: Total::Exactly(0), postgres: matches!(conn, Conn::Pg(_)) };
        if plan.narrow.is_empty() {
            plan.total = Total::Exactly(count(conn)?);
            return Ok(plan);
        }
        let lefts = plan.narrow.iter().map(|narrow| narrow.left(conn, now)).collect::<Result<Vec<_>>>()?;
        let few = lefts.iter().enumerate().filter_map(|(place, left)| match left {
            Left::Few(n) => Some((*n, place)),
            _ => None,
        });
        plan.few = few.min().map(|(_, place)| place);
        plan.total = match (&lefts[..], plan.few) {
            // It alone decides.
            ([Left::Few(n) | Left::Many(n)], _) => Total::counted(*n),
            ([Left::Over(n)], _) => Total::MoreThan(*n),
            (lefts, Some(place)) if matches!(lefts.get(place), Some(Left::Few(n)) if *n <= LOOKED_AT) => {
                counters::capped(conn, plan.rows(now).select(users::id))?
            }
            _ => plan.look(conn, now)?,
        };
        Ok(plan)
    }

    /// Whether the order is walked along, past rows that are not shown.
    fn walks(&self) -> bool {
        self.few.is_none() && !self.narrow.is_empty()
    }

    /// Finds them by the index of what leaves the fewest, unless that leaves very many.
    fn sort_instead(&mut self, conn: &mut Conn, now: Time) -> Result<()> {
        let mut least = (SORTED + 1, None);
        for (place, narrow) in self.narrow.iter().enumerate() {
            if let Some(n) = narrow.number(conn, SORTED + 1, now)? {
                least = least.min((n, Some(place)));
            }
        }
        self.few = least.1.filter(|_| least.0 <= SORTED);
        Ok(())
    }

    fn rows<'a>(&self, now: Time) -> Query<'a> {
        let rows = match self.few.and_then(|place| self.narrow.get(place)) {
            Some(few) => few.pick(living(), self.postgres, None, now),
            None => living(),
        };
        self.narrow.iter().fold(rows, |rows, narrow| narrow.check(rows, now))
    }

    /// Counts among the first [`LOOKED_AT`].
    fn look(&self, conn: &mut Conn, now: Time) -> Result<Total> {
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
/// `unverified`, `invited`, `no-second-factor`, `ending` (a role of theirs ends [`SOON`](crate::db::user_assignments::SOON));
/// anything else: all. `role`: only members of that role, now.
pub fn list(conn: &mut Conn, query: &ListQuery, role: Option<i64>, now: Time) -> Result<Page<User>> {
    let (sort, descending) = Sort::parse(&query.sort)?;
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let mut plan = Plan::make(conn, query, role, now)?;
    let way = Way { sort, downward: descending != cursor.as_ref().is_some_and(|cursor| cursor.backward) };
    let key = |user: &User| (sort.value(user), user.id);
    let from = cursor.as_ref().map(|cursor| &cursor.key);
    let page = |conn: &mut Conn, rows: Query<'_>| -> Result<Vec<User>> {
        Ok(rows.limit(query.limit() + 1).select(User::as_select()).load(conn)?)
    };
    let mut found = None;
    if plan.walks() {
        let end = way.rows(&plan, living(), from)?.select(users::id).offset(WALKED).first::<i64>(conn).optional()?;
        if let Some(end) = end {
            let end = super::get(conn, end)?;
            let rows = page(conn, way.until(way.rows(&plan, plan.rows(now), from)?, &key(&end))?)?;
            found = Some(rows).filter(|rows| i64::try_from(rows.len()).is_ok_and(|n| n > query.limit()));
            if found.is_none() {
                plan.sort_instead(conn, now)?;
            }
        }
    }
    let found = match found {
        Some(found) => found,
        None => page(conn, way.rows(&plan, plan.rows(now), from)?)?,
    };
    Ok(Cursor::page(found, plan.total, query.limit(), cursor.as_ref(), key))
}

/// Up to `most` users whom these words name.
pub fn matching(conn: &mut Conn, q: &str, now: Time, most: i64) -> Result<Vec<i64>> {
    let query = ListQuery { q: q.to_owned(), ..ListQuery::default() };
    let plan = Plan::make(conn, &query, None, now)?;
    Ok(plan.rows(now).select(users::id).limit(most).load(conn)?)
}

/// How a page is gone along.
#[derive(Clone, Copy)]
struct Way {
    sort: Sort,
    downward: bool,
}

impl Way {
    /// Those of `rows` that come after `from`, in order.
    fn rows<'a>(self, plan: &Plan, mut rows: Query<'a>, from: Option<&(String, i64)>) -> Result<Query<'a>> {
        let (beyond, way) = if self.downward { ("<", "DESC") } else { (">", "ASC") };
        // The sign keeps SQLite from walking along the order when few rows were found another way.
        let sign = if plan.few.is_some() && !plan.postgres { "+" } else { "" };
        let column = format!("{sign}{}", self.sort.expression());
        if let Some((value, id)) = from {
            // The first condition is all that an index needs to begin in the right place.
            let from = self.sort.bind(Raw::<Bool>::new(format!("{column} {beyond}= ")), value)?;
            let after = self.sort.bind(from.sql(&format!(" AND ({column} {beyond} ")), value)?;
            rows = rows.filter(after.sql(&format!(" OR users.id {beyond} ")).number(*id).sql(")"));
        }
        if self.sort == Sort::LastSignIn && plan.narrow.iter().any(Narrow::never_signed_in) {
            // They all stand at one end of the order, one after the other by their ids.
            let end = self.sort.bind(Raw::<Bool>::new(format!("{column} = ")), &Time::default().rfc3339())?;
            return Ok(rows.filter(end).order(Raw::<Bool>::new(format!("users.id {way}"))));
        }
        Ok(rows.order(Raw::<Bool>::new(format!("{column} {way}, users.id {way}"))))
    }

    /// Those of `rows` that come before a row or are it.
    fn until<'a>(self, rows: Query<'a>, (value, _): &(String, i64)) -> Result<Query<'a>> {
        let before = if self.downward { ">=" } else { "<=" };
        Ok(rows.filter(self.sort.bind(Raw::<Bool>::new(format!("{} {before} ", self.sort.expression())), value)?))
    }
}
