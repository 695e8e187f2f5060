//! Who has a role, and by which assignments.

use super::{
    Actor, App,
    users::{AssignmentView, name_assignments},
};
use crate::{
    db::{self, holders::Who},
    domain::{
        Result,
        page::{COUNTED, ListQuery, Page, Total},
        permission::{ROLES_READ, USERS_READ},
        user::User,
    },
};

/// Somebody who has a role now.
#[derive(Debug, Clone)]
pub struct RoleMember {
    pub user: User,
    /// His assignments of the role and of roles that include it.
    pub held: Vec<AssignmentView>,
}

/// How many users have a role now: by an assignment of its own, and in all.
#[derive(Debug, Clone, Copy)]
pub struct RoleReach {
    pub direct: Total,
    pub all: Total,
}

/// Assignments to come that are shown, at most.
const TO_COME: i64 = 20;

impl App {
    /// A page of the users who have the role now, disabled ones too, by username; with the filter `direct` only those who are assigned it
    /// itself.
    pub fn role_members(&self, actor: &Actor, role_id: i64, query: &ListQuery) -> Result<Page<RoleMember>> {
        actor.require_everywhere(ROLES_READ).and(actor.require_everywhere(USERS_READ))?;
        self.read(|conn| {
            let now = self.now();
            let role = db::roles::get(conn, role_id)?.id;
            let direct = query.filter == "direct";
            let roles: Vec<i64> =
                if direct { vec![role] } else { self.graph(conn)?.including(role).into_iter().collect() };
            let page = db::holders::list(conn, &roles, None, (now, true, Who::Everybody), query)?;
            let ids: Vec<i64> = page.items.iter().map(|user| user.id).collect();
            let rows = db::user_assignments::of_users_by_roles(conn, &ids, &roles, now)?;
            let mut held = name_assignments(conn, rows, now)?;
            // His own first.
            held.sort_by_key(|one| (one.row.role_id != role, one.row.id));
            Ok(page.map(|user| RoleMember {
                held: held.iter().filter(|one| one.row.user_id == user.id).cloned().collect(),
                user,
            }))
        })
    }

    /// The first assignments of the role that have not begun yet.
    pub fn role_members_to_come(&self, actor: &Actor, role_id: i64) -> Result<Vec<AssignmentView>> {
        actor.require_everywhere(ROLES_READ).and(actor.require_everywhere(USERS_READ))?;
        self.read(|conn| {
            let now = self.now();
            let rows = db::user_assignments::to_come(conn, role_id, now, TO_COME)?;
            name_assignments(conn, rows, now)
        })
    }

    /// How far the role reaches.
    pub fn role_reach(&self, actor: &Actor, role_id: i64) -> Result<RoleReach> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let now = self.now();
            let including: Vec<i64> = self.graph(conn)?.including(role_id).into_iter().collect();
            let direct = db::user_assignments::count_holders(conn, &[role_id], COUNTED, now)?;
            let all = match including[..] {
                [_] => direct,
                _ => db::user_assignments::count_holders(conn, &including, COUNTED, now)?,
            };
            Ok(RoleReach { direct, all })
        })
    }
}
