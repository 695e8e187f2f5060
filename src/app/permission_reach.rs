//! How far one permission reaches: by which grants, to whom, and who uses it.

use super::{Actor, App, rights_now, roles::single};
use crate::{
    db::{self, Conn, holders::Who},
    domain::{
        Result, Time,
        page::{ListQuery, Page, Total},
        permission::{CHECKS_READ, PERMISSIONS_READ, Pattern, USERS_READ},
        policy::Graph,
        role::{PermissionAssignment, Role},
        scope::Scope,
        user::User,
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Who has a permission, how, and who used it.
#[derive(Debug, Clone)]
pub struct PermissionReach {
    /// The first [`ROLES`] of the roles that have it; those first that have it by a grant of their own.
    pub roles: Vec<Having>,
    pub role_count: usize,
    pub last_used_at: Option<Time>,
    /// Enabled users who have it in any scope.
    pub people: Total,
    /// The first of them; `None`: the actor may not see who they are.
    pub first: Option<Vec<Able>>,
    /// Who used it last, the latest first; `None`: likewise.
    pub uses: Option<Vec<LastUse>>,
}

/// A role that has the permission.
#[derive(Debug, Clone)]
pub struct Having {
    pub role: Role,
    /// Its own grants that cover the permission, each with who gave it (empty: Rolecall itself).
    pub own: Vec<(PermissionAssignment, String)>,
    /// The first of the roles with such grants that it includes.
    pub through: Vec<Role>,
}

/// Somebody who can do it.
#[derive(Debug, Clone)]
pub struct Able {
    pub user: User,
    /// Where, and whether only under a condition.
    pub places: Vec<(Scope, bool)>,
}

/// Somebody's last use of it.
#[derive(Debug, Clone)]
pub struct LastUse {
    pub user_id: i64,
    pub username: String,
    pub at: Time,
}

/// Roles that are shown, people of each list, and roles that a row names, at most.
pub const ROLES: usize = 100;
const PEOPLE: i64 = 10;
const NAMED: usize = 3;

impl App {
    pub fn permission_reach(&self, actor: &Actor, id: i64) -> Result<PermissionReach> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.write_uses()?;
        let sees = actor.can(USERS_READ);
        self.read(|conn| {
            let now = self.now();
            let pattern = single(&db::permissions::get(conn, id)?);
            let graph = self.graph(conn)?;
            let having: Vec<i64> = graph.roles_with_possibly(&pattern).into_iter().collect();
            let first = ListQuery { limit: Some(PEOPLE), ..ListQuery::default() };
            let people = db::holders::list(conn, &having, None, (now, true, Who::Enabled), &first)?;
            let uses = db::permission_uses::of_permission(conn, id, PEOPLE)?;
            Ok(PermissionReach {
                role_count: having.len(),
                roles: roles_having(conn, &graph, &pattern, having)?,
                last_used_at: uses.first().map(|(.., at)| *at),
                people: people.total,
                first: match sees && actor.can(CHECKS_READ) {
                    true => Some(able(conn, &graph, &pattern, people, now)?),
                    false => None,
                },
                uses: sees.then(|| {
                    uses.into_iter().map(|(user_id, username, at)| LastUse { user_id, username, at }).collect()
                }),
            })
        })
    }
}

fn able(conn: &mut Conn, graph: &Arc<Graph>, pattern: &Pattern, people: Page<User>, now: Time) -> Result<Vec<Able>> {
    let with_places = |user: User| {
        let places = rights_now(conn, graph, user.id, now)?.places(pattern);
        Ok(Able { user, places })
    };
    people.items.into_iter().map(with_places).collect()
}

/// Those of `having` that are shown, with their grants and the names of whoever gave them.
fn roles_having(conn: &mut Conn, graph: &Graph, pattern: &Pattern, having: Vec<i64>) -> Result<Vec<Having>> {
    let owners: HashSet<i64> = graph.owners(pattern).1.into_iter().collect();
    let mut shown = having;
    shown.sort_by_key(|id| (!owners.contains(id), *id));
    shown.truncate(ROLES);
    let through = |id: i64| {
        let mut of_others: Vec<i64> =
            graph.included(id).into_iter().filter(|other| *other != id && owners.contains(other)).collect();
        of_others.sort_unstable();
        of_others.truncate(NAMED);
        of_others
    };
    let named: Vec<i64> = shown.iter().flat_map(|id| through(*id)).chain(shown.iter().copied()).collect();
    let roles: HashMap<i64, Role> = db::roles::by_ids(conn, &named)?.into_iter().map(|role| (role.id, role)).collect();
    let mut grants = db::permission_assignments::of_roles(conn, &shown)?;
    grants.retain(|row| row.pattern().covers(pattern));
    let givers = db::users::names(conn, &grants.iter().filter_map(|row| row.given_by).collect::<Vec<_>>())?;
    let giver = |row: &PermissionAssignment| row.given_by.and_then(|id| givers.get(&id)).cloned().unwrap_or_default();
    let mut found: Vec<Having> = shown
        .iter()
        .filter_map(|id| roles.get(id))
        .map(|role| Having {
            own: grants.iter().filter(|row| row.role_id == role.id).map(|row| (row.clone(), giver(row))).collect(),
            through: through(role.id).iter().filter_map(|id| roles.get(id)).cloned().collect(),
            role: role.clone(),
        })
        .collect();
    found.sort_by(|a, b| (a.own.is_empty(), &a.role.name).cmp(&(b.own.is_empty(), &b.role.name)));
    Ok(found)
}
