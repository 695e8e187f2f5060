//! Roles, groups, and the rows that tie them to users, permissions and each other.

use super::{Error, FieldErrors, Result, Time, condition::Condition, permission::Pattern, scope::Scope, text};
use diesel::prelude::*;

/// A named set of permissions (`kind` `role`), or a set of people that includes roles (`kind` `group`).
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::roles)]
pub struct Role {
    pub id: i64,
    pub name: String,
    pub kind: String,
    pub description: String,
    pub built_in: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
}

/// The built-in role that holds `*:*`.
pub const ADMIN: &str = "admin";

/// Why what ended with a role, a permission or a user ended.
pub const ROLE_DELETED: &str = "role deleted";
pub const PERMISSION_DELETED: &str = "permission deleted";
pub const USER_DELETED: &str = "user deleted";

pub const ROLE: &str = "role";
pub const GROUP: &str = "group";

impl Role {
    pub fn is_group(&self) -> bool {
        self.kind == GROUP
    }

    pub fn draft(&self) -> RoleDraft {
        RoleDraft { name: self.name.clone(), kind: self.kind.clone(), description: self.description.clone() }
    }
}

/// What a form or a program says of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RoleDraft {
    pub name: String,
    pub kind: String,
    pub description: String,
}

impl RoleDraft {
    /// Cleans and judges all fields at once.
    pub fn parse(name: &str, kind: &str, description: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let kind = if kind.is_empty() { ROLE } else { kind };
        let draft = Self {
            name: errors.keep("name", text::line(name, "The name", 100)),
            kind: errors.keep(
                "kind",
                match kind {
                    ROLE | GROUP => Ok(kind.to_owned()),
                    _ => Err("The kind is role or group.".to_owned()),
                },
            ),
            description: errors.keep("description", text::paragraph(description, "The description", 1000)),
        };
        errors.into_result().map(|()| draft)
    }

    pub fn key(&self) -> String {
        text::fold(&self.name)
    }
}

/// A user assignment (UA): the user has the role in the scope from `valid_from` until before `valid_to`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::user_assignments)]
pub struct UserAssignment {
    pub id: i64,
    pub user_id: i64,
    pub role_id: i64,
    pub scope: String,
    pub valid_from: Time,
    pub valid_to: Option<Time>,
    pub reason: String,
    pub given_at: Time,
    pub given_by: Option<i64>,
    pub ended_at: Option<Time>,
    /// Text of a [`crate::domain::condition::Condition`].
    pub condition: Option<String>,
    /// Until when one that was ended was to hold otherwise; `None`: without end.
    pub planned_to: Option<Time>,
}

/// What to give: a role, where, when, why.
#[derive(Debug, Clone)]
pub struct Assign {
    pub user_id: i64,
    pub role_id: i64,
    pub scope: Scope,
    /// `None`: from now on.
    pub valid_from: Option<Time>,
    /// `None`: without end.
    pub valid_to: Option<Time>,
    pub reason: String,
    pub condition: Option<Condition>,
}

impl Assign {
    /// Cleans and judges all fields at once. Empty texts mean everywhere, now, without end, no reason.
    pub fn parse(user_id: i64, role_id: i64, scope: &str, from: &str, to: &str, reason: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let time = |text: &str| if text.trim().is_empty() { Ok(None) } else { Time::parse(text).map(Some) };
        let assign = Self {
            user_id,
            role_id,
            scope: errors.keep("scope", Scope::parse(scope)),
            valid_from: errors.keep("valid_from", time(from)),
            valid_to: errors.keep("valid_to", time(to)),
            reason: errors.keep("reason", text::optional_line(reason, "The reason", 500)),
            condition: None,
        };
        errors.into_result().map(|()| assign)
    }

    /// Only for requests that fulfil the condition; an empty text: for all.
    pub fn under(self, condition: &str) -> Result<Self> {
        match Condition::parse_optional(condition) {
            Ok(condition) => Ok(Self { condition, ..self }),
            Err(message) => Err(Error::Invalid(FieldErrors::one("condition", message))),
        }
    }
}

/// What to give a role: a pattern, under what condition, why.
#[derive(Debug, Clone)]
pub struct NewGrant {
    pub pattern: Pattern,
    pub condition: Option<Condition>,
    pub reason: String,
}

impl NewGrant {
    /// Cleans and judges all fields at once. An empty condition is none.
    pub fn parse(permission: &str, condition: &str, reason: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let pattern = Pattern::parse(permission).map_err(|message| errors.add("permission", message)).ok();
        let condition = errors.keep("condition", Condition::parse_optional(condition));
        let reason = errors.keep("reason", text::optional_line(reason, "The reason", 500));
        errors.into_result()?;
        pattern
            .map(|pattern| Self { pattern, condition, reason })
            .ok_or_else(|| Error::Malformed("no permission".into()))
    }
}

/// A permission assignment (PA): the role has the pattern.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::permission_assignments)]
pub struct PermissionAssignment {
    pub id: i64,
    pub role_id: i64,
    pub resource: String,
    pub action: String,
    pub valid_from: Time,
    pub valid_to: Option<Time>,
    pub reason: String,
    pub given_at: Time,
    pub given_by: Option<i64>,
    /// Text of a [`crate::domain::condition::Condition`].
    pub condition: Option<String>,
}

impl PermissionAssignment {
    pub fn pattern(&self) -> Pattern {
        Pattern::from_parts(&self.resource, &self.action)
    }
}

/// A role inclusion (RH): the senior role has all that the junior role has.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::role_inclusions)]
pub struct RoleInclusion {
    pub id: i64,
    pub senior_id: i64,
    pub junior_id: i64,
    pub valid_from: Time,
    pub valid_to: Option<Time>,
    pub reason: String,
    pub given_at: Time,
    pub given_by: Option<i64>,
}
