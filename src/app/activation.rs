//! Sessions that run with a part of their user's roles: least privilege, and dynamic separation of duty.

use super::{Actor, App, Change, Entry, memory::Live};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        constraint::{self, Constraint},
        permission::SESSIONS_READ,
        policy::Holding,
        role::Role,
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// The roles of a session.
#[derive(Debug, Clone)]
pub struct Activation {
    pub session_id: i64,
    /// The user chose them; otherwise all that he is assigned are active, as far as DSD sets let them.
    pub restricted: bool,
    pub active: Vec<Role>,
    /// What he could activate besides: other roles that he is authorized for.
    pub inactive: Vec<Role>,
}

/// Of whom: one's own sessions are one's own affair.
fn owned(actor: &Actor, live: &Live) -> Result<()> {
    if actor.id == Some(live.session.user_id) { Ok(()) } else { Err(Error::not_found("session")) }
}

impl App {
    /// SessionRoles: of one's own sessions, and of others' for who may see them.
    pub fn activation(&self, actor: &Actor, session_id: i64) -> Result<Activation> {
        let (live, rights) = self.seen_session(actor, session_id)?;
        let fresh = self.fresh()?;
        let person = self.person(fresh, live.session.user_id)?.ok_or(Error::not_found("session"))?;
        let graph = self.memory.graph(fresh);
        let active: BTreeSet<i64> =
            rights.held().iter().filter(|held| held.in_force(self.now())).map(|held| held.role).collect();
        let all = crate::domain::policy::Rights::new(graph, person.held.clone(), self.now()).authorized_roles();
        let all: Vec<i64> = all.into_iter().collect();
        let roles = self.read(|conn| db::roles::by_ids(conn, &all))?;
        let (active, other) = roles.into_iter().partition(|role| active.contains(&role.id));
        Ok(Activation { session_id, restricted: live.chosen.is_some(), active, inactive: other })
    }

    /// SessionPermissions.
    pub fn session_permissions(&self, actor: &Actor, session_id: i64) -> Result<Vec<Holding>> {
        Ok(self.seen_session(actor, session_id)?.1.list())
    }

    fn seen_session(&self, actor: &Actor, id: i64) -> Result<(Arc<Live>, crate::domain::policy::Rights)> {
        actor.user_id()?;
        let fresh = self.fresh()?;
        let gone = |error| if matches!(error, Error::SignInRequired) { Error::not_found("session") } else { error };
        let live = self.live_session(fresh, id).map_err(gone)?;
        if owned(actor, &live).is_err() && !actor.can(SESSIONS_READ) {
            return Err(Error::not_found("session"));
        }
        let person = self.person(fresh, live.session.user_id)?.ok_or(Error::not_found("session"))?;
        let rights = self.session_rights(fresh, &live, &person);
        Ok((live, rights))
    }

    /// Runs one's own session with these roles only; `None`: with all again. Roles beyond one's own are refused, and so is
    /// a choice that breaks a DSD set.
    pub fn activate(&self, actor: &Actor, session_id: i64, roles: Option<BTreeSet<i64>>) -> Result<Change<()>> {
        self.choose(actor, session_id, |_, _| Ok(roles.clone()))
    }

    /// AddActiveRole.
    pub fn activate_role(&self, actor: &Actor, session_id: i64, role_id: i64) -> Result<Change<()>> {
        self.choose(actor, session_id, |mut active, _| {
            if active.insert(role_id) {
                Ok(Some(active))
            } else {
                Err(Error::conflict("active", "The session has this role active already."))
            }
        })
    }

    /// DropActiveRole.
    pub fn drop_role(&self, actor: &Actor, session_id: i64, role_id: i64) -> Result<Change<()>> {
        self.choose(actor, session_id, |mut active, _| {
            if active.remove(&role_id) { Ok(Some(active)) } else { Err(Error::not_found("active role")) }
        })
    }

    fn choose(
        &self,
        actor: &Actor,
        session_id: i64,
        choice: impl Fn(BTreeSet<i64>, &Live) -> Result<Option<BTreeSet<i64>>>,
    ) -> Result<Change<()>> {
        let user = actor.user()?;
        let (live, _) = self.seen_session(actor, session_id)?;
        owned(actor, &live)?;
        self.change(actor, |tx| {
            let graph = tx.graph.clone();
            let rows = db::user_assignments::held(tx.conn, user.id, tx.now)?;
            let held: Vec<_> = rows.iter().map(|row| graph.hold_now(row)).collect();
            let restricted = db::sessions::find(tx.conn, session_id, self.sign_in_settings().limits, tx.now)?
                .ok_or(Error::not_found("session"))?
                .restricted;
            let chosen = if restricted { Some(db::sessions::roles(tx.conn, session_id)?) } else { None };
            let active = constraint::activate(&graph, &held, chosen.as_ref(), &tx.constraints, tx.now);
            let before: BTreeSet<i64> = active.iter().map(|held| held.role).collect();
            let after = choice(before.clone(), &live)?;
            for role in after.iter().flatten().filter(|role| !before.contains(role)) {
                if !held.iter().any(|held| graph.reaches(held.role, *role)) {
                    let text = "Only roles that you have, or that they include, can be active.";
                    return Err(Error::Invalid(FieldErrors::one("role_id", text)));
                }
            }
            if let Some(after) = &after {
                keep_apart(&tx.constraints, &graph, after)?;
            }
            db::sessions::restrict(tx.conn, session_id, after.as_ref())?;
            tx.touch("session", session_id)?;
            let names = |tx: &mut super::Tx<'_>, roles: &BTreeSet<i64>| -> Result<Vec<String>> {
                let ids: Vec<i64> = roles.iter().copied().collect();
                let mut names: Vec<String> = db::roles::names(tx.conn, &ids)?.into_values().collect();
                names.sort();
                Ok(names)
            };
            let old = names(tx, &before)?;
            let new = match &after {
                Some(after) => serde_json::json!({ "roles": names(tx, after)? }),
                None => serde_json::json!({ "roles": "all" }),
            };
            tx.audit(Entry {
                action: "session.activate",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                before: Some(serde_json::json!({ "roles": old })),
                after: Some(new),
                ..Entry::default()
            })
        })
    }
}

fn keep_apart(constraints: &[Constraint], graph: &crate::domain::policy::Graph, roles: &BTreeSet<i64>) -> Result<()> {
    match constraints.iter().find(|one| one.rule.broken_in_session(graph, roles.iter().copied())) {
        None => Ok(()),
        Some(one) => Err(Error::conflict(
            "constraint",
            format!("The constraint “{}” lets no session have these roles active together: drop one first.", one.name),
        )),
    }
}
