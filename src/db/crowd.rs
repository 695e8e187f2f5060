//! Filling an empty database with very many rows: what keeps each row in order is put aside meanwhile and made at the end.

pub use super::raw::{Piece, Row, insert};
use super::{Conn, counters};
use crate::{domain::Result, schema::counters as numbers};
use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_types::{BigInt, Text},
};

/// The tables that are filled.
const TABLES: [&str; 10] = [
    "users",
    "roles",
    "permissions",
    "user_assignments",
    "permission_assignments",
    "role_inclusions",
    "factors",
    "suspensions",
    "sessions",
    "audit_events",
];

/// What was put aside.
#[derive(Debug, Default)]
pub struct Aside {
    /// Statements that make it again.
    again: Vec<String>,
}

#[derive(QueryableByName)]
struct Thing {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    parent: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

fn quoted() -> String {
    TABLES.map(|table| format!("'{table}'")).join(", ")
}

/// Puts triggers, foreign keys and indexes aside that are not the keys of their tables.
pub fn begin(conn: &mut Conn) -> Result<Aside> {
    let mut aside = Aside::default();
    let tables = quoted();
    let mut drops = vec![];
    match conn {
        Conn::Sqlite(conn) => {
            let things: Vec<Thing> = diesel::sql_query(format!(
                "SELECT name, type AS parent, sql AS definition FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ({tables})"
            ))
            .load(conn)?;
            for thing in things {
                drops.push(format!("DROP {} {}", thing.parent, thing.name));
                aside.again.push(thing.definition);
            }
        }
        Conn::Pg(conn) => {
            let keys: Vec<Thing> = diesel::sql_query(format!(
                "SELECT conname::text AS name, conrelid::regclass::text AS parent, pg_get_constraintdef(oid) AS definition FROM pg_constraint \
                 WHERE contype = 'f' AND conrelid::regclass::text IN ({tables})"
            ))
            .load(conn)?;
            for key in keys {
                drops.push(format!("ALTER TABLE {} DROP CONSTRAINT {}", key.parent, key.name));
                aside.again.push(format!("ALTER TABLE {} ADD CONSTRAINT {} {}", key.parent, key.name, key.definition));
            }
            let indexes: Vec<Thing> = diesel::sql_query(format!(
                "SELECT indexname::text AS name, tablename::text AS parent, indexdef AS definition FROM pg_indexes \
                 WHERE schemaname = current_schema() AND tablename IN ({tables}) \
                 AND indexname NOT IN (SELECT conname FROM pg_constraint)"
            ))
            .load(conn)?;
            for index in indexes {
                drops.push(format!("DROP INDEX {}", index.name));
                aside.again.push(index.definition);
            }
            for table in TABLES {
                drops.push(format!("ALTER TABLE {table} DISABLE TRIGGER USER"));
                aside.again.push(format!("ALTER TABLE {table} ENABLE TRIGGER USER"));
            }
            // Keys of indexes are made before those who refer to them.
            aside.again.sort_by_key(|sql| sql.contains("FOREIGN KEY"));
        }
    }
    for sql in drops {
        conn.batch_execute(&sql)?;
    }
    Ok(aside)
}

impl Aside {
    /// How many statements [`Self::step`] runs.
    pub fn steps(&self) -> usize {
        self.again.len()
    }

    /// Makes one thing again.
    pub fn step(&self, conn: &mut Conn, step: usize) -> Result<()> {
        if let Conn::Pg(conn) = conn {
            conn.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'")?;
        }
        match self.again.get(step) {
            Some(sql) => Ok(conn.batch_execute(sql)?),
            None => Ok(()),
        }
    }
}

/// Counts what triggers would have counted, fills the search, and tells the planner.
pub fn end(conn: &mut Conn) -> Result<()> {
    for name in [counters::USERS, counters::ROLES, counters::PERMISSIONS] {
        let living = super::raw::Raw::<BigInt>::new(format!("(SELECT count(*) FROM {name} WHERE deleted_at IS NULL)"));
        let n: i64 = diesel::select(living).get_result(conn)?;
        diesel::update(numbers::table.find(name)).set(numbers::n.eq(n)).execute(conn)?;
    }
    match conn {
        Conn::Sqlite(conn) => {
            for table in ["users", "permissions"] {
                conn.batch_execute(&format!(
                    "INSERT INTO {table}_search ({table}_search) VALUES ('delete-all'); \
                     INSERT INTO {table}_search (rowid, search_key) SELECT id, search_key FROM {table} WHERE deleted_at IS NULL; \
                     INSERT INTO {table}_search ({table}_search) VALUES ('optimize')"
                ))?;
            }
            conn.batch_execute("ANALYZE")?;
        }
        Conn::Pg(conn) => {
            conn.batch_execute("SET LOCAL statement_timeout = 0")?;
            for table in TABLES {
                let columns: Vec<Thing> = diesel::sql_query(format!(
                    "SELECT column_name::text AS name, '' AS parent, '' AS definition FROM information_schema.columns \
                     WHERE table_name = '{table}' AND is_identity = 'YES'"
                ))
                .load(conn)?;
                for column in columns {
                    let name = column.name;
                    conn.batch_execute(&format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', '{name}'), (SELECT coalesce(max({name}), 1) FROM {table}))"
                    ))?;
                }
                conn.batch_execute(&format!("ANALYZE {table}"))?;
            }
        }
    }
    // Another history: whoever remembers something forgets it.
    Ok(conn.batch_execute("UPDATE revision SET number = number + 1, epoch = epoch || 'x'")?)
}
