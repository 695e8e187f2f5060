//! Forgetting what is of no use any more.

use super::App;
use crate::{
    db,
    domain::{Result, job, session::DEVICE_SECONDS},
};

const DAY: i64 = 24 * 3600;
/// Jobs that one run removes.
const JOBS_AT_ONCE: i64 = 20;

impl App {
    /// Removes counters of a day ago, devices that browsers have forgotten, and codes, links and unfinished sign-ins that
    /// ran out a week ago, and jobs that ended a month ago: none of it is history, that stands in the audit log. Removes the accounts whose owners asked
    /// for it, and sign-ups that nobody finished. Gives how many rows and users went.
    pub fn tidy(&self) -> Result<usize> {
        let now = self.now();
        let (yesterday, last_week) = (now.minus_seconds(DAY), now.minus_seconds(7 * DAY));
        let users = self.tidy_users()?;
        let rows = self.db.write(|conn| {
            Ok(db::throttles::sweep(conn, yesterday)?
                + db::codes::sweep(conn, last_week)?
                + db::links::sweep(conn, last_week)?
                + db::pending_logins::sweep(conn, last_week)?
                + db::devices::sweep(conn, now.minus_seconds(DEVICE_SECONDS))?
                + db::departures::sweep_mails(conn)?
                + db::jobs::sweep(conn, now.minus_seconds(job::KEPT), JOBS_AT_ONCE)?)
        })?;
        Ok(users + rows)
    }
}
