//! Reading the audit log.

use super::{Actor, App};
pub use crate::db::audit::Filter;
use crate::{
    db,
    domain::{
        Result,
        audit::AuditEvent,
        page::{ListQuery, Page},
        permission::{AUDIT_READ, USERS_READ},
    },
};

/// Events checked at a time.
const CHUNK: i64 = 1000;

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub events: i64,
    /// The first event that is not what was written there, if any.
    pub broken_at: Option<i64>,
}

impl App {
    pub fn audit_log(&self, actor: &Actor, query: &ListQuery, filter: &Filter) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(|conn| db::audit::list(conn, query, filter))
    }

    /// What was done by and to one user, the latest first.
    pub fn user_activity(&self, actor: &Actor, user_id: i64, query: &ListQuery) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(USERS_READ).and(actor.require_everywhere(AUDIT_READ))?;
        self.read(|conn| db::audit::list(conn, query, &Filter { about_user: Some(user_id), ..Filter::default() }))
    }

    /// What was done by and to oneself.
    pub fn my_activity(&self, actor: &Actor, query: &ListQuery) -> Result<Page<AuditEvent>> {
        let filter = Filter { about_user: Some(actor.user_id()?), ..Filter::default() };
        self.read(|conn| db::audit::list(conn, query, &filter))
    }

    /// Walks the chain from its beginning.
    pub fn verify_audit(&self, actor: &Actor) -> Result<Verified> {
        actor.require_everywhere(AUDIT_READ)?;
        let (mut id, mut previous, mut events) = (0, String::new(), 0);
        loop {
            let chunk = self.read(|conn| db::audit::after(conn, id, CHUNK))?;
            if chunk.is_empty() {
                return Ok(Verified { events, broken_at: None });
            }
            for event in chunk {
                if event.id != id + 1 || !event.verify(&self.keys, &previous) {
                    return Ok(Verified { events, broken_at: Some(event.id) });
                }
                (id, previous) = (event.id, event.hash);
                events += 1;
            }
        }
    }
}
