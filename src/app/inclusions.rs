//! Roles that include roles.

use super::{Actor, App, Change, Entry, Tx};
use crate::{
    db,
    domain::{Error, FieldErrors, Result, permission::ROLES_WRITE, role::RoleInclusion, scope::Scope},
};
use serde_json::{Value, json};

impl App {
    /// Lets `senior` include `junior`: all who have the senior role get what the junior one has. A circle is refused,
    /// naming it.
    pub fn include_role(
        &self,
        actor: &Actor,
        senior_id: i64,
        junior_id: i64,
        reason: &str,
    ) -> Result<Change<RoleInclusion>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| tx.include_role(senior_id, junior_id, &reason))
    }

    /// Ends an inclusion.
    pub fn exclude_role(&self, actor: &Actor, senior_id: i64, inclusion_id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(ROLES_WRITE)?;
        let reason = super::users::reason_line(reason)?;
        self.change(actor, |tx| {
            let row = db::role_inclusions::find(tx.conn, inclusion_id)?
                .filter(|row| row.senior_id == senior_id)
                .ok_or(Error::not_found("inclusion"))?;
            tx.exclude(&row, &reason)
        })
    }
}

impl Tx<'_> {
    /// Ends the inclusion now.
    pub(super) fn exclude(&mut self, row: &RoleInclusion, reason: &str) -> Result<()> {
        let senior = self.changeable_role(row.senior_id)?;
        self.require_may_give_role(row.junior_id, &Scope::root())?;
        let names = db::roles::names(self.conn, &[row.junior_id])?;
        db::role_inclusions::end(self.conn, row.id, self.actor.id, reason, self.now)?;
        self.touch("role", senior.id)?;
        self.audit(Entry {
            action: "role.exclude",
            kind: "role",
            id: Some(senior.id),
            name: &senior.name,
            before: Some(inclusion_json(row, names.get(&row.junior_id))),
            reason,
            ..Entry::default()
        })
    }

    pub(super) fn include_role(&mut self, senior_id: i64, junior_id: i64, reason: &str) -> Result<RoleInclusion> {
        let senior = self.changeable_role(senior_id)?;
        let junior = db::roles::find(self.conn, junior_id)?
            .ok_or_else(|| Error::Invalid(FieldErrors::one("junior_id", "Choose a role from the list.")))?;
        if junior.is_group() && !senior.is_group() {
            return Err(Error::Invalid(FieldErrors::one("junior_id", "A role cannot include a group; a group can.")));
        }
        if self.app.config.limited_hierarchy && !db::role_inclusions::of_seniors(self.conn, &[senior_id])?.is_empty() {
            return Err(Error::conflict(
                "limited_hierarchy",
                format!("{} includes a role already, and ROLE_HIERARCHY=limited allows one.", senior.name),
            ));
        }
        // With what this transaction has done already: a role may come to stand between two others.
        let graph = self.graph_after()?;
        if let Some(circle) = graph.circle(senior_id, junior_id) {
            let names = db::roles::names(self.conn, &circle)?;
            let path: Vec<&str> =
                circle.iter().chain(circle.first()).filter_map(|id| names.get(id)).map(String::as_str).collect();
            return Err(Error::conflict(
                "circle",
                format!("Inclusions must not go round in a circle: {}.", path.join(" includes ")),
            ));
        }
        let row = self.include(senior_id, junior_id, reason)?;
        self.audit(Entry {
            action: "role.include",
            kind: "role",
            id: Some(senior_id),
            name: &senior.name,
            after: Some(inclusion_json(&row, Some(&junior.name))),
            reason,
            ..Entry::default()
        })?;
        Ok(row)
    }
}

fn inclusion_json(row: &RoleInclusion, junior: Option<&String>) -> Value {
    json!({ "inclusion_id": row.id, "includes": junior, "role_id": row.junior_id })
}
