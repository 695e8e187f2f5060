//! The review functions of ANSI/INCITS 359: who has which role, and what that gives.

use super::{Actor, App, past};
use crate::{
    db::{self, holders::Who},
    domain::{
        Result, Time,
        page::{ListQuery, Page},
        permission::{Pattern, Permission, ROLES_READ, USERS_READ},
        policy::Grant,
        role::Role,
        user::User,
    },
};
use std::collections::BTreeSet;

impl App {
    /// AssignedUsers: who holds the role by an assignment of its own; who is disabled keeps it, and so is among them.
    pub fn assigned_users(&self, actor: &Actor, role_id: i64, query: &ListQuery) -> Result<Page<User>> {
        self.users_of(actor, role_id, query, false)
    }

    /// AuthorizedUsers: who holds it, or a role that includes it; the disabled, too.
    pub fn authorized_users(&self, actor: &Actor, role_id: i64, query: &ListQuery) -> Result<Page<User>> {
        self.users_of(actor, role_id, query, true)
    }

    fn users_of(&self, actor: &Actor, role_id: i64, query: &ListQuery, authorized: bool) -> Result<Page<User>> {
        actor.require_everywhere(ROLES_READ).and(actor.require_everywhere(USERS_READ))?;
        self.read(|conn| {
            let role = db::roles::get(conn, role_id)?.id;
            let roles = if authorized { self.graph(conn)?.including(role).into_iter().collect() } else { vec![role] };
            db::holders::list(conn, &roles, None, (self.now(), true, Who::Everybody), query)
        })
    }

    /// AuthorizedRoles: those he is assigned and all that they include, by name.
    pub fn authorized_roles(&self, actor: &Actor, user_id: i64) -> Result<Vec<Role>> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| {
            db::users::get(conn, user_id)?;
            let authorized: Vec<i64> = self.rights(conn, user_id)?.authorized_roles().into_iter().collect();
            db::roles::by_ids(conn, &authorized)
        })
    }

    /// RolePermissions, with what included roles give: the patterns with the role that owns each.
    pub fn role_permissions(&self, actor: &Actor, role_id: i64, at: Option<Time>) -> Result<Vec<(Grant, i64)>> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let graph = match at {
                Some(at) => past::below(conn, BTreeSet::from([role_id]), at)?,
                None => {
                    db::roles::get(conn, role_id)?;
                    self.graph(conn)?
                }
            };
            let mut all: Vec<(Grant, i64)> = graph
                .included(role_id)
                .into_iter()
                .flat_map(|role| graph.own_grants(role).iter().map(move |grant| (grant.clone(), role)))
                .collect();
            all.sort_by(|a, b| (&a.0.pattern, a.0.id).cmp(&(&b.0.pattern, b.0.id)));
            Ok(all)
        })
    }

    /// RoleOperationsOnObject, UserOperationsOnObject: the registered permissions on a resource that patterns cover.
    pub fn operations_on(&self, resource: &str, patterns: &[Pattern]) -> Result<Vec<Permission>> {
        let all = self.read(|conn| db::permissions::of_resource(conn, resource))?;
        let covered = |one: &Permission| {
            let single = super::roles::single(one);
            patterns.iter().any(|pattern| pattern.covers(&single))
        };
        Ok(all.into_iter().filter(covered).collect())
    }

    /// What a user last used when, the latest first.
    pub fn last_uses(&self, actor: &Actor, user_id: i64) -> Result<Vec<(String, Time)>> {
        if actor.id != Some(user_id) {
            actor.require_everywhere(USERS_READ)?;
        }
        self.write_uses()?;
        self.read(|conn| {
            db::users::get(conn, user_id)?;
            db::permission_uses::of_user(conn, user_id)
        })
    }
}
