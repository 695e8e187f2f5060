//! The pool of connections, made by the scheme of the address.

use super::{Conn, pg::PgConn};
use diesel::{
    ConnectionError, SqliteConnection,
    connection::{Connection, SimpleConnection},
    r2d2::{self, ManageConnection, R2D2Connection},
};
use std::{path::PathBuf, time::Duration};

pub type Pool = r2d2::Pool<Manager>;
pub type Pooled = r2d2::PooledConnection<Manager>;

/// Where the data is. Parsed by the configuration, so that a mistyped address is refused and never made a new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Sqlite(PathBuf),
    Postgres { url: String, ca: Option<PathBuf> },
}

impl Target {
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }
}

/// How long a request waits for a connection before it is answered with 503.
const WAIT: Duration = Duration::from_secs(3);

pub fn open(target: &Target, size: u32) -> anyhow::Result<Pool> {
    let manager = Manager::new(target);
    // One try before the pool, whose own error would only say that it waited.
    drop(manager.connect()?);
    Ok(r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(WAIT)
        .error_handler(Box::new(Log))
        .build(manager)?)
}

#[derive(Debug)]
struct Log;

impl<E: std::error::Error> r2d2::HandleError<E> for Log {
    fn handle_error(&self, error: E) {
        tracing::warn!(%error, "no connection to the database");
    }
}

pub struct Manager(Target);

/// In this order: the wait must be set before anything that may need the lock. WAL lets readers go on while one
/// writes; NORMAL keeps the file whole after a crash of the process and may lose the last commits only when the
/// machine loses power.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

/// Statements are short, so compiling one takes longer than running it.
/// A request waits as long for the one writer's lock as on SQLite, and nothing waits for ever.
const LIMITS: &str = "SET jit = off; SET lock_timeout = '5s'; SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";

impl Manager {
    pub fn new(target: &Target) -> Self {
        Self(target.clone())
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Conn, ConnectionError> {
        match &self.0 {
            Target::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                conn.batch_execute(PRAGMAS).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Conn::Sqlite(conn))
            }
            Target::Postgres { url, ca } => {
                let mut conn = PgConn::connect(url, ca.as_deref())?;
                conn.batch_execute(LIMITS).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Conn::Pg(conn))
            }
        }
    }

    /// One round trip a checkout on PostgreSQL, so that a restarted server is met here and not in a request.
    fn is_valid(&self, conn: &mut Conn) -> Result<(), ConnectionError> {
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(conn) => conn.ping().map_err(ConnectionError::CouldntSetupConfiguration),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking()
            || match conn {
                Conn::Sqlite(conn) => conn.is_broken(),
                Conn::Pg(conn) => conn.is_broken(),
            }
    }
}
