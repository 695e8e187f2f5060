//! What is configured, from where, and what of it can be changed while Rolecall runs.

use super::{Actor, App, Change, Entry, Tx, users::reason_line};
use crate::{
    config::{
        SignIn,
        settings::{Choice, SETTINGS},
        variables::{Source, VARIABLES, Variable},
    },
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result, Time,
        audit::AuditEvent,
        permission::{SETTINGS_READ, SETTINGS_WRITE},
        text,
        undo::SettingValue,
    },
    mail::messages,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// What holds now of what can be set while Rolecall runs. It is brought up to date with the memory, so what is set on one
/// node holds on every other with its next request.
#[derive(Debug)]
pub struct InForce {
    base: SignIn,
    now: RwLock<Arc<SignIn>>,
    /// Set by the environment, which goes before what is stored.
    fixed: Vec<&'static str>,
}

impl InForce {
    pub fn new(base: &SignIn, fixed: Vec<&'static str>) -> Self {
        Self { base: base.clone(), now: RwLock::new(Arc::new(base.clone())), fixed }
    }

    pub fn get(&self) -> Arc<SignIn> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what is stored.
    pub fn read(&self, conn: &mut Conn) -> Result<()> {
        let mut stored = db::settings::all(conn)?;
        stored.retain(|name, _| !self.fixed.contains(&name.as_str()));
        let (new, mistakes) = self.base.with(&stored);
        for (name, text) in mistakes {
            tracing::warn!(name, text, "a stored setting cannot be read: its default holds");
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Default,
    Environment,
    DotEnv,
    /// Set on the page: when, and by whom (id and username).
    Stored(Time, Option<(i64, String)>),
}

/// One variable as it stands.
#[derive(Debug, Clone)]
pub struct Setting {
    pub variable: Variable,
    pub from: From,
    /// What holds; of a secret nothing.
    pub value: String,
    /// How it is chosen, if it can be set while Rolecall runs.
    pub choice: Option<Choice>,
    /// It is not the environment's.
    pub changeable: bool,
}

/// What this Rolecall is.
#[derive(Debug, Clone)]
pub struct About {
    pub version: &'static str,
    pub database: String,
    pub bytes: i64,
    /// How many were run, and the last.
    pub migrations: (i64, String),
    pub started_at: Time,
    /// Mails are sent, and do not only stay in the outbox.
    pub sends_mail: bool,
}

impl App {
    /// What holds of what can be set while Rolecall runs.
    pub fn sign_in_settings(&self) -> Arc<SignIn> {
        self.memory.settings.get()
    }

    /// All variables, in the order of the page.
    pub fn settings(&self, actor: &Actor) -> Result<(Vec<Setting>, About)> {
        actor.require_everywhere(SETTINGS_READ)?;
        self.fresh()?;
        let now = self.sign_in_settings();
        self.read(|conn| {
            let changed = db::settings::changed(conn)?;
            let people: Vec<i64> = changed.values().filter_map(|(_, by)| *by).collect();
            let names = db::users::names(conn, &people)?;
            let setting = |variable: &Variable| {
                let choice = SETTINGS.iter().find(|(name, _)| *name == variable.name).map(|(_, choice)| *choice);
                let given = self.config.given.get(variable.name);
                let from = match (given.map(|given| given.source), changed.get(variable.name)) {
                    (Some(Source::Environment), _) => From::Environment,
                    (Some(Source::DotEnv), _) => From::DotEnv,
                    (None, Some((at, by))) => From::Stored(*at, by.and_then(|id| Some((id, names.get(&id)?.clone())))),
                    (None, None) => From::Default,
                };
                let value = match (choice, given) {
                    (Some(_), _) => now.value(variable.name),
                    (None, Some(given)) => given.shown.clone(),
                    (None, None) => variable.default.to_owned(),
                };
                Setting { variable: *variable, changeable: choice.is_some() && given.is_none(), from, value, choice }
            };
            let about = About {
                version: env!("CARGO_PKG_VERSION"),
                database: db::settings::version(conn)?,
                bytes: db::settings::bytes(conn)?,
                migrations: db::settings::migrations(conn)?,
                started_at: self.started_at,
                sends_mail: self.config.smtp.is_some(),
            };
            Ok((VARIABLES.iter().map(setting).collect(), about))
        })
    }

    /// Sets these by name; `None` takes one back to its default. All of them, or none. In force, on every node, with the next
    /// request.
    pub fn change_settings(
        &self,
        actor: &Actor,
        new: &BTreeMap<String, Option<String>>,
        reason: &str,
    ) -> Result<Change<usize>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        let new = self.judged(new)?;
        self.change(actor, |tx| {
            let before = self.sign_in_settings();
            let stored = db::settings::all(tx.conn)?;
            let mut changed = 0;
            for (name, value) in &new {
                let set = stored.get(name);
                if set == value.as_ref() {
                    continue;
                }
                tx.set_setting(name, json!({ "value": before.value(name), "set": set }), value.as_deref(), &reason)?;
                changed += 1;
            }
            Ok(changed)
        })
    }

    /// The new values cleaned, or what is wrong with each.
    fn judged(&self, new: &BTreeMap<String, Option<String>>) -> Result<BTreeMap<String, Option<String>>> {
        let mut errors = FieldErrors::default();
        let mut clean = BTreeMap::new();
        for (name, value) in new {
            let Some((known, choice)) = SETTINGS.iter().find(|(known, _)| known == name) else {
                let told = FieldErrors::named(name, "This cannot be set while Rolecall runs.");
                return Err(Error::Invalid(told));
            };
            if self.memory.settings.fixed.contains(known) {
                errors.add(known, "The environment sets this: change it there, and start Rolecall again.");
            }
            let value = value.as_deref().map(text::clean).filter(|value| !value.is_empty());
            if let (Some(value), Choice::Words(words)) = (&value, choice)
                && !words.iter().any(|(word, _)| word == value)
            {
                errors.add(known, "Choose one of the list.");
            }
            clean.insert((*known).to_owned(), value);
        }
        let stored = clean.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect();
        for (name, text) in self.memory.settings.base.with(&stored).1 {
            if let Some((known, _)) = SETTINGS.iter().find(|(known, _)| *known == name)
                && errors.get(known).is_empty()
            {
                errors.add(known, format!("{}.", capital(&text)));
            }
        }
        errors.into_result()?;
        Ok(clean)
    }

    /// Puts a mail to oneself into the outbox, to see whether mails arrive. Gives its id.
    pub fn send_test_mail(&self, actor: &Actor) -> Result<i64> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        let user = actor.who()?.clone();
        self.change(actor, |tx| {
            let message = messages::test(&user, &tx.mail_context(&user))?;
            tx.mail(message)?;
            tx.audit(Entry {
                action: "mail.test",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                ..Entry::default()
            })?;
            // A dry run puts none in.
            if tx.actor.dry_run { Ok(0) } else { db::mails::last_to(tx.conn, user.id) }
        })
        .map(|change| change.value)
    }

    /// How the mail to oneself fared: `Some(Ok)` sent, `Some(Err)` refused with the reason, `None` still under way.
    pub fn test_mail_outcome(&self, actor: &Actor, id: i64) -> Result<Option<Result<(), String>>> {
        actor.require_everywhere(SETTINGS_WRITE)?;
        let mail = self.read(|conn| db::mails::get(conn, id))?;
        if mail.user_id != actor.id {
            return Err(Error::not_found("mail"));
        }
        Ok(match (mail.sent_at, mail.last_error) {
            (Some(_), _) => Some(Ok(())),
            (None, Some(error)) => Some(Err(error)),
            (None, None) => None,
        })
    }
}

impl Tx<'_> {
    /// Sets a judged value, or, with none, goes back to the default; `before`: as it was, for the audit log.
    fn set_setting(&mut self, name: &str, before: Value, new: Option<&str>, reason: &str) -> Result<()> {
        db::settings::set(self.conn, name, new, self.actor.id, self.now)?;
        self.touch("setting", 0)?;
        let value = new.map_or_else(|| self.app.memory.settings.base.value(name), str::to_owned);
        self.audit(Entry {
            action: "setting.update",
            kind: "setting",
            name,
            before: Some(before),
            after: Some(json!({ "value": value, "set": new })),
            reason,
            ..Entry::default()
        })
    }

    /// Undoes the change of a setting, while it is still as that change left it.
    pub(super) fn turn_setting_back(
        &mut self,
        event: &AuditEvent,
        before: &SettingValue,
        after: &SettingValue,
        why: &str,
    ) -> Result<()> {
        self.actor.require_everywhere(SETTINGS_WRITE)?;
        self.app.require_recent_proof(self.actor)?;
        let name = event.object_name.as_str();
        let set = db::settings::all(self.conn)?.remove(name);
        if set != after.set {
            return Err(self.changed_since(event, &format!("The setting {name} is another now")));
        }
        let judged = self.app.judged(&BTreeMap::from([(name.to_owned(), before.set.clone())]))?;
        let new = judged.get(name).cloned().flatten();
        self.set_setting(name, json!({ "value": after.value, "set": set }), new.as_deref(), why)
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
