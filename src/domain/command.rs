//! Commands: what an admin asks for in words, such as `give bob approver until 2026-12-31`. Pure grammar; whether the names
//! are known, and whether he may, is seen later. A command never acts: it leads to the page that asks.

mod parse;

use super::{scope::Scope, time::Time};
pub use parse::read;
use std::fmt;

/// Names stand as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `can ada invoices:approve`
    Can { user: String, permission: String, place: Place },
    /// `who can invoices:approve`
    WhoCan { permission: String, place: Place },
    /// `what can ada do`
    WhatCan { user: String, place: Place },
    /// `give bob approver`
    Give { user: String, role: String, scope: Option<Scope>, until: Option<Time>, reason: String },
    /// `take approver from bob, eve`
    Take { role: String, from: Holders, reason: String },
    /// `disable bob`
    Disable { user: String, reason: String },
    /// `enable bob`
    Enable { user: String },
    /// `end sessions of bob`
    EndSessions { user: String },
    /// `reset second factor of bob`
    ResetFactors { user: String, reason: String },
    /// `create role auditor with invoices:read`
    CreateRole { name: String, group: bool, permissions: Vec<String> },
    /// `create user`
    CreateUser,
    /// `history of bob since 2026-11-18`
    History { user: String, since: Option<Time> },
    /// `compare ada bob`
    Compare { one: String, other: String },
}

/// Where and when something is asked; `None`: everywhere, now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub scope: Option<Scope>,
    pub on: Option<Time>,
}

/// From whom a role is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    All,
    These(Vec<String>),
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// It does not begin as a command does.
    NoCommand,
    /// It begins as a command.
    Unfinished(Unfinished),
    /// At least one; more where names of several words can be told apart in several ways, the likeliest first.
    Readings(Vec<Command>),
}

/// A command that cannot be followed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// What was understood: `give bob`.
    pub understood: String,
    /// What is missing, as a sentence.
    pub missing: String,
    /// How a whole one looks.
    pub example: &'static str,
}

/// One example of each command, and what it does.
pub const EXAMPLES: [(&str, &str); 13] = [
    ("can ada invoices:approve in project/42", "whether, and why"),
    ("who can invoices:approve on 2026-03-03", "now, or on another day"),
    ("what can ada do", "all that she may"),
    ("give bob approver until 2026-12-31 because …", "shows what it does, then asks"),
    ("take approver from bob, eve", "or from all"),
    ("disable bob", "and end his sessions"),
    ("enable bob", "he can sign in again"),
    ("end sessions of bob", "sign him out everywhere"),
    ("reset second factor of bob", "if he lost his phone"),
    ("create role auditor with invoices:read, invoices:export", "a role with what it has"),
    ("create user", "invite somebody"),
    ("who changed bob since last week", "what was done to him"),
    ("compare ada bob", "what one may and the other may not"),
];

/// The words that begin a clause or join names; a name that is one of them stands in quotes.
const RESERVED: [&str; 15] = [
    "in",
    "on",
    "until",
    "since",
    "because",
    "from",
    "to",
    "with",
    "and",
    "of",
    "all",
    "do",
    "last",
    "everybody",
    "everyone",
];

/// A name as it is written in a command: in quotes if it is not one plain word.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || "._-:*/@+".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) && !RESERVED.contains(&self.0.to_lowercase().as_str()) {
            return f.write_str(self.0);
        }
        f.write_str("\"")?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        f.write_str("\"")
    }
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| Name(name).to_string()).collect::<Vec<_>>().join(", ")
}

/// A clause that may be missing: ` until 2026-12-31T18:00`.
struct Clause<'a, T>(&'a str, Option<T>);

impl<T: fmt::Display> fmt::Display for Clause<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.1 {
            Some(value) => write!(f, " {} {value}", self.0),
            None => Ok(()),
        }
    }
}

fn day(at: Option<Time>) -> Option<String> {
    at.map(Time::input)
}

fn place(scope: Option<&Scope>) -> Option<Name<'_>> {
    scope.map(|scope| Name(scope.as_str()))
}

fn because(reason: &str) -> Clause<'_, &str> {
    Clause("because", Some(reason).filter(|reason| !reason.is_empty()))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Clause("in", place(self.scope.as_ref())), Clause("on", day(self.on)))
    }
}

impl Command {
    /// The same with another name wherever this one stands.
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        let mut command = self.clone();
        let names: Vec<&mut String> = match &mut command {
            Self::Can { user, permission, .. } => vec![user, permission],
            Self::WhoCan { permission, .. } => vec![permission],
            Self::Give { user, role, .. } => vec![user, role],
            Self::Take { role, from: Holders::All, .. } => vec![role],
            Self::Take { role, from: Holders::These(users), .. } => users.iter_mut().chain([role]).collect(),
            Self::CreateRole { permissions, .. } => permissions.iter_mut().collect(),
            Self::CreateUser => vec![],
            Self::Compare { one, other } => vec![one, other],
            Self::WhatCan { user, .. }
            | Self::Disable { user, .. }
            | Self::Enable { user }
            | Self::EndSessions { user }
            | Self::ResetFactors { user, .. }
            | Self::History { user, .. } => vec![user],
        };
        for name in names {
            if name == from {
                *name = to.to_owned();
            }
        }
        command
    }
}

/// As it would be typed: [`read`] gives the same command again.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Can { user, permission, place } => write!(f, "can {} {}{place}", Name(user), Name(permission)),
            Self::WhoCan { permission, place } => write!(f, "who can {}{place}", Name(permission)),
            Self::WhatCan { user, place } => write!(f, "what can {} do{place}", Name(user)),
            Self::Give { user, role, scope, until, reason } => {
                let (scope, until) = (Clause("in", place(scope.as_ref())), Clause("until", day(*until)));
                write!(f, "give {} {}{scope}{until}{}", Name(user), Name(role), because(reason))
            }
            Self::Take { role, from: Holders::All, reason } => {
                write!(f, "take {} from all{}", Name(role), because(reason))
            }
            Self::Take { role, from: Holders::These(users), reason } => {
                write!(f, "take {} from {}{}", Name(role), names(users), because(reason))
            }
            Self::Disable { user, reason } => write!(f, "disable {}{}", Name(user), because(reason)),
            Self::Enable { user } => write!(f, "enable {}", Name(user)),
            Self::EndSessions { user } => write!(f, "end sessions of {}", Name(user)),
            Self::ResetFactors { user, reason } => {
                write!(f, "reset second factor of {}{}", Name(user), because(reason))
            }
            Self::CreateRole { name, group, permissions } => {
                let kind = if *group { "group" } else { "role" };
                let with = Clause("with", Some(names(permissions)).filter(|_| !permissions.is_empty()));
                write!(f, "create {kind} {}{with}", Name(name))
            }
            Self::CreateUser => f.write_str("create user"),
            Self::History { user, since } => write!(f, "history of {}{}", Name(user), Clause("since", day(*since))),
            Self::Compare { one, other } => write!(f, "compare {} {}", Name(one), Name(other)),
        }
    }
}

#[cfg(test)]
mod tests;
