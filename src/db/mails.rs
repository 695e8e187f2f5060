//! The outbox.

use super::{Conn, MultiBackend, ROWS, contains, counters, each, lower, window};
use crate::{
    domain::{
        Error, Result, Time,
        mail::{Mail, Message},
        page::{Cursor, ListQuery, Page, Total},
        text,
    },
    schema::mails,
};
use diesel::prelude::*;

type Query<'a> = mails::BoxedQuery<'a, MultiBackend>;

/// Each message comes with its sealed body.
pub fn insert(conn: &mut Conn, messages: &[(Message, Vec<u8>)], now: Time) -> Result<()> {
    let row = |(message, body): &(Message, Vec<u8>)| {
        (
            (
                mails::kind.eq(message.kind),
                mails::user_id.eq(message.user_id),
                mails::to_name.eq(message.to_name.clone()),
                mails::to_address.eq(message.to_address.clone()),
            ),
            (
                mails::subject.eq(message.subject.clone()),
                mails::body.eq(body.clone()),
                mails::created_at.eq(now),
                mails::next_try_at.eq(now),
            ),
        )
    };
    for part in messages.chunks(ROWS) {
        let rows: Vec<_> = part.iter().map(row).collect();
        each!(conn, conn => diesel::insert_into(mails::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// Takes the mail that is due the longest and keeps others from it until `until`, so that of several workers one
/// sends it, and a worker that dies does not lose it.
pub fn claim(conn: &mut Conn, now: Time, until: Time) -> Result<Option<Mail>> {
    let due = mails::table
        .filter(mails::next_try_at.le(now))
        .order((mails::next_try_at, mails::id))
        .select(Mail::as_select())
        .first::<Mail>(conn)
        .optional()?;
    if let Some(mail) = &due {
        diesel::update(mails::table.find(mail.id))
            .set((mails::next_try_at.eq(until), mails::tries.eq(mails::tries + 1)))
            .execute(conn)?;
    }
    Ok(due)
}

/// Sent: the body, which may hold links and codes, is erased.
pub fn set_sent(conn: &mut Conn, id: i64, now: Time) -> Result<()> {
    let sent = (
        mails::sent_at.eq(now),
        mails::next_try_at.eq(None::<Time>),
        mails::last_error.eq(None::<String>),
        mails::body.eq(None::<Vec<u8>>),
    );
    diesel::update(mails::table.find(id)).set(sent).execute(conn)?;
    Ok(())
}

/// `next_try_at`: `None` gives the mail up.
pub fn set_error(conn: &mut Conn, id: i64, error: &str, next_try_at: Option<Time>, now: Time) -> Result<()> {
    let failed_at = next_try_at.is_none().then_some(now);
    diesel::update(mails::table.find(id))
        .set((mails::last_error.eq(error), mails::next_try_at.eq(next_try_at), mails::failed_at.eq(failed_at)))
        .execute(conn)?;
    Ok(())
}

/// Makes a failed mail due again, with all its tries.
pub fn retry(conn: &mut Conn, id: i64, now: Time) -> Result<bool> {
    let failed = mails::table.find(id).filter(mails::failed_at.is_not_null());
    Ok(diesel::update(failed)
        .set((mails::failed_at.eq(None::<Time>), mails::next_try_at.eq(now), mails::tries.eq(0)))
        .execute(conn)?
        == 1)
}

/// As [`retry`], for all that have failed; tells how many.
pub fn retry_all(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::update(mails::table.filter(mails::failed_at.is_not_null()))
        .set((mails::failed_at.eq(None::<Time>), mails::next_try_at.eq(now), mails::tries.eq(0)))
        .execute(conn)?)
}

pub fn get(conn: &mut Conn, id: i64) -> Result<Mail> {
    mails::table.find(id).select(Mail::as_select()).first(conn).optional()?.ok_or(Error::not_found("mail"))
}

/// When the next mail is due.
pub fn next_due(conn: &mut Conn) -> Result<Option<Time>> {
    Ok(mails::table
        .filter(mails::next_try_at.is_not_null())
        .select(mails::next_try_at.assume_not_null())
        .order(mails::next_try_at)
        .first(conn)
        .optional()?)
}

pub fn count_failed(conn: &mut Conn) -> Result<Total> {
    counters::capped(conn, mails::table.filter(mails::failed_at.is_not_null()).select(mails::id))
}

fn filtered<'a>(query: &ListQuery) -> Query<'a> {
    let mut list = mails::table.into_boxed();
    for word in text::clean(&query.q).split_whitespace() {
        let word = contains(&word.to_lowercase());
        let to = lower(mails::to_address).like(word.clone()).escape('\\');
        list = list.filter(to.or(lower(mails::subject).like(word).escape('\\')));
    }
    match query.filter.as_str() {
        "sent" => list.filter(mails::sent_at.is_not_null()),
        "failed" => list.filter(mails::failed_at.is_not_null()),
        "waiting" => list.filter(mails::sent_at.is_null()).filter(mails::failed_at.is_null()),
        _ => list,
    }
}

/// A page of mails, by `written` (default: `-written`, the latest first). Filters: `sent`, `failed`, `waiting`.
pub fn list(conn: &mut Conn, query: &ListQuery) -> Result<Page<Mail>> {
    let (_, descending) = query.order("Mails", &["written"], "-written")?;
    let total = counters::capped(conn, filtered(query).select(mails::id))?;
    let cursor = Cursor::<i64>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let rows = window!(filtered(query), downward, cursor.as_ref().map(|c| c.key), mails::id);
    let found = rows.limit(query.limit() + 1).select(Mail::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |mail: &Mail| mail.id))
}

/// The id of the latest mail to the user.
pub fn last_to(conn: &mut Conn, user_id: i64) -> Result<i64> {
    let last: Option<i64> =
        mails::table.filter(mails::user_id.eq(user_id)).select(diesel::dsl::max(mails::id)).get_result(conn)?;
    last.ok_or(Error::not_found("mail"))
}

/// The latest `limit` mails to the user.
pub fn of_user(conn: &mut Conn, user_id: i64, limit: i64) -> Result<Vec<Mail>> {
    let rows = mails::table.filter(mails::user_id.eq(user_id)).order(mails::id.desc()).limit(limit);
    Ok(rows.select(Mail::as_select()).load(conn)?)
}
