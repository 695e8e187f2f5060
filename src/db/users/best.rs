//! The users that somebody means who types.

use super::{
    find_by_name, living,
    narrow::{Narrow, by_index, is_frequent},
};
use crate::{
    db::{Conn, raw::Raw},
    domain::{Result, Time, search, user::User},
    schema::users,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};

/// Users among whom some are looked for with words that very many have.
const LOOKED_AT: i64 = 10_000;

/// At most `limit` living users: first whoever has just this username or address, then those of whose names, username or
/// address each word is a beginning, then those in whom the words stand anywhere.
pub fn best(conn: &mut Conn, typed: &str, limit: i64) -> Result<Vec<User>> {
    if typed.trim().is_empty() {
        let first = living().order(users::username_key).limit(limit);
        return Ok(first.select(User::as_select()).load(conn)?);
    }
    let mut found: Vec<User> = find_by_name(conn, typed)?.into_iter().collect();
    for needles in [search::beginnings(typed), search::needles(typed)] {
        let wanted = limit - i64::try_from(found.len()).unwrap_or(limit);
        if needles.is_empty() || wanted <= 0 {
            break;
        }
        // One more for each that is there already.
        for user in some(conn, needles, limit)? {
            if found.iter().all(|known| known.id != user.id) {
                found.push(user);
            }
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// Some `limit` users with all of the needles, the oldest accounts first.
fn some(conn: &mut Conn, needles: Vec<String>, limit: i64) -> Result<Vec<User>> {
    let postgres = matches!(conn, Conn::Pg(_));
    // Its index does not know where a word begins.
    let parts: Vec<String> = needles.iter().map(|needle| needle.trim_start().to_owned()).collect();
    let frequent = postgres && is_frequent(conn, &parts)?;
    let words = Narrow::Words { needles, in_set: false };
    if frequent {
        let end = Raw::<BigInt>::new("SELECT id FROM users WHERE deleted_at IS NULL ORDER BY id LIMIT 1 OFFSET ");
        let among = Raw::<Bool>::new("users.id <= (").then(end.number(LOOKED_AT)).sql(")");
        let rows = words.check(living().filter(among), Time::default()).order(users::id).limit(limit);
        return Ok(rows.select(User::as_select()).load(conn)?);
    }
    by_index(conn, |conn| {
        let rows = words.pick_some(living(), postgres, limit).order(users::id).limit(limit);
        Ok(rows.select(User::as_select()).load(conn)?)
    })
}
