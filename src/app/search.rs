//! One box for everything: users, roles, permissions, the audit log; and commands, of which `commands` tells what they mean.

use super::{Actor, App};
use crate::{
    db,
    domain::{
        Result,
        audit::AuditEvent,
        permission::{AUDIT_READ, PERMISSIONS_READ, Permission, ROLES_READ, USERS_READ},
        role::Role,
        text,
        user::User,
    },
};

/// The most that is shown of each kind; its list shows all.
pub const SHOWN: i64 = 6;

/// What was found, of each kind only what the actor may see.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub users: Vec<User>,
    pub roles: Vec<Role>,
    pub permissions: Vec<Permission>,
    /// The latest first.
    pub events: Vec<AuditEvent>,
}

/// The one thing that has just the name that was typed.
#[derive(Debug, Clone)]
pub enum Named<'a> {
    User(&'a User),
    Role(&'a Role),
    Permission(&'a Permission),
}

impl Found {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.roles.is_empty() && self.permissions.is_empty() && self.events.is_empty()
    }

    /// What is called just so, if it is one thing only.
    pub fn named(&self, typed: &str) -> Option<Named<'_>> {
        let key = text::fold(typed);
        let is = |name: &str| text::fold(name) == key;
        let users = self.users.iter().filter(|user| is(&user.username) || is(&user.email)).map(Named::User);
        let roles = self.roles.iter().filter(|role| is(&role.name)).map(Named::Role);
        let permissions = self.permissions.iter().filter(|permission| permission.name == key).map(Named::Permission);
        let mut all = users.chain(roles).chain(permissions);
        all.next().filter(|_| all.next().is_none())
    }
}

impl App {
    /// What has the words that were typed; first of each kind whatever begins with them. For whoever holds any of
    /// Rolecall's own rights.
    pub fn search(&self, actor: &Actor, typed: &str) -> Result<Found> {
        if !actor.is_some_admin() {
            actor.require_everywhere(USERS_READ)?;
        }
        if text::clean(typed).is_empty() {
            return Ok(Found::default());
        }
        self.read(|conn| {
            let mut found = Found::default();
            if actor.can(USERS_READ) {
                found.users = db::users::best(conn, typed, SHOWN)?;
            }
            if actor.can(ROLES_READ) {
                found.roles = db::roles::best(conn, typed, SHOWN)?;
            }
            if actor.can(PERMISSIONS_READ) {
                found.permissions = db::permissions::best(conn, typed, SHOWN)?;
            }
            if actor.can(AUDIT_READ) {
                found.events = db::audit_search::best(conn, typed, SHOWN)?;
            }
            Ok(found)
        })
    }
}
