//! What was set while Rolecall runs, and what the database tells of itself.

use super::{Conn, each};
use crate::{
    domain::{Result, Time},
    schema::settings,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use std::collections::BTreeMap;

/// All that is set, by name.
pub fn all(conn: &mut Conn) -> Result<BTreeMap<String, String>> {
    Ok(settings::table.select((settings::name, settings::value)).load(conn)?.into_iter().collect())
}

/// Who set each, and when.
pub fn changed(conn: &mut Conn) -> Result<BTreeMap<String, (Time, Option<i64>)>> {
    let rows: Vec<(String, Time, Option<i64>)> =
        settings::table.select((settings::name, settings::changed_at, settings::changed_by)).load(conn)?;
    Ok(rows.into_iter().map(|(name, at, by)| (name, (at, by))).collect())
}

/// Sets it, or takes it back.
pub fn set(conn: &mut Conn, name: &str, value: Option<&str>, by: Option<i64>, now: Time) -> Result<()> {
    diesel::delete(settings::table.find(name)).execute(conn)?;
    if let Some(value) = value {
        let row = (
            settings::name.eq(name),
            settings::value.eq(value),
            settings::changed_at.eq(now),
            settings::changed_by.eq(by),
        );
        diesel::insert_into(settings::table).values(row).execute(conn)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Kind and version of the database, as it says itself.
pub fn version(conn: &mut Conn) -> Result<String> {
    const PG: &str = "SELECT 'PostgreSQL ' || current_setting('server_version') AS line";
    const SQLITE: &str = "SELECT 'SQLite ' || sqlite_version() AS line";
    Ok(match conn {
        Conn::Pg(conn) => diesel::sql_query(PG).get_result::<Line>(conn)?.line,
        Conn::Sqlite(conn) => diesel::sql_query(SQLITE).get_result::<Line>(conn)?.line,
    })
}

/// How much room the data takes, in bytes.
pub fn bytes(conn: &mut Conn) -> Result<i64> {
    const PG: &str = "SELECT pg_database_size(current_database()) AS n";
    const SQLITE: &str = "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()";
    Ok(match conn {
        Conn::Pg(conn) => diesel::sql_query(PG).get_result::<Number>(conn)?.n,
        Conn::Sqlite(conn) => diesel::sql_query(SQLITE).get_result::<Number>(conn)?.n,
    })
}

/// The migrations that were run: how many, and the version of the last.
pub fn migrations(conn: &mut Conn) -> Result<(i64, String)> {
    let count = "SELECT count(*) AS n FROM __diesel_schema_migrations";
    let last = "SELECT max(version) AS line FROM __diesel_schema_migrations";
    let n = each!(conn, conn => diesel::sql_query(count).get_result::<Number>(conn))?.n;
    Ok((n, each!(conn, conn => diesel::sql_query(last).get_result::<Line>(conn))?.line))
}
