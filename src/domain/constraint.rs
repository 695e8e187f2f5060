//! What must hold after every change: static and dynamic separation of duty (ANSI/INCITS 359, SSD and DSD), and
//! standing rules.
//!
//! Time is part of the rule: assignments begin and end, so a rule is judged for now and for every later moment at which
//! something begins or ends. What holds when it is written cannot come to be broken by the clock alone.

use super::{
    Error, FieldErrors, Result, Time,
    permission::Pattern,
    policy::{Graph, Held},
    text,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// A rule with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    pub id: i64,
    pub name: String,
    pub rule: Rule,
}

/// Roles by their ids. "Has a role" always means: assigned, or included by one that is, in whatever scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Of these roles nobody has `n` or more.
    Ssd { roles: BTreeSet<i64>, n: i64 },
    /// Of these roles no session has `n` or more active. Included roles count as active.
    Dsd { roles: BTreeSet<i64>, n: i64 },
    /// At least `n` enabled users have the role everywhere, without condition and without end.
    AtLeast { role: i64, n: i64 },
    /// At most `n` users are assigned the role (cardinality).
    AtMost { role: i64, n: i64 },
    /// Whoever has `role` has `required` too, as long as he has it (prerequisite).
    Requires { role: i64, required: i64 },
    /// No member of the group ever holds any part of the pattern. A pattern that could cover a part of it, once such a
    /// permission is registered, counts as holding it: registering never breaks a rule.
    Never { group: i64, pattern: Pattern },
    /// Only members of the group hold any part of the pattern.
    OnlyWithin { group: i64, pattern: Pattern },
}

impl Rule {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ssd { .. } => "ssd",
            Self::Dsd { .. } => "dsd",
            Self::AtLeast { .. } => "at_least",
            Self::AtMost { .. } => "at_most",
            Self::Requires { .. } => "requires",
            Self::Never { .. } => "never",
            Self::OnlyWithin { .. } => "only_within",
        }
    }

    /// Whether each user keeps or breaks it by what he has himself, whatever others have.
    pub fn is_about_single_users(&self) -> bool {
        !matches!(self, Self::AtLeast { .. } | Self::AtMost { .. } | Self::Dsd { .. })
    }

    /// The roles that it speaks of.
    pub fn roles(&self) -> BTreeSet<i64> {
        match self {
            Self::Ssd { roles, .. } | Self::Dsd { roles, .. } => roles.clone(),
            Self::AtLeast { role, .. } | Self::AtMost { role, .. } => BTreeSet::from([*role]),
            Self::Requires { role, required } => BTreeSet::from([*role, *required]),
            Self::Never { group, .. } | Self::OnlyWithin { group, .. } => BTreeSet::from([*group]),
        }
    }

    /// Numbers that make sense (359: 2 ≤ n ≤ size of the set); a role that requires itself does not.
    pub fn check(&self) -> Result<()> {
        let wrong = |field, message: &str| Err(Error::Invalid(FieldErrors::one(field, message)));
        match self {
            Self::Ssd { roles, n } | Self::Dsd { roles, n } => {
                if roles.len() < 2 {
                    wrong("roles", "Name at least two roles.")
                } else if *n < 2 || *n > i64::try_from(roles.len()).unwrap_or(i64::MAX) {
                    wrong("n", "The number must be at least 2 and at most the number of roles.")
                } else {
                    Ok(())
                }
            }
            Self::AtLeast { n, .. } | Self::AtMost { n, .. } if *n < 1 => wrong("n", "The number must be at least 1."),
            Self::Requires { role, required } if role == required => {
                wrong("required_id", "A role cannot require itself.")
            }
            _ => Ok(()),
        }
    }

    /// Whether one user alone can break it, by what he has.
    pub fn is_about_each_user(&self) -> bool {
        matches!(self, Self::Ssd { .. } | Self::Requires { .. } | Self::Never { .. } | Self::OnlyWithin { .. })
    }

    /// Whether it is broken by somebody who has these assignments, at `now` or later; gives the first such moment.
    pub fn broken_by(&self, graph: &Graph, held: &[Held], now: Time) -> Option<Time> {
        moments(held, now).into_iter().find(|at| {
            let in_force: Vec<&Held> = held.iter().filter(|held| held.in_force(*at)).collect();
            let has: HashSet<i64> = in_force.iter().flat_map(|held| graph.included(held.role)).collect();
            let holds = |pattern: &Pattern| {
                in_force.iter().any(|held| graph.grants(held.role).any(|grant| grant.pattern.meets(pattern)))
            };
            match self {
                Self::Ssd { roles, n } => too_many(roles, *n, &has),
                Self::Requires { role, required } => has.contains(role) && !has.contains(required),
                Self::Never { group, pattern } => has.contains(group) && holds(pattern),
                Self::OnlyWithin { group, pattern } => !has.contains(group) && holds(pattern),
                Self::Dsd { .. } | Self::AtLeast { .. } | Self::AtMost { .. } => false,
            }
        })
    }

    /// For [`Rule::Dsd`]: whether these active roles, with what they include, break it.
    pub fn broken_in_session(&self, graph: &Graph, active: impl IntoIterator<Item = i64>) -> bool {
        match self {
            Self::Dsd { roles, n } => {
                too_many(roles, *n, &active.into_iter().flat_map(|role| graph.included(role)).collect())
            }
            _ => false,
        }
    }
}

fn too_many(roles: &BTreeSet<i64>, n: i64, has: &HashSet<i64>) -> bool {
    i64::try_from(roles.iter().filter(|role| has.contains(role)).count()).unwrap_or(i64::MAX) >= n
}

/// Now, and every later moment at which an assignment begins or ends.
fn moments(held: &[Held], now: Time) -> BTreeSet<Time> {
    held.iter()
        .flat_map(|held| [Some(held.from), held.to])
        .flatten()
        .filter(|moment| *moment > now)
        .chain([now])
        .collect()
}

/// Which of a session's roles are active. `chosen`: only these, of all that its user is authorized for; `None`: all that
/// he is assigned, but where that breaks a DSD set the later assignment gives way.
pub fn activate(
    graph: &Graph,
    held: &[Held],
    chosen: Option<&BTreeSet<i64>>,
    constraints: &[Constraint],
    at: Time,
) -> Vec<Held> {
    let Some(chosen) = chosen else { return all_that_may(graph, held, constraints, at) };
    let mut active = vec![];
    for one in held {
        active
            .extend(chosen.iter().filter(|role| graph.reaches(one.role, **role)).map(|role| graph.narrow(one, *role)));
    }
    active
}

fn all_that_may(graph: &Graph, held: &[Held], constraints: &[Constraint], at: Time) -> Vec<Held> {
    let sets: Vec<&Rule> =
        constraints.iter().map(|c| &c.rule).filter(|rule| matches!(rule, Rule::Dsd { .. })).collect();
    if sets.is_empty() {
        return held.to_vec();
    }
    let mut in_order: Vec<&Held> = held.iter().filter(|held| held.in_force(at)).collect();
    in_order.sort_by_key(|held| held.assignment);
    let mut active: Vec<Held> = vec![];
    for one in in_order {
        let with = || active.iter().map(|held| held.role).chain([one.role]);
        if !sets.iter().any(|set| set.broken_in_session(graph, with())) {
            active.push(one.clone());
        }
    }
    active
}

/// A constraint as the audit log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    name: String,
    kind: String,
    rule: RecordedRule,
}

/// Only the fields that the kind has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct RecordedRule {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    roles: BTreeSet<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_id: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    permission: String,
}

impl Constraint {
    pub fn record(&self) -> Record {
        let none = RecordedRule::default();
        let rule = match &self.rule {
            Rule::Ssd { roles, n } | Rule::Dsd { roles, n } => {
                RecordedRule { roles: roles.clone(), n: Some(*n), ..none }
            }
            Rule::AtLeast { role, n } | Rule::AtMost { role, n } => {
                RecordedRule { role_id: Some(*role), n: Some(*n), ..none }
            }
            Rule::Requires { role, required } => {
                RecordedRule { role_id: Some(*role), required_id: Some(*required), ..none }
            }
            Rule::Never { group, pattern } | Rule::OnlyWithin { group, pattern } => {
                RecordedRule { role_id: Some(*group), permission: pattern.to_string(), ..none }
            }
        };
        Record { name: self.name.clone(), kind: self.rule.kind().to_owned(), rule }
    }
}

impl Record {
    /// The name and the rule.
    pub fn read(&self) -> Result<(String, Rule)> {
        let RecordedRule { roles, n, role_id, required_id, permission } = self.rule.clone();
        let (name, kind) = (self.name.clone(), self.kind.clone());
        ConstraintDraft { name, kind, n, roles, role_id, required_id, permission, reason: String::new() }.parse()
    }

    /// The number and the roles of a set.
    pub fn numbers(&self) -> (Option<i64>, &BTreeSet<i64>) {
        (self.rule.n, &self.rule.roles)
    }
}

/// What a form or a program says of a constraint.
#[derive(Debug, Clone, Default)]
pub struct ConstraintDraft {
    pub name: String,
    pub kind: String,
    pub n: Option<i64>,
    /// SSD and DSD: the set.
    pub roles: BTreeSet<i64>,
    /// All others: the role or group that it is about.
    pub role_id: Option<i64>,
    pub required_id: Option<i64>,
    pub permission: String,
    pub reason: String,
}

impl ConstraintDraft {
    /// Cleans and judges all fields at once.
    pub fn parse(&self) -> Result<(String, Rule)> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", text::line(&self.name, "The name", 100));
        let number =
            |errors: &mut FieldErrors| errors.keep("n", self.n.ok_or_else(|| "This kind needs a number.".to_owned()));
        let role =
            |errors: &mut FieldErrors| errors.keep("role_id", self.role_id.ok_or_else(|| "Choose a role.".to_owned()));
        let pattern = |errors: &mut FieldErrors| {
            let parsed = Pattern::parse(&self.permission);
            parsed.map_err(|message| errors.add("permission", message)).unwrap_or_else(|()| Pattern::everything())
        };
        let rule = match self.kind.as_str() {
            "ssd" => Rule::Ssd { roles: self.roles.clone(), n: number(&mut errors) },
            "dsd" => Rule::Dsd { roles: self.roles.clone(), n: number(&mut errors) },
            "at_least" => Rule::AtLeast { role: role(&mut errors), n: number(&mut errors) },
            "at_most" => Rule::AtMost { role: role(&mut errors), n: number(&mut errors) },
            "requires" => Rule::Requires {
                role: role(&mut errors),
                required: errors.keep("required_id", self.required_id.ok_or_else(|| "Choose a role.".to_owned())),
            },
            "never" => Rule::Never { group: role(&mut errors), pattern: pattern(&mut errors) },
            "only_within" => Rule::OnlyWithin { group: role(&mut errors), pattern: pattern(&mut errors) },
            _ => {
                errors.add("kind", "The kind is ssd, dsd, at_least, at_most, requires, never or only_within.");
                return errors.into_result().and(Err(Error::Malformed("no kind".into())));
            }
        };
        errors.into_result()?;
        rule.check()?;
        Ok((name, rule))
    }
}
