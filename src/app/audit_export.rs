//! Taking the audit log away, as a file.

use super::{Actor, App, Entry, audit::Filter, audit_chain::Verified};
use crate::{
    db,
    domain::{
        Error, Result,
        audit::{AuditEvent, Format},
        audit_mark::Finding,
        page::ListQuery,
        permission::AUDIT_READ,
    },
};
use serde_json::json;
use std::io::{BufRead, Write};

/// Events read at a time.
const CHUNK: i64 = 1000;

/// An export that has begun, and is in the audit log: what it holds does not change any more.
#[derive(Debug, Clone)]
pub struct Export {
    query: ListQuery,
    filter: Filter,
    format: Format,
    after: i64,
    until: i64,
    begun: bool,
}

impl App {
    /// Begins to take away what matches, as it is now, the oldest first. That is an event of the log itself.
    pub fn export_audit(&self, actor: &Actor, query: &ListQuery, filter: &Filter, format: Format) -> Result<Export> {
        actor.require_everywhere(AUDIT_READ)?;
        let until = self.read(db::audit::last_id)?;
        self.change(actor, |tx| {
            tx.audit(Entry {
                action: "audit.export",
                kind: "audit",
                name: "the audit log",
                after: Some(json!({ "format": format.as_str(), "words": query.q, "filtered": filter.is_set() })),
                ..Entry::default()
            })
        })?;
        let (query, filter) = (query.clone(), filter.clone());
        Ok(Export { query, filter, format, after: 0, until, begun: false })
    }

    /// The next part of the file; `None`: there is no more. Needs no more memory for a million events than for a thousand.
    pub fn next_of_export(&self, export: &mut Export) -> Result<Option<String>> {
        let mut text = if export.begun { String::new() } else { export.format.head() };
        let events =
            self.read(|conn| db::audit::part(conn, &export.query, &export.filter, export.after, export.until, CHUNK))?;
        let first = !std::mem::replace(&mut export.begun, true);
        match events.last() {
            Some(last) => export.after = last.id,
            None => return Ok(Some(text).filter(|text| first && !text.is_empty())),
        }
        events.iter().for_each(|event| text += &export.format.line(event));
        Ok(Some(text))
    }

    /// Writes the whole file.
    pub fn write_export(&self, mut export: Export, out: &mut dyn Write) -> Result<()> {
        while let Some(text) = self.next_of_export(&mut export)? {
            out.write_all(text.as_bytes()).map_err(anyhow::Error::from)?;
        }
        Ok(out.flush().map_err(anyhow::Error::from)?)
    }

    /// Verifies the chain in a file that holds all events from one on, as [`Format::Jsonl`]. For whoever has the keys.
    pub fn verify_export(&self, actor: &Actor, lines: impl BufRead) -> Result<Verified> {
        actor.require_everywhere(AUDIT_READ)?;
        let mut verified = Verified::default();
        let mut last: Option<(i64, String)> = None;
        for (number, line) in lines.lines().enumerate() {
            let line = line.map_err(anyhow::Error::from)?;
            let event: AuditEvent = serde_json::from_str(&line)
                .map_err(|error| Error::Malformed(format!("Line {} is no event: {error}.", number + 1)))?;
            let found = match &last {
                Some((id, _)) if event.id > id + 1 => Some(Finding::Missing { from: id + 1, to: event.id - 1 }),
                Some((_, hash)) => event.look(&self.keys, hash),
                None if event.id == 1 => event.look(&self.keys, ""),
                // What was before it is not in the file.
                None => None,
            };
            if let Some(finding) = found {
                (verified.broken_at, verified.found) = (Some(finding.id()), Some(finding));
                break;
            }
            last = Some((event.id, event.hash));
            verified.events += 1;
        }
        Ok(verified)
    }
}
