//! One-time links.

use super::{Conn, cols};
use crate::{
    domain::{
        Result, Time,
        link::{Link, Purpose},
    },
    schema::links,
};
use diesel::prelude::*;

/// A new link for the user (if any) voids his older ones of the same purpose, but for those that each tell of a sign-in.
pub fn insert(conn: &mut Conn, purpose: Purpose, token_hash: &str, user: Option<(i64, &str)>, now: Time) -> Result<()> {
    if let Some((user_id, _)) = user.filter(|_| purpose != Purpose::NotMe) {
        void(conn, purpose, user_id, now)?;
    }
    let row = (
        links::purpose.eq(purpose.as_str()),
        links::token_hash.eq(token_hash),
        links::user_id.eq(user.map(|u| u.0)),
        links::email_key.eq(user.map(|u| u.1.to_owned())),
        links::created_at.eq(now),
        links::expires_at.eq(now.plus_seconds(purpose.seconds())),
    );
    diesel::insert_into(links::table).values(row).execute(conn)?;
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live<'a>(purpose: &'a str, token_hash: &'a str, now: Time) -> _ {
    links::table
        .filter(links::purpose.eq(purpose))
        .filter(links::token_hash.eq(token_hash))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now))
}

/// The link, if it could be used now.
pub fn find(conn: &mut Conn, purpose: Purpose, token_hash: &str, now: Time) -> Result<Option<Link>> {
    Ok(live(purpose.as_str(), token_hash, now).select(Link::as_select()).first(conn).optional()?)
}

/// Uses the link up: of two at once one gets `None`.
pub fn take(conn: &mut Conn, purpose: Purpose, token_hash: &str, now: Time) -> Result<Option<Link>> {
    Ok(diesel::update(live(purpose.as_str(), token_hash, now))
        .set(links::used_at.eq(now))
        .returning(cols::<Link>())
        .get_result(conn)
        .optional()?)
}

pub fn void(conn: &mut Conn, purpose: Purpose, user_id: i64, now: Time) -> Result<()> {
    let open = links::table
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::user_id.eq(user_id))
        .filter(links::used_at.is_null());
    diesel::update(open).set(links::used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Voids all links of a purpose: there is an admin now.
pub fn void_all(conn: &mut Conn, purpose: Purpose, now: Time) -> Result<()> {
    diesel::update(links::table.filter(links::purpose.eq(purpose.as_str())).filter(links::used_at.is_null()))
        .set(links::used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Removes links that expired before `before`.
pub fn sweep(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(links::table.filter(links::expires_at.lt(before))).execute(conn)?)
}
