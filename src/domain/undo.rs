//! What undoes a change. A change is undone as a whole: all events of its revision, the last one first, each by the act that
//! turns it round. What cannot be turned round alone makes the whole change so, but for what merely followed from it.

use super::{
    Error, Result, Time, audit::AuditEvent, bars::Suspension, constraint::Record, forward::RuleDraft, role::RoleDraft,
    sign_in_rules::SignInRules, user::Profile,
};
use serde::{Deserialize, de::DeserializeOwned};

/// The audit event of an undoing; its object is the revision that was undone.
pub const UNDO: &str = "change.undo";
/// The kind of that object.
pub const REVISION: &str = "revision";

/// Events of one revision that can be undone at once.
pub const MOST: i64 = 10_000;

/// What undoes one event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it lives as long as one event is looked at")]
pub enum Undoing {
    By(Inverse),
    /// It followed from the change and stays as it is: a session that ended does not begin again.
    Stays,
    /// Nothing does; in words.
    Nothing(&'static str),
}

/// An act that turns another one round. Ids of rows name what was given, taken, granted … then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inverse {
    TakeRole {
        assignment_id: i64,
    },
    GiveRole {
        assignment_id: i64,
    },
    /// When the assignment ended before.
    SetRoleEnd {
        assignment_id: i64,
        valid_to: Option<Time>,
    },
    SetSetting {
        before: SettingValue,
        after: SettingValue,
    },
    RevokePermission {
        grant_id: i64,
    },
    GrantPermission {
        grant_id: i64,
    },
    Exclude {
        inclusion_id: i64,
    },
    Include {
        inclusion_id: i64,
    },
    DeleteRole,
    /// With these ids of the sets that it was in.
    RestoreRole {
        constraints: Vec<i64>,
    },
    ReviseRole {
        before: RoleDraft,
        after: RoleDraft,
    },
    SetSignInRules {
        before: SignInRules,
        after: SignInRules,
    },
    Unregister,
    Register(Description),
    Describe {
        before: Description,
        after: Description,
    },
    DeleteUser,
    RestoreUser,
    ReviseUser {
        before: Profile,
        after: Profile,
    },
    Suspend {
        before: Suspension,
        after: Suspension,
    },
    DeleteForwardRule(RuleDraft),
    MakeForwardRule(RuleDraft),
    ReviseForwardRule {
        before: RuleDraft,
        after: RuleDraft,
    },
    EndConstraint,
    MakeConstraint(Record),
    ReviseConstraint {
        before: Record,
        after: Record,
    },
}

/// A permission as the audit log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Description {
    pub name: String,
    pub label: String,
    pub description: String,
}

/// A setting as the audit log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SettingValue {
    /// What was in force.
    pub value: String,
    /// What was set in the panel; `None`: nothing, it was the default.
    pub set: Option<String>,
}

/// Ids that the events name.
#[derive(Deserialize)]
struct AssignmentId {
    assignment_id: i64,
}
#[derive(Deserialize)]
struct End {
    valid_to: Option<Time>,
}
#[derive(Deserialize)]
struct GrantId {
    grant_id: i64,
}
#[derive(Deserialize)]
struct InclusionId {
    inclusion_id: i64,
}
#[derive(Deserialize)]
struct Deleted {
    #[serde(default)]
    constraints: Vec<i64>,
}
#[derive(Deserialize)]
struct Gone {
    #[serde(default)]
    erased: bool,
}

const INCOMPLETE: &str = "the entry does not say enough: it was written before Rolecall could undo such a change";

impl Undoing {
    pub fn of(event: &AuditEvent) -> Self {
        let inverse = inverse(event);
        match event.action.as_str() {
            "user.delete" | "user.revoke_invitation" if read::<Gone>(&event.before).is_some_and(|gone| gone.erased) => {
                Self::Nothing("what told who the user was has been erased")
            }
            _ if inverse.is_some() => inverse.map_or(Self::Stays, Self::By),
            UNDO | "session.end" | "user.invite_again" | "password.send_reset" => Self::Stays,
            action if is_undone_by_something(action) => Self::Nothing(INCOMPLETE),
            _ => Self::Nothing("it is not a change of rights"),
        }
    }
}

/// Every action here has an inverse, if its event says enough.
fn inverse(event: &AuditEvent) -> Option<Inverse> {
    let (before, after) = (&event.before, &event.after);
    Some(match event.action.as_str() {
        "role.give" => Inverse::TakeRole { assignment_id: read::<AssignmentId>(after)?.assignment_id },
        "role.take" => Inverse::GiveRole { assignment_id: read::<AssignmentId>(before)?.assignment_id },
        "role.set_end" => Inverse::SetRoleEnd {
            assignment_id: read::<AssignmentId>(after)?.assignment_id,
            valid_to: read::<End>(before)?.valid_to,
        },
        "setting.update" => Inverse::SetSetting { before: read(before)?, after: read(after)? },
        "permission.grant" => Inverse::RevokePermission { grant_id: read::<GrantId>(after)?.grant_id },
        "permission.revoke" => Inverse::GrantPermission { grant_id: read::<GrantId>(before)?.grant_id },
        "role.include" => Inverse::Exclude { inclusion_id: read::<InclusionId>(after)?.inclusion_id },
        "role.exclude" => Inverse::Include { inclusion_id: read::<InclusionId>(before)?.inclusion_id },
        "role.create" | "role.restore" => Inverse::DeleteRole,
        "role.delete" => Inverse::RestoreRole { constraints: read::<Deleted>(before)?.constraints },
        "role.update" => Inverse::ReviseRole { before: read(before)?, after: read(after)? },
        "role.sign_in_rules" => Inverse::SetSignInRules { before: read(before)?, after: read(after)? },
        "permission.create" => Inverse::Unregister,
        "permission.delete" => Inverse::Register(read(before)?),
        "permission.update" => Inverse::Describe { before: read(before)?, after: read(after)? },
        "user.create" | "user.restore" => Inverse::DeleteUser,
        "user.delete" | "user.revoke_invitation" => Inverse::RestoreUser,
        "user.update" => Inverse::ReviseUser { before: read(before)?, after: read(after)? },
        "user.disable" | "user.plan_disabling" | "user.enable" | "user.cancel_disabling" => {
            Inverse::Suspend { before: read(before)?, after: read(after)? }
        }
        "forward_rule.create" => Inverse::DeleteForwardRule(read(after)?),
        "forward_rule.delete" => Inverse::MakeForwardRule(read(before)?),
        "forward_rule.update" => Inverse::ReviseForwardRule { before: read(before)?, after: read(after)? },
        "constraint.create" => Inverse::EndConstraint,
        "constraint.delete" => Inverse::MakeConstraint(read(before)?),
        "constraint.update" => Inverse::ReviseConstraint { before: read(before)?, after: read(after)? },
        _ => return None,
    })
}

/// Whether an event of this action that says enough has an inverse.
fn is_undone_by_something(action: &str) -> bool {
    let nouns = ["role.", "permission.", "constraint.", "setting.", "forward_rule."];
    let acts = ["user.update", "user.disable", "user.plan_disabling", "user.enable", "user.cancel_disabling"];
    nouns.iter().any(|noun| action.starts_with(noun)) || acts.contains(&action)
}

fn read<T: DeserializeOwned>(json: &Option<String>) -> Option<T> {
    serde_json::from_str(json.as_deref()?).ok()
}

/// What undoes all these events, which one revision made: in the order in which it is to be done.
pub fn plan(events: &[AuditEvent]) -> Result<Vec<(&AuditEvent, Inverse)>> {
    let mut acts = vec![];
    for event in events.iter().rev() {
        match Undoing::of(event) {
            Undoing::By(inverse) => acts.push((event, inverse)),
            Undoing::Stays => {}
            Undoing::Nothing(why) => {
                return Err(refusal(format!("Event {} ({}) cannot be undone: {why}.", event.id, event.action)));
            }
        }
    }
    if acts.is_empty() {
        return Err(refusal("There is nothing in this change that can be undone: sessions that ended stay so.".into()));
    }
    Ok(acts)
}

/// Whether [`plan`] finds something to do, told event by event as they are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undoable {
    something: bool,
    never: bool,
}

impl Undoable {
    pub fn note(&mut self, event: &AuditEvent) {
        match Undoing::of(event) {
            Undoing::By(_) => self.something = true,
            Undoing::Stays => {}
            Undoing::Nothing(_) => self.never = true,
        }
    }

    pub fn holds(self) -> bool {
        self.something && !self.never
    }
}

fn refusal(text: String) -> Error {
    Error::conflict("not_undoable", text)
}

/// The value of a field before the change, where the change is still in force in it: `None` if it has another value now.
pub fn turned_back<T: PartialEq + Clone>(now: &T, before: &T, after: &T) -> Option<T> {
    if before == after { Some(now.clone()) } else { (now == after).then(|| before.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, before: Option<&str>, after: Option<&str>) -> AuditEvent {
        AuditEvent {
            id: 7,
            at: Time::parse("2026-03-01").unwrap(),
            revision: Some(3),
            action: action.into(),
            actor_id: Some(1),
            object_kind: "user".into(),
            object_id: Some(2),
            request_id: String::new(),
            ip: String::new(),
            actor_name: "ada".into(),
            object_name: "bob".into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            reason: String::new(),
            detail_salt: String::new(),
            detail_hash: String::new(),
            hash: String::new(),
            token_id: None,
            token_name: None,
        }
    }

    #[test]
    fn events_are_undone_from_the_last_to_the_first() {
        let events = [
            event("role.create", None, None),
            event("role.give", None, Some(r#"{"assignment_id":5}"#)),
            event("session.end", None, None),
        ];
        let plan: Vec<Inverse> = plan(&events).unwrap().into_iter().map(|(_, inverse)| inverse).collect();
        assert_eq!(plan, [Inverse::TakeRole { assignment_id: 5 }, Inverse::DeleteRole]);
    }

    #[test]
    fn one_event_that_cannot_be_undone_stands_against_all() {
        let events = [event("role.give", None, Some(r#"{"assignment_id":5}"#)), event("password.change", None, None)];
        assert_eq!(plan(&events).unwrap_err().code(), "not_undoable");
        assert_eq!(plan(&[event("session.end", None, None)]).unwrap_err().code(), "not_undoable");
        let old = plan(&[event("permission.revoke", Some(r#"{"permission":"a:b"}"#), None)]).unwrap_err();
        assert!(old.to_string().contains("does not say enough"), "{old}");
        let mut told = Undoable::default();
        events.iter().for_each(|event| told.note(event));
        assert!(!told.holds());
    }

    #[test]
    fn an_erased_user_does_not_come_back() {
        assert_eq!(Undoing::of(&event("user.delete", Some("{}"), None)), Undoing::By(Inverse::RestoreUser));
        let erased = event("user.delete", Some(r#"{"erased":true}"#), None);
        assert!(matches!(Undoing::of(&erased), Undoing::Nothing(why) if why.contains("erased")));
    }

    #[test]
    fn a_field_turns_back_only_while_the_change_is_in_force_in_it() {
        assert_eq!(turned_back(&"new", &"old", &"new"), Some("old"));
        assert_eq!(turned_back(&"newer", &"old", &"new"), None);
        assert_eq!(turned_back(&"newer", &"same", &"same"), Some("newer"), "it was another field that changed");
    }
}
