//! The program without HTTP: a method per intention. Authorisation is the first line of each.

pub mod account;
pub mod actor;
pub mod assignments;
pub mod audit;
pub mod entropy;
pub mod factors;
pub mod hasher;
pub mod inclusions;
pub mod login;
pub mod mails;
pub mod overview;
pub mod passwords;
pub mod permissions;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod signup;
pub mod tidy;
pub mod users;

use crate::{
    config::Config,
    db::{self, Conn, Db},
    domain::{
        Result, Time,
        audit::AuditEvent,
        keys::{Keys, NONCE},
        mail::{Mail, Message},
        permission::Pattern,
        policy::{Rights, RoleGraph},
        scope::Scope,
        user::User,
    },
    mail::messages::Context,
};
pub use actor::{Actor, Origin};
use entropy::Rng;
use hasher::Hasher;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Notify;

/// Tells the time. An argument, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

pub struct App {
    pub config: Config,
    pub keys: Keys,
    db: Db,
    clock: Clock,
    rng: Rng,
    hasher: Hasher,
    /// Rung when a mail was put into the outbox.
    pub mail_bell: Notify,
}

/// What a write gives: its value, and the revision after it.
#[derive(Debug, Clone)]
pub struct Change<T> {
    pub value: T,
    pub revision: i64,
}

/// What was done, for the audit log.
#[derive(Default)]
struct Entry<'a> {
    action: &'static str,
    kind: &'static str,
    id: Option<i64>,
    name: &'a str,
    before: Option<Value>,
    after: Option<Value>,
    reason: &'a str,
}

impl App {
    pub fn new(config: Config, keys: Keys, db: Db, clock: Clock, rng: Rng) -> Self {
        let hasher = Hasher::start(config.sign_in.bcrypt_cost);
        Self { config, keys, db, clock, rng, hasher, mail_bell: Notify::new() }
    }

    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// A name for a request: 128 random bits.
    pub fn new_request_id(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.rng.bytes::<16>())
    }

    /// A fresh random token: for a pre-session, or the nonce of a form.
    pub fn new_token(&self) -> String {
        self.rng.token()
    }

    /// Whether the database answers.
    pub fn ready(&self) -> Result<()> {
        self.db.ping()
    }

    fn read<T>(&self, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.db.read(f)
    }

    /// Runs `f` in one write transaction, on behalf of `actor`. What it audits, mails and touches is kept together
    /// with what it changes, or not at all.
    fn change<T>(&self, actor: &Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<Change<T>> {
        let (change, mailed) = self.db.write(|conn| {
            let mut tx = Tx { app: self, actor, now: self.now(), revision: None, mailed: false, conn };
            let value = f(&mut tx)?;
            let revision = match tx.revision {
                Some(revision) => revision,
                None => db::revision::current(tx.conn)?,
            };
            Ok((Change { value, revision }, tx.mailed))
        })?;
        if mailed {
            self.mail_bell.notify_one();
        }
        Ok(change)
    }

    /// Counts an attempt in a transaction of its own, so that the count stays when the attempt fails.
    fn count(&self, limit: &crate::domain::throttle::Limit, subject: &str) -> Result<()> {
        self.db.write(|conn| db::throttles::hit(conn, limit, subject, self.now()))
    }

    /// The roles graph as of `at`.
    fn graph(conn: &mut Conn, at: Time) -> Result<RoleGraph> {
        Ok(RoleGraph::new(&db::permission_assignments::all(conn, at)?, &db::role_inclusions::all(conn, at)?))
    }

    /// What the user may do as of `at`.
    fn rights(conn: &mut Conn, graph: &RoleGraph, user_id: i64, at: Time) -> Result<Rights> {
        let held = db::user_assignments::held(conn, user_id, at)?;
        Ok(Rights::new(graph, held.into_iter().filter_map(|(scope, role)| Some((Scope::parse(&scope).ok()?, role)))))
    }
}

/// A write transaction under way.
struct Tx<'a> {
    app: &'a App,
    actor: &'a Actor,
    now: Time,
    revision: Option<i64>,
    mailed: bool,
    conn: &'a mut Conn,
}

impl Tx<'_> {
    /// Notes that rights or sessions of the subject change; all touches of a transaction share one revision.
    fn touch(&mut self, kind: &str, subject_id: i64) -> Result<()> {
        let revision = match self.revision {
            Some(revision) => revision,
            None => *self.revision.insert(db::revision::next(self.conn)?),
        };
        db::revision::touch(self.conn, revision, kind, subject_id, self.now)
    }

    /// Writes the audit log, as the actor.
    fn audit(&mut self, entry: Entry<'_>) -> Result<()> {
        self.audit_as(self.actor.id, &self.actor.name, entry)
    }

    /// Writes the audit log for somebody who is not signed in (yet) but known.
    fn audit_as(&mut self, actor_id: Option<i64>, actor_name: &str, entry: Entry<'_>) -> Result<()> {
        let origin = &self.actor.origin;
        let event = AuditEvent {
            id: 0,
            at: self.now,
            revision: self.revision,
            action: entry.action.to_owned(),
            actor_id,
            object_kind: entry.kind.to_owned(),
            object_id: entry.id,
            request_id: origin.request_id.clone(),
            ip: origin.ip.clone(),
            actor_name: actor_name.to_owned(),
            object_name: entry.name.to_owned(),
            before: entry.before.map(|value| value.to_string()),
            after: entry.after.map(|value| value.to_string()),
            reason: entry.reason.to_owned(),
            detail_salt: self.app.rng.token(),
            detail_hash: String::new(),
            hash: String::new(),
        };
        db::audit::append(self.conn, &self.app.keys, event)
    }

    /// What a message to `user` can tell.
    fn mail_context(&self, user: &User) -> Context {
        Context::new(user, self.app.config.web.origin(), &self.actor.origin.ip, self.now)
    }

    /// Puts a message into the outbox.
    fn mail(&mut self, message: Message) -> Result<()> {
        let body = serde_json::to_vec(&message.body).map_err(anyhow::Error::from)?;
        let about = Mail::seal_about(&message.to_address, message.kind);
        let sealed = self.app.keys.seal(self.app.rng.bytes::<NONCE>(), &about, &body);
        db::mails::insert(self.conn, &message, sealed, self.now)?;
        self.mailed = true;
        Ok(())
    }

    /// The escalation guard: what a change gives or takes, the actor must hold in all of `scope` himself.
    fn require_held<'p>(&self, patterns: impl IntoIterator<Item = &'p Pattern>, scope: &Scope) -> Result<()> {
        let missing = self.actor.rights.missing(patterns, scope);
        if missing.is_empty() { Ok(()) } else { Err(crate::domain::Error::Escalation { missing }) }
    }

    /// Nobody acts on somebody who may do more: by another's address or password he would climb.
    fn require_not_weaker_than(&mut self, user_id: i64) -> Result<()> {
        let graph = App::graph(self.conn, self.now)?;
        let theirs = App::rights(self.conn, &graph, user_id, self.now)?;
        let missing = self.actor.rights.lacks_of(&theirs);
        if missing.is_empty() { Ok(()) } else { Err(crate::domain::Error::Escalation { missing }) }
    }
}
