//! How many rows there are, without counting a million of them.

use super::{Conn, MultiBackend};
use crate::{
    domain::{
        Result,
        page::{COUNTED, Total},
    },
    schema::counters,
};
use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::methods::LimitDsl,
    sql_types::BigInt,
};

/// Names of the numbers of living rows that triggers keep.
pub const USERS: &str = "users";
pub const ROLES: &str = "roles";
pub const PERMISSIONS: &str = "permissions";

pub fn get(conn: &mut Conn, name: &str) -> Result<i64> {
    Ok(counters::table.find(name).select(counters::n).first(conn)?)
}

/// Counts the rows of `query`, which should select no more than a key, no further than one beyond [`COUNTED`].
pub fn capped<Q>(conn: &mut Conn, query: Q) -> Result<Total>
where
    Q: LimitDsl,
    Q::Output: QueryFragment<MultiBackend>,
{
    Ok(Total::counted(Count(query.limit(COUNTED + 1)).get_result(conn)?))
}

/// `SELECT count(*) FROM (…)`, which diesel has no word for.
struct Count<Q>(Q);

impl<Q> QueryId for Count<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Count<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Conn> for Count<Q> {}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Count<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}
