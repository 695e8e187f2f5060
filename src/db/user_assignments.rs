//! Which user has which role, where and when.

use super::{Conn, ROWS, Taken as _, each, raw, raw::Raw, users::at_liberty};
use crate::{
    domain::{
        Error, Result, Time,
        condition::Condition,
        page::Total,
        role::{Assign, UserAssignment},
        user::SERVICE,
    },
    schema::{roles, user_assignments, users},
};
use diesel::{prelude::*, sql_types::BigInt};
use std::collections::HashMap;

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn in_force(at: Time) -> _ {
    user_assignments::table
        .filter(user_assignments::valid_from.le(at))
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(at)))
}

/// What holds now. What was given from now on holds from then on, whatever the clocks of two nodes make of it.
#[diesel::dsl::auto_type(no_type_alias)]
fn current(now: Time) -> _ {
    user_assignments::table
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)))
        .filter(user_assignments::valid_from.le(now).or(user_assignments::valid_from.eq(user_assignments::given_at)))
}

/// The user's assignments that hold now.
pub fn held(conn: &mut Conn, user_id: i64, now: Time) -> Result<Vec<UserAssignment>> {
    let rows = current(now).filter(user_assignments::user_id.eq(user_id));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// The user's assignments as of `at`.
pub fn as_of(conn: &mut Conn, user_id: i64, at: Time) -> Result<Vec<UserAssignment>> {
    Ok(in_force(at).filter(user_assignments::user_id.eq(user_id)).select(UserAssignment::as_select()).load(conn)?)
}

/// The user's assignments that at `at` were in force or to come.
pub fn not_over(conn: &mut Conn, user_id: i64, at: Time) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::user_id.eq(user_id))
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(at)));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// Those of any of these roles, in force or to come, of living users.
pub fn of_roles(conn: &mut Conn, roles: &[i64], now: Time) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::role_id.eq_any(roles.to_vec()))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// Up to `most` users who have any of these roles, in force or to come.
pub fn some_holders(conn: &mut Conn, roles: &[i64], now: Time, most: i64) -> Result<Vec<i64>> {
    let rows = user_assignments::table
        .filter(user_assignments::role_id.eq_any(roles.to_vec()))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)));
    Ok(rows.select(user_assignments::user_id).distinct().limit(most).load(conn)?)
}

/// Those of any of these users, in force or to come.
pub fn of_users(conn: &mut Conn, users: &[i64], now: Time) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::user_id.eq_any(users.to_vec()))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// All that the user ever had, and will have.
pub fn ever(conn: &mut Conn, user_id: i64) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table.filter(user_assignments::user_id.eq(user_id));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// The rows with these ids, ended ones too.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table.filter(user_assignments::id.eq_any(ids.to_vec()));
    Ok(rows.select(UserAssignment::as_select()).load(conn)?)
}

/// The user's assignments that are in force or will be.
pub fn of_user(conn: &mut Conn, user_id: i64, now: Time) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::user_id.eq(user_id))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)));
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// The role's assignments that begin later, the first ones first.
pub fn to_come(conn: &mut Conn, role_id: i64, now: Time, limit: i64) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::role_id.eq(role_id))
        .filter(user_assignments::ended_at.is_null())
        .filter(user_assignments::valid_from.gt(now))
        .filter(user_assignments::valid_from.ne(user_assignments::given_at));
    let first = rows.order((user_assignments::valid_from, user_assignments::id)).limit(limit);
    Ok(first.select(UserAssignment::as_select()).load(conn)?)
}

/// How many users have each of these roles, now, counted no further than `most`.
pub fn count_members(conn: &mut Conn, roles: &[i64], most: i64, at: Time) -> Result<HashMap<i64, Total>> {
    // With a user his assignments end, so it need not be asked whether he lives.
    let members = Raw::<BigInt>::new(
        "(SELECT count(*) FROM (SELECT DISTINCT m.user_id FROM user_assignments m WHERE m.role_id = roles.id",
    )
    .sql(" AND m.valid_from <= ")
    .time(at)
    .sql(" AND coalesce(m.valid_to > ")
    .time(at)
    .sql(", true) LIMIT ")
    .number(most + 1)
    .sql(") AS members)");
    let rows = roles::table.filter(roles::id.eq_any(roles.to_vec())).select((roles::id, members));
    let counted = rows.load::<(i64, i64)>(conn)?.into_iter();
    Ok(counted.map(|(id, n)| (id, if n > most { Total::MoreThan(most) } else { Total::Exactly(n) })).collect())
}

/// The names of the roles that each of these users has now.
pub fn role_names(conn: &mut Conn, users: &[i64], at: Time) -> Result<HashMap<i64, Vec<(i64, String)>>> {
    let rows = in_force(at).inner_join(roles::table).filter(user_assignments::user_id.eq_any(users.to_vec()));
    let mut names: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for (user, role, name) in rows
        .order(roles::name_key)
        .select((user_assignments::user_id, roles::id, roles::name))
        .load::<(i64, i64, String)>(conn)?
    {
        let of_user = names.entry(user).or_default();
        if of_user.last().is_none_or(|(last, _)| *last != role) {
            of_user.push((role, name));
        }
    }
    Ok(names)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<UserAssignment>> {
    Ok(user_assignments::table
        .find(id)
        .filter(user_assignments::ended_at.is_null())
        .select(UserAssignment::as_select())
        .first(conn)
        .optional()?)
}

/// Gives the role to one user.
pub fn insert(conn: &mut Conn, assign: &Assign, by: Option<i64>, now: Time) -> Result<UserAssignment> {
    insert_all(conn, assign, &[assign.user_id], by, now)?.pop().ok_or(Error::not_found("assignment"))
}

/// Gives the role of `assign` to these users; all of its rows, by user.
pub fn insert_all(
    conn: &mut Conn,
    assign: &Assign,
    users: &[i64],
    by: Option<i64>,
    now: Time,
) -> Result<Vec<UserAssignment>> {
    let mut made = Vec::with_capacity(users.len());
    for part in users.chunks(ROWS) {
        let open = || {
            user_assignments::table
                .filter(user_assignments::user_id.eq_any(part.to_vec()))
                .filter(user_assignments::role_id.eq(assign.role_id))
                .filter(user_assignments::scope.eq(assign.scope.as_str()))
                .filter(user_assignments::ended_at.is_null())
        };
        // One that ran out by itself makes room for a new one.
        diesel::update(open().filter(user_assignments::valid_to.le(now)))
            .set((
                user_assignments::ended_at.eq(user_assignments::valid_to),
                user_assignments::end_reason.eq("ran out"),
            ))
            .execute(conn)?;
        let row = |user: &i64| {
            (
                (
                    user_assignments::user_id.eq(*user),
                    user_assignments::role_id.eq(assign.role_id),
                    user_assignments::scope.eq(assign.scope.as_str()),
                ),
                (
                    // Never in the past: history is not rewritten.
                    user_assignments::valid_from.eq(assign.valid_from.map_or(now, |from| from.max(now))),
                    user_assignments::valid_to.eq(assign.valid_to),
                    user_assignments::reason.eq(&assign.reason),
                    user_assignments::condition.eq(assign.condition.as_ref().map(Condition::as_str)),
                ),
                (user_assignments::given_at.eq(now), user_assignments::given_by.eq(by)),
            )
        };
        let rows: Vec<_> = part.iter().map(row).collect();
        each!(conn, conn => diesel::insert_into(user_assignments::table).values(&rows).execute(conn)).taken(
            "role_id",
            "The user has this role in this scope already. Take it away first to give it with other dates.",
        )?;
        // Of each user there is one that is open.
        let rows = open().order(user_assignments::user_id).select(UserAssignment::as_select());
        made.extend(rows.load::<UserAssignment>(conn)?);
    }
    Ok(made)
}

/// Closes the interval now. One that has not begun becomes empty.
pub fn end(conn: &mut Conn, row: &UserAssignment, by: Option<i64>, reason: &str, now: Time) -> Result<()> {
    end_all(conn, std::slice::from_ref(row), by, reason, now)
}

/// As [`end`], of many.
pub fn end_all(conn: &mut Conn, rows: &[UserAssignment], by: Option<i64>, reason: &str, now: Time) -> Result<()> {
    let ended = || {
        (user_assignments::ended_at.eq(now), user_assignments::ended_by.eq(by), user_assignments::end_reason.eq(reason))
    };
    let planned = || user_assignments::planned_to.eq(user_assignments::valid_to);
    let (begun, to_come): (Vec<&UserAssignment>, Vec<_>) = rows.iter().partition(|row| row.valid_from <= now);
    let open = |part: &[&UserAssignment]| {
        user_assignments::table
            .filter(user_assignments::id.eq_any(part.iter().map(|row| row.id).collect::<Vec<_>>()))
            .filter(user_assignments::ended_at.is_null())
    };
    for part in begun.chunks(ROWS) {
        diesel::update(open(part)).set((planned(), user_assignments::valid_to.eq(now), ended())).execute(conn)?;
    }
    for part in to_come.chunks(ROWS) {
        let empty = user_assignments::valid_to.eq(user_assignments::valid_from.nullable());
        diesel::update(open(part)).set((planned(), empty, ended())).execute(conn)?;
    }
    Ok(())
}

/// Those of the role that these users have, in force or to come.
pub fn of_role_and_users(conn: &mut Conn, role_id: i64, users: &[i64], now: Time) -> Result<Vec<UserAssignment>> {
    let mut found = vec![];
    for part in users.chunks(ROWS) {
        let rows = user_assignments::table
            .filter(user_assignments::user_id.eq_any(part.to_vec()))
            .filter(user_assignments::role_id.eq(role_id))
            .filter(user_assignments::ended_at.is_null())
            .filter(user_assignments::valid_to.is_null().or(user_assignments::valid_to.gt(now)))
            .order(user_assignments::id);
        found.extend(rows.select(UserAssignment::as_select()).load::<UserAssignment>(conn)?);
    }
    Ok(found)
}

/// Those of a user or of a role that were ended at `at` for this reason.
pub fn ended_with(conn: &mut Conn, of: Of, reason: &str, at: Time) -> Result<Vec<UserAssignment>> {
    let rows = user_assignments::table
        .filter(user_assignments::ended_at.eq(at))
        .filter(user_assignments::end_reason.eq(reason.to_owned()))
        .into_boxed();
    let rows = match of {
        Of::User(id) => rows.filter(user_assignments::user_id.eq(id)),
        Of::Role(id) => rows.filter(user_assignments::role_id.eq(id)),
    };
    Ok(rows.order(user_assignments::id).select(UserAssignment::as_select()).load(conn)?)
}

/// Whose assignments are meant.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    User(i64),
    Role(i64),
}

/// Those of a user or of a role that have not ended.
pub fn open(conn: &mut Conn, user_id: Option<i64>, role_id: Option<i64>) -> Result<Vec<UserAssignment>> {
    let mut rows = user_assignments::table.filter(user_assignments::ended_at.is_null()).into_boxed();
    if let Some(user_id) = user_id {
        rows = rows.filter(user_assignments::user_id.eq(user_id));
    }
    if let Some(role_id) = role_id {
        rows = rows.filter(user_assignments::role_id.eq(role_id));
    }
    Ok(rows.select(UserAssignment::as_select()).load(conn)?)
}

/// How many living people, enabled and not to be disabled, have any of these roles everywhere, without condition and without
/// end, now: what "the last admin" counts.
pub fn count_lasting_holders(conn: &mut Conn, roles: &[i64], at: Time) -> Result<i64> {
    let rows = user_assignments::table
        .inner_join(users::table.on(users::id.eq(user_assignments::user_id)))
        .filter(user_assignments::role_id.eq_any(roles.to_vec()))
        .filter(user_assignments::scope.eq(""))
        .filter(user_assignments::condition.is_null())
        .filter(user_assignments::valid_from.le(at).or(user_assignments::valid_from.eq(user_assignments::given_at)))
        .filter(user_assignments::valid_to.is_null())
        .filter(user_assignments::ended_at.is_null())
        .filter(users::deleted_at.is_null())
        .filter(users::kind.ne(SERVICE))
        .filter(users::disable_at.is_null().or(users::enable_at.le(at)))
        .filter(at_liberty(at));
    Ok(rows.select(diesel::dsl::count(user_assignments::user_id).aggregate_distinct()).first(conn)?)
}

/// How many users have any of these roles now, counted no further than `most`.
pub fn count_holders(conn: &mut Conn, roles: &[i64], most: i64, now: Time) -> Result<Total> {
    // With a user his assignments end, so it need not be asked whether he lives.
    let ids: Vec<String> = roles.iter().map(i64::to_string).collect();
    let held = format!("SELECT m.user_id FROM user_assignments m WHERE m.role_id IN ({})", ids.join(", "));
    let begun = Raw::<BigInt>::new(held).sql(" AND m.valid_from <= ").time(now);
    let rows = begun.sql(" AND coalesce(m.valid_to > ").time(now).sql(", true)");
    let n = raw::count_distinct(conn, rows, most + 1)?;
    Ok(if n > most { Total::MoreThan(most) } else { Total::Exactly(n) })
}

/// The assignments that these users have of any of these roles, in force or to come.
pub fn of_users_by_roles(conn: &mut Conn, users: &[i64], roles: &[i64], now: Time) -> Result<Vec<UserAssignment>> {
    let mut rows = of_users(conn, users, now)?;
    rows.retain(|row| roles.contains(&row.role_id));
    Ok(rows)
}
