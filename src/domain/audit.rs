//! The audit log: what was done, by whom, to what; chained so that a change of the past shows.

use super::{
    Time,
    audit_mark::Finding,
    csv,
    keys::{self, Keys},
};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

/// One entry. `before` and `after` are JSON objects without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = crate::schema::audit_events)]
pub struct AuditEvent {
    pub id: i64,
    pub at: Time,
    pub revision: Option<i64>,
    pub action: String,
    pub actor_id: Option<i64>,
    pub object_kind: String,
    pub object_id: Option<i64>,
    pub request_id: String,
    pub ip: String,
    pub actor_name: String,
    pub object_name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: String,
    pub detail_salt: String,
    pub detail_hash: String,
    pub hash: String,
    /// The actor's token by which it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_name: Option<String>,
}

/// The fields that the chain covers itself; the order is part of the format.
#[derive(Serialize)]
struct Chained<'a> {
    id: i64,
    at: String,
    revision: Option<i64>,
    action: &'a str,
    actor_id: Option<i64>,
    object_kind: &'a str,
    object_id: Option<i64>,
    request_id: &'a str,
    detail_hash: &'a str,
    /// Left out where there is none: so the chain is the same as before there were tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<i64>,
}

/// The fields that may hold personal values; the chain covers only their salted hash, so that they can be erased.
#[derive(Serialize)]
struct Details<'a>(&'a str, &'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>, &'a str);

impl AuditEvent {
    fn details(&self) -> String {
        let details = Details(
            &self.detail_salt,
            &self.ip,
            &self.actor_name,
            &self.object_name,
            self.before.as_deref(),
            self.after.as_deref(),
            &self.reason,
        );
        let text = match &self.token_name {
            None => serde_json::to_string(&details),
            Some(token) => serde_json::to_string(&(details, token)),
        };
        keys::token_hash(&text.unwrap_or_default())
    }

    fn link(&self, keys: &Keys, previous: &str) -> String {
        let chained = Chained {
            id: self.id,
            at: self.at.rfc3339(),
            revision: self.revision,
            action: &self.action,
            actor_id: self.actor_id,
            object_kind: &self.object_kind,
            object_id: self.object_id,
            request_id: &self.request_id,
            detail_hash: &self.detail_hash,
            token_id: self.token_id,
        };
        keys.chain(previous, &serde_json::to_string(&chained).unwrap_or_default())
    }

    /// Fills in the hashes: this event comes after the one whose hash is `previous` (empty for the first).
    pub fn chain(mut self, keys: &Keys, previous: &str) -> Self {
        self.detail_hash = self.details();
        self.hash = self.link(keys, previous);
        self
    }

    /// What is wrong with this event, if it should stand after the one whose hash is `previous`.
    pub fn look(&self, keys: &Keys, previous: &str) -> Option<Finding> {
        if !keys::same(&self.link(keys, previous), &self.hash) {
            Some(Finding::OutOfPlace { id: self.id })
        } else if !keys::same(&self.details(), &self.detail_hash) {
            Some(Finding::Changed { id: self.id })
        } else {
            None
        }
    }

    /// Whether this event, unchanged, stands after the one whose hash is `previous`.
    pub fn verify(&self, keys: &Keys, previous: &str) -> bool {
        self.look(keys, previous).is_none()
    }
}

/// A form in which the log is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people and spreadsheets.
    Csv,
    /// All that is kept, an event a line: the chain can be verified from it.
    Jsonl,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// What stands before the events.
    pub fn head(self) -> String {
        let columns = ["id", "at", "revision", "action", "actor_id", "actor", "object_kind", "object_id", "object"];
        let more = ["before", "after", "reason", "ip", "request_id", "token_id", "token"];
        match self {
            Self::Csv => csv::row(columns.into_iter().chain(more)),
            Self::Jsonl => String::new(),
        }
    }

    pub fn line(self, event: &AuditEvent) -> String {
        let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        match self {
            Self::Csv => csv::row([
                event.id.to_string().as_str(),
                &event.at.rfc3339(),
                &number(event.revision),
                &event.action,
                &number(event.actor_id),
                &event.actor_name,
                &event.object_kind,
                &number(event.object_id),
                &event.object_name,
                event.before.as_deref().unwrap_or_default(),
                event.after.as_deref().unwrap_or_default(),
                &event.reason,
                &event.ip,
                &event.request_id,
                &number(event.token_id),
                event.token_name.as_deref().unwrap_or_default(),
            ]),
            Self::Jsonl => serde_json::to_string(event).unwrap_or_default() + "\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: i64) -> AuditEvent {
        AuditEvent {
            id,
            at: Time::parse("2026-03-01").unwrap(),
            revision: Some(id),
            action: "role.give".into(),
            actor_id: Some(1),
            object_kind: "user".into(),
            object_id: Some(2),
            request_id: "r".into(),
            ip: "::1".into(),
            actor_name: "ada".into(),
            object_name: "bob".into(),
            before: None,
            after: Some("{}".into()),
            reason: "because".into(),
            detail_salt: "salt".into(),
            detail_hash: String::new(),
            hash: String::new(),
            token_id: None,
            token_name: None,
        }
    }

    #[test]
    fn a_changed_removed_or_reordered_event_breaks_the_chain() {
        let keys = Keys::derive(b"k");
        let first = event(1).chain(&keys, "");
        let second = event(2).chain(&keys, &first.hash);
        assert!(first.verify(&keys, "") && second.verify(&keys, &first.hash));
        assert!(!second.verify(&keys, ""));
        assert!(!first.verify(&keys, &second.hash));
        for change in [
            |e: &mut AuditEvent| e.actor_id = None,
            |e: &mut AuditEvent| e.actor_name = "eve".into(),
            |e: &mut AuditEvent| e.after = None,
            |e: &mut AuditEvent| e.token_id = Some(1),
            |e: &mut AuditEvent| e.token_name = Some("ci".into()),
            |e: &mut AuditEvent| e.at = e.at.plus_seconds(1),
        ] {
            let mut changed = first.clone();
            change(&mut changed);
            assert!(!changed.verify(&keys, ""));
        }
    }
}
