//! What the audit log says, in words: `ada gave bob the role approver until 2026-12-31 18:00 UTC`.

mod changes;
mod exports;
mod facts;
pub mod rule;
mod teller;
mod tokens;

use crate::domain::{Time, audit::AuditEvent};
use std::fmt;
use teller::{Teller, object};

/// An event as a sentence.
#[derive(Debug, Clone)]
pub struct Sentence {
    pub parts: Vec<Part>,
    /// What was changed, field by field.
    pub changes: Vec<Changed>,
    pub reason: String,
    pub at: Time,
    /// Where it came from; empty where the reader need not know.
    pub ip: String,
}

/// A piece of a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// Whether it names something: a user, a role, a permission.
    pub name: bool,
    /// The page of what it names; empty if it has none.
    pub href: String,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub label: &'static str,
    pub before: String,
    pub after: String,
}

/// As plain text.
impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| f.write_str(&part.text))
    }
}

impl Sentence {
    /// For who reads the audit log: everybody has a name.
    pub fn new(event: &AuditEvent) -> Self {
        let teller =
            Teller { event, you: None, before: object(event.before.as_deref()), after: object(event.after.as_deref()) };
        Self {
            parts: teller.parts(),
            changes: teller.changes(),
            reason: teller.reason(),
            at: event.at,
            ip: event.ip.clone(),
        }
    }

    /// For the user `you`, without links. Where others were when they did it is not his business.
    pub fn to_you(event: &AuditEvent, you: i64) -> Self {
        let teller = Teller {
            event,
            you: Some(you),
            before: object(event.before.as_deref()),
            after: object(event.after.as_deref()),
        };
        let parts = teller.parts().into_iter().map(|part| Part { href: String::new(), ..part }).collect();
        let ip = if event.actor_id.is_none_or(|actor| actor == you) { event.ip.clone() } else { String::new() };
        Self { parts, changes: teller.changes(), reason: teller.reason(), at: event.at, ip }
    }
}

/// The factors of a session in words: `password and authenticator app`.
pub fn factors(proven: &str) -> String {
    let words: Vec<&str> = proven.split_whitespace().map(method).collect();
    words.join(" and ")
}

/// A factor in words.
pub fn method(factor: &str) -> &str {
    match factor {
        "totp" => "authenticator app",
        "email" => "code by e-mail",
        "recovery" => "recovery code",
        "device" => "trusted device",
        other => other,
    }
}

/// Seconds in the largest unit that divides them: `90 minutes`, `1 day`.
pub fn duration(seconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = UNITS.into_iter().find(|(size, _)| seconds % size == 0).unwrap_or((1, "second"));
    let n = seconds / size;
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn event(action: &str, actor: Option<i64>, object: Option<i64>) -> AuditEvent {
        let name = |id: Option<i64>| {
            id.map_or(String::new(), |id| ["", "ada", "bob"][usize::try_from(id).unwrap()].to_owned())
        };
        AuditEvent {
            id: 1,
            at: Time::parse("2026-03-01").unwrap(),
            revision: None,
            action: action.into(),
            actor_id: actor,
            object_kind: "user".into(),
            object_id: object,
            request_id: String::new(),
            ip: "192.0.2.7".into(),
            actor_name: name(actor),
            object_name: name(object),
            before: None,
            after: None,
            reason: String::new(),
            detail_salt: String::new(),
            detail_hash: String::new(),
            hash: String::new(),
            token_id: None,
            token_name: None,
        }
    }

    /// What is written in `src/app`, a file each.
    fn sources() -> Vec<String> {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app"))];
        let mut sources = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { sources.push(std::fs::read_to_string(path).unwrap()) }
            }
        }
        sources
    }

    /// Every text in `src/app` that has the form of an action: a noun, a full stop, a verb.
    fn actions() -> BTreeSet<String> {
        let nouns = [
            "user",
            "password",
            "factor",
            "device",
            "session",
            "token",
            "role",
            "permission",
            "mail",
            "constraint",
            "change",
            "audit",
            "setting",
            "forward_rule",
        ];
        let texts: Vec<String> =
            sources().iter().flat_map(|source| source.split('"').map(str::to_owned).collect::<Vec<_>>()).collect();
        let is_verb = |verb: &str| !verb.is_empty() && verb.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        texts
            .into_iter()
            .filter(|text| text.split_once('.').is_some_and(|(noun, verb)| nouns.contains(&noun) && is_verb(verb)))
            .collect()
    }

    #[test]
    fn every_action_has_words() {
        let actions = actions();
        assert!(
            actions.len() > 25 && actions.contains("user.disable") && actions.contains("mail.retry"),
            "{actions:?}"
        );
        for action in actions {
            let sentence = Sentence::new(&event(&action, Some(1), Some(2))).to_string();
            assert!(!sentence.contains(&action), "no words for {action}: {sentence}");
        }
    }

    #[test]
    fn every_action_literal_has_a_known_noun() {
        // `every_action_has_words` finds actions by their nouns: an `action:` with another noun would slip through.
        let nouns: BTreeSet<String> = sources()
            .iter()
            .flat_map(|source| {
                source
                    .split("action: \"")
                    .skip(1)
                    .filter_map(|rest| rest.split_once('"').map(|found| found.0.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert!(nouns.is_subset(&actions()), "{nouns:?}");
    }

    #[test]
    fn a_given_role_tells_where_and_until_when() {
        let mut given = event("role.give", Some(1), Some(2));
        given.after = Some(r#"{"role":"approver","role_id":7,"scope":"project/42","valid_from":"2026-03-01T00:00:00Z","valid_to":"2026-04-01T18:00:00Z"}"#.into());
        let sentence = Sentence::new(&given);
        assert_eq!(sentence.to_string(), "ada gave bob the role approver in project/42 until 2026-04-01 18:00 UTC");
        let links: Vec<&str> =
            sentence.parts.iter().map(|part| part.href.as_str()).filter(|href| !href.is_empty()).collect();
        assert_eq!(links, ["/admin/users/1", "/admin/users/2", "/admin/roles/7"]);
        assert_eq!(
            Sentence::to_you(&given, 2).to_string(),
            "ada gave you the role approver in project/42 until 2026-04-01 18:00 UTC"
        );
        assert_eq!(
            Sentence::to_you(&given, 1).to_string(),
            "You gave bob the role approver in project/42 until 2026-04-01 18:00 UTC"
        );
    }

    #[test]
    fn an_undoing_names_the_revision_that_it_undid() {
        let mut undone = event("change.undo", Some(1), Some(2));
        (undone.object_kind, undone.object_id, undone.object_name) =
            ("revision".into(), Some(77), "revision 77".into());
        let sentence = Sentence::new(&undone);
        assert_eq!(sentence.to_string(), "ada undid revision 77");
        assert!(sentence.parts.iter().any(|part| part.href == "/admin/audit/undo/77"));
    }

    #[test]
    fn a_change_tells_before_and_after_of_what_differs() {
        let mut changed = event("user.update", Some(2), Some(2));
        changed.before = Some(r#"{"username":"bob","email":"b@example.com"}"#.into());
        changed.after = Some(r#"{"username":"bob","email":"bob@example.com"}"#.into());
        let sentence = Sentence::new(&changed);
        assert_eq!(sentence.to_string(), "bob changed their profile");
        assert_eq!(
            sentence.changes,
            [Changed { label: "E-mail", before: "b@example.com".into(), after: "bob@example.com".into() }]
        );
        assert_eq!(Sentence::to_you(&changed, 2).to_string(), "You changed your profile");
    }

    #[test]
    fn the_address_of_somebody_else_is_not_told_to_you() {
        let given = event("user.update", Some(1), Some(2));
        assert_eq!(Sentence::to_you(&given, 2).ip, "");
        assert_eq!(Sentence::new(&given).ip, "192.0.2.7");
        // Whoever tried your password is nobody yet: his address is all there is.
        assert_eq!(Sentence::to_you(&event("session.refused", None, Some(2)), 2).ip, "192.0.2.7");
    }

    #[test]
    fn a_duration_is_told_in_the_largest_unit_that_divides_it() {
        let told = [30, 60, 1800, 5400, 7200, 86_400, 172_800].map(duration);
        assert_eq!(told, ["30 seconds", "1 minute", "30 minutes", "90 minutes", "2 hours", "1 day", "2 days"]);
    }

    #[test]
    fn factors_are_told_in_words() {
        assert_eq!(factors("password totp"), "password and authenticator app");
        assert_eq!(factors("password"), "password");
    }
}
