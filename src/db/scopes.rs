//! The scopes that assignments name.

use super::{Conn, each};
use crate::{
    domain::{Result, scope::Scope},
    schema::user_assignments,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    at: String,
}

/// Scopes below `above` in the order of their bytes, each once: those after `after` (empty: from the first), up to `most`. Of
/// ended assignments too: what was named once is known.
pub fn below(conn: &mut Conn, above: &Scope, after: &str, most: i64) -> Result<Vec<String>> {
    let key = if matches!(conn, Conn::Pg(_)) { "scope COLLATE \"C\"" } else { "scope" };
    // From one scope to the next that differs, by the index: a million assignments in one scope are one step. Both databases
    // take `$1`, SQLite as a name.
    let next = |from: &str| {
        format!(
            "(SELECT {key} FROM user_assignments WHERE scope <> '' AND {key} > {from} AND {key} < $2 ORDER BY {key} LIMIT 1)"
        )
    };
    let walk = format!(
        "WITH RECURSIVE steps(at) AS (SELECT {} UNION ALL SELECT {} FROM steps WHERE at IS NOT NULL) \
         SELECT at FROM steps WHERE at IS NOT NULL LIMIT $3",
        next("$1"),
        next("steps.at"),
    );
    let first = if after.is_empty() { format!("{}/", above.as_str()) } else { after.to_owned() };
    // `0` follows `/`.
    let end = format!("{}0", above.as_str());
    let steps: Vec<Step> = each!(conn, conn => diesel::sql_query(walk)
        .bind::<Text, _>(first)
        .bind::<Text, _>(end)
        .bind::<BigInt, _>(most)
        .load(conn))?;
    Ok(steps.into_iter().map(|step| step.at).collect())
}

/// Whether an assignment names the scope itself, or has.
pub fn is_named(conn: &mut Conn, scope: &str) -> Result<bool> {
    let named =
        user_assignments::table.filter(user_assignments::scope.eq(scope)).filter(user_assignments::scope.ne(""));
    Ok(diesel::select(diesel::dsl::exists(named)).get_result(conn)?)
}
