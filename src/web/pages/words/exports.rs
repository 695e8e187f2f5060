//! What was taken away as a file.

use super::{
    Part,
    facts::{place, text},
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
            ("job", _) if self.event.object_id.is_some() => {
                return vec![
                    self.actor(),
                    say(format!(" took {part}what came of the job ")),
                    self.object(),
                    say(" away"),
                ];
            }
            _ if self.event.object_id.is_some() => {
                let what = match self.event.action.rsplit_once('_').map_or("", |(_, what)| what) {
                    "timeline" => "time line",
                    "rights" => "list of rights",
                    "comparison" => "comparison of rights",
                    _ => "list of members",
                };
                return vec![self.actor(), say(format!(" took {part}the {what} away of ")), self.object()];
            }
            _ if self.event.action.ends_with("holders") => {
                let place = place(after);
                let permission = say(self.event.object_name.clone());
                return vec![self.actor(), say(" took the list away of who can do "), permission, say(place)];
            }
            _ if after["days"].is_i64() => {
                format!("the list of roles that end within {} days", after["days"])
            }
            ("forward_rule", _) => format!("{part}the list of rules of forward-auth"),
            (_, Some(users)) => format!("a list of {} chosen users", thousands(users)),
            (kind, None) => format!("{part}the list of {kind}s"),
        };
        vec![self.actor(), say(format!(" took {what} away"))]
    }
}
