//! Reading the audit log.

use super::{
    Actor, App,
    jobs::{Begin, Progress, Run},
};
pub use crate::db::audit::Filter;
use crate::{
    db,
    domain::{
        Result, Time,
        audit::AuditEvent,
        job::{Job, Kind},
        page::{ListQuery, Page},
        permission::{AUDIT_READ, USERS_READ},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Events checked at a time.
const CHUNK: i64 = 1000;

/// What a walk along the chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub events: i64,
    /// The first event that is not what was written there, if any.
    pub broken_at: Option<i64>,
}

/// A walk along the chain: where it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Walk {
    /// The last event that was looked at, and its hash.
    id: i64,
    hash: String,
    verified: Verified,
}

impl App {
    pub fn audit_log(&self, actor: &Actor, query: &ListQuery, filter: &Filter) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(AUDIT_READ)?;
        self.read(|conn| db::audit::list(conn, query, filter))
    }

    /// What was done by and to one user, the latest first; with the filter `since-2026-11-18` from then on.
    pub fn user_activity(&self, actor: &Actor, user_id: i64, query: &ListQuery) -> Result<Page<AuditEvent>> {
        actor.require_everywhere(USERS_READ).and(actor.require_everywhere(AUDIT_READ))?;
        let filter = Filter { about_user: Some(user_id), since: since(&query.filter), ..Filter::default() };
        self.read(|conn| db::audit::list(conn, query, &filter))
    }

    /// What was done by and to oneself.
    pub fn my_activity(&self, actor: &Actor, query: &ListQuery) -> Result<Page<AuditEvent>> {
        let filter = Filter { about_user: Some(actor.user_id()?), ..Filter::default() };
        self.read(|conn| db::audit::list(conn, query, &filter))
    }

    /// Walks the chain from its beginning.
    pub fn verify_audit(&self, actor: &Actor) -> Result<Verified> {
        actor.require_everywhere(AUDIT_READ)?;
        let mut walk = Walk::default();
        while walk.verified.broken_at.is_none() && self.walk_on(&mut walk)? {}
        Ok(walk.verified)
    }

    /// The same in the background; its report is a [`Verified`].
    pub fn begin_verifying_audit(&self, actor: &Actor) -> Result<Job> {
        actor.require_everywhere(AUDIT_READ)?;
        let total = self.read(db::audit::last_id)?;
        self.begin_job(
            actor,
            Begin {
                kind: Kind::VerifyAudit,
                title: "Verify the audit log".into(),
                asked: Value::Null,
                subjects: None,
                total: Some(total),
            },
        )
    }

    pub(super) fn verify_audit_job(&self, run: &Run<'_>) -> Result<Option<Value>> {
        let mut walk: Walk = run.mark().unwrap_or_default();
        while walk.verified.broken_at.is_none() && self.walk_on(&mut walk)? {
            run.actor()?.require_everywhere(AUDIT_READ)?;
            let total = run.job.total.map(|total| total.max(walk.verified.events));
            if !run.advance(&Progress { done: walk.verified.events, total, mark: &walk })? {
                return Ok(None);
            }
        }
        Ok(Some(serde_json::json!(walk.verified)))
    }

    /// Goes on along the chain. `false`: it is at its end.
    fn walk_on(&self, walk: &mut Walk) -> Result<bool> {
        let chunk = self.read(|conn| db::audit::after(conn, walk.id, CHUNK))?;
        let more = !chunk.is_empty();
        for event in chunk {
            if event.id != walk.id + 1 || !event.verify(&self.keys, &walk.hash) {
                walk.verified.broken_at = Some(event.id);
                break;
            }
            (walk.id, walk.hash) = (event.id, event.hash);
            walk.verified.events += 1;
        }
        Ok(more)
    }
}

/// The moment in a filter such as `since-2026-11-18`.
pub fn since(filter: &str) -> Option<Time> {
    Time::parse(filter.strip_prefix("since-")?).ok()
}
