//! What roles demand of the sign-in.

use super::Conn;
use crate::{
    domain::{
        Result,
        sign_in_rules::{Demand, RulesByRole, SignInRules},
    },
    schema::{roles, sign_in_rules},
};
use diesel::prelude::*;

type Row = (i64, String, Option<i64>, Option<i64>, Option<i64>, bool, bool);

/// Those of all living roles that have any.
pub fn all(conn: &mut Conn) -> Result<RulesByRole> {
    let rows: Vec<Row> = sign_in_rules::table
        .inner_join(roles::table)
        .filter(roles::deleted_at.is_null())
        .select((
            sign_in_rules::role_id,
            sign_in_rules::second_factor,
            sign_in_rules::idle_minutes,
            sign_in_rules::session_hours,
            sign_in_rules::sessions_at_once,
            sign_in_rules::every_sign_in,
            sign_in_rules::ends_sessions,
        ))
        .load(conn)?;
    let rules = |(role, demand, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions): Row| {
        let second_factor = Demand::parse(&demand).unwrap_or_default();
        let rules =
            SignInRules { second_factor, idle_minutes, session_hours, sessions_at_once, every_sign_in, ends_sessions };
        (role, rules)
    };
    Ok(rows.into_iter().map(rules).collect())
}

pub fn of_role(conn: &mut Conn, role_id: i64) -> Result<SignInRules> {
    Ok(all(conn)?.remove(&role_id).unwrap_or_default())
}

pub fn set(conn: &mut Conn, role_id: i64, rules: SignInRules) -> Result<()> {
    diesel::delete(sign_in_rules::table.find(role_id)).execute(conn)?;
    if rules.is_empty() {
        return Ok(());
    }
    let row = (
        sign_in_rules::role_id.eq(role_id),
        sign_in_rules::second_factor.eq(rules.second_factor.as_str()),
        sign_in_rules::idle_minutes.eq(rules.idle_minutes),
        sign_in_rules::session_hours.eq(rules.session_hours),
        sign_in_rules::sessions_at_once.eq(rules.sessions_at_once),
        sign_in_rules::every_sign_in.eq(rules.every_sign_in),
        sign_in_rules::ends_sessions.eq(rules.ends_sessions),
    );
    diesel::insert_into(sign_in_rules::table).values(row).execute(conn)?;
    Ok(())
}
