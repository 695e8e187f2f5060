//! Sessions. A row is opened in the transaction of the sign-in; the cookie's key is attached to it afterwards.

use super::{Conn, cols, counters, each};
use crate::{
    domain::{
        Result, Time,
        page::Total,
        session::{Limits, Session, ended},
    },
    schema::{session_roles, sessions, users},
};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap};

pub struct NewSession<'a> {
    pub user_id: i64,
    pub factors: &'a str,
    pub ip: &'a str,
    pub user_agent: &'a str,
    pub expires_at: Time,
    /// The proofs were the strongest that the account has.
    pub strong: bool,
}

pub fn open(conn: &mut Conn, new: &NewSession<'_>, now: Time) -> Result<Session> {
    let user_key: String = users::table.find(new.user_id).select(users::username_key).first(conn)?;
    let row = (
        sessions::user_key.eq(user_key),
        (
            sessions::user_id.eq(new.user_id),
            sessions::factors.eq(new.factors),
            sessions::ip.eq(new.ip),
            sessions::user_agent.eq(new.user_agent),
        ),
        (sessions::created_at.eq(now), sessions::last_seen_at.eq(now), sessions::expires_at.eq(new.expires_at)),
        sessions::authenticated_at.eq(new.strong.then_some(now)),
    );
    Ok(diesel::insert_into(sessions::table).values(row).returning(cols::<Session>()).get_result(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn live(now: Time, idle_since: Time) -> _ {
    sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_seen_at.gt(idle_since))
}

fn idle_since(limits: Limits, now: Time) -> Time {
    now.minus_seconds(limits.idle)
}

/// The session of a cookie's key, if it lives.
pub fn find_by_key(conn: &mut Conn, key_hash: &str, limits: Limits, now: Time) -> Result<Option<Session>> {
    Ok(live(now, idle_since(limits, now))
        .filter(sessions::key_hash.eq(key_hash))
        .select(Session::as_select())
        .first(conn)
        .optional()?)
}

pub fn find(conn: &mut Conn, id: i64, limits: Limits, now: Time) -> Result<Option<Session>> {
    Ok(live(now, idle_since(limits, now))
        .filter(sessions::id.eq(id))
        .select(Session::as_select())
        .first(conn)
        .optional()?)
}

/// The user's live sessions, the latest used first.
pub fn of_user(conn: &mut Conn, user_id: i64, limits: Limits, now: Time) -> Result<Vec<Session>> {
    let rows = live(now, idle_since(limits, now))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::key_hash.is_not_null());
    Ok(rows.order((sessions::last_seen_at.desc(), sessions::id.desc())).select(Session::as_select()).load(conn)?)
}

/// Whether the user signed in from this address with this User-Agent before, since `since`, and after sessions of his last
/// ended for the reason `but`.
pub fn was_from(conn: &mut Conn, user_id: i64, ip: &str, user_agent: &str, but: &str, since: Time) -> Result<bool> {
    let his = sessions::table.filter(sessions::user_id.eq(user_id));
    let last: Option<i64> =
        his.filter(sessions::end_reason.eq(but)).select(diesel::dsl::max(sessions::id)).get_result(conn)?;
    let like = his
        .filter(sessions::id.gt(last.unwrap_or(0)))
        .filter(sessions::created_at.gt(since))
        .filter(sessions::ip.eq(ip))
        .filter(sessions::user_agent.eq(user_agent));
    Ok(like.count().get_result::<i64>(conn)? > 0)
}

pub fn count(conn: &mut Conn, limits: Limits, now: Time) -> Result<Total> {
    let rows = live(now, idle_since(limits, now)).filter(sessions::key_hash.is_not_null());
    counters::capped(conn, rows.select(sessions::id))
}

/// Gives the row the hash of its (new) key; `false` if the session has ended meanwhile: it does not come back.
pub fn attach_key(conn: &mut Conn, id: i64, key_hash: &str) -> Result<bool> {
    let open = sessions::table.find(id).filter(sessions::ended_at.is_null());
    Ok(diesel::update(open).set(sessions::key_hash.eq(key_hash)).execute(conn)? == 1)
}

/// Whether any session has the key, live or not.
pub fn has_key(conn: &mut Conn, key_hash: &str) -> Result<bool> {
    Ok(sessions::table.filter(sessions::key_hash.eq(key_hash)).count().get_result::<i64>(conn)? > 0)
}

/// Forgets the key: the cookie that has it is dead. Gives the id of its session.
pub fn detach_key(conn: &mut Conn, key_hash: &str) -> Result<Option<i64>> {
    diesel::update(sessions::table.filter(sessions::ended_key_hash.eq(key_hash)))
        .set(sessions::ended_key_hash.eq(None::<String>))
        .execute(conn)?;
    let detached = diesel::update(sessions::table.filter(sessions::key_hash.eq(key_hash)))
        .set(sessions::key_hash.eq(None::<String>))
        .returning(sessions::id);
    Ok(detached.get_result(conn).optional()?)
}

pub fn seen(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(sessions::table.find(id).filter(sessions::ended_at.is_null()))
        .set(sessions::last_seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// The user proved again that it is he.
pub fn set_authenticated(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    diesel::update(sessions::table.find(id).filter(sessions::ended_at.is_null()))
        .set(sessions::authenticated_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Which sessions of a user to end.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    All,
    AllBut(i64),
    One(i64),
}

/// Which sessions to end.
#[derive(Clone, Copy)]
enum Those<'a> {
    Of(i64, Which),
    OfUsers(&'a [i64]),
    WithKey(&'a str),
    /// Those that have not run out, but for one.
    Everybodys {
        but: Option<i64>,
    },
}

/// Ends them for good and gives their ids.
fn end_those(conn: &mut Conn, those: Those<'_>, reason: &str, now: Time) -> Result<Vec<i64>> {
    let open = diesel::update(sessions::table).filter(sessions::ended_at.is_null()).into_boxed();
    let chosen = match those {
        Those::Of(user_id, which) => {
            let his = open.filter(sessions::user_id.eq(user_id));
            match which {
                Which::All => his,
                Which::AllBut(id) => his.filter(sessions::id.ne(id)),
                Which::One(id) => his.filter(sessions::id.eq(id)),
            }
        }
        Those::OfUsers(users) => open.filter(sessions::user_id.eq_any(users.to_vec())),
        Those::WithKey(key_hash) => open.filter(sessions::key_hash.eq(key_hash.to_owned())),
        Those::Everybodys { but } => {
            open.filter(sessions::expires_at.gt(now)).filter(sessions::id.ne(but.unwrap_or(0)))
        }
    };
    let ended = (
        sessions::ended_at.eq(now),
        sessions::end_reason.eq(reason),
        sessions::ended_key_hash.eq(sessions::key_hash),
        sessions::key_hash.eq(None::<String>),
    );
    Ok(chosen.set(ended).returning(sessions::id).get_results(conn)?)
}

/// Ends sessions of a user and gives their ids.
pub fn end(conn: &mut Conn, user_id: i64, which: Which, reason: &str, now: Time) -> Result<Vec<i64>> {
    end_those(conn, Those::Of(user_id, which), reason, now)
}

/// Ends all sessions of these users and gives their ids.
pub fn end_of_users(conn: &mut Conn, users: &[i64], reason: &str, now: Time) -> Result<Vec<i64>> {
    end_those(conn, Those::OfUsers(users), reason, now)
}

/// Ends the session with this key. Gives its id; `None`: it has ended meanwhile.
pub fn end_by_key(conn: &mut Conn, key_hash: &str, reason: &str, now: Time) -> Result<Option<i64>> {
    Ok(end_those(conn, Those::WithKey(key_hash), reason, now)?.pop())
}

/// Ends the sessions of all users, but for `keep`, and gives the ids of those that had not run out.
pub fn end_all(conn: &mut Conn, keep: Option<i64>, reason: &str, now: Time) -> Result<Vec<i64>> {
    end_those(conn, Those::Everybodys { but: keep }, reason, now)
}

/// The user's sessions that live within these limits, the oldest first: those too whose key is still to be attached.
pub fn opened(conn: &mut Conn, user_id: i64, limits: Limits, now: Time) -> Result<Vec<i64>> {
    let rows = live(now, idle_since(limits, now))
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::created_at.gt(now.minus_seconds(limits.absolute)));
    Ok(rows.order(sessions::id).select(sessions::id).load(conn)?)
}

/// Why the session with this key is no more; `None`: nobody had such a key, or the session has not ended.
pub fn end_reason(conn: &mut Conn, key_hash: &str) -> Result<Option<String>> {
    Ok(sessions::table
        .filter(sessions::ended_key_hash.eq(key_hash))
        .select(sessions::end_reason)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten())
}

/// The roles that a restricted session has active.
pub fn roles(conn: &mut Conn, session_id: i64) -> Result<BTreeSet<i64>> {
    let rows = session_roles::table.filter(session_roles::session_id.eq(session_id)).select(session_roles::role_id);
    Ok(rows.load(conn)?.into_iter().collect())
}

/// Restricts a session to these roles; `None`: to nothing, it has all again.
pub fn restrict(conn: &mut Conn, session_id: i64, roles: Option<&BTreeSet<i64>>) -> Result<()> {
    diesel::update(sessions::table.find(session_id)).set(sessions::restricted.eq(roles.is_some())).execute(conn)?;
    diesel::delete(session_roles::table.filter(session_roles::session_id.eq(session_id))).execute(conn)?;
    let rows: Vec<_> = roles
        .into_iter()
        .flatten()
        .map(|role| (session_roles::session_id.eq(session_id), session_roles::role_id.eq(*role)))
        .collect();
    each!(conn, conn => diesel::insert_into(session_roles::table).values(&rows).execute(conn))?;
    Ok(())
}

/// Live restricted sessions with their user and their active roles.
pub fn restricted(conn: &mut Conn, limits: Limits, now: Time) -> Result<Vec<(i64, i64, BTreeSet<i64>)>> {
    let rows: Vec<(i64, i64, i64)> = live(now, idle_since(limits, now))
        .inner_join(session_roles::table)
        .order((sessions::id, session_roles::role_id))
        .select((sessions::id, sessions::user_id, session_roles::role_id))
        .load(conn)?;
    let mut found: Vec<(i64, i64, BTreeSet<i64>)> = vec![];
    for (session, user, role) in rows {
        match found.last_mut() {
            Some((last, _, roles)) if *last == session => drop(roles.insert(role)),
            _ => found.push((session, user, BTreeSet::from([role]))),
        }
    }
    Ok(found)
}

/// How many live sessions each of these users has, of those who have any.
pub fn count_of_users(conn: &mut Conn, users: &[i64], limits: Limits, now: Time) -> Result<HashMap<i64, usize>> {
    let rows = live(now, idle_since(limits, now))
        .filter(sessions::user_id.eq_any(users.to_vec()))
        .filter(sessions::key_hash.is_not_null());
    let mut counts = HashMap::new();
    for user in rows.select(sessions::user_id).load::<i64>(conn)? {
        *counts.entry(user).or_default() += 1;
    }
    Ok(counts)
}

/// Those of these users who have a session that lives, or one whose key is still to be attached.
pub fn signed_in(conn: &mut Conn, users: &[i64], limits: Limits, now: Time) -> Result<BTreeSet<i64>> {
    let rows = live(now, idle_since(limits, now)).filter(sessions::user_id.eq_any(users.to_vec()));
    Ok(rows.select(sessions::user_id).distinct().load(conn)?.into_iter().collect())
}

/// A session with its end, if it was ended: when, and why.
pub type Kept = (Session, Option<Time>, Option<String>);

/// The latest `limit` sessions of the user, ended ones too.
pub fn ever(conn: &mut Conn, user_id: i64, limit: i64) -> Result<Vec<Kept>> {
    let rows = sessions::table.filter(sessions::user_id.eq(user_id)).order(sessions::id.desc()).limit(limit);
    Ok(rows.select((Session::as_select(), sessions::ended_at, sessions::end_reason)).load(conn)?)
}

/// Ends up to `most` sessions that are over by their time, and gives the ids of those that had a key.
pub fn end_over(conn: &mut Conn, limits: Limits, now: Time, most: i64) -> Result<Vec<i64>> {
    let over = sessions::table
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.le(now).or(sessions::last_seen_at.le(idle_since(limits, now))));
    let ids: Vec<i64> = over.select(sessions::id).limit(most).load(conn)?;
    let ended = diesel::update(sessions::table.filter(sessions::id.eq_any(ids))).set((
        sessions::ended_at.eq(now),
        sessions::end_reason.eq(ended::EXPIRED),
        sessions::ended_key_hash.eq(sessions::key_hash),
        sessions::key_hash.eq(None::<String>),
    ));
    Ok(ended.returning(sessions::id).get_results(conn)?)
}
