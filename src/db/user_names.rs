//! Users by what somebody types of their names.

use super::{Conn, contains, users::living};
use crate::{
    domain::{Result, text, user::User},
    schema::users,
};
use diesel::prelude::*;

/// The first `limit` in whose name, username or e-mail address all words of `text` stand; first those whose username
/// begins with it.
pub fn best(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<User>> {
    let key = text::fold(text);
    let begins = contains(&key).trim_start_matches('%').to_owned();
    let first = living().filter(users::username_key.like(begins.clone()).escape('\\'));
    let mut found: Vec<User> = first.order(users::username_key).limit(limit).select(User::as_select()).load(conn)?;
    let rest = limit - i64::try_from(found.len()).unwrap_or(limit);
    if rest > 0 {
        let mut others = living().filter(users::username_key.not_like(begins).escape('\\'));
        for word in key.split_whitespace() {
            others = others.filter(users::search_key.like(contains(word)).escape('\\'));
        }
        found.extend(others.order(users::username_key).limit(rest).select(User::as_select()).load::<User>(conn)?);
    }
    Ok(found)
}

/// Up to `limit` on each side of `text` in the order of names: what begins alike.
pub fn neighbours(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<User>> {
    let key = text::fold(text);
    let before = living().filter(users::username_key.lt(key.clone())).order(users::username_key.desc()).limit(limit);
    let mut found: Vec<User> = before.select(User::as_select()).load(conn)?;
    let after = living().filter(users::username_key.ge(key)).order(users::username_key).limit(limit);
    found.extend(after.select(User::as_select()).load(conn)?);
    Ok(found)
}
