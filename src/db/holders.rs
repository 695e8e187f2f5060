//! Who has one of several roles: as a list, and how many they are, counted no further than is worth the time.

use super::{
    Conn, counters, kept_text,
    user_assignments::count_holders,
    users::{self, Named, at_liberty},
    window,
};
use crate::{
    domain::{
        Result, Time,
        page::{COUNTED, Cursor, ListQuery, Page, Total},
        search, text,
        user::User,
    },
    schema::{suspensions, user_assignments as assigned, users as people},
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Timestamp},
};
use std::collections::{HashMap, HashSet};

/// Roles that are looked at first.
const ROLES: usize = 200;
/// So many times more assignments than users are read: somebody may have a role in several ways.
const WAYS: i64 = 4;

/// Users whom words name, up to which they are told one by one.
const NAMED: i64 = 10_000;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Everybody,
    /// Who is not barred from signing in.
    Enabled,
}

/// A page of the living users, enabled or (only at present) all, who at `at`, which may be the present, have any of these roles
/// in one of `scopes` (none: in any scope), by `username`. Words: of the users.
pub fn list(
    conn: &mut Conn,
    roles: &[i64],
    scopes: Option<&[String]>,
    (at, present, who): (Time, bool, Who),
    query: &ListQuery,
) -> Result<Page<User>> {
    let (_, descending) = query.order("Users", &["username"], "username")?;
    if present && !search::needles(&query.q).is_empty() {
        // All that finds users by words finds these, too.
        let filter = if who == Who::Enabled { "active" } else { "" };
        let query = ListQuery { filter: filter.to_owned(), ..query.clone() };
        return users::holding(conn, &query, roles, scopes, at);
    }
    let held = || {
        let anywhere = scopes.is_none().into_sql::<Bool>();
        let here = assigned::scope.eq_any(scopes.unwrap_or_default().to_vec());
        // As in `current`; SQL has no `if`.
        let begun =
            assigned::valid_from.le(at).or(assigned::valid_from.eq(assigned::given_at).and(present.into_sql::<Bool>()));
        assigned::table
            .filter(begun)
            .filter(assigned::valid_to.is_null().or(assigned::valid_to.gt(at)))
            .filter(assigned::ended_at.is_null().or(diesel::dsl::not(present.into_sql::<Bool>())))
            .filter(assigned::role_id.eq_any(roles.to_vec()))
            .filter(here.or(anywhere))
    };
    // Who was deleted since has lost his name.
    let named = Named::find(conn, &query.q, at, NAMED)?;
    let postgres = matches!(conn, Conn::Pg(_));
    let people = || {
        // Who was disabled or deleted at that moment: both are intervals or moments, so the past can be asked too.
        let suspended = suspensions::table
            .filter(suspensions::user_id.eq(people::id))
            .filter(suspensions::valid_from.le(at))
            .filter(suspensions::valid_to.is_null().or(suspensions::valid_to.gt(at)));
        let there = people::table.filter(diesel::dsl::not(diesel::dsl::exists(suspended))).into_boxed();
        // Two questions and not one with `or`: the index of the names knows the living alone.
        let people = match (present, who) {
            (true, Who::Everybody) => people::table.into_boxed().filter(people::deleted_at.is_null()),
            (true, Who::Enabled) => there.filter(people::deleted_at.is_null()).filter(at_liberty(at)),
            (false, _) => there.filter(people::deleted_at.is_null().or(people::deleted_at.gt(at))),
        };
        match named.condition("users.id", postgres) {
            Some(named) => people.filter(named),
            None => people,
        }
    };
    // Of few it is quickest to look up each; of many, to walk through the users in order until the page is full.
    const FEW: i64 = 5000;
    let some = || held().select(assigned::user_id).distinct();
    let counted = match scopes.is_none() && !roles.is_empty() {
        true => Some(count_holders(conn, roles, COUNTED, at)?),
        false => None,
    };
    let many = counted.is_some_and(|total| total.number() > FEW);
    let ids: Vec<i64> = if many { vec![] } else { some().limit(FEW + 1).load(conn)? };
    let few = !many && i64::try_from(ids.len()).is_ok_and(|n| n <= FEW);
    let found = || match few {
        // By their ids and not by a question within the question, for which PostgreSQL may walk all the same.
        true => people().filter(people::id.eq_any(ids.clone())),
        false => people().filter(diesel::dsl::exists(held().filter(assigned::user_id.eq(people::id)))),
    };
    let total = match few {
        true => Some(counters::capped(conn, found().select(people::id))?),
        // A walk for all of them would be long: that there are more than a page has is all that is told.
        false if named.is_many() => None,
        false if many => counted,
        false => Some(counters::capped(conn, some())?),
    };
    let cursor = Cursor::<(String, i64)>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|cursor| cursor.backward);
    let at = cursor.as_ref().map(|cursor| (&cursor.key.0, cursor.key.1));
    let rows = window!(found(), downward, at, people::username_key, people::id, kept_text);
    let found: Vec<User> = rows.limit(query.limit() + 1).select(User::as_select()).load(conn)?;
    let shown = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let total = total.unwrap_or(match cursor.is_none() && shown <= query.limit() {
        true => Total::Exactly(shown),
        false => Total::MoreThan(shown.min(query.limit())),
    });
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |user: &User| (text::fold(&user.username), user.id)))
}

/// How many users have any of the roles now, counted no further than `most`. The first assignments that are found tell it of
/// almost every set of roles; only where they do not is all of it counted.
pub fn count(conn: &mut Conn, roles: &[i64], who: Who, most: i64, now: Time) -> Result<Total> {
    let first = roles.get(..ROLES).unwrap_or(roles);
    for rows in [most + most / 4, most * WAYS] {
        let found = some(conn, first, who, rows, now)?;
        let all = first.len() == roles.len() && i64::try_from(found.len()).is_ok_and(|n| n < rows);
        let people = i64::try_from(found.into_iter().collect::<HashSet<_>>().len()).unwrap_or(i64::MAX);
        if people > most {
            return Ok(Total::MoreThan(most));
        }
        if all {
            return Ok(Total::Exactly(people));
        }
    }
    let total = match who {
        Who::Everybody => count_holders(conn, roles, most, now)?,
        Who::Enabled => {
            let one = ListQuery { limit: Some(1), ..ListQuery::default() };
            list(conn, roles, None, (now, true, Who::Enabled), &one)?.total
        }
    };
    Ok(if total.number() > most { Total::MoreThan(most) } else { total })
}

/// Whose are the first `limit` assignments of the roles.
fn some(conn: &mut Conn, roles: &[i64], who: Who, limit: i64, now: Time) -> Result<Vec<i64>> {
    let held = assigned::table
        .filter(assigned::role_id.eq_any(roles.to_vec()))
        .filter(assigned::valid_from.le(now))
        .filter(assigned::valid_to.is_null().or(assigned::valid_to.gt(now)));
    Ok(match who {
        // With a user his assignments end: the index of the assignments tells it alone.
        Who::Everybody => held.select(assigned::user_id).limit(limit).load(conn)?,
        Who::Enabled => {
            let held = held.inner_join(people::table.on(people::id.eq(assigned::user_id)));
            held.filter(at_liberty(now)).select(assigned::user_id).limit(limit).load(conn)?
        }
    })
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = BigInt)]
    role_id: i64,
    #[diesel(sql_type = BigInt)]
    user_id: i64,
}

/// Of each role that anybody has now the first `most` of the enabled users who have it, by id: one question for all roles.
pub fn firsts(conn: &mut Conn, most: i64, now: Time) -> Result<HashMap<i64, Vec<i64>>> {
    // As `at_liberty` and `in_force`: diesel cannot say "the first of each".
    let sql = |now: [&str; 4], n: &str| {
        let [from, to, begun, ended] = now;
        format!(
            "SELECT role_id, user_id FROM (SELECT held.role_id, held.user_id, \
               row_number() OVER (PARTITION BY held.role_id ORDER BY held.user_id) AS place \
             FROM (SELECT DISTINCT a.role_id, a.user_id FROM user_assignments a JOIN users u ON u.id = a.user_id \
               WHERE a.valid_from <= {from} AND (a.valid_to IS NULL OR a.valid_to > {to}) \
               AND u.awaits_approval_since IS NULL AND u.delete_at IS NULL \
               AND ((u.disabled_at IS NULL AND (u.disable_at IS NULL OR u.disable_at > {begun})) \
                 OR u.enable_at <= {ended})) AS held) AS placed WHERE place <= {n} ORDER BY role_id, user_id"
        )
    };
    let rows: Vec<Holder> = match conn {
        Conn::Sqlite(conn) => diesel::sql_query(sql(["?"; 4], "?"))
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<BigInt, _>(most)
            .load(conn)?,
        Conn::Pg(conn) => {
            diesel::sql_query(sql(["$1"; 4], "$2")).bind::<Timestamp, _>(now).bind::<BigInt, _>(most).load(conn)?
        }
    };
    let mut firsts: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in rows {
        firsts.entry(row.role_id).or_default().push(row.user_id);
    }
    Ok(firsts)
}
