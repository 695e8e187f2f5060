//! How many users have one of several roles, for each row of a list: counted no further than is worth the time.

use super::{
    Conn,
    user_assignments::{self, count_holders},
    users::at_liberty,
};
use crate::{
    domain::{
        Result, Time,
        page::{ListQuery, Total},
    },
    schema::{user_assignments as assigned, users},
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Timestamp},
};
use std::collections::{HashMap, HashSet};

/// Roles that are looked at first.
const ROLES: usize = 200;
/// So many times more assignments than users are read: somebody may have a role in several ways.
const WAYS: i64 = 4;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Everybody,
    /// Who is not barred from signing in.
    Enabled,
}

/// How many users have any of the roles now, counted no further than `most`. The first assignments that are found tell it of
/// almost every set of roles; only where they do not is all of it counted.
pub fn count(conn: &mut Conn, roles: &[i64], who: Who, most: i64, now: Time) -> Result<Total> {
    let first = roles.get(..ROLES).unwrap_or(roles);
    for rows in [most + most / 4, most * WAYS] {
        let found = some(conn, first, who, rows, now)?;
        let all = first.len() == roles.len() && i64::try_from(found.len()).is_ok_and(|n| n < rows);
        let people = i64::try_from(found.into_iter().collect::<HashSet<_>>().len()).unwrap_or(i64::MAX);
        if people > most {
            return Ok(Total::MoreThan(most));
        }
        if all {
            return Ok(Total::Exactly(people));
        }
    }
    let total = match who {
        Who::Everybody => count_holders(conn, roles, most, now)?,
        Who::Enabled => {
            let one = ListQuery { limit: Some(1), ..ListQuery::default() };
            user_assignments::holders(conn, roles, None, (now, true, Who::Enabled), &one)?.total
        }
    };
    Ok(if total.number() > most { Total::MoreThan(most) } else { total })
}

/// Whose are the first `limit` assignments of the roles.
fn some(conn: &mut Conn, roles: &[i64], who: Who, limit: i64, now: Time) -> Result<Vec<i64>> {
    let held = assigned::table
        .filter(assigned::role_id.eq_any(roles.to_vec()))
        .filter(assigned::valid_from.le(now))
        .filter(assigned::valid_to.is_null().or(assigned::valid_to.gt(now)));
    Ok(match who {
        // With a user his assignments end: the index of the assignments tells it alone.
        Who::Everybody => held.select(assigned::user_id).limit(limit).load(conn)?,
        Who::Enabled => {
            let held = held.inner_join(users::table.on(users::id.eq(assigned::user_id)));
            held.filter(at_liberty(now)).select(assigned::user_id).limit(limit).load(conn)?
        }
    })
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = BigInt)]
    role_id: i64,
    #[diesel(sql_type = BigInt)]
    user_id: i64,
}

/// Of each role that anybody has now the first `most` of the enabled users who have it, by id: one question for all roles.
pub fn firsts(conn: &mut Conn, most: i64, now: Time) -> Result<HashMap<i64, Vec<i64>>> {
    // As `at_liberty` and `in_force`: diesel cannot say "the first of each".
    let sql = |now: [&str; 4], n: &str| {
        let [from, to, begun, ended] = now;
        format!(
            "SELECT role_id, user_id FROM (SELECT held.role_id, held.user_id, \
               row_number() OVER (PARTITION BY held.role_id ORDER BY held.user_id) AS place \
             FROM (SELECT DISTINCT a.role_id, a.user_id FROM user_assignments a JOIN users u ON u.id = a.user_id \
               WHERE a.valid_from <= {from} AND (a.valid_to IS NULL OR a.valid_to > {to}) \
               AND u.awaits_approval_since IS NULL AND u.delete_at IS NULL \
               AND ((u.disabled_at IS NULL AND (u.disable_at IS NULL OR u.disable_at > {begun})) \
                 OR u.enable_at <= {ended})) AS held) AS placed WHERE place <= {n} ORDER BY role_id, user_id"
        )
    };
    let rows: Vec<Holder> = match conn {
        Conn::Sqlite(conn) => diesel::sql_query(sql(["?"; 4], "?"))
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<Timestamp, _>(now)
            .bind::<BigInt, _>(most)
            .load(conn)?,
        Conn::Pg(conn) => {
            diesel::sql_query(sql(["$1"; 4], "$2")).bind::<Timestamp, _>(now).bind::<BigInt, _>(most).load(conn)?
        }
    };
    let mut firsts: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in rows {
        firsts.entry(row.role_id).or_default().push(row.user_id);
    }
    Ok(firsts)
}
