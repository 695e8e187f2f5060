//! The number of the last change, and what each change touched.

use super::{Conn, Taken as _};
use crate::{
    domain::{Result, Time},
    schema::{changes, revision},
};
use diesel::prelude::*;

/// The number of the last change to rights or sessions.
pub fn current(conn: &mut Conn) -> Result<i64> {
    Ok(revision::table.find(1).select(revision::number).first(conn)?)
}

/// Makes the one row if it is not there.
pub fn ensure(conn: &mut Conn, epoch: &str) -> Result<()> {
    if revision::table.count().get_result::<i64>(conn)? == 0 {
        diesel::insert_into(revision::table)
            .values((revision::id.eq(1), revision::number.eq(0), revision::epoch.eq(epoch)))
            .execute(conn)
            .taken("revision", "the first revision")?;
    }
    Ok(())
}

/// The next number. The row stays locked until the transaction ends, so commits happen in the order of numbers.
pub fn next(conn: &mut Conn) -> Result<i64> {
    Ok(diesel::update(revision::table.find(1))
        .set(revision::number.eq(revision::number + 1))
        .returning(revision::number)
        .get_result(conn)?)
}

/// Notes that `revision` touched the subject: `kind` is `user`, `role`, `permission` or `session`.
pub fn touch(conn: &mut Conn, revision: i64, kind: &str, subject_id: i64, at: Time) -> Result<()> {
    let row = (
        changes::revision.eq(revision),
        changes::kind.eq(kind),
        changes::subject_id.eq(subject_id),
        changes::at.eq(at),
    );
    diesel::insert_into(changes::table).values(row).execute(conn)?;
    Ok(())
}
