//! Reading the audit log.

use super::{Actor, App};
pub use crate::db::audit::Filter;
use crate::{
    db,
    domain::{
        Result, Time,
        audit::AuditEvent,
        page::{ListQuery, Page},
        permission::{AUDIT_READ, USERS_READ},
    },
};

/// Neighbours of an event that its page shows.
const AROUND: i64 = 50;

impl App {
    pub fn audit_log(&self, actor: &Actor, query: &ListQuery, filter: &Filter) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(|conn| db::audit_list::list(conn, query, filter))
    }

    /// What was done by and to one user from `since` on, the latest first.
    pub fn user_activity(
        &self,
        actor: &Actor,
        user_id: i64,
        since: Option<Time>,
        query: &ListQuery,
    ) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(USERS_READ).and(actor.require_everywhere(AUDIT_READ))?;
        let filter = Filter { about_user: Some(user_id), since, ..Filter::default() };
        self.read(|conn| db::audit_list::list(conn, query, &filter))
    }

    /// What was done by and to oneself.
    pub fn my_activity(&self, actor: &Actor, query: &ListQuery) -> Result<Page<AuditEvent>> {
        let filter = Filter { about_user: Some(actor.user_id()?), ..Filter::default() };
        actor.require_himself()?;
        self.read(|conn| db::audit_list::list(conn, query, &filter))
    }

    /// How many events there are.
    pub fn audit_length(&self, actor: &Actor) -> Result<i64> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(db::audit::count)
    }

    /// One event, with the others of its request and of its revision, in order.
    pub fn audit_event(&self, actor: &Actor, id: i64) -> Result<(AuditEvent, Vec<AuditEvent>)> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(|conn| {
            let event = db::audit::get(conn, id)?;
            let around = db::audit::around(conn, &event, AROUND)?;
            Ok((event, around))
        })
    }
}
