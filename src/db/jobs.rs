//! Long work in the background.

use super::{Conn, MultiBackend, ROWS, cols, contains, counters, each, lower, users::Named, window};
use crate::{
    domain::{
        Error, Result, Time,
        job::{Job, Kind, LEASE, Outcome},
        page::{COUNTED, Cursor, ListQuery, Page, Total},
        text,
    },
    schema::{job_rows, jobs},
};
use diesel::prelude::*;

pub struct NewJob<'a> {
    pub kind: Kind,
    pub title: &'a str,
    pub begun_by: i64,
    pub ip: &'a str,
    pub request_id: &'a str,
    /// JSON.
    pub active_roles: Option<&'a str>,
    pub token_id: Option<i64>,
    /// JSON.
    pub asked: &'a str,
    pub subjects: Option<&'a [u8]>,
    pub total: Option<i64>,
    /// The run that has it already; `None`: it waits for one.
    pub claim: Option<&'a str>,
}

/// Puts a job into the queue, or begins it.
pub fn insert(conn: &mut Conn, new: &NewJob<'_>, now: Time) -> Result<Job> {
    let begun = new.claim.map(|_| now);
    let row = (
        (jobs::kind.eq(new.kind.as_str()), jobs::title.eq(new.title), jobs::begun_by.eq(new.begun_by)),
        (jobs::ip.eq(new.ip), jobs::request_id.eq(new.request_id), jobs::token_id.eq(new.token_id)),
        (jobs::active_roles.eq(new.active_roles), jobs::asked.eq(new.asked), jobs::subjects.eq(new.subjects)),
        (jobs::state.eq(if begun.is_some() { "running" } else { "queued" }), jobs::claim.eq(new.claim)),
        (jobs::total.eq(new.total), jobs::created_at.eq(now), jobs::started_at.eq(begun), jobs::heartbeat_at.eq(begun)),
    );
    Ok(diesel::insert_into(jobs::table).values(row).returning(cols::<Job>()).get_result(conn)?)
}

pub fn get(conn: &mut Conn, id: i64) -> Result<Job> {
    jobs::table.find(id).select(Job::as_select()).first(conn).optional()?.ok_or(Error::not_found("job"))
}

/// The packed ids of what it is done to.
pub fn subjects(conn: &mut Conn, id: i64) -> Result<Option<Vec<u8>>> {
    Ok(jobs::table.find(id).select(jobs::subjects).first::<Option<Vec<u8>>>(conn).optional()?.flatten())
}

/// The latest job of this kind that the user began and that is queued or running, if any.
pub fn under_way(conn: &mut Conn, kind: Kind, user_id: i64, now: Time) -> Result<Option<Job>> {
    let alive = jobs::state.eq("queued").or(jobs::heartbeat_at.ge(now.minus_seconds(LEASE)).assume_not_null());
    Ok(jobs::table
        .filter(jobs::begun_by.eq(user_id))
        .filter(jobs::kind.eq(kind.as_str()))
        .filter(jobs::finished_at.is_null())
        .filter(alive)
        .order(jobs::id.desc())
        .select(Job::as_select())
        .first(conn)
        .optional()?)
}

/// Whether anything waits for a worker.
pub fn waits(conn: &mut Conn) -> Result<bool> {
    let queued = jobs::table.filter(jobs::state.eq("queued")).filter(jobs::finished_at.is_null());
    Ok(queued.select(jobs::id).first::<i64>(conn).optional()?.is_some())
}

/// Takes the job that waits the longest; `claim` names the run, so that no other goes on with it.
pub fn claim(conn: &mut Conn, claim: &str, now: Time) -> Result<Option<Job>> {
    let next: Option<(i64, Option<Time>)> = jobs::table
        .filter(jobs::state.eq("queued"))
        .filter(jobs::finished_at.is_null())
        .order(jobs::id)
        .select((jobs::id, jobs::started_at))
        .first(conn)
        .optional()?;
    let Some((id, started)) = next else { return Ok(None) };
    let taken = diesel::update(jobs::table.find(id))
        .set((
            jobs::state.eq("running"),
            jobs::claim.eq(claim),
            jobs::heartbeat_at.eq(now),
            jobs::started_at.eq(started.unwrap_or(now)),
        ))
        .returning(cols::<Job>());
    Ok(Some(taken.get_result(conn)?))
}

/// Writes how far the run is, and that it lives. `None`: the job is not this run's any more; else whether it was asked to
/// stop.
pub fn advance(
    conn: &mut Conn,
    (id, claim): (i64, &str),
    (done, total): (i64, Option<i64>),
    mark: &str,
    now: Time,
) -> Result<Option<bool>> {
    let mine = jobs::table.find(id).filter(jobs::claim.eq(claim)).filter(jobs::state.eq("running"));
    let advanced = diesel::update(mine)
        .set((jobs::done.eq(done), jobs::total.eq(total), jobs::mark.eq(mark), jobs::heartbeat_at.eq(now)))
        .returning(jobs::cancel_at);
    let cancel: Option<Option<Time>> = advanced.get_result(conn).optional()?;
    Ok(cancel.map(|at| at.is_some()))
}

/// How a run ends.
#[derive(Debug)]
pub enum End<'a> {
    /// With its report, as JSON.
    Done(&'a str),
    Failed(&'a str),
    Cancelled,
    /// Not yet: another run goes on from the mark.
    Queued,
}

/// Ends the run.
pub fn finish(conn: &mut Conn, id: i64, claim: &str, end: &End<'_>, now: Time) -> Result<()> {
    let (state, report, error) = match end {
        End::Done(report) => ("done", Some(*report), None),
        End::Failed(error) => ("failed", None, Some(*error)),
        End::Cancelled => ("cancelled", None, None),
        End::Queued => ("queued", None, None),
    };
    let mine = jobs::table.find(id).filter(jobs::claim.eq(claim)).filter(jobs::state.eq("running"));
    diesel::update(mine)
        .set((
            jobs::state.eq(state),
            jobs::report.eq(report),
            jobs::error.eq(error),
            jobs::claim.eq(None::<String>),
            jobs::finished_at.eq((!matches!(end, End::Queued)).then_some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends a job that was done whole in the transaction that made it.
pub fn finish_at_once(conn: &mut Conn, id: i64, done: i64, report: &str, now: Time) -> Result<Job> {
    let finished = diesel::update(jobs::table.find(id)).set((
        (jobs::state.eq("done"), jobs::done.eq(done), jobs::report.eq(report)),
        (jobs::started_at.eq(now), jobs::finished_at.eq(now)),
    ));
    Ok(finished.returning(cols::<Job>()).get_result(conn)?)
}

/// Asks a running job to stop; ends one that no run has, or whose node is dead.
pub fn cancel(conn: &mut Conn, job: &Job, now: Time) -> Result<()> {
    let open = jobs::table.find(job.id).filter(jobs::finished_at.is_null());
    if job.status(now) == "running" {
        diesel::update(open).set(jobs::cancel_at.eq(now)).execute(conn)?;
    } else {
        let ended = (jobs::state.eq("cancelled"), jobs::claim.eq(None::<String>), jobs::finished_at.eq(now));
        diesel::update(open).set((jobs::cancel_at.eq(now), ended)).execute(conn)?;
    }
    Ok(())
}

/// Puts a job whose node is dead back into the queue.
pub fn requeue(conn: &mut Conn, id: i64) -> Result<()> {
    let queued = (jobs::state.eq("queued"), jobs::claim.eq(None::<String>), jobs::cancel_at.eq(None::<Time>));
    diesel::update(jobs::table.find(id).filter(jobs::finished_at.is_null())).set(queued).execute(conn)?;
    Ok(())
}

/// A page of jobs, by `began` (default: `-began`, the latest first). `by`: only those that this user began. Filter: `open`.
pub fn list(conn: &mut Conn, query: &ListQuery, by: Option<i64>) -> Result<Page<Job>> {
    let (_, descending) = query.order("Jobs", &["began"], "-began")?;
    let filtered = || {
        let mut list: jobs::BoxedQuery<'_, MultiBackend> = jobs::table.into_boxed();
        if let Some(by) = by {
            list = list.filter(jobs::begun_by.eq(by));
        }
        for word in text::clean(&query.q).split_whitespace() {
            list = list.filter(lower(jobs::title).like(contains(&word.to_lowercase())).escape('\\'));
        }
        if query.filter == "open" {
            list = list.filter(jobs::finished_at.is_null());
        }
        list
    };
    let total = counters::capped(conn, filtered().select(jobs::id))?;
    let cursor = Cursor::<i64>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let rows = window!(filtered(), downward, cursor.as_ref().map(|c| c.key), jobs::id);
    let found = rows.limit(query.limit() + 1).select(Job::as_select()).load(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |job: &Job| job.id))
}

/// Removes rows of the oldest job that ended before `before`, at most `limit`, and the job with the last of them. Gives how
/// many rows went; 0: there is none so old.
pub fn sweep(conn: &mut Conn, before: Time, limit: i64) -> Result<usize> {
    let old = jobs::table.filter(jobs::finished_at.lt(before)).order((jobs::finished_at, jobs::id));
    let Some(job) = old.select(jobs::id).first::<i64>(conn).optional()? else { return Ok(0) };
    let rows = job_rows::table.filter(job_rows::job_id.eq(job));
    let beyond = rows.order(job_rows::subject_id).offset(limit).select(job_rows::subject_id);
    match beyond.first::<i64>(conn).optional()? {
        Some(next) => Ok(diesel::delete(rows.filter(job_rows::subject_id.lt(next))).execute(conn)?),
        None => {
            let gone = diesel::delete(rows).execute(conn)?;
            Ok(gone + diesel::delete(jobs::table.find(job)).execute(conn)?)
        }
    }
}

/// Notes what came of subjects of a job: id, outcome, and why it was not done.
pub fn insert_rows(conn: &mut Conn, job_id: i64, rows: &[(i64, Outcome, String)]) -> Result<()> {
    let row = |(subject, outcome, why): &(i64, Outcome, String)| {
        (
            job_rows::job_id.eq(job_id),
            job_rows::subject_id.eq(*subject),
            job_rows::outcome.eq(outcome.as_str()),
            job_rows::why.eq(why.clone()),
        )
    };
    for part in rows.chunks(ROWS) {
        let rows: Vec<_> = part.iter().map(row).collect();
        each!(conn, conn => diesel::insert_into(job_rows::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// Users whom words name, up to which they are told one by one.
const NAMED: i64 = 10_000;

/// A page of what came of the subjects, by their ids: id, outcome, why. Words: of the users. Filter: an outcome.
pub fn rows(conn: &mut Conn, job_id: i64, query: &ListQuery, now: Time) -> Result<Page<(i64, String, String)>> {
    let (_, descending) = query.order("Rows of a job", &["id"], "id")?;
    let (named, postgres) = (Named::find(conn, &query.q, now, NAMED)?, matches!(conn, Conn::Pg(_)));
    let filtered = || {
        let mut list: job_rows::BoxedQuery<'_, MultiBackend> =
            job_rows::table.filter(job_rows::job_id.eq(job_id)).into_boxed();
        if !query.filter.is_empty() {
            list = list.filter(job_rows::outcome.eq(query.filter.clone()));
        }
        match named.condition("job_rows.subject_id", postgres) {
            Some(named) => list.filter(named),
            None => list,
        }
    };
    let total = if named.is_many() {
        // Of very many, the first are looked at.
        let all = job_rows::table.filter(job_rows::job_id.eq(job_id)).order(job_rows::subject_id);
        let last: Option<i64> = all.select(job_rows::subject_id).offset(COUNTED).first(conn).optional()?;
        let first = filtered().filter(job_rows::subject_id.le(last.unwrap_or(i64::MAX)));
        let counted = counters::capped(conn, first.select(job_rows::subject_id))?;
        if last.is_some() { Total::MoreThan(counted.number()) } else { counted }
    } else {
        counters::capped(conn, filtered().select(job_rows::subject_id))?
    };
    let cursor = Cursor::<i64>::read(&query.cursor)?;
    let downward = descending != cursor.as_ref().is_some_and(|c| c.backward);
    let rows = window!(filtered(), downward, cursor.as_ref().map(|c| c.key), job_rows::subject_id);
    let columns = (job_rows::subject_id, job_rows::outcome, job_rows::why);
    let found = rows.limit(query.limit() + 1).select(columns).load::<(i64, String, String)>(conn)?;
    Ok(Cursor::page(found, total, query.limit(), cursor.as_ref(), |row: &(i64, String, String)| row.0))
}

/// All subjects of which this came, in rising order.
pub fn subjects_of(conn: &mut Conn, job_id: i64, outcome: Outcome) -> Result<Vec<i64>> {
    let rows = job_rows::table.filter(job_rows::job_id.eq(job_id)).filter(job_rows::outcome.eq(outcome.as_str()));
    Ok(rows.order(job_rows::subject_id).select(job_rows::subject_id).load(conn)?)
}
