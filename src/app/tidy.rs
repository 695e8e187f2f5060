//! Forgetting what is of no use any more.

use super::{App, idempotency};
use crate::{
    db::{self, Conn},
    domain::{Result, job, session::DEVICE_SECONDS},
};

const DAY: i64 = 24 * 3600;
/// Sessions that are ended in one transaction.
const SESSIONS: i64 = 1000;
/// Revisions whose touches, and rows of jobs, that go in one transaction: other writers wait no longer.
const AT_ONCE: i64 = 5000;
/// What revisions touched is kept so long. A node that is behind further reads everything anew.
const CHANGES_KEPT: i64 = 30 * DAY;

impl App {
    /// Removes counters and idempotency keys of a day ago, devices that browsers have forgotten, and codes, links and unfinished sign-ins that
    /// ran out a week ago, jobs that ended and touches of revisions a month ago: none of it is history, that stands in the audit
    /// log. Removes the accounts whose owners asked for it, sign-ups that nobody finished, and audit events that are older than
    /// they are to be kept. Ends sessions that are over, and tells whose tokens end soon. Gives how many rows, users and sessions went.
    pub fn tidy(&self) -> Result<usize> {
        let now = self.now();
        let (yesterday, last_week) = (now.minus_seconds(DAY), now.minus_seconds(7 * DAY));
        let users = self.tidy_users()?;
        // So those that live are found among few.
        let sessions = self.sweep(|conn| {
            let ended = db::sessions::end_over(conn, self.sign_in_settings().limits, now, SESSIONS)?;
            if !ended.is_empty() {
                let revision = db::revision::next(conn)?;
                db::revision::touch(conn, revision, "session", &ended, now)?;
            }
            Ok(ended.len())
        })?;
        let rows = self.db.write(|conn| {
            Ok(db::throttles::sweep(conn, yesterday)?
                + db::idempotency::sweep(conn, now.minus_seconds(idempotency::KEPT))?
                + db::codes::sweep(conn, last_week)?
                + db::links::sweep(conn, last_week)?
                + db::pending_logins::sweep(conn, last_week)?
                + db::devices::sweep(conn, now.minus_seconds(DEVICE_SECONDS))?
                + db::departures::sweep_mails(conn)?)
        })?;
        let jobs = self.sweep(|conn| db::jobs::sweep(conn, now.minus_seconds(job::KEPT), AT_ONCE))?;
        let changes = self.sweep(|conn| db::revision::sweep(conn, now.minus_seconds(CHANGES_KEPT), AT_ONCE))?;
        self.warn_of_ending_tokens()?;
        Ok(users + sessions + rows + jobs + changes + self.expire_audit()?)
    }

    /// Sweeps in small transactions until nothing is left.
    fn sweep(&self, some: impl Fn(&mut Conn) -> Result<usize>) -> Result<usize> {
        let mut all = 0;
        loop {
            match self.db.write(&some)? {
                0 => return Ok(all),
                rows => all += rows,
            }
        }
    }
}
