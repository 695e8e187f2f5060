//! What was taken away as a file.

use super::{
    Part,
    facts::text,
    teller::{Teller, say},
};
use crate::domain::text::thousands;

impl Teller<'_> {
    /// A list, or a part of it.
    pub(super) fn export(&self) -> Vec<Part> {
        let after = &self.after;
        let narrowed = ["words", "filter"].iter().any(|key| !text(after, key).is_empty());
        let part = if narrowed || after["filtered"] == true || after["role_id"].is_i64() { "a part of " } else { "" };
        let what = match (self.event.object_kind.as_str(), after["chosen"].as_i64()) {
            ("audit", _) => {
                return vec![self.actor(), say(format!(" took {part}the audit log away as {}", text(after, "format")))];
            }
            _ if self.event.object_id.is_some() => {
                let what = if self.event.action.ends_with("timeline") { "time line" } else { "list of members" };
                return vec![self.actor(), say(format!(" took {part}the {what} away of ")), self.object()];
            }
            _ if after["days"].is_i64() => {
                format!("the list of roles that end within {} days", after["days"])
            }
            (_, Some(users)) => format!("a list of {} chosen users", thousands(users)),
            (kind, None) => format!("{part}the list of {kind}s"),
        };
        vec![self.actor(), say(format!(" took {what} away"))]
    }
}
