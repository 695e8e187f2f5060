//! What an event changed, field by field.

use super::{Changed, teller::Teller};
use serde_json::Value;

/// The fields whose changes are told, and their labels.
const FIELDS: [(&str, &str); 15] = [
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("username", "Username"),
    ("email", "E-mail"),
    ("name", "Name"),
    ("kind", "Kind"),
    ("label", "Label"),
    ("description", "Description"),
    ("scope", "Scope"),
    ("value", "Value"),
    ("host", "Host"),
    ("path", "Path"),
    ("methods", "Methods"),
    ("permission", "Permission"),
    ("note", "Note"),
];

impl Teller<'_> {
    /// The fields that differ, where there is a before and an after.
    pub(super) fn changes(&self) -> Vec<Changed> {
        let (Value::Object(before), Value::Object(after)) = (&self.before, &self.after) else { return vec![] };
        let value = |side: &serde_json::Map<String, Value>, key: &str| {
            side.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let changed =
            FIELDS.iter().map(|(key, label)| Changed { label, before: value(before, key), after: value(after, key) });
        changed.filter(|changed| changed.before != changed.after).collect()
    }
}
