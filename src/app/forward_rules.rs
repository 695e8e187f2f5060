//! The rules of forward-auth: which permission a request to an application takes.

use super::{
    Actor, App, Change, Entry, Tx,
    checks::{Ask, Subject},
    memory::Fresh,
    users::reason_line,
};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        audit::AuditEvent,
        condition::Attributes,
        forward::{Address, ForwardRule, RuleDraft, Table, Wanted},
        page::{Cursor, ListQuery, Page},
        permission::{SETTINGS_READ, SETTINGS_WRITE},
        text,
        user::User,
    },
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A rule as it stands.
#[derive(Debug, Clone)]
pub struct RuleRow {
    pub rule: ForwardRule,
    /// Its permission, if it names one, is registered: otherwise nobody passes.
    pub registered: bool,
}

/// One rule with what is known of it.
#[derive(Debug)]
pub struct RuleView {
    pub row: RuleRow,
    /// The rule that its requests would fall to without it.
    pub next: Option<ForwardRule>,
    /// Names of who made and changed it.
    pub people: HashMap<i64, String>,
}

/// What would become of a request.
#[derive(Debug)]
pub struct Trial {
    /// The rule for it; `None`: it is refused, whoever sends it.
    pub row: Option<RuleRow>,
    /// Why it is refused; empty: by a rule or not at all.
    pub refusal: String,
    /// The code of that.
    pub code: &'static str,
    pub user: Option<User>,
    /// Whether that user would pass.
    pub passes: Option<bool>,
}

impl Trial {
    /// In one sentence.
    pub fn verdict(&self) -> String {
        match (&self.user, self.passes, &self.row) {
            (_, _, None) => "Nobody passes".to_owned(),
            (Some(user), Some(true), _) => format!("{} passes", user.username),
            (Some(user), Some(false), _) => format!("{} does not pass", user.username),
            (_, _, Some(row)) if !row.registered => "Nobody passes".to_owned(),
            _ => "There is a rule for it".to_owned(),
        }
    }

    /// The look of the verdict: `ok`, `danger` or `info`.
    pub fn kind(&self) -> &'static str {
        match (self.passes, &self.row) {
            (Some(true), _) => "ok",
            (None, Some(row)) if row.registered => "info",
            _ => "danger",
        }
    }
}

impl App {
    /// A page of the rules, by `request`, which is host, path and methods, or by `permission`; `query.q`: words in host, path, permission or note.
    pub fn forward_rules(&self, actor: &Actor, query: &ListQuery) -> Result<Page<RuleRow>> {
        actor.require_everywhere(SETTINGS_READ)?;
        let (sort, downward) = query.order("Rules", &["request", "permission"], "request")?;
        let words = text::fold(&query.q);
        let asked = |rule: &ForwardRule| {
            let all = text::fold(&format!("{rule} {} {} {}", rule.permission_name(), rule.scope.as_str(), rule.note));
            words.split_whitespace().all(|word| all.contains(word))
        };
        let (rules, fresh) = (self.read(db::forward_rules::all)?, self.fresh()?);
        let key = |rule: &ForwardRule| {
            let permission = if sort == "permission" { rule.permission_name() } else { String::new() };
            (permission, rule.key())
        };
        let page = Cursor::slice(rules.into_iter().filter(asked).collect(), query, downward, key)?;
        Ok(page.map(|rule| self.row(fresh, rule)))
    }

    fn row(&self, fresh: Fresh, rule: ForwardRule) -> RuleRow {
        let known = |permission| self.memory.permission(fresh, permission).is_some();
        RuleRow { registered: rule.permission.as_ref().is_none_or(known), rule }
    }

    /// One rule with what is known of it.
    pub fn forward_rule_view(&self, actor: &Actor, id: i64) -> Result<RuleView> {
        actor.require_everywhere(SETTINGS_READ)?;
        let (rules, fresh) = (self.read(db::forward_rules::all)?, self.fresh()?);
        let (mine, others): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| rule.id == id);
        let rule = mine.into_iter().next().ok_or(Error::not_found("rule"))?;
        let people: Vec<i64> = [rule.created_by, rule.changed_by].into_iter().flatten().collect();
        Ok(RuleView {
            next: Table::new(others).behind(&rule).map(|rule| ForwardRule::clone(rule)),
            row: self.row(fresh, rule),
            people: self.read(|conn| db::users::names(conn, &people))?,
        })
    }

    /// What would become of a request to `address`, as a browser shows it; `method` empty: `GET`. With the username or
    /// address of a user, whether he would pass. Nothing counts as a use.
    pub fn try_forward(&self, actor: &Actor, address: &str, method: &str, user: &str) -> Result<Trial> {
        actor.require_everywhere(SETTINGS_READ)?;
        let user = if user.trim().is_empty() { None } else { Some(self.subject(actor, user, "user")?) };
        let method = if method.trim().is_empty() { "GET".to_owned() } else { method.trim().to_uppercase() };
        let typed = address.trim();
        let typed = typed.split_once("://").map_or(typed, |(_, rest)| rest);
        let slash = typed.find('/').unwrap_or(typed.len());
        let (host, uri) = typed.split_at_checked(slash).unwrap_or((typed, ""));
        let fresh = self.fresh()?;
        let found = Address::read(host, if uri.is_empty() { "/" } else { uri }, &method)
            .and_then(|address| self.ruled(fresh, &address));
        let rule = match found {
            Ok(rule) => ForwardRule::clone(&rule),
            Err(Error::Refused { code, message }) => {
                return Ok(Trial { row: None, refusal: message, code, user, passes: None });
            }
            Err(other) => return Err(other),
        };
        let row = self.row(fresh, rule);
        let passes = match &user {
            Some(user) => Some(self.would_pass(actor, user, &row)?),
            None => None,
        };
        Ok(Trial { row: Some(row), refusal: String::new(), code: "", user, passes })
    }

    fn would_pass(&self, actor: &Actor, user: &User, row: &RuleRow) -> Result<bool> {
        self.may_ask_about(actor, user.id, &row.rule.scope)?;
        if !row.registered || user.deleted_at.is_some() || user.bars.is_barred(self.now()) {
            return Ok(false);
        }
        let Some(permission) = row.rule.permission.clone() else { return Ok(true) };
        let scope = row.rule.scope.clone();
        let ask =
            Ask { subject: Subject::User(user.id), permission, scope, at: None, attributes: Attributes::default() };
        Ok(self.grounds(actor, &ask)?.decision.allowed)
    }

    pub fn forward_rule(&self, actor: &Actor, id: i64) -> Result<ForwardRule> {
        actor.require_everywhere(SETTINGS_READ)?;
        self.read(|conn| db::forward_rules::get(conn, id))
    }

    pub fn create_forward_rule(&self, actor: &Actor, draft: &RuleDraft, reason: &str) -> Result<Change<ForwardRule>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let (wanted, reason) = (draft.parse()?, reason_line(reason)?);
        self.change(actor, |tx| tx.make_forward_rule(&wanted, &reason))
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
            tx.revise_forward_rule(before, &wanted, &reason)
        })
    }

    pub fn delete_forward_rule(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let before = db::forward_rules::get(tx.conn, id)?;
            tx.end_forward_rule(&before, &reason)
        })
    }
}

impl Tx<'_> {
    fn make_forward_rule(&mut self, wanted: &Wanted, reason: &str) -> Result<ForwardRule> {
        self.may_be_ruled(None, wanted)?;
        let made = db::forward_rules::insert(self.conn, wanted, self.actor.id, self.now)?;
        self.tell_of_rule("forward_rule.create", &made, None, Some(&made), reason)?;
        Ok(made)
    }

    fn revise_forward_rule(&mut self, before: ForwardRule, wanted: &Wanted, reason: &str) -> Result<ForwardRule> {
        self.may_be_ruled(Some(before.id), wanted)?;
        if before.draft().parse()? == *wanted {
            return Ok(before);
        }
        let after = db::forward_rules::update(self.conn, before.id, wanted, self.actor.id, self.now)?;
        self.tell_of_rule("forward_rule.update", &after, Some(&before), Some(&after), reason)?;
        Ok(after)
    }

    fn end_forward_rule(&mut self, rule: &ForwardRule, reason: &str) -> Result<()> {
        db::forward_rules::delete(self.conn, rule.id)?;
        self.tell_of_rule("forward_rule.delete", rule, Some(rule), None, reason)
    }

    /// Undoes a change of a rule: makes it `before`, which it was, if it still is `after`; `None`: there was none, or is
    /// none.
    pub(super) fn turn_rule_back(
        &mut self,
        event: &AuditEvent,
        id: i64,
        before: Option<&RuleDraft>,
        after: Option<&RuleDraft>,
        why: &str,
    ) -> Result<()> {
        self.app.require_recent_proof(self.actor)?;
        let now = match db::forward_rules::get(self.conn, id) {
            Ok(rule) => Some(rule),
            Err(Error::NotFound { .. }) => None,
            Err(other) => return Err(other),
        };
        match (now, before, after) {
            (Some(rule), None, Some(after)) if rule.draft() == *after => self.end_forward_rule(&rule, why),
            (Some(rule), Some(before), Some(after)) if rule.draft() == *after => {
                self.revise_forward_rule(rule, &before.parse()?, why).map(drop)
            }
            (None, Some(before), None) => self.make_forward_rule(&before.parse()?, why).map(drop),
            (now, ..) => {
                let state = if now.is_some() { "is another now" } else { "is gone" };
                Err(self.changed_since(event, &format!("The rule {} {state}", event.object_name)))
            }
        }
    }

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
    json!(rule.draft())
}
