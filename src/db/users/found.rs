//! A question that finds rows, counts them, and gives one page of them.

use crate::db::{Conn, MultiBackend, raw::Raw};
use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
};

/// Gives the ids of the page, each with how many there are in all.
pub struct Found<Q> {
    /// All of them: their ids, and what they are sorted by.
    pub all: Q,
    /// They are read from the index of the ids and usernames of living users, which SQLite would not choose.
    pub by_usernames: bool,
    /// From which on, in which order, how many: of `found.k` and `found.id`.
    pub page: Raw<BigInt>,
}

impl<Q> QueryId for Found<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Found<Q> {
    type SqlType = (BigInt, BigInt);
}

impl<Q> RunQueryDsl<Conn> for Found<Q> {}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Found<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("WITH ");
        if self.by_usernames {
            out.push_sql("users AS NOT MATERIALIZED (SELECT * FROM main.users INDEXED BY users_usernames WHERE deleted_at IS NULL), ");
        }
        out.push_sql("found (id, k) AS MATERIALIZED (");
        self.all.walk_ast(out.reborrow())?;
        out.push_sql(") SELECT found.id, (SELECT count(*) FROM found) FROM found");
        self.page.walk_ast(out)
    }
}
