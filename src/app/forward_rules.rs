//! The rules of forward-auth: which permission a request to an application takes.

use super::{Actor, App, Change, Entry, Tx, users::reason_line};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        forward::{ForwardRule, RuleDraft, Wanted},
        page::{Cursor, ListQuery, Page},
        permission::{SETTINGS_READ, SETTINGS_WRITE},
        text,
    },
};
use serde_json::{Value, json};

impl App {
    /// A page of the rules, by host, path and methods; `query.q`: words in host, path, permission or note.
    pub fn forward_rules(&self, actor: &Actor, query: &ListQuery) -> Result<Page<ForwardRule>> {
        actor.require_everywhere(SETTINGS_READ)?;
        let words = text::fold(&query.q);
        let asked = |rule: &ForwardRule| {
            let all = text::fold(&format!("{rule} {} {} {}", rule.permission_name(), rule.scope.as_str(), rule.note));
            words.split_whitespace().all(|word| all.contains(word))
        };
        let rules = self.read(db::forward_rules::all)?;
        Cursor::slice(rules.into_iter().filter(asked).collect(), query, ForwardRule::key)
    }

    pub fn forward_rule(&self, actor: &Actor, id: i64) -> Result<ForwardRule> {
        actor.require_everywhere(SETTINGS_READ)?;
        self.read(|conn| db::forward_rules::get(conn, id))
    }

    pub fn create_forward_rule(&self, actor: &Actor, draft: &RuleDraft, reason: &str) -> Result<Change<ForwardRule>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let (wanted, reason) = (draft.parse()?, reason_line(reason)?);
        self.change(actor, |tx| {
            tx.may_be_ruled(None, &wanted)?;
            let made = db::forward_rules::insert(tx.conn, &wanted, tx.actor.id, tx.now)?;
            tx.tell_of_rule("forward_rule.create", &made, None, Some(&made), &reason)?;
            Ok(made)
        })
    }

    /// `edit`: from what can be changed of the rule, as it stands, to what it is to be.
    pub fn update_forward_rule(
        &self,
        actor: &Actor,
        id: i64,
        edit: impl FnOnce(RuleDraft) -> RuleDraft,
        reason: &str,
    ) -> Result<Change<ForwardRule>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let before = db::forward_rules::get(tx.conn, id)?;
            let wanted = edit(before.draft()).parse()?;
            tx.may_be_ruled(Some(id), &wanted)?;
            if before.draft().parse()? == wanted {
                return Ok(before);
            }
            let after = db::forward_rules::update(tx.conn, id, &wanted, tx.actor.id, tx.now)?;
            tx.tell_of_rule("forward_rule.update", &after, Some(&before), Some(&after), &reason)?;
            Ok(after)
        })
    }

    pub fn delete_forward_rule(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let before = db::forward_rules::get(tx.conn, id)?;
            db::forward_rules::delete(tx.conn, id)?;
            tx.tell_of_rule("forward_rule.delete", &before, Some(&before), None, &reason)
        })
    }
}

impl Tx<'_> {
    /// That the permission is registered, and that no other rule is for some of the same requests and as specific.
    fn may_be_ruled(&mut self, id: Option<i64>, wanted: &Wanted) -> Result<()> {
        if let Some(permission) = &wanted.permission
            && db::permissions::find_by_name(self.conn, &permission.to_string())?.is_none()
        {
            let told = format!("{permission} is not registered.");
            return Err(Error::Invalid(FieldErrors::one("permission", told)));
        }
        let others = db::forward_rules::all(self.conn)?;
        match others.iter().find(|rule| Some(rule.id) != id && rule.collides(wanted)) {
            None => Ok(()),
            Some(other) => {
                let told = format!("The rule {other} is for some of the same requests: change that one.");
                Err(Error::Taken(FieldErrors::one("path", told)))
            }
        }
    }

    fn tell_of_rule(
        &mut self,
        action: &'static str,
        rule: &ForwardRule,
        before: Option<&ForwardRule>,
        after: Option<&ForwardRule>,
        reason: &str,
    ) -> Result<()> {
        self.touch("forward_rule", rule.id)?;
        let name = rule.to_string();
        let (before, after) = (before.map(record), after.map(record));
        self.audit(Entry { action, kind: "forward_rule", id: Some(rule.id), name: &name, before, after, reason })
    }
}

fn record(rule: &ForwardRule) -> Value {
    let RuleDraft { host, path, methods, permission, scope, note } = rule.draft();
    json!({ "host": host, "path": path, "methods": methods, "permission": permission, "scope": scope, "note": note })
}
