//! Migrations, embedded in the binary.

use super::{
    Conn,
    pool::{Manager, Target},
};
use anyhow::anyhow;
use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::ManageConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number: several nodes that start at once migrate one after the other.
const ADVISORY_LOCK: &str = "SELECT pg_advisory_lock(7236283)";
const ADVISORY_UNLOCK: &str = "SELECT pg_advisory_unlock(7236283)";

/// Brings the schema up to date and gives the names of the migrations that were run.
pub fn run(target: &Target) -> anyhow::Result<Vec<String>> {
    let mut conn = Manager::new(target).connect()?;
    let failed = |error| anyhow!("the database could not be migrated: {error}");
    let names = match &mut conn {
        Conn::Sqlite(conn) => {
            // Two processes that start at once: the second waits here, then finds nothing to do.
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN EXCLUSIVE")?;
            let done = conn
                .run_pending_migrations(SQLITE)
                .map(|done| done.iter().map(ToString::to_string).collect::<Vec<_>>());
            match done {
                Ok(_) => AnsiTransactionManager::commit_transaction(conn)?,
                Err(_) => AnsiTransactionManager::rollback_transaction(conn)?,
            }
            done.map_err(failed)?
        }
        Conn::Pg(conn) => {
            // Another node's migration, or a long one of our own, may take its time.
            conn.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")?;
            conn.batch_execute(ADVISORY_LOCK)?;
            let done = conn
                .run_pending_migrations(POSTGRES)
                .map(|done| done.iter().map(ToString::to_string).collect::<Vec<_>>());
            conn.batch_execute(ADVISORY_UNLOCK)?;
            done.map_err(failed)?
        }
    };
    Ok(names)
}

/// Takes back every migration: for the test that `down.sql` is true.
pub fn revert_all(target: &Target) -> anyhow::Result<()> {
    let mut conn = Manager::new(target).connect()?;
    let failed = |error| anyhow!("the migrations could not be reverted: {error}");
    match &mut conn {
        Conn::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop).map_err(failed),
        Conn::Pg(conn) => conn.revert_all_migrations(POSTGRES).map(drop).map_err(failed),
    }
}
