//! Registered permissions.

use super::{Actor, App, Change, Entry, Tx, roles::single};
use crate::{
    db::{self, Conn, holders::Who},
    domain::{
        Error, FieldErrors, Result, Time,
        page::{ListQuery, Page, Total},
        permission::{self, NewPermission, PERMISSIONS_READ, PERMISSIONS_WRITE, Permission},
        role::PERMISSION_DELETED,
        scope::Scope,
        text,
    },
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// A row of the list of permissions.
#[derive(Debug, Clone)]
pub struct PermissionRow {
    pub permission: Permission,
    /// Roles that have it, by an own or an included pattern.
    pub roles: usize,
    /// Enabled users who have it somewhere; counted no further than `PEOPLE_COUNTED`.
    pub people: Total,
    pub last_used_at: Option<Time>,
}

/// Who can do it is counted no further than this for each row of the list.
const PEOPLE_COUNTED: i64 = 100;

/// Of each role the first enabled users who have it, one more than are counted: who has any of several roles is counted by
/// them exactly, as far as it is counted.
#[derive(Debug, Clone)]
pub struct FirstHolders(HashMap<i64, Vec<i64>>);

impl FirstHolders {
    fn count(&self, roles: &[i64]) -> Total {
        let mut people = HashSet::new();
        for user in roles.iter().filter_map(|role| self.0.get(role)).flatten() {
            people.insert(*user);
            if i64::try_from(people.len()).is_ok_and(|n| n > PEOPLE_COUNTED) {
                return Total::MoreThan(PEOPLE_COUNTED);
            }
        }
        Total::Exactly(i64::try_from(people.len()).unwrap_or(PEOPLE_COUNTED))
    }
}

impl NewPermission {
    /// Cleans and judges all fields at once.
    pub fn parse(resource: &str, action: &str, label: &str, description: &str) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let new = Self {
            resource: errors.keep("resource", permission::resource(resource)),
            action: errors.keep("action", permission::action(action)),
            label: errors.keep("label", text::optional_line(label, "The label", 100)),
            description: errors.keep("description", text::paragraph(description, "The description", 1000)),
        };
        errors.into_result().map(|()| new)
    }
}

impl App {
    pub fn permissions(&self, actor: &Actor, query: &ListQuery) -> Result<Page<PermissionRow>> {
        self.permissions_with(actor, query, |conn, roles| {
            db::holders::count(conn, roles, Who::Enabled, PEOPLE_COUNTED, self.now())
        })
    }

    /// The first who have each role, read once for many pages of [`App::permissions_by`].
    pub fn first_holders(&self, actor: &Actor) -> Result<FirstHolders> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        let now = self.now();
        self.read(|conn| Ok(FirstHolders(db::holders::firsts(conn, PEOPLE_COUNTED + 1, now)?)))
    }

    /// As [`App::permissions`], counted by what was read before: for exports, which have many pages.
    pub fn permissions_by(
        &self,
        actor: &Actor,
        query: &ListQuery,
        holders: &FirstHolders,
    ) -> Result<Page<PermissionRow>> {
        self.permissions_with(actor, query, |_, roles| Ok(holders.count(roles)))
    }

    fn permissions_with(
        &self,
        actor: &Actor,
        query: &ListQuery,
        people: impl Fn(&mut Conn, &[i64]) -> Result<Total>,
    ) -> Result<Page<PermissionRow>> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.read(|conn| {
            let graph = self.graph(conn)?;
            let Page { items, total, next, prev } = db::permissions::list(conn, query)?;
            let ids: Vec<i64> = items.iter().map(|permission| permission.id).collect();
            let (used, mut rows) = (db::permission_uses::latest(conn, &ids)?, vec![]);
            for permission in items {
                let roles: Vec<i64> = graph.roles_with_possibly(&single(&permission)).into_iter().collect();
                rows.push(PermissionRow {
                    roles: roles.len(),
                    people: people(conn, &roles)?,
                    last_used_at: used.get(&permission.id).copied(),
                    permission,
                });
            }
            Ok(Page { items: rows, total, next, prev })
        })
    }

    /// All permissions by name, for pick lists.
    pub fn all_permissions(&self, actor: &Actor) -> Result<Vec<Permission>> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.read(db::permissions::all)
    }

    pub fn permission(&self, actor: &Actor, id: i64) -> Result<Permission> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.read(|conn| db::permissions::get(conn, id))
    }

    /// The permission of this name, as programs may call it: `resource:action` or the free text it was made from.
    pub fn permission_by_name(&self, actor: &Actor, name: &str) -> Result<Permission> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        let wanted = NewPermission::from_free_text(name).map_err(|_| Error::not_found("permission"))?.name();
        self.read(|conn| db::permissions::find_by_name(conn, &wanted))?.ok_or(Error::not_found("permission"))
    }

    /// Registers a permission. Roles with a pattern that covers it have it at once.
    pub fn create_permission(&self, actor: &Actor, new: &NewPermission) -> Result<Change<Permission>> {
        actor.require_everywhere(PERMISSIONS_WRITE)?;
        self.change(actor, |tx| tx.register(new))
    }

    /// Changes label and description. The name of a permission never changes: programs ask for it.
    pub fn describe_permission(
        &self,
        actor: &Actor,
        id: i64,
        label: &str,
        description: &str,
    ) -> Result<Change<Permission>> {
        self.patch_permission(actor, id, Some(label), Some(description))
    }

    /// As [`App::describe_permission`]; `None` leaves a text as it is.
    pub fn patch_permission(
        &self,
        actor: &Actor,
        id: i64,
        label: Option<&str>,
        description: Option<&str>,
    ) -> Result<Change<Permission>> {
        actor.require_everywhere(PERMISSIONS_WRITE)?;
        let mut errors = FieldErrors::default();
        let label = label.map(|label| errors.keep("label", text::optional_line(label, "The label", 100)));
        let description = description
            .map(|description| errors.keep("description", text::paragraph(description, "The description", 1000)));
        errors.into_result()?;
        self.change(actor, |tx| {
            let before = db::permissions::get(tx.conn, id)?;
            let label = label.as_deref().unwrap_or(&before.label);
            tx.describe(&before, label, description.as_deref().unwrap_or(&before.description))
        })
    }

    /// Deletes a permission and takes it from the roles that have just it; patterns with a `*` stay.
    pub fn delete_permission(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(PERMISSIONS_WRITE)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let permission = db::permissions::get(tx.conn, id)?;
            tx.unregister(&permission, &reason)
        })
    }
}

impl Tx<'_> {
    pub(super) fn register(&mut self, new: &NewPermission) -> Result<Permission> {
        let made = db::permissions::insert(self.conn, new, false, self.actor.id, self.now)?;
        self.touch("permission", made.id)?;
        self.audit(Entry {
            action: "permission.create",
            kind: "permission",
            id: Some(made.id),
            name: &made.name,
            after: Some(permission_json(&made)),
            ..Entry::default()
        })?;
        Ok(made)
    }

    pub(super) fn describe(&mut self, before: &Permission, label: &str, description: &str) -> Result<Permission> {
        let after = db::permissions::describe(self.conn, before.id, label, description, self.now)?;
        self.touch("permission", after.id)?;
        self.audit(Entry {
            action: "permission.update",
            kind: "permission",
            id: Some(after.id),
            name: &after.name,
            before: Some(permission_json(before)),
            after: Some(permission_json(&after)),
            ..Entry::default()
        })?;
        Ok(after)
    }

    pub(super) fn unregister(&mut self, permission: &Permission, reason: &str) -> Result<()> {
        if permission.built_in {
            return Err(Error::conflict(
                "built_in",
                format!("The permission {} belongs to Rolecall and stays.", permission.name),
            ));
        }
        let single = single(permission);
        self.require_held([&single], &Scope::root())?;
        for row in db::permission_assignments::of_pattern(self.conn, &single)? {
            db::permission_assignments::end(self.conn, row.id, self.actor.id, PERMISSION_DELETED, self.now)?;
            self.touch("role", row.role_id)?;
        }
        db::permissions::delete(self.conn, permission.id, self.now)?;
        self.touch("permission", permission.id)?;
        self.audit(Entry {
            action: "permission.delete",
            kind: "permission",
            id: Some(permission.id),
            name: &permission.name,
            before: Some(permission_json(permission)),
            reason,
            ..Entry::default()
        })
    }
}

fn permission_json(permission: &Permission) -> Value {
    json!({ "name": permission.name, "label": permission.label, "description": permission.description })
}
