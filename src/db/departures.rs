//! Users who go: whose time has come, and what goes with them.

use super::{
    Conn,
    users::{disabled, living},
};
use crate::{
    domain::{Result, Time},
    schema::{devices, factors, links, mails, permission_uses, recovery_codes, sessions, user_assignments, users},
};
use diesel::{dsl::exists, prelude::*};

/// Takes from a deleted user what tells who he was. His row stays under a name of its own, so that what he gave others
/// can still be told apart.
pub fn erase(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    let name = format!("deleted-{id}");
    diesel::update(users::table.find(id))
        .set((
            (users::username.eq(&name), users::username_key.eq(&name), users::search_key.eq(&name)),
            (users::email.eq(""), users::email_key.eq(""), users::first_name.eq(&name), users::last_name.eq("")),
            (users::password_hash.eq(None::<String>), users::updated_at.eq(now)),
        ))
        .execute(conn)?;
    let his = sessions::table.filter(sessions::user_id.eq(id));
    diesel::update(his).set((sessions::ip.eq(""), sessions::user_agent.eq(""))).execute(conn)?;
    // The secret goes with the factor.
    diesel::update(factors::table.filter(factors::user_id.eq(id)))
        .set((factors::secret.eq(None::<Vec<u8>>), factors::ended_at.eq(now)))
        .execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(conn)?;
    diesel::delete(devices::table.filter(devices::user_id.eq(id))).execute(conn)?;
    diesel::delete(permission_uses::table.filter(permission_uses::user_id.eq(id))).execute(conn)?;
    diesel::delete(links::table.filter(links::user_id.eq(id))).execute(conn)?;
    sweep_mails(conn)?;
    Ok(())
}

/// Removes the mails of erased users that are sent or given up: the last one goes out first.
pub fn sweep_mails(conn: &mut Conn) -> Result<usize> {
    let erased = users::table.filter(users::deleted_at.is_not_null()).filter(users::email_key.eq(""));
    let done = mails::table
        .filter(mails::user_id.eq_any(erased.select(users::id.nullable())))
        .filter(mails::sent_at.is_not_null().or(mails::failed_at.is_not_null()));
    Ok(diesel::delete(done).execute(conn)?)
}

/// Those whose end has come.
pub fn to_be_deleted(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<i64>> {
    Ok(living().filter(users::delete_at.le(now)).order(users::id).limit(limit).select(users::id).load(conn)?)
}

/// Those who signed up before `unverified` and never verified the address, or wait since before `waiting`; who never signed
/// in, were never given anything and have no link that works.
pub fn stale_sign_ups(conn: &mut Conn, unverified: Time, waiting: Time, now: Time, limit: i64) -> Result<Vec<i64>> {
    let given = user_assignments::table.filter(user_assignments::user_id.eq(users::id));
    let open = links::table
        .filter(links::user_id.eq(users::id.nullable()))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now));
    let never_verified = users::email_verified_at.is_null().and(users::signed_up_at.lt(unverified));
    let stale = living()
        .filter(users::signed_up_at.is_not_null())
        .filter(users::last_sign_in_at.is_null())
        .filter(never_verified.or(users::awaits_approval_since.lt(waiting)))
        .filter(diesel::dsl::not(exists(given)))
        .filter(diesel::dsl::not(exists(open)));
    Ok(stale.order(users::id).limit(limit).select(users::id).load(conn)?)
}

/// Those who became disabled as planned and have sessions that were not ended.
pub fn disabled_with_sessions(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<i64>> {
    let open = sessions::table.filter(sessions::user_id.eq(users::id)).filter(sessions::ended_at.is_null());
    let rows = living().filter(users::disable_at.le(now)).filter(disabled(now)).filter(exists(open));
    Ok(rows.order(users::id).limit(limit).select(users::id).load(conn)?)
}
