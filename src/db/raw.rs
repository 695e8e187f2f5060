//! SQL that diesel has no words for, with its values, as a part of a query.

use super::{Conn, MultiBackend};
use crate::domain::Time;
use diesel::{
    expression::{AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate},
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Bool, HasSqlType, Nullable, Text, Timestamp},
};
use std::marker::PhantomData;

/// Values only ever come in as such, never as text of the statement.
#[derive(Debug, Clone)]
pub struct Raw<T> {
    pieces: Vec<Piece>,
    sql_type: PhantomData<T>,
}

/// A piece of SQL, or a value.
#[derive(Debug, Clone)]
pub enum Piece {
    Sql(String),
    Text(String),
    Number(i64),
    Time(Time),
    Numbers(Vec<i64>),
    Texts(Vec<String>),
    TextOr(Option<String>),
    NumberOr(Option<i64>),
    TimeOr(Option<Time>),
    Flag(bool),
}

impl From<&str> for Piece {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

macro_rules! pieces {
    ($($of:ty => $kind:ident),*) => { $(impl From<$of> for Piece {
        fn from(value: $of) -> Self {
            Self::$kind(value)
        }
    })* };
}
pieces!(String => Text, i64 => Number, Time => Time, Option<String> => TextOr, Option<i64> => NumberOr, Option<Time> => TimeOr, bool => Flag);

impl<T> Raw<T> {
    pub fn new(sql: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Sql(sql.into())], sql_type: PhantomData }
    }

    pub fn sql(mut self, sql: &str) -> Self {
        self.pieces.push(Piece::Sql(sql.to_owned()));
        self
    }

    pub fn text(mut self, value: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(value.into()));
        self
    }

    pub fn number(mut self, value: i64) -> Self {
        self.pieces.push(Piece::Number(value));
        self
    }

    /// Several in brackets, of what `IN` takes; none: nothing is in it.
    pub fn numbers(mut self, values: &[i64]) -> Self {
        self.pieces.push(Piece::Numbers(values.to_vec()));
        self
    }

    /// As [`Self::numbers`].
    pub fn texts(mut self, values: &[String]) -> Self {
        self.pieces.push(Piece::Texts(values.to_vec()));
        self
    }

    pub fn time(mut self, value: Time) -> Self {
        self.pieces.push(Piece::Time(value));
        self
    }

    /// Goes on with another part, of whatever type.
    pub fn then<U>(mut self, other: Raw<U>) -> Self {
        self.pieces.extend(other.pieces);
        self
    }
}

impl<T: TypedExpressionType> Expression for Raw<T> {
    type SqlType = T;
}

impl<T, QS: ?Sized> AppearsOnTable<QS> for Raw<T> where Self: Expression {}
impl<T, QS: ?Sized> SelectableExpression<QS> for Raw<T> where Self: AppearsOnTable<QS> {}

impl<T> ValidGrouping<()> for Raw<T> {
    type IsAggregate = is_aggregate::Never;
}

impl<T> RunQueryDsl<Conn> for Raw<T> {}

impl<T> QueryId for Raw<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> QueryFragment<MultiBackend> for Raw<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Piece::Number(value) => out.push_bind_param::<BigInt, _>(value)?,
                Piece::Numbers(values) => several::<BigInt, _>(&mut out, values)?,
                Piece::Texts(values) => several::<Text, _>(&mut out, values)?,
                Piece::Time(value) => out.push_bind_param::<Timestamp, _>(value)?,
                Piece::TextOr(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Piece::NumberOr(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Piece::TimeOr(value) => out.push_bind_param::<Nullable<Timestamp>, _>(value)?,
                Piece::Flag(value) => out.push_bind_param::<Bool, _>(value)?,
            }
        }
        Ok(())
    }
}

/// Values in brackets.
fn several<'b, S, V>(out: &mut AstPass<'_, 'b, MultiBackend>, values: &'b [V]) -> QueryResult<()>
where
    MultiBackend: HasSqlType<S>,
    V: ToSql<S, MultiBackend>,
{
    // There would be a statement in the cache for each number of values.
    out.unsafe_to_cache_prepared();
    out.push_sql("(");
    for (place, value) in values.iter().enumerate() {
        out.push_sql(if place > 0 { ", " } else { "" });
        out.push_bind_param::<S, _>(value)?;
    }
    out.push_sql(if values.is_empty() { "NULL)" } else { ")" });
    Ok(())
}

/// A row that is inserted.
pub type Row = Vec<Piece>;

/// Values that one statement can hold; SQLite allows 32,766.
const VALUES: usize = 30_000;

/// Inserts rows, many with one statement.
pub fn insert(conn: &mut Conn, table: &str, columns: &str, rows: Vec<Row>) -> QueryResult<()> {
    let width = columns.split(',').count();
    let most = (VALUES / width).min(1000);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut pieces = vec![Piece::Sql(format!("INSERT INTO {table} ({columns}) VALUES "))];
        for (place, row) in rows.by_ref().take(most).enumerate() {
            pieces.push(Piece::Sql(if place == 0 { "(" } else { ", (" }.to_owned()));
            for (place, value) in row.into_iter().enumerate() {
                if place > 0 {
                    pieces.push(Piece::Sql(", ".to_owned()));
                }
                pieces.push(value);
            }
            pieces.push(Piece::Sql(")".to_owned()));
        }
        Raw::<BigInt> { pieces, sql_type: PhantomData }.execute(conn)?;
    }
    Ok(())
}

/// Counts the rows of a `SELECT`, no further than `most`.
pub fn count<T>(conn: &mut Conn, rows: Raw<T>, most: i64) -> QueryResult<i64> {
    let counted = Raw::<BigInt>::new("(SELECT count(*) FROM (").then(rows).sql(" LIMIT ").number(most);
    diesel::select(counted.sql(") AS counted)")).get_result(conn)
}

/// As [`count`], each value once.
pub fn count_distinct<T: Clone>(conn: &mut Conn, rows: Raw<T>, most: i64) -> QueryResult<i64> {
    let distinct = |rows: Raw<T>| Raw::<BigInt>::new("SELECT DISTINCT * FROM (").then(rows).sql(") AS found");
    // PostgreSQL goes through all rows before it gives the first that is distinct; so the first ones have to do, if they can.
    let first = 4 * most;
    let n = count(conn, distinct(rows.clone().sql(" LIMIT ").number(first)), most)?;
    if n == most || count(conn, rows.clone(), first)? < first {
        return Ok(n);
    }
    count(conn, distinct(rows), most)
}
