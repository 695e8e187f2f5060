//! The first page of the panel.

use super::{Actor, App};
use crate::{
    db::{self, endings::SOON},
    domain::{
        Result, Time,
        audit::AuditEvent,
        page::Total,
        permission::{AUDIT_READ, ROLES_READ, USERS_READ},
    },
};

/// Numbers that lead somewhere. Those that the actor may not see are `None`.
#[derive(Debug, Clone)]
pub struct Overview {
    pub people: Option<People>,
    pub roles: Total,
    pub permissions: Total,
    pub failed_mails: Total,
    /// Constraints that are broken at present.
    pub broken_constraints: usize,
    /// If the actor may read the log.
    pub log: Option<Log>,
}

#[derive(Debug, Clone, Default)]
pub struct Log {
    /// The latest changes, sign-ins left out.
    pub latest: Vec<AuditEvent>,
    /// The last [`DAYS`] days, today last.
    pub days: Vec<Day>,
}

/// Days that the chart tells of.
pub const DAYS: usize = 30;

/// One day, in UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct Day {
    pub at: Time,
    pub signed_in: i64,
    /// Sign-ins that were refused: a wrong password, a wrong code, too many sessions.
    pub refused: i64,
}

#[derive(Debug, Clone)]
pub struct People {
    pub users: Total,
    pub disabled: Total,
    /// Sign-ups that wait for an admin.
    pub waiting: Total,
    pub without_second_factor: Total,
    pub sessions: Total,
    /// Assignments that end within seven days.
    pub ending: Total,
}

impl App {
    /// For whoever holds any of Rolecall's own rights.
    pub fn overview(&self, actor: &Actor) -> Result<Overview> {
        if !actor.is_some_admin() {
            actor.require_everywhere(USERS_READ)?;
        }
        self.read(|conn| {
            let now = self.now();
            let people = match actor.can(USERS_READ) {
                false => None,
                true => Some(People {
                    users: Total::Exactly(db::users::count(conn)?),
                    disabled: db::users::count_disabled(conn, now)?,
                    waiting: db::users::count_waiting(conn)?,
                    without_second_factor: db::users::count_without_second_factor(conn)?,
                    sessions: db::sessions::count(conn, self.sign_in_settings().limits, now)?,
                    ending: db::endings::count(conn, now, now.plus_seconds(SOON))?,
                }),
            };
            let log = match actor.can(AUDIT_READ) {
                false => None,
                true => Some(Log { latest: db::audit::latest_changes(conn, 10)?, days: days(conn, now)? }),
            };
            let broken_constraints = match actor.can(ROLES_READ) {
                false => 0,
                true => self.findings(conn)?.iter().filter(|finding| finding.is_broken()).count(),
            };
            Ok(Overview {
                broken_constraints,
                people,
                roles: Total::Exactly(db::roles::count(conn)?),
                permissions: Total::Exactly(db::permissions::count(conn)?),
                failed_mails: db::mails::count_failed(conn)?,
                log,
            })
        })
    }
}

fn days(conn: &mut db::Conn, now: Time) -> Result<Vec<Day>> {
    let mut days: Vec<Day> = (0..DAYS)
        .rev()
        .map(|ago| Day { at: now.minus_seconds(i64::try_from(ago).unwrap_or(0) * 24 * 3600), ..Day::default() })
        .collect();
    let first = days.first().map(|day| day.at).unwrap_or(now);
    for (date, action, n) in db::daily_counts::since(conn, first)? {
        let Some(day) = days.iter_mut().find(|day| day.at.day() == date) else { continue };
        match action.as_str() {
            "session.begin" => day.signed_in = n,
            "session.refused" => day.refused = n,
            _ => {}
        }
    }
    Ok(days)
}
