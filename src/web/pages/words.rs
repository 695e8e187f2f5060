//! What the audit log says, in words: `ada gave bob the role approver until 2026-12-31 18:00 UTC`.

use crate::domain::{Time, audit::AuditEvent};
use serde_json::Value;
use std::fmt;

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
        other => other,
    }
}

/// The fields whose changes are told, and their labels.
const FIELDS: [(&str, &str); 9] = [
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("username", "Username"),
    ("email", "E-mail"),
    ("name", "Name"),
    ("kind", "Kind"),
    ("label", "Label"),
    ("description", "Description"),
    ("scope", "Scope"),
];

/// Reasons that Rolecall itself writes and that the sentence tells already.
const TOLD: [&str; 4] = ["signed out", "ended by the user", "ended by an admin", "wrong code"];

fn object(json: Option<&str>) -> Value {
    json.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn say(text: impl Into<String>) -> Part {
    Part { text: text.into(), ..Part::default() }
}

fn name(text: impl Into<String>, href: String) -> Part {
    Part { text: text.into(), name: true, href }
}

struct Teller<'a> {
    event: &'a AuditEvent,
    you: Option<i64>,
    before: Value,
    after: Value,
}

impl Teller<'_> {
    fn parts(&self) -> Vec<Part> {
        let told = match self.event.action.split_once('.') {
            Some(("user", act)) => self.user(act),
            Some(("password", act)) => self.password(act),
            Some(("factor", act)) => self.factor(act),
            Some(("session", act)) => self.session(act),
            Some(("role", act)) => self.role(act),
            Some(("permission", act)) => self.permission(act),
            Some(("mail", "retry")) => Some(vec![self.actor(), say(" sent the mail "), self.object(), say(" again")]),
            _ => None,
        };
        // An event of a newer Rolecall: the log is still true, only less well told.
        told.unwrap_or_else(|| vec![self.actor(), say(format!(": {} of ", self.event.action)), self.object()])
    }

    fn user(&self, act: &str) -> Option<Vec<Part>> {
        let mine = self.by_its_owner();
        Some(match act {
            "create" => vec![self.actor(), say(" made an account for "), self.object()],
            "sign_up" => vec![self.owner(), say(" signed up")],
            "sign_up_again" => vec![say("Somebody tried to sign up again with the address of "), self.object()],
            "update" if mine => vec![self.owner(), say(format!(" changed {} profile", self.own()))],
            "update" => vec![self.actor(), say(" changed the profile of "), self.object()],
            "verify_email" => vec![self.owner(), say(format!(" verified {} e-mail address", self.own()))],
            "disable" => vec![self.actor(), say(" disabled "), self.object()],
            "enable" => vec![self.actor(), say(" enabled "), self.object()],
            "delete" => {
                vec![self.actor(), say(" deleted the account of "), Part { href: String::new(), ..self.object() }]
            }
            _ => return None,
        })
    }

    fn password(&self, act: &str) -> Option<Vec<Part>> {
        Some(match act {
            "change" => vec![self.owner(), say(format!(" changed {} password", self.own()))],
            "reset" => vec![self.owner(), say(" set a new password by a mailed link")],
            "forgotten" if self.event.object_id.is_none() => {
                vec![say("Somebody asked for a new password for an address without an account")]
            }
            "forgotten" => vec![say("Somebody asked for a link to a new password for "), self.object()],
            "send_reset" => vec![self.actor(), say(" had a link to a new password mailed to "), self.object()],
            _ => return None,
        })
    }

    fn factor(&self, act: &str) -> Option<Vec<Part>> {
        let (verb, facts) = match act {
            "add" => ("on", &self.after),
            "remove" => ("off", &self.before),
            _ => return None,
        };
        Some(vec![self.owner(), say(format!(" turned {verb} the second factor {}", method(text(facts, "method"))))])
    }

    fn session(&self, act: &str) -> Option<Vec<Part>> {
        let who = if self.event.object_id.is_some() {
            self.object()
        } else {
            name(format!("“{}”", self.event.object_name), String::new())
        };
        Some(match (act, self.event.reason.as_str()) {
            ("begin", _) => {
                vec![self.owner(), say(format!(" signed in with {}", factors(text(&self.after, "factors"))))]
            }
            ("end", "signed out") => vec![self.owner(), say(" signed out")],
            ("end", _) if self.by_its_owner() => {
                vec![self.owner(), say(format!(" ended sessions of {} own", self.own()))]
            }
            ("end", _) => vec![self.actor(), say(" ended sessions of "), self.object()],
            ("refused", "wrong code") => vec![say("Somebody with the right password gave a wrong code for "), who],
            ("refused", _) => vec![say("Somebody failed to sign in as "), who],
            _ => return None,
        })
    }

    fn role(&self, act: &str) -> Option<Vec<Part>> {
        let kind = if text(&self.after, "kind") == "group" || text(&self.before["role"], "kind") == "group" {
            "group"
        } else {
            "role"
        };
        Some(match act {
            "create" => vec![self.actor(), say(format!(" made the {kind} ")), self.object()],
            "update" => vec![self.actor(), say(format!(" changed the {kind} ")), self.object()],
            "delete" => {
                vec![self.actor(), say(format!(" deleted the {kind} ")), Part { href: String::new(), ..self.object() }]
            }
            "give" => vec![
                self.actor(),
                say(" gave "),
                self.object(),
                say(" the role "),
                named_role(&self.after, "role"),
                say(self.extent()),
            ],
            "take" => vec![
                self.actor(),
                say(" took the role "),
                named_role(&self.before, "role"),
                say(format!("{} from ", place(&self.before))),
                self.object(),
            ],
            "include" => {
                vec![self.actor(), say(" let "), self.object(), say(" include "), named_role(&self.after, "includes")]
            }
            "exclude" => {
                vec![self.actor(), say(" took "), named_role(&self.before, "includes"), say(" out of "), self.object()]
            }
            _ => return None,
        })
    }

    fn permission(&self, act: &str) -> Option<Vec<Part>> {
        let pattern = |facts: &Value| name(text(facts, "permission"), String::new());
        Some(match act {
            "create" => vec![self.actor(), say(" registered the permission "), self.object()],
            "update" => vec![self.actor(), say(" described the permission "), self.object()],
            "delete" => {
                vec![self.actor(), say(" deleted the permission "), Part { href: String::new(), ..self.object() }]
            }
            "grant" => {
                vec![self.actor(), say(" gave the role "), self.object(), say(" the permission "), pattern(&self.after)]
            }
            "revoke" => vec![
                self.actor(),
                say(" took the permission "),
                pattern(&self.before),
                say(" from the role "),
                self.object(),
            ],
            _ => return None,
        })
    }

    /// Who did it, at the beginning of the sentence.
    fn actor(&self) -> Part {
        match (self.event.actor_id, self.event.actor_name.as_str()) {
            (Some(id), _) if self.you == Some(id) => name("You", String::new()),
            (Some(id), who) => name(who, format!("/admin/users/{id}")),
            (None, "operator") => say("The operator"),
            (None, "") => say("Somebody"),
            (None, who) => name(who, String::new()),
        }
    }

    /// What it was done to, within the sentence.
    fn object(&self) -> Part {
        let event = self.event;
        let folder = match event.object_kind.as_str() {
            "user" if event.object_id.is_some() && event.object_id == self.you => return name("you", String::new()),
            "user" => "users",
            "role" => "roles",
            "permission" => "permissions",
            "mail" => "mails",
            _ => "",
        };
        let href = event
            .object_id
            .filter(|_| !folder.is_empty())
            .map(|id| format!("/admin/{folder}/{id}"))
            .unwrap_or_default();
        name(event.object_name.clone(), href)
    }

    /// The user it was done to, as who did it.
    fn owner(&self) -> Part {
        let object = self.object();
        if object.text == "you" && object.href.is_empty() { name("You", String::new()) } else { object }
    }

    /// Whether a user did it to himself.
    fn by_its_owner(&self) -> bool {
        self.event.object_kind == "user" && self.event.actor_id.is_some() && self.event.actor_id == self.event.object_id
    }

    fn own(&self) -> &'static str {
        if self.you.is_some() && self.event.object_id == self.you { "your" } else { "their" }
    }

    /// Where, from when and until when a role was given.
    fn extent(&self) -> String {
        let time = |key: &str| Time::parse(text(&self.after, key)).ok();
        let from = time("valid_from")
            .filter(|from| *from > self.event.at.plus_seconds(60))
            .map(|from| format!(" from {from}"))
            .unwrap_or_default();
        let until = time("valid_to").map(|to| format!(" until {to}")).unwrap_or_default();
        format!("{}{from}{until}", place(&self.after))
    }

    /// The fields that differ, where there is a before and an after.
    fn changes(&self) -> Vec<Changed> {
        let (Value::Object(before), Value::Object(after)) = (&self.before, &self.after) else { return vec![] };
        let value = |side: &serde_json::Map<String, Value>, key: &str| {
            side.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let changed =
            FIELDS.iter().map(|(key, label)| Changed { label, before: value(before, key), after: value(after, key) });
        changed.filter(|changed| changed.before != changed.after).collect()
    }

    fn reason(&self) -> String {
        let reason = self.event.reason.as_str();
        if TOLD.contains(&reason) { String::new() } else { reason.to_owned() }
    }
}

fn text<'a>(facts: &'a Value, key: &str) -> &'a str {
    facts[key].as_str().unwrap_or_default()
}

fn named_role(facts: &Value, key: &str) -> Part {
    let href = facts["role_id"].as_i64().map(|id| format!("/admin/roles/{id}")).unwrap_or_default();
    name(text(facts, key), href)
}

fn place(facts: &Value) -> String {
    let scope = text(facts, "scope");
    if scope.is_empty() { String::new() } else { format!(" in {scope}") }
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
        }
    }

    /// Every text in `src/app` that has the form of an action: a noun, a full stop, a verb.
    fn actions() -> BTreeSet<String> {
        let nouns = ["user", "password", "factor", "session", "role", "permission", "mail"];
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/app");
        let sources =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let texts: Vec<String> =
            sources.flat_map(|source| source.split('"').map(str::to_owned).collect::<Vec<_>>()).collect();
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
        let nouns: BTreeSet<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app"))
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
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
    fn factors_are_told_in_words() {
        assert_eq!(factors("password totp"), "password and authenticator app");
        assert_eq!(factors("password"), "password");
    }
}
