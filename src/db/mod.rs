//! All the SQL. One schema, one set of queries, two databases.

pub mod audit;
pub mod audit_list;
pub mod audit_marks;
pub mod audit_search;
pub mod codes;
pub mod constraints;
pub mod counters;
pub mod crowd;
pub mod daily_counts;
pub mod departures;
pub mod devices;
pub mod endings;
pub mod factors;
pub mod forward_rules;
pub mod holders;
pub mod idempotency;
pub mod jobs;
pub mod links;
pub mod mails;
pub mod migrate;
pub mod pending_logins;
pub mod permission_assignments;
pub mod permission_uses;
pub mod permissions;
mod pg;
mod pool;
pub mod raw;
pub mod recovery_codes;
pub mod revision;
pub mod role_inclusions;
pub mod roles;
pub mod scopes;
pub mod selections;
pub mod session_list;
pub mod sessions;
pub mod settings;
pub mod sign_in_rules;
pub mod throttles;
pub mod timelines;
pub mod tokens;
pub mod user_assignments;
pub mod user_names;
pub mod users;
pub mod watch;

use crate::domain::{Error, FieldErrors, Result, Time};
use diesel::{
    SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::R2D2Connection,
    result::{DatabaseErrorKind, Error as DieselError},
};
pub use pool::Target;

/// A connection to either database; the queries are written once against it.
#[derive(diesel::MultiConnection)]
#[expect(clippy::large_enum_variant, reason = "diesel's derive wants the connections themselves, and there are few")]
pub enum Conn {
    Pg(pg::PgConn),
    Sqlite(SqliteConnection),
}

/// The same statement, compiled once for each database: for what diesel cannot say of both at once.
macro_rules! each {
    ($conn:expr, $inner:ident => $body:expr) => {
        match $conn {
            crate::db::Conn::Pg($inner) => $body,
            crate::db::Conn::Sqlite($inner) => $body,
        }
    };
}
use each;

/// The rows of a list in its order, up or down, from the cursor on: `at`, of the type of the cursor's key. By a unique column, or
/// by one with an id beside it; `read` makes its value of what a cursor keeps.
macro_rules! window {
    ($rows:expr, $downward:expr, $at:expr, $key:expr) => {{
        let (downward, mut rows) = ($downward, $rows);
        if let Some(at) = $at {
            rows = if downward { rows.filter($key.lt(at)) } else { rows.filter($key.gt(at)) };
        }
        if downward { rows.order($key.desc()) } else { rows.order($key.asc()) }
    }};
    ($rows:expr, $downward:expr, $at:expr, $column:expr, $id:expr, $read:expr) => {{
        let (downward, mut rows) = ($downward, $rows);
        if let Some((value, id)) = $at {
            let value = $read(value)?;
            rows = if downward {
                rows.filter($column.lt(value.clone()).or($column.eq(value).and($id.lt(id))))
            } else {
                rows.filter($column.gt(value.clone()).or($column.eq(value).and($id.gt(id))))
            };
        }
        if downward { rows.order(($column.desc(), $id.desc())) } else { rows.order(($column.asc(), $id.asc())) }
    }};
}
use window;

/// A moment as a cursor keeps it.
fn kept_time(text: &str) -> Result<Time> {
    Time::parse(text).map_err(Error::Malformed)
}

/// A text as a cursor keeps it.
#[expect(clippy::unnecessary_wraps, reason = "as `kept_time`, for `window!`")]
fn kept_text(text: &str) -> Result<String> {
    Ok(text.to_owned())
}

/// Rows that are written by one statement, at most: SQLite takes 32,766 values in one.
const ROWS: usize = 1000;

/// The columns of `T` for a `returning` clause, so that no query lists columns.
fn cols<T: diesel::Selectable<MultiBackend>>() -> T::SelectExpression {
    T::construct_selection()
}

/// The database, by the two helpers through which everything goes.
#[derive(Clone)]
pub struct Db {
    pool: pool::Pool,
}

impl Db {
    /// Opens a pool and makes one connection, so that a wrong address is told at start.
    pub fn open(target: &Target, size: u32) -> anyhow::Result<Self> {
        Ok(Self { pool: pool::open(target, size)? })
    }

    /// Runs `f` on one unchanging view of the data. `f` must not write.
    pub fn read<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.conn()?;
        let begin = match *conn {
            Conn::Pg(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Conn::Sqlite(_) => "BEGIN",
        };
        transaction(&mut conn, begin, f)
    }

    /// Runs `f` in a transaction that sees and makes changes as if there were no other writer: all of it is kept,
    /// or, after an error, nothing.
    ///
    /// SQLite: `BEGIN IMMEDIATE`, so that a read is never upgraded to a write and fails with "locked". PostgreSQL:
    /// the row of `revision` is locked first, which makes it the one writer's lock; nearly every write appends to
    /// the audit chain, so serialisable transactions would not run side by side but fail and be run again
    /// (docs/architecture.md has the figures). Do not nest, and do nothing in `f` that waits for something else
    /// than the database.
    pub fn write<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.conn()?;
        match *conn {
            Conn::Sqlite(_) => transaction(&mut conn, "BEGIN IMMEDIATE", f),
            Conn::Pg(_) => transaction(&mut conn, "BEGIN", |conn| {
                conn.batch_execute("SELECT 1 FROM revision WHERE id = 1 FOR UPDATE")?;
                f(conn)
            }),
        }
    }

    /// Whether the database answers.
    pub fn ping(&self) -> Result<()> {
        Ok(self.conn()?.batch_execute("SELECT 1")?)
    }

    fn conn(&self) -> Result<pool::Pooled> {
        self.pool.get().map_err(|error| Error::Unavailable(error.into()))
    }
}

fn transaction<T>(conn: &mut Conn, begin: &str, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, begin)?,
        Conn::Pg(conn) => AnsiTransactionManager::begin_transaction_sql(conn, begin)?,
    }
    let done = f(conn).and_then(|value| {
        <Conn as diesel::Connection>::TransactionManager::commit_transaction(conn)?;
        Ok(value)
    });
    if let Err(error) = done {
        // A failed rollback leaves the connection marked as broken; the pool drops it.
        let _ = <Conn as diesel::Connection>::TransactionManager::rollback_transaction(conn);
        // An error that nobody foresaw, on a connection that does not answer, is a lost database.
        return Err(match error {
            Error::Internal(cause) if cause.is::<DieselError>() && conn.ping().is_err() => Error::Unavailable(cause),
            other => other,
        });
    }
    done
}

/// Marks a place in a write transaction.
pub fn mark(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SAVEPOINT mark")?)
}

/// Undoes what was done since [`mark`].
pub fn back_to_mark(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("ROLLBACK TO SAVEPOINT mark")?)
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind as Kind;
        let lost = match &error {
            DieselError::DatabaseError(
                Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::SerializationFailure,
                _,
            ) => true,
            DieselError::DatabaseError(_, info) => {
                let text = info.message();
                [
                    "database is locked",
                    "disk I/O error",
                    "disk is full",
                    "unable to open database",
                    "connection closed",
                    "terminating connection",
                    "canceling statement due to",
                ]
                .iter()
                .any(|known| text.contains(known))
            }
            DieselError::BrokenTransactionManager => true,
            _ => false,
        };
        if lost { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

/// Turns the violation of a unique index into the error of the field, where the statement stands.
trait Taken<T> {
    fn taken(self, field: &'static str, message: &str) -> Result<T>;
}

impl<T> Taken<T> for diesel::QueryResult<T> {
    fn taken(self, field: &'static str, message: &str) -> Result<T> {
        self.map_err(|error| match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Error::Taken(FieldErrors::one(field, message))
            }
            other => other.into(),
        })
    }
}

diesel::define_sql_function! {
    /// Without it PostgreSQL tells capital letters apart, and SQLite does not.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// `%word%` for LIKE with `\` as escape.
fn contains(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
