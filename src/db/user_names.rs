//! Users by what somebody types of their names.

use super::{Conn, users::living};
use crate::{
    domain::{Result, text, user::User},
    schema::users,
};
use diesel::prelude::*;

/// Up to `limit` on each side of `text` in the order of names: what begins alike.
pub fn neighbours(conn: &mut Conn, text: &str, limit: i64) -> Result<Vec<User>> {
    let key = text::fold(text);
    let before = living().filter(users::username_key.lt(key.clone())).order(users::username_key.desc()).limit(limit);
    let mut found: Vec<User> = before.select(User::as_select()).load(conn)?;
    let after = living().filter(users::username_key.ge(key)).order(users::username_key).limit(limit);
    found.extend(after.select(User::as_select()).load(conn)?);
    Ok(found)
}
