//! ANSI/INCITS 359 on plain sets, written from the standard's own definitions and knowing nothing of the product: Core,
//! general hierarchy, static and dynamic separation of duty. Each command gives whether its precondition held; if not,
//! nothing changes.
//!
//! Where the standard leaves a choice, the model follows what docs/access-model.md says: included roles count as held
//! and as active; a session that was not restricted has all assigned roles active, and where that breaks a dynamic set
//! the later assignment gives way; a deleted role leaves its sets, and must not leave them too small.

use std::collections::{BTreeMap, BTreeSet};

pub type User = usize;
pub type Role = usize;
/// An operation on an object: (object, operation).
pub type Permission = (usize, usize);
pub type Session = usize;
pub type Set = usize;

/// Roles that must stay apart, and how many of them are too many.
pub type Apart = BTreeMap<Set, (BTreeSet<Role>, usize)>;

#[derive(Debug, Default, Clone)]
pub struct Model {
    pub users: BTreeSet<User>,
    pub roles: BTreeSet<Role>,
    /// In the order in which they were assigned.
    pub assigned: Vec<(User, Role)>,
    pub granted: BTreeSet<(Role, Permission)>,
    /// (senior, junior), immediate.
    pub above: BTreeSet<(Role, Role)>,
    /// The user, and the roles that the session was restricted to.
    pub sessions: BTreeMap<Session, (User, Option<BTreeSet<Role>>)>,
    pub ssd: Apart,
    pub dsd: Apart,
}

impl Model {
    pub fn reached(&self, role: Role) -> BTreeSet<Role> {
        let mut reached = BTreeSet::from([role]);
        loop {
            let more: Vec<Role> =
                self.above.iter().filter(|(senior, _)| reached.contains(senior)).map(|(_, junior)| *junior).collect();
            let before = reached.len();
            reached.extend(more);
            if reached.len() == before {
                return reached;
            }
        }
    }

    fn reached_by(&self, roles: &BTreeSet<Role>) -> BTreeSet<Role> {
        roles.iter().flat_map(|role| self.reached(*role)).collect()
    }

    pub fn assigned_roles(&self, user: User) -> BTreeSet<Role> {
        self.assigned.iter().filter(|(u, _)| *u == user).map(|(_, role)| *role).collect()
    }

    pub fn authorized_roles(&self, user: User) -> BTreeSet<Role> {
        self.reached_by(&self.assigned_roles(user))
    }

    pub fn assigned_users(&self, role: Role) -> BTreeSet<User> {
        self.users.iter().copied().filter(|user| self.assigned_roles(*user).contains(&role)).collect()
    }

    pub fn authorized_users(&self, role: Role) -> BTreeSet<User> {
        self.users.iter().copied().filter(|user| self.authorized_roles(*user).contains(&role)).collect()
    }

    fn permissions(&self, roles: &BTreeSet<Role>) -> BTreeSet<Permission> {
        let reached = self.reached_by(roles);
        self.granted.iter().filter(|(role, _)| reached.contains(role)).map(|(_, permission)| *permission).collect()
    }

    pub fn role_permissions(&self, role: Role) -> BTreeSet<Permission> {
        self.permissions(&BTreeSet::from([role]))
    }

    pub fn user_permissions(&self, user: User) -> BTreeSet<Permission> {
        self.permissions(&self.assigned_roles(user))
    }

    pub fn session_roles(&self, session: Session) -> BTreeSet<Role> {
        let (user, chosen) = &self.sessions[&session];
        if let Some(chosen) = chosen {
            return chosen.intersection(&self.authorized_roles(*user)).copied().collect();
        }
        let mut active = BTreeSet::new();
        for (_, role) in self.assigned.iter().filter(|(u, _)| u == user) {
            let mut with = active.clone();
            with.insert(*role);
            if self.apart(&self.dsd, &self.reached_by(&with)) {
                active = with;
            }
        }
        active
    }

    pub fn session_permissions(&self, session: Session) -> BTreeSet<Permission> {
        self.permissions(&self.session_roles(session))
    }

    /// Whether these roles have fewer than n of each set.
    fn apart(&self, sets: &Apart, roles: &BTreeSet<Role>) -> bool {
        sets.values().all(|(set, n)| set.intersection(roles).count() < *n)
    }

    /// Whether all static and dynamic sets are kept, by every user and every restricted session.
    fn holds(&self) -> bool {
        self.users.iter().all(|user| self.apart(&self.ssd, &self.authorized_roles(*user)))
            && self
                .sessions
                .values()
                .filter_map(|(_, chosen)| chosen.as_ref())
                .all(|chosen| self.apart(&self.dsd, &self.reached_by(chosen)))
    }

    /// Makes a change if its precondition holds and everything is kept apart afterwards.
    fn try_to(&mut self, precondition: bool, change: impl FnOnce(&mut Self)) -> bool {
        let mut after = self.clone();
        if precondition {
            change(&mut after);
        }
        let good = precondition && after.holds();
        if good {
            *self = after;
        }
        good
    }

    pub fn add_user(&mut self, user: User) -> bool {
        self.users.insert(user)
    }

    pub fn delete_user(&mut self, user: User) -> bool {
        self.try_to(self.users.contains(&user), |after| {
            after.users.remove(&user);
            after.assigned.retain(|(u, _)| *u != user);
            after.sessions.retain(|_, (u, _)| *u != user);
        })
    }

    pub fn add_role(&mut self, role: Role) -> bool {
        self.roles.insert(role)
    }

    pub fn delete_role(&mut self, role: Role) -> bool {
        let small = |sets: &Apart| sets.values().any(|(set, n)| set.contains(&role) && *n > set.len() - 1);
        let possible = self.roles.contains(&role) && !small(&self.ssd) && !small(&self.dsd);
        self.try_to(possible, |after| {
            after.roles.remove(&role);
            after.assigned.retain(|(_, r)| *r != role);
            after.granted.retain(|(r, _)| *r != role);
            after.above.retain(|(senior, junior)| *senior != role && *junior != role);
            for (set, _) in after.ssd.values_mut().chain(after.dsd.values_mut()) {
                set.remove(&role);
            }
            for (_, chosen) in after.sessions.values_mut() {
                chosen.iter_mut().for_each(|chosen| chosen.retain(|active| *active != role));
            }
        })
    }

    pub fn assign_user(&mut self, user: User, role: Role) -> bool {
        let new = !self.assigned.contains(&(user, role));
        let known = self.users.contains(&user) && self.roles.contains(&role);
        self.try_to(known && new, |after| after.assigned.push((user, role)))
    }

    pub fn deassign_user(&mut self, user: User, role: Role) -> bool {
        self.try_to(self.assigned.contains(&(user, role)), |after| after.assigned.retain(|pair| *pair != (user, role)))
    }

    pub fn grant(&mut self, permission: Permission, role: Role) -> bool {
        self.roles.contains(&role) && self.granted.insert((role, permission))
    }

    pub fn revoke(&mut self, permission: Permission, role: Role) -> bool {
        self.granted.remove(&(role, permission))
    }

    pub fn add_inheritance(&mut self, senior: Role, junior: Role) -> bool {
        let known = self.roles.contains(&senior) && self.roles.contains(&junior);
        let possible = known && !self.above.contains(&(senior, junior)) && !self.reached(junior).contains(&senior);
        self.try_to(possible, |after| {
            after.above.insert((senior, junior));
        })
    }

    pub fn delete_inheritance(&mut self, senior: Role, junior: Role) -> bool {
        self.try_to(self.above.contains(&(senior, junior)), |after| {
            after.above.remove(&(senior, junior));
        })
    }

    /// A new role above (AddAscendant) or below (AddDescendant) another one.
    pub fn add_beside(&mut self, new: Role, other: Role, above: bool) -> bool {
        let pair = if above { (new, other) } else { (other, new) };
        self.try_to(self.roles.contains(&other) && !self.roles.contains(&new), |after| {
            after.roles.insert(new);
            after.above.insert(pair);
        })
    }

    pub fn create_session(&mut self, user: User, session: Session, chosen: Option<BTreeSet<Role>>) -> bool {
        let within = chosen.as_ref().is_none_or(|chosen| chosen.is_subset(&self.authorized_roles(user)));
        self.try_to(self.users.contains(&user) && within, |after| drop(after.sessions.insert(session, (user, chosen))))
    }

    pub fn delete_session(&mut self, session: Session) -> bool {
        self.sessions.remove(&session).is_some()
    }

    pub fn add_active_role(&mut self, session: Session, role: Role) -> bool {
        let Some((user, _)) = self.sessions.get(&session).cloned() else { return false };
        let mut active = self.session_roles(session);
        let possible = self.authorized_roles(user).contains(&role) && active.insert(role);
        self.try_to(possible, |after| drop(after.sessions.insert(session, (user, Some(active)))))
    }

    pub fn drop_active_role(&mut self, session: Session, role: Role) -> bool {
        let Some((user, _)) = self.sessions.get(&session).cloned() else { return false };
        let mut active = self.session_roles(session);
        let possible = active.remove(&role);
        self.try_to(possible, |after| drop(after.sessions.insert(session, (user, Some(active)))))
    }

    pub fn sets(&mut self, dynamic: bool) -> &mut Apart {
        if dynamic { &mut self.dsd } else { &mut self.ssd }
    }

    pub fn create_set(&mut self, dynamic: bool, name: Set, roles: BTreeSet<Role>, n: usize) -> bool {
        let possible = !self.ssd.contains_key(&name)
            && !self.dsd.contains_key(&name)
            && roles.is_subset(&self.roles)
            && n >= 2
            && n <= roles.len();
        self.try_to(possible, |after| drop(after.sets(dynamic).insert(name, (roles, n))))
    }

    pub fn delete_set(&mut self, dynamic: bool, name: Set) -> bool {
        self.sets(dynamic).remove(&name).is_some()
    }

    pub fn add_member(&mut self, dynamic: bool, name: Set, role: Role) -> bool {
        let known = self.roles.contains(&role);
        let possible = known && self.sets(dynamic).get(&name).is_some_and(|(set, _)| !set.contains(&role));
        self.try_to(possible, |after| {
            after.sets(dynamic).entry(name).and_modify(|(set, _)| set.extend([role]));
        })
    }

    pub fn delete_member(&mut self, dynamic: bool, name: Set, role: Role) -> bool {
        let possible = self.sets(dynamic).get(&name).is_some_and(|(set, n)| set.contains(&role) && *n < set.len());
        self.try_to(possible, |after| {
            after.sets(dynamic).entry(name).and_modify(|(set, _)| set.retain(|member| *member != role));
        })
    }

    pub fn set_number(&mut self, dynamic: bool, name: Set, n: usize) -> bool {
        let possible = self.sets(dynamic).get(&name).is_some_and(|(set, _)| n >= 2 && n <= set.len());
        self.try_to(possible, |after| {
            after.sets(dynamic).entry(name).and_modify(|(_, number)| *number = n);
        })
    }
}
