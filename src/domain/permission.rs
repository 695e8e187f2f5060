//! Permissions (an operation on a kind of object) and the patterns that cover them.

use super::{Time, text};
use diesel::prelude::*;
use serde::Serialize;
use std::fmt;

/// A registered permission. `name` is `resource:action`; `label` is what people call it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::permissions)]
pub struct Permission {
    pub id: i64,
    pub resource: String,
    pub action: String,
    pub name: String,
    pub label: String,
    pub description: String,
    pub built_in: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
}

/// What to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPermission {
    pub resource: String,
    pub action: String,
    pub label: String,
    pub description: String,
}

const PART_MAX: usize = 100;

/// The resource of names that the replaced system allowed in free text (`Create Post`): see [`NewPermission::from_free_text`].
pub const FREE_TEXT_RESOURCE: &str = "app";

fn part(text: &str, what: &str) -> Result<String, String> {
    let text = text::fold(text);
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if text.is_empty() {
        Err(format!("{what} is missing."))
    } else if text.len() > PART_MAX {
        Err(format!("{what} may have at most {PART_MAX} characters."))
    } else if !text.chars().all(good) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        Err(format!("{what} may have letters, digits and . _ - only, and begins with a letter or digit."))
    } else {
        Ok(text)
    }
}

pub fn resource(text: &str) -> Result<String, String> {
    part(text, "The resource")
}

pub fn action(text: &str) -> Result<String, String> {
    part(text, "The action")
}

/// Splits and checks `resource:action`.
pub fn split(name: &str) -> Result<(String, String), String> {
    let (left, right) =
        name.split_once(':').ok_or("Write a permission as resource:action, such as invoices:approve.")?;
    Ok((resource(left)?, action(right)?))
}

impl NewPermission {
    /// Reads the name of a permission as the replaced system's clients send it: `resource:action` as it is; any
    /// other text becomes the label of `app:<the text in small letters and hyphens>`.
    pub fn from_free_text(name: &str) -> Result<Self, String> {
        let name = text::line(name, "The name", PART_MAX)?;
        if name.contains(':') {
            let (resource, action) = split(&name)?;
            return Ok(Self { resource, action, label: String::new(), description: String::new() });
        }
        let slug: String = text::fold(&name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let slug = slug.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        if slug.is_empty() {
            return Err("The name needs at least one letter or digit of ASCII.".into());
        }
        Ok(Self {
            resource: FREE_TEXT_RESOURCE.into(),
            action: action(&slug)?,
            label: name,
            description: String::new(),
        })
    }

    pub fn name(&self) -> String {
        format!("{}:{}", self.resource, self.action)
    }
}

/// One half of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Any,
    Exactly(String),
}

impl Part {
    fn parse(text: &str, exactly: fn(&str) -> Result<String, String>) -> Result<Self, String> {
        if text.trim() == "*" { Ok(Self::Any) } else { exactly(text).map(Self::Exactly) }
    }

    fn covers(&self, other: &Self) -> bool {
        *self == Self::Any || self == other
    }

    fn meets(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// What both cover; `None`: nothing.
    fn both(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, part) | (part, Self::Any) => Some(part.clone()),
            (one, part) => (one == part).then(|| one.clone()),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Exactly(text) => text,
        }
    }
}

/// What a role is given: `invoices:approve`, `invoices:*`, `*:read` or `*:*`. Covers registered permissions,
/// those too that are registered later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    resource: Part,
    action: Part,
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, String> {
        let (left, right) = text
            .split_once(':')
            .ok_or("Write a permission as resource:action; * stands for any, such as invoices:* or *:read.")?;
        Ok(Self { resource: Part::parse(left, resource)?, action: Part::parse(right, action)? })
    }

    /// From the two columns in which it is kept.
    pub fn from_parts(resource: &str, action: &str) -> Self {
        let part = |text: &str| if text == "*" { Part::Any } else { Part::Exactly(text.to_owned()) };
        Self { resource: part(resource), action: part(action) }
    }

    pub fn everything() -> Self {
        Self { resource: Part::Any, action: Part::Any }
    }

    /// Whether whoever holds this holds `other` too, now and after any registration.
    pub fn covers(&self, other: &Self) -> bool {
        self.resource.covers(&other.resource) && self.action.covers(&other.action)
    }

    /// Whether there is, or could be registered, a permission that both cover.
    pub fn meets(&self, other: &Self) -> bool {
        self.resource.meets(&other.resource) && self.action.meets(&other.action)
    }

    /// The pattern of all that both cover; `None`: there is nothing.
    pub fn both(&self, other: &Self) -> Option<Self> {
        Some(Self { resource: self.resource.both(&other.resource)?, action: self.action.both(&other.action)? })
    }

    /// The permission that it names, unless it has a `*`.
    pub fn is_single(&self) -> bool {
        self.resource != Part::Any && self.action != Part::Any
    }

    pub fn resource(&self) -> &str {
        self.resource.as_str()
    }

    pub fn action(&self) -> &str {
        self.action.as_str()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource(), self.action())
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A permission of Rolecall itself, registered at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    pub resource: &'static str,
    pub action: &'static str,
    pub about: &'static str,
}

impl Right {
    pub fn pattern(self) -> Pattern {
        Pattern::from_parts(self.resource, self.action)
    }

    pub fn name(self) -> String {
        format!("{}:{}", self.resource, self.action)
    }
}

const fn right(resource: &'static str, action: &'static str, about: &'static str) -> Right {
    Right { resource, action, about }
}

pub const USERS_READ: Right = right("rolecall.users", "read", "See users, their roles and their second factors.");
pub const USERS_WRITE: Right = right("rolecall.users", "write", "Create, change, disable and delete users.");
pub const ROLES_READ: Right = right("rolecall.roles", "read", "See roles and what they have.");
pub const ROLES_WRITE: Right =
    right("rolecall.roles", "write", "Create, change and delete roles; give them permissions and other roles.");
pub const PERMISSIONS_READ: Right = right("rolecall.permissions", "read", "See the registered permissions.");
pub const PERMISSIONS_WRITE: Right =
    right("rolecall.permissions", "write", "Register, describe and delete permissions.");
pub const ASSIGNMENTS_WRITE: Right =
    right("rolecall.assignments", "write", "Give roles to users and take them away, within the scope of this right.");
/// With the id of a role as its action: give just that role, whatever it has. Registered when it is first granted.
pub const GIVE: &str = "rolecall.give";
pub const CONSTRAINTS_WRITE: Right =
    right("rolecall.constraints", "write", "Make, change and end constraints: separation of duty and standing rules.");
pub const CHECKS_READ: Right =
    right("rolecall.checks", "read", "Ask what others may do and why, within the scope of this right.");
pub const SESSIONS_READ: Right = right("rolecall.sessions", "read", "See the sessions of other users.");
pub const SESSIONS_WRITE: Right = right("rolecall.sessions", "write", "End the sessions of other users.");
pub const AUDIT_READ: Right = right("rolecall.audit", "read", "Read the audit log.");
pub const MAILS_READ: Right = right("rolecall.mails", "read", "See the outgoing mail and its state.");
pub const MAILS_WRITE: Right = right("rolecall.mails", "write", "Send a failed mail again.");
pub const SETTINGS_READ: Right = right("rolecall.settings", "read", "See what is configured.");
pub const SETTINGS_WRITE: Right =
    right("rolecall.settings", "write", "Change what can be set while Rolecall runs; send a test mail.");

/// All rights of Rolecall itself.
pub const BUILT_IN: [Right; 16] = [
    USERS_READ,
    USERS_WRITE,
    ROLES_READ,
    ROLES_WRITE,
    PERMISSIONS_READ,
    PERMISSIONS_WRITE,
    ASSIGNMENTS_WRITE,
    CONSTRAINTS_WRITE,
    CHECKS_READ,
    SESSIONS_READ,
    SESSIONS_WRITE,
    AUDIT_READ,
    MAILS_READ,
    MAILS_WRITE,
    SETTINGS_READ,
    SETTINGS_WRITE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_covers_any_and_nothing_else_does() {
        assert!(pattern("*:*").covers(&pattern("invoices:approve")));
        assert!(pattern("invoices:*").covers(&pattern("invoices:approve")));
        assert!(pattern("*:read").covers(&pattern("invoices:read")));
        assert!(!pattern("*:read").covers(&pattern("invoices:*")));
        assert!(!pattern("invoices:*").covers(&pattern("invoices.old:read")));
        assert!(!pattern("invoices:read").covers(&pattern("*:read")));
    }

    #[test]
    fn names_are_folded_and_odd_ones_refused() {
        assert_eq!(pattern(" Invoices:APPROVE ").to_string(), "invoices:approve");
        for bad in ["invoices", "in voices:read", ":read", "invoices:", "a:b:c", "**:read", "-a:b", "inv*:read"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn free_text_names_of_the_replaced_system_become_labels() {
        let made = NewPermission::from_free_text("Create Post").unwrap();
        assert_eq!((made.name().as_str(), made.label.as_str()), ("app:create-post", "Create Post"));
        assert_eq!(NewPermission::from_free_text("posts:create").unwrap().name(), "posts:create");
        assert!(NewPermission::from_free_text("***").is_err());
        assert!(NewPermission::from_free_text("").is_err());
    }

    proptest! {
        #[test]
        fn covering_is_a_partial_order(a in "([ab]|\\*):([ab]|\\*)", b in "([ab]|\\*):([ab]|\\*)", c in "([ab]|\\*):([ab]|\\*)") {
            let (a, b, c) = (pattern(&a), pattern(&b), pattern(&c));
            prop_assert!(a.covers(&a) && Pattern::everything().covers(&a));
            if a.covers(&b) && b.covers(&c) { prop_assert!(a.covers(&c)); }
            if a.covers(&b) && b.covers(&a) { prop_assert_eq!(a, b); }
        }
    }
}
