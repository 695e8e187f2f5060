//! The first page of the panel.

use super::{Actor, App};
use crate::{
    db,
    domain::{
        Result,
        audit::AuditEvent,
        page::ListQuery,
        permission::{AUDIT_READ, USERS_READ},
    },
};

/// Numbers that lead somewhere. Those that the actor may not see are `None`.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    pub people: Option<People>,
    pub roles: i64,
    pub permissions: i64,
    pub failed_mails: i64,
    /// The latest events, if the actor may read the log.
    pub latest: Option<Vec<AuditEvent>>,
}

#[derive(Debug, Clone, Default)]
pub struct People {
    pub users: i64,
    pub disabled: i64,
    /// Sign-ups that wait for an admin.
    pub waiting: i64,
    pub without_second_factor: i64,
    pub sessions: i64,
    /// Assignments that end within seven days.
    pub ending: i64,
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
                    users: db::users::count(conn)?,
                    disabled: db::users::count_disabled(conn, now)?,
                    waiting: db::users::count_waiting(conn)?,
                    without_second_factor: db::users::count_without_second_factor(conn)?,
                    sessions: db::sessions::count(conn, self.config.sign_in.limits, now)?,
                    ending: db::user_assignments::count_ending(conn, now)?,
                }),
            };
            let latest = match actor.can(AUDIT_READ) {
                false => None,
                true => Some(
                    db::audit::list(
                        conn,
                        &ListQuery { limit: Some(10), ..ListQuery::default() },
                        &db::audit::Filter::default(),
                    )?
                    .items,
                ),
            };
            Ok(Overview {
                people,
                roles: db::roles::count(conn)?,
                permissions: db::permissions::count(conn)?,
                failed_mails: db::mails::count_failed(conn)?,
                latest,
            })
        })
    }
}
