//! Users.

mod best;
mod found;
mod list;
mod named;
mod narrow;

use super::{Conn, MultiBackend, ROWS, Taken as _, cols, counters, each};
use crate::{
    domain::{
        Error, FieldErrors, Result, Time,
        bars::Bars,
        page::Total,
        text,
        user::{Profile, SERVICE, User},
    },
    schema::{reserved_usernames, sessions, suspensions, users},
};
pub use best::best;
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
pub(super) use list::filtered;
pub use list::{holding, list};
pub use named::Named;
pub use narrow::{by_index, phrases};
use std::collections::HashSet;

pub const TAKEN_USERNAME: &str = "This username is taken. Choose another one.";
const TAKEN_EMAIL: &str = "Another user has this e-mail address.";

pub(super) type Query<'a> = users::BoxedQuery<'a, MultiBackend>;

pub(super) fn living<'a>() -> Query<'a> {
    users::table.filter(users::deleted_at.is_null()).into_boxed()
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<User>> {
    Ok(living().filter(users::id.eq(id)).select(User::as_select()).first(conn).optional()?)
}

/// The living user, or [`Error::NotFound`].
pub fn get(conn: &mut Conn, id: i64) -> Result<User> {
    find(conn, id)?.ok_or(Error::not_found("user"))
}

/// By username or e-mail address. A username never has an `@`, so there is at most one.
pub fn find_by_name(conn: &mut Conn, username_or_email: &str) -> Result<Option<User>> {
    let key = text::fold(username_or_email);
    let query = if key.contains('@') {
        living().filter(users::email_key.eq(key))
    } else {
        living().filter(users::username_key.eq(key))
    };
    Ok(query.select(User::as_select()).first(conn).optional()?)
}

pub fn find_by_email(conn: &mut Conn, email_key: &str) -> Result<Option<User>> {
    Ok(living().filter(users::email_key.eq(email_key.to_owned())).select(User::as_select()).first(conn).optional()?)
}

/// The hash of another system that the user has whose username comes next after `name`, in a circle; `None`: nobody has
/// such a hash any more.
pub fn foreign_hash_near(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    // Word for word the condition of the index `users_foreign_hash`.
    let foreign = || {
        living()
            .filter(sql::<Bool>("substr(password_hash, 1, 2) <> '$2'"))
            .order(users::username_key)
            .select(users::password_hash.assume_not_null())
    };
    match foreign().filter(users::username_key.ge(text::fold(name))).first(conn).optional()? {
        Some(hash) => Ok(Some(hash)),
        None => Ok(foreign().first(conn).optional()?),
    }
}

/// Some user, whoever it is.
pub fn anybody(conn: &mut Conn) -> Result<Option<User>> {
    Ok(living().select(User::as_select()).first(conn).optional()?)
}

/// Whether somebody but the user `but` has the username, or it is reserved.
pub fn username_is_taken(conn: &mut Conn, username_key: &str, but: Option<i64>) -> Result<bool> {
    let but = but.unwrap_or(0);
    let held = living().filter(users::username_key.eq(username_key.to_owned())).filter(users::id.ne(but));
    let reserved = reserved_usernames::table.find(username_key).filter(reserved_usernames::user_id.ne(but));
    Ok(held.count().get_result::<i64>(conn)? + reserved.count().get_result::<i64>(conn)? > 0)
}

/// From now on the username is as taken as if somebody had it; but not to the user himself.
pub fn reserve_username(conn: &mut Conn, username_key: &str, user_id: i64) -> Result<()> {
    let row = (reserved_usernames::username_key.eq(username_key), reserved_usernames::user_id.eq(user_id));
    let there = reserved_usernames::table.find(username_key).count().get_result::<i64>(conn)?;
    if there == 0 {
        diesel::insert_into(reserved_usernames::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// The names of the users with these ids, deleted ones too.
pub fn names(conn: &mut Conn, ids: &[i64]) -> Result<std::collections::HashMap<i64, String>> {
    Ok(users::table
        .filter(users::id.eq_any(ids.to_vec()))
        .select((users::id, users::username))
        .load::<(i64, String)>(conn)?
        .into_iter()
        .collect())
}

/// The user, deleted or not.
pub fn find_ever(conn: &mut Conn, id: i64) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

pub fn insert(conn: &mut Conn, profile: &Profile, password_hash: Option<&str>, now: Time) -> Result<User> {
    if username_is_taken(conn, &profile.username_key(), None)? {
        return Err(Error::Taken(FieldErrors::one("username", TAKEN_USERNAME)));
    }
    diesel::insert_into(users::table)
        .values((
            (users::username.eq(&profile.username), users::username_key.eq(profile.username_key())),
            (
                users::email.eq(&profile.email),
                users::email_key.eq(profile.email_key()),
                users::search_key.eq(profile.search_key()),
            ),
            (users::first_name.eq(&profile.first_name), users::last_name.eq(&profile.last_name)),
            (users::password_hash.eq(password_hash), users::password_changed_at.eq(password_hash.map(|_| now))),
            (users::created_at.eq(now), users::updated_at.eq(now)),
        ))
        .returning(cols::<User>())
        .get_result(conn)
        .taken("email", TAKEN_EMAIL)
}

/// Makes a service account. It has no address to verify and no second factor to miss.
pub fn insert_service(conn: &mut Conn, profile: &Profile, now: Time) -> Result<User> {
    let made = insert(conn, profile, None, now)?;
    let row = diesel::update(users::table.find(made.id));
    let set = (users::kind.eq(SERVICE), users::email_verified_at.eq(now), users::has_second_factor.eq(true));
    Ok(row.set(set).returning(cols::<User>()).get_result(conn)?)
}

/// Writes names and address. `verified`: when the address was verified, if it was.
pub fn update_profile(conn: &mut Conn, id: i64, profile: &Profile, verified: Option<Time>, now: Time) -> Result<User> {
    if username_is_taken(conn, &profile.username_key(), Some(id))? {
        return Err(Error::Taken(FieldErrors::one("username", TAKEN_USERNAME)));
    }
    // The list of sessions is sorted by it.
    diesel::update(sessions::table.filter(sessions::user_id.eq(id)).filter(sessions::ended_at.is_null()))
        .set(sessions::user_key.eq(profile.username_key()))
        .execute(conn)?;
    diesel::update(users::table.filter(users::id.eq(id)).filter(users::deleted_at.is_null()))
        .set((
            (users::username.eq(&profile.username), users::username_key.eq(profile.username_key())),
            (
                users::email.eq(&profile.email),
                users::email_key.eq(profile.email_key()),
                users::search_key.eq(profile.search_key()),
            ),
            (users::first_name.eq(&profile.first_name), users::last_name.eq(&profile.last_name)),
            (users::email_verified_at.eq(verified), users::updated_at.eq(now)),
        ))
        .returning(cols::<User>())
        .get_result(conn)
        .optional()
        .taken("email", TAKEN_EMAIL)?
        .ok_or(Error::not_found("user"))
}

pub fn set_password(conn: &mut Conn, id: i64, hash: &str, now: Time) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::password_hash.eq(hash), users::password_changed_at.eq(now), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Nobody signs in with a password any more, until a new one is set.
pub fn drop_password(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::password_hash.eq(None::<String>), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Replaces the hash of the same password (a higher cost); nothing else about the user changes.
pub fn rehash(conn: &mut Conn, id: i64, old: &str, new: &str) -> Result<()> {
    diesel::update(users::table.find(id).filter(users::password_hash.eq(old)))
        .set(users::password_hash.eq(new))
        .execute(conn)?;
    Ok(())
}

pub fn set_email_verified(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::email_verified_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Not barred at `now`. To be filtered by as it is: turned round, the unknown of SQL would get in the way.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn at_liberty(now: Time) -> _ {
    let not_begun = users::disabled_at.is_null().and(users::disable_at.is_null().or(users::disable_at.gt(now)));
    users::awaits_approval_since.is_null().and(users::delete_at.is_null()).and(not_begun.or(users::enable_at.le(now)))
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn disabled(now: Time) -> _ {
    let begun = users::disabled_at.is_not_null().or(users::disable_at.le(now));
    begun.and(users::enable_at.is_null().or(users::enable_at.gt(now)))
}

/// Waits for an admin, and has verified the address.
#[diesel::dsl::auto_type(no_type_alias)]
fn waiting() -> _ {
    users::awaits_approval_since.is_not_null().and(users::email_verified_at.is_not_null())
}

/// Those of these users who are there and not barred.
pub fn enabled(conn: &mut Conn, ids: &[i64], now: Time) -> Result<HashSet<i64>> {
    let rows = living().filter(users::id.eq_any(ids.to_vec())).filter(at_liberty(now));
    Ok(rows.select(users::id).load(conn)?.into_iter().collect())
}

/// Whether the user was there and not barred at `at`, and the next moment after it at which that changes by itself.
pub fn was_active(conn: &mut Conn, id: i64, at: Time) -> Result<(bool, Option<Time>)> {
    let there = users::table
        .filter(users::id.eq(id))
        .filter(users::deleted_at.is_null().or(users::deleted_at.gt(at)))
        .count()
        .get_result::<i64>(conn)?;
    let intervals: Vec<(Time, Option<Time>)> = suspensions::table
        .filter(suspensions::user_id.eq(id))
        .filter(suspensions::valid_to.is_null().or(suspensions::valid_to.gt(at)))
        .filter(suspensions::valid_to.is_null().or(suspensions::valid_to.ne(suspensions::valid_from.nullable())))
        .select((suspensions::valid_from, suspensions::valid_to))
        .load(conn)?;
    let suspended = intervals.iter().any(|(from, _)| *from <= at);
    let next = intervals.iter().flat_map(|(from, to)| [Some(*from), *to]).flatten().filter(|turn| *turn > at).min();
    Ok((there > 0 && !suspended, next))
}

pub fn set_signed_in(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::last_sign_in_at.eq(now)).execute(conn)?;
    Ok(())
}

/// From when on he can do nothing but set up a second factor; `None`: nothing is demanded that he lacks.
pub fn set_second_factor_due(conn: &mut Conn, id: i64, at: Option<Time>) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::second_factor_due_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Since when an admin demands a second factor of these users, and until when those have time who have none.
pub fn demand_second_factor(conn: &mut Conn, ids: &[i64], since: Option<Time>, due: Option<Time>) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq_any(ids.to_vec())))
        .set((users::second_factor_demanded_at.eq(since), users::second_factor_due_at.eq(due)))
        .execute(conn)?;
    Ok(())
}

/// It is not demanded any more by an admin. `due`: nor by anything else, so that no time for it runs.
pub fn waive_second_factor(conn: &mut Conn, ids: &[i64], due: bool) -> Result<()> {
    let chosen = || users::table.filter(users::id.eq_any(ids.to_vec()));
    diesel::update(chosen()).set(users::second_factor_demanded_at.eq(None::<Time>)).execute(conn)?;
    if due {
        diesel::update(chosen()).set(users::second_factor_due_at.eq(None::<Time>)).execute(conn)?;
    }
    Ok(())
}

/// Writes what bars the users, and from when until when that is so, so that past and future can be asked.
pub fn set_bars(conn: &mut Conn, ids: &[i64], bars: Bars, now: Time) -> Result<()> {
    let chosen = users::table.filter(users::id.eq_any(ids.to_vec()));
    diesel::update(chosen).set((bars, users::updated_at.eq(now))).execute(conn)?;
    let of_users = || suspensions::table.filter(suspensions::user_id.eq_any(ids.to_vec()));
    // One that had not begun becomes an empty interval; one that goes on ends now.
    diesel::update(of_users().filter(suspensions::valid_from.gt(now)))
        .set(suspensions::valid_to.eq(suspensions::valid_from.nullable()))
        .execute(conn)?;
    let on = of_users()
        .filter(suspensions::valid_from.le(now))
        .filter(suspensions::valid_to.is_null().or(suspensions::valid_to.gt(now)));
    diesel::update(on).set(suspensions::valid_to.eq(now)).execute(conn)?;
    let Some((from, to)) = bars.interval(now) else { return Ok(()) };
    let row = |id: &i64| (suspensions::user_id.eq(*id), suspensions::valid_from.eq(from), suspensions::valid_to.eq(to));
    for part in ids.chunks(ROWS) {
        let rows: Vec<_> = part.iter().map(row).collect();
        each!(conn, conn => diesel::insert_into(suspensions::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// Notes that the user signed up by himself.
pub fn set_signed_up(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::signed_up_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Another address of the user, verified at `verified`.
pub fn set_email(conn: &mut Conn, id: i64, email: &str, verified: Option<Time>, now: Time) -> Result<User> {
    let user = get(conn, id)?;
    let profile = Profile { email: email.to_owned(), ..user.profile() };
    update_profile(conn, id, &profile, verified, now)
}

/// The row stays, for history; the names become free.
pub fn delete(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::deleted_at.eq(now), users::updated_at.eq(now), users::password_hash.eq(None::<String>)))
        .execute(conn)?;
    diesel::delete(reserved_usernames::table.filter(reserved_usernames::user_id.eq(id))).execute(conn)?;
    Ok(())
}

/// Takes a deletion back, if the names are still free and were not erased. There is no password any more.
pub fn restore(conn: &mut Conn, id: i64, now: Time) -> Result<User> {
    let deleted = users::table.find(id).filter(users::deleted_at.is_not_null()).filter(users::email_key.ne(""));
    diesel::update(deleted)
        .set((users::deleted_at.eq(None::<Time>), users::updated_at.eq(now)))
        .returning(cols::<User>())
        .get_result(conn)
        .optional()
        .taken("email", "Another user has this username or this e-mail address now.")?
        .ok_or(Error::not_found("deleted user"))
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    counters::get(conn, counters::USERS)
}

pub fn count_disabled(conn: &mut Conn, now: Time) -> Result<Total> {
    let maybe = sql::<Bool>("(users.disabled_at IS NOT NULL OR users.disable_at IS NOT NULL)");
    counters::capped(conn, living().filter(maybe).filter(disabled(now)).select(users::id))
}

/// Sign-ups that wait for an admin.
pub fn count_waiting(conn: &mut Conn) -> Result<Total> {
    counters::capped(conn, living().filter(waiting()).select(users::id))
}

/// Users without a confirmed second factor.
pub fn count_without_second_factor(conn: &mut Conn) -> Result<Total> {
    counters::capped(conn, living().filter(sql::<Bool>("NOT users.has_second_factor")).select(users::id))
}
