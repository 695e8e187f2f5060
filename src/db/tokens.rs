//! API tokens.

use super::{Conn, cols};
use crate::{
    domain::{
        Error, Result, Time,
        token::{ApiToken, NewToken},
    },
    schema::api_tokens,
};
use diesel::prelude::*;

/// Tokens that have ended and are still shown to their owner.
const ENDED: i64 = 20;

/// Whose it is, who makes it, and what is kept of its text.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    pub user_id: i64,
    pub by: Option<i64>,
    pub prefix: &'a str,
    pub hash: &'a str,
}

pub fn insert(conn: &mut Conn, new: &NewToken, made: Made<'_>, now: Time) -> Result<ApiToken> {
    let (patterns, scope, networks) = new.stored();
    let row = (
        (api_tokens::user_id.eq(made.user_id), api_tokens::name.eq(&new.name), api_tokens::prefix.eq(made.prefix)),
        (api_tokens::token_hash.eq(made.hash), api_tokens::patterns.eq(patterns), api_tokens::scope.eq(scope)),
        (api_tokens::networks.eq(networks), api_tokens::created_at.eq(now), api_tokens::created_by.eq(made.by)),
        api_tokens::expires_at.eq(new.expires_at),
    );
    Ok(diesel::insert_into(api_tokens::table).values(row).returning(cols::<ApiToken>()).get_result(conn)?)
}

/// A token, ended or not, and the hash of its text.
pub type Found = Option<(ApiToken, String)>;

/// The token of this hash.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Found> {
    let row = api_tokens::table.filter(api_tokens::token_hash.eq(hash.to_owned()));
    Ok(row.select((ApiToken::as_select(), api_tokens::token_hash)).first(conn).optional()?)
}

/// The token with this id.
pub fn find(conn: &mut Conn, id: i64) -> Result<Found> {
    let row = api_tokens::table.find(id);
    Ok(row.select((ApiToken::as_select(), api_tokens::token_hash)).first(conn).optional()?)
}

/// One of the user's tokens, ended or not.
pub fn get(conn: &mut Conn, user_id: i64, id: i64) -> Result<ApiToken> {
    let found = find(conn, id)?.map(|(token, _)| token).filter(|token| token.user_id == user_id);
    found.ok_or(Error::not_found("token"))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live(now: Time) -> _ {
    let unretired = api_tokens::retires_at.is_null().or(api_tokens::retires_at.gt(now));
    api_tokens::revoked_at.is_null().and(api_tokens::expires_at.gt(now)).and(unretired)
}

/// The user's live tokens, the latest first, and after them the latest that have ended.
pub fn of_user(conn: &mut Conn, user_id: i64, now: Time) -> Result<Vec<ApiToken>> {
    let mut tokens = live_of(conn, user_id, now)?;
    let known: Vec<i64> = tokens.iter().map(|token| token.id).collect();
    let ended = api_tokens::table.filter(api_tokens::user_id.eq(user_id)).filter(api_tokens::id.ne_all(known));
    tokens
        .extend(ended.order(api_tokens::id.desc()).limit(ENDED).select(ApiToken::as_select()).load::<ApiToken>(conn)?);
    Ok(tokens)
}

/// The latest first.
pub fn live_of(conn: &mut Conn, user_id: i64, now: Time) -> Result<Vec<ApiToken>> {
    let rows = api_tokens::table.filter(api_tokens::user_id.eq(user_id)).filter(live(now));
    Ok(rows.order(api_tokens::id.desc()).select(ApiToken::as_select()).load(conn)?)
}

pub fn rename(conn: &mut Conn, id: i64, name: &str) -> Result<ApiToken> {
    let row = diesel::update(api_tokens::table.find(id)).set(api_tokens::name.eq(name));
    Ok(row.returning(cols::<ApiToken>()).get_result(conn)?)
}

/// Notes that it was used, from where.
pub fn used(conn: &mut Conn, id: i64, ip: &str, now: Time) -> Result<()> {
    let row = diesel::update(api_tokens::table.find(id));
    row.set((api_tokens::last_used_at.eq(now), api_tokens::last_used_ip.eq(ip))).execute(conn)?;
    Ok(())
}

/// Both work until `until`.
pub fn replace(conn: &mut Conn, id: i64, by: i64, until: Time) -> Result<()> {
    let row = diesel::update(api_tokens::table.find(id));
    row.set((api_tokens::replaced_by.eq(by), api_tokens::retires_at.eq(until))).execute(conn)?;
    Ok(())
}

/// Live tokens that end before `until` and of which nobody was told; the next to end first.
pub fn ending(conn: &mut Conn, now: Time, until: Time, limit: i64) -> Result<Vec<ApiToken>> {
    let rows = api_tokens::table
        .filter(live(now))
        .filter(api_tokens::warned_at.is_null())
        .filter(api_tokens::expires_at.lt(until))
        .order((api_tokens::expires_at, api_tokens::id))
        .limit(limit);
    Ok(rows.select(ApiToken::as_select()).load(conn)?)
}

/// Notes that it was told that they end.
pub fn warned(conn: &mut Conn, ids: &[i64], now: Time) -> Result<()> {
    let rows = api_tokens::table.filter(api_tokens::id.eq_any(ids.to_vec()));
    diesel::update(rows).set(api_tokens::warned_at.eq(now)).execute(conn)?;
    Ok(())
}

/// They work no more, from now on.
pub fn revoke(conn: &mut Conn, ids: &[i64], now: Time) -> Result<()> {
    diesel::update(api_tokens::table.filter(api_tokens::id.eq_any(ids.to_vec())))
        .set(api_tokens::revoked_at.eq(now))
        .execute(conn)?;
    Ok(())
}
