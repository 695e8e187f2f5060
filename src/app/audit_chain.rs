//! Whether the audit log is what was written: a walk along its chain, its head, and a copy of the head beside the database.

use super::{
    Actor, App, Entry,
    jobs::{Begin, Progress, Run},
};
use crate::{
    db,
    domain::{
        Error, Result,
        audit::AuditEvent,
        audit_mark::{BEGINNING, Finding, HEAD, Mark},
        job::{Job, Kind},
        permission::AUDIT_READ,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

/// Events checked at a time.
const CHUNK: i64 = 1000;
/// Events that retention removes in one transaction.
const REMOVED_AT_ONCE: i64 = 5000;
/// Transactions of retention in one run of the tidy job.
const RUNS: usize = 200;
const DAY: i64 = 24 * 3600;

/// What a walk along the chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub events: i64,
    /// The first event that is not what was written there, if any.
    pub broken_at: Option<i64>,
    #[serde(default)]
    pub found: Option<Finding>,
}

/// A walk along the chain: where it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Walk {
    /// The last event that was looked at, and its hash.
    id: i64,
    hash: String,
    verified: Verified,
}

impl Walk {
    fn find(&mut self, finding: Finding) {
        self.verified.broken_at = Some(finding.id());
        self.verified.found = Some(finding);
    }

    /// Looks at one more event. `copy`: the head as this server has kept it.
    fn step(&mut self, app: &App, event: &AuditEvent, copy: Option<&Mark>) -> Option<Finding> {
        if event.id > self.id + 1 {
            return Some(Finding::Missing { from: self.id + 1, to: event.id - 1 });
        }
        if let Some(finding) = event.look(&app.keys, &self.hash) {
            return Some(finding);
        }
        if copy.is_some_and(|copy| copy.event_id == event.id && copy.hash != event.hash) {
            return Some(Finding::Rewritten { id: event.id });
        }
        (self.id, self.hash) = (event.id, event.hash.clone());
        self.verified.events += 1;
        None
    }

    /// At the end: whether the head belongs to it.
    fn end(&self, app: &App, head: Option<&Mark>, copy: Option<&Mark>) -> Option<Finding> {
        let Some(head) = head else { return (self.id > 0).then_some(Finding::NoHead { id: self.id }) };
        let seen = copy.map_or(0, |copy| copy.event_id);
        if !head.is_sealed(&app.keys, HEAD) {
            Some(Finding::ForeignHead { id: head.event_id })
        } else if head.event_id > self.id {
            Some(Finding::CutOff { from: self.id + 1, to: head.event_id })
        } else if head.event_id < self.id {
            Some(Finding::OldHead { id: head.event_id })
        } else if head.hash != self.hash {
            Some(Finding::ForeignHead { id: head.event_id })
        } else if seen > head.event_id {
            Some(Finding::RolledBack { last: head.event_id, seen })
        } else {
            None
        }
    }
}

impl App {
    /// Walks the chain from its beginning.
    pub fn verify_audit(&self, actor: &Actor) -> Result<Verified> {
        self.verify_audit_telling(actor, |_, _| {})
    }

    /// As [`App::verify_audit`], and tells after each part how many events of how many were looked at.
    pub fn verify_audit_telling(&self, actor: &Actor, tell: impl Fn(i64, i64)) -> Result<Verified> {
        actor.require_everywhere(AUDIT_READ)?;
        let total = self.read(db::audit::count)?;
        let mut walk = Walk::default();
        while walk.verified.broken_at.is_none() && self.walk_on(&mut walk)? {
            tell(walk.verified.events, total.max(walk.verified.events));
        }
        Ok(walk.verified)
    }

    /// The same in the background; its report is a [`Verified`].
    pub fn begin_verifying_audit(&self, actor: &Actor) -> Result<Job> {
        actor.require_everywhere(AUDIT_READ)?;
        let total = self.read(db::audit::count)?;
        if actor.dry_run {
            return Err(Error::DryRun(Box::default()));
        }
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
        Ok(Some(json!(walk.verified)))
    }

    /// Goes on along the chain. `false`: it is at its end.
    fn walk_on(&self, walk: &mut Walk) -> Result<bool> {
        let (beginning, chunk, head, epoch) = self.read(|conn| {
            let beginning = db::audit_marks::find(conn, BEGINNING)?;
            let after = beginning.as_ref().map_or(walk.id, |mark| mark.event_id.max(walk.id));
            let chunk = db::audit::after(conn, after, CHUNK)?;
            Ok((beginning, chunk, db::audit_marks::find(conn, HEAD)?, db::revision::stamp(conn)?.epoch))
        })?;
        let copy = self.head_copy(&epoch);
        if let Some(copy) = copy.as_ref().filter(|copy| !copy.is_sealed(&self.keys, HEAD)) {
            walk.find(Finding::ForeignCopy { id: copy.event_id });
            return Ok(false);
        }
        if let Some(mark) = beginning.filter(|mark| mark.event_id > walk.id) {
            if !mark.is_sealed(&self.keys, BEGINNING) {
                walk.find(Finding::ForeignBeginning { id: mark.event_id });
                return Ok(false);
            }
            (walk.id, walk.hash) = (mark.event_id, mark.hash);
        }
        let more = !chunk.is_empty();
        let found = chunk.iter().find_map(|event| walk.step(self, event, copy.as_ref()));
        let found = found.or_else(|| if more { None } else { walk.end(self, head.as_ref(), copy.as_ref()) });
        found.into_iter().for_each(|finding| walk.find(finding));
        Ok(more)
    }

    /// Where this server keeps its copy of the head: one for each database that it has served.
    fn head_copy_path(&self, epoch: &str) -> PathBuf {
        let name: String = epoch.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        self.config.data_dir.join(format!("audit-head-{name}.json"))
    }

    /// The head as this server last saw it. What cannot be read is none; what is no mark of ours is found by its seal.
    fn head_copy(&self, epoch: &str) -> Option<Mark> {
        serde_json::from_slice(&fs::read(self.head_copy_path(epoch)).ok()?).ok()
    }

    /// Writes the present head beside the database, unless a later one was seen: so that an old copy of the whole database
    /// shows too. `false`: there was nothing new.
    pub fn keep_audit_head(&self) -> Result<bool> {
        let (head, epoch) =
            self.read(|conn| Ok((db::audit_marks::find(conn, HEAD)?, db::revision::stamp(conn)?.epoch)))?;
        let Some(head) = head.filter(|head| head.is_sealed(&self.keys, HEAD)) else { return Ok(false) };
        if self.head_copy(&epoch).is_some_and(|copy| copy.event_id >= head.event_id) {
            return Ok(false);
        }
        let path = self.head_copy_path(&epoch);
        let new = path.with_extension("new");
        let text = serde_json::to_vec(&head).map_err(anyhow::Error::from)?;
        fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).map_err(anyhow::Error::from)?;
        Ok(true)
    }

    /// Gives a log that was written before there was a head its head, once: at the start, if this server never saw one.
    pub(super) fn found_audit_head(&self, epoch: &str) -> Result<()> {
        if self.head_copy(epoch).is_some() {
            return Ok(());
        }
        self.db.write(|conn| match (db::audit_marks::find(conn, HEAD)?, db::audit::last(conn)?) {
            (None, Some((id, hash, at))) => db::audit_marks::set(conn, &Mark::new(&self.keys, HEAD, (id, &hash, at))),
            _ => Ok(()),
        })
    }

    /// Removes what is older than `AUDIT_RETENTION_DAYS`, in parts; a sealed mark stays where the rest begins. Gives how many.
    pub(super) fn expire_audit(&self) -> Result<usize> {
        let Some(days) = self.config.audit.retention_days else { return Ok(0) };
        let before = self.now().minus_seconds(days * DAY);
        let mut removed = 0;
        for _ in 0..RUNS {
            let part = self.change(&Actor::operator(), |tx| {
                let Some((id, hash, at)) = db::audit_marks::last_before(tx.conn, before, REMOVED_AT_ONCE)? else {
                    return Ok(0);
                };
                db::audit_marks::set(tx.conn, &Mark::new(&self.keys, BEGINNING, (id, &hash, at)))?;
                let gone = db::audit_marks::remove_until(tx.conn, id)?;
                tx.audit_as(
                    None,
                    "Rolecall",
                    Entry {
                        action: "audit.expire",
                        kind: "audit",
                        name: "the audit log",
                        after: Some(json!({ "removed": gone, "until_event": id, "older_than_days": days })),
                        ..Entry::default()
                    },
                )?;
                Ok(gone)
            })?;
            removed += part.value;
            if part.value == 0 {
                break;
            }
        }
        Ok(removed)
    }
}
