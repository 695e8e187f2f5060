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

/// Whose a new link is, and what address it is about.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    pub user_id: i64,
    pub email_key: &'a str,
    /// Where that is not the address that the user has.
    pub address: Option<&'a str>,
}

/// A new link for the user (if any) voids his older ones of the same purpose, but for those that each tell of something
/// else.
pub fn insert(conn: &mut Conn, purpose: Purpose, token_hash: &str, owner: Option<Owner<'_>>, now: Time) -> Result<()> {
    if let Some(owner) = owner.filter(|_| !purpose.stands_beside_others()) {
        void(conn, &[purpose], owner.user_id, now)?;
    }
    let row = (
        links::purpose.eq(purpose.as_str()),
        links::token_hash.eq(token_hash),
        links::user_id.eq(owner.map(|owner| owner.user_id)),
        links::email_key.eq(owner.map(|owner| owner.email_key)),
        links::address.eq(owner.and_then(|owner| owner.address)),
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

/// The user's link of this purpose that could be used now, the latest made.
pub fn of_user(conn: &mut Conn, purpose: Purpose, user_id: i64, now: Time) -> Result<Option<Link>> {
    let open = links::table
        .filter(links::purpose.eq(purpose.as_str()))
        .filter(links::user_id.eq(user_id))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now));
    Ok(open.order(links::id.desc()).select(Link::as_select()).first(conn).optional()?)
}

/// Voids the user's links of these purposes; gives how many could still have been used.
pub fn void(conn: &mut Conn, purposes: &[Purpose], user_id: i64, now: Time) -> Result<usize> {
    let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    let open = links::table
        .filter(links::purpose.eq_any(purposes))
        .filter(links::user_id.eq(user_id))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now));
    Ok(diesel::update(open).set(links::used_at.eq(now)).execute(conn)?)
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
