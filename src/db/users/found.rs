//! A question that finds rows, counts them, and gives one page of them.

use crate::db::{Conn, MultiBackend, raw::Raw};
use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
};

/// Gives the ids of the page, each with how many there are in all; with a `rest` that number is 0: not counted.
pub struct Found<Q> {
    /// All of them: their ids, and what they are sorted by.
    pub all: Q,
    /// They are read from the index of the ids and usernames of living users, which SQLite would not choose.
    pub by_usernames: bool,
    /// What more must be true of a user, whose id is that of `found`: looked at in order until the page is full. For
    /// PostgreSQL, which would look at all that were found.
    pub rest: Option<Q>,
    /// From which on: of `found.k` and `found.id`.
    pub after: Raw<BigInt>,
    /// In which order.
    pub order: &'static str,
    /// How many.
    pub limit: i64,
}

impl<Q> QueryId for Found<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Found<Q> {
    type SqlType = (BigInt, BigInt);
}

impl<Q> RunQueryDsl<Conn> for Found<Q> {}

impl<Q: QueryFragment<MultiBackend>> Found<Q> {
    fn page<'b>(&'b self, out: &mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("FROM found");
        self.after.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY found.k ");
        out.push_sql(self.order);
        out.push_sql(", found.id ");
        out.push_sql(self.order);
        Ok(())
    }
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Found<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("WITH ");
        if self.by_usernames {
            out.push_sql("users AS NOT MATERIALIZED (SELECT * FROM main.users INDEXED BY users_usernames WHERE deleted_at IS NULL), ");
        }
        out.push_sql("found (id, k) AS MATERIALIZED (");
        self.all.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        match &self.rest {
            None => {
                out.push_sql("SELECT found.id, (SELECT count(*) FROM found) ");
                self.page(&mut out)?;
            }
            // `OFFSET 0` keeps PostgreSQL from making one question of the three.
            Some(rest) => {
                out.push_sql("SELECT found.id, CAST(0 AS BIGINT) FROM (SELECT found.id, found.k ");
                self.page(&mut out)?;
                out.push_sql(" OFFSET 0) AS found CROSS JOIN LATERAL (");
                rest.walk_ast(out.reborrow())?;
                out.push_sql(" OFFSET 0) AS fitting ORDER BY found.k ");
                out.push_sql(self.order);
                out.push_sql(", found.id ");
                out.push_sql(self.order);
            }
        }
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}
