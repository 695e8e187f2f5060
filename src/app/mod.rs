//! The program without HTTP: a method per intention. Authorisation is the first line of each.

pub mod access;
pub mod account;
pub mod activation;
pub mod actor;
pub mod approvals;
mod assignment_ends;
pub mod assignments;
pub mod audit;
pub mod audit_chain;
pub mod audit_export;
pub mod bearer;
pub mod bulk;
pub mod bulk_acts;
pub mod checks;
pub mod commands;
pub mod constraints;
pub mod crowd;
pub mod deletion;
pub mod devices;
pub mod email;
pub mod entity_search;
pub mod entrance;
pub mod entropy;
pub mod evaluations;
pub mod explain;
pub mod factors;
pub mod forward_auth;
pub mod forward_rules;
pub mod freshness;
pub mod giving;
pub mod hasher;
pub mod idempotency;
pub mod import;
pub mod inclusions;
pub mod invitations;
pub mod jobs;
pub mod list_export;
pub mod login;
pub mod mails;
pub mod memory;
pub mod my_data;
pub mod names;
pub mod overview;
pub mod passwords;
mod past;
pub mod permission_matrix;
pub mod permission_reach;
pub mod permissions;
pub mod precondition;
pub mod preview;
pub mod rates;
pub mod reauthentication;
pub mod recovery;
mod restoring;
pub mod review;
pub mod role_members;
pub mod roles;
pub mod search;
pub mod session_list;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in_rules;
pub mod signup;
pub mod tidy;
pub mod timelines;
mod token_warnings;
pub mod tokens;
pub mod trusted_devices;
pub mod undo;
pub mod user_security;
pub mod users;
pub mod uses;
pub mod violations;

use crate::{
    config::Config,
    db::{self, Conn, Db, watch::Watch},
    domain::{
        Error, Result, Time,
        audit::AuditEvent,
        constraint::Constraint,
        keys::{Keys, NONCE},
        mail::{Mail, Message},
        policy::{Graph, Rights},
        preview::{Broken, Preview},
        undo::Undoable,
        user::User,
    },
    mail::messages::Context,
};
pub use actor::{Actor, Origin};
use entropy::Rng;
use hasher::Hasher;
use memory::Memory;
use serde_json::Value;
use settings::InForce;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::Notify;
use uses::Uses;

/// Tells the time. An argument, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

pub struct App {
    pub config: Config,
    pub keys: Keys,
    db: Db,
    watch: Watch,
    memory: Memory,
    uses: Uses,
    rates: rates::Rates,
    /// When this process began.
    started_at: Time,
    clock: Clock,
    rng: Rng,
    hasher: Hasher,
    jobs: jobs::Bell,
    /// Rung when a mail was put into the outbox.
    pub mail_bell: Notify,
}

/// What a write gives: its value, and the revision after it.
#[derive(Debug, Clone)]
pub struct Change<T> {
    pub value: T,
    pub revision: i64,
    /// Whether it can be undone, as the kind of change that it is.
    pub undoable: bool,
}

impl<T> Change<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        Change { value: f(self.value), revision: self.revision, undoable: self.undoable }
    }
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
        let watch = Watch::open(&config.database);
        // A variable that is set goes before what is stored.
        let fixed = config.given.keys().copied().collect();
        let memory = Memory::new(InForce::new(&config.sign_in, fixed));
        let (uses, rates, jobs) = (Uses::default(), rates::Rates::default(), jobs::Bell::default());
        let started_at = clock();
        Self {
            config,
            keys,
            db,
            watch,
            memory,
            uses,
            rates,
            started_at,
            clock,
            rng,
            hasher,
            jobs,
            mail_bell: Notify::new(),
        }
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
        let mut looked = None;
        let written = self.db.write(|conn| {
            let now = self.now();
            // Nothing is written yet, so what is seen here is committed.
            let fresh = self.memory.catch_up(conn, None)?;
            let mut tx = Tx {
                app: self,
                actor,
                now,
                graph: self.memory.graph(fresh),
                constraints: self.memory.constraints(fresh),
                touched: BTreeSet::new(),
                broken: vec![],
                warnings: vec![],
                revision: None,
                undoable: Undoable::default(),
                log: vec![],
                mailed: false,
                conn,
            };
            tx.require_as_seen()?;
            tx.mark()?;
            let value = f(&mut tx)?;
            tx.judge()?;
            if actor.dry_run {
                looked = Some(tx.look()?);
                return Err(Error::DryRun(Box::default()));
            }
            let revision = match tx.revision {
                Some(revision) => revision,
                None => db::revision::current(tx.conn)?,
            };
            let mark = tx.mark_after()?;
            let undoable = tx.revision.is_some() && tx.undoable.holds();
            Ok((Change { value, revision, undoable }, tx.mailed, mark))
        });
        if let (Some(looked), Err(Error::DryRun(_))) = (looked, &written) {
            // What takes long, the comparing, is done when other writers may go on.
            return Err(Error::DryRun(Box::new(looked.preview())));
        }
        let (change, mailed, mark) = written?;
        if let (Some(mark), Some(condition)) = (mark, &actor.precondition) {
            condition.done(mark);
        }
        if mailed {
            self.mail_bell.notify_one();
        }
        Ok(change)
    }

    /// Counts an attempt in a transaction of its own, so that the count stays when the attempt fails.
    fn count(&self, limit: &crate::domain::throttle::Limit, subject: &str) -> Result<()> {
        self.db.write(|conn| db::throttles::hit(conn, limit, subject, self.now()))
    }

    /// The roles as they are now. Not in a write transaction, which has its own.
    fn graph(&self, conn: &mut Conn) -> Result<Arc<Graph>> {
        Ok(self.memory.graph(self.memory.catch_up(conn, None)?))
    }

    /// What the user has now with all his roles.
    fn rights(&self, conn: &mut Conn, user_id: i64) -> Result<Rights> {
        let (graph, now) = (self.graph(conn)?, self.now());
        rights_now(conn, &graph, user_id, now)
    }
}

/// What the user has now, by the roles of `graph`.
fn rights_now(conn: &mut Conn, graph: &Arc<Graph>, user_id: i64, now: Time) -> Result<Rights> {
    let held: Vec<_> = db::user_assignments::held(conn, user_id, now)?.iter().map(|row| graph.hold_now(row)).collect();
    Ok(Rights::new(graph.clone(), held, now))
}

/// A write transaction under way.
struct Tx<'a> {
    app: &'a App,
    actor: &'a Actor,
    now: Time,
    /// Roles and constraints before the change.
    graph: Arc<Graph>,
    constraints: Arc<[Constraint]>,
    /// What the change has touched so far.
    touched: BTreeSet<(&'static str, i64)>,
    /// In a dry run, what would otherwise end the change.
    broken: Vec<Broken>,
    /// What is odd about the change and not wrong, for its preview.
    warnings: Vec<String>,
    revision: Option<i64>,
    undoable: Undoable,
    /// In a dry run, the first events that it would write.
    log: Vec<AuditEvent>,
    mailed: bool,
    conn: &'a mut Conn,
}

impl Tx<'_> {
    /// Notes that rights or sessions of the subject change; all touches of a transaction share one revision.
    fn touch(&mut self, kind: &'static str, subject_id: i64) -> Result<()> {
        self.touch_all(kind, &[subject_id])
    }

    /// As [`Tx::touch`], of many.
    fn touch_all(&mut self, kind: &'static str, subjects: &[i64]) -> Result<()> {
        let new: Vec<i64> = subjects.iter().copied().filter(|id| self.touched.insert((kind, *id))).collect();
        if new.is_empty() {
            return Ok(());
        }
        let revision = match self.revision {
            Some(revision) => revision,
            None => *self.revision.insert(db::revision::next(self.conn)?),
        };
        if self.actor.dry_run {
            return Ok(());
        }
        db::revision::touch(self.conn, revision, kind, &new, self.now)
    }

    /// Does the work and takes it back: so that what is not done takes as long as what is, and its time tells nothing.
    fn in_vain(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let (touched, revision, mailed) = (self.touched.clone(), self.revision, self.mailed);
        db::mark(self.conn)?;
        work(self)?;
        db::back_to_mark(self.conn)?;
        (self.touched, self.revision, self.mailed) = (touched, revision, mailed);
        Ok(())
    }

    /// Writes the audit log, as the actor.
    fn audit(&mut self, entry: Entry<'_>) -> Result<()> {
        self.audit_as(self.actor.id, &self.actor.name, entry)
    }

    /// As [`Tx::audit`], of many things of a kind.
    fn audit_all<'e>(&mut self, entries: impl IntoIterator<Item = Entry<'e>>) -> Result<()> {
        let (id, name) = (self.actor.id, &self.actor.name);
        let most = if self.actor.dry_run { Preview::LOGGED } else { usize::MAX };
        let events = entries.into_iter().take(most).map(|entry| self.event(id, name, entry)).collect();
        self.write_log(events)
    }

    /// Writes the audit log for somebody who is not signed in (yet) but known.
    fn audit_as(&mut self, actor_id: Option<i64>, actor_name: &str, entry: Entry<'_>) -> Result<()> {
        let event = self.event(actor_id, actor_name, entry);
        self.write_log(vec![event])
    }

    /// A dry run keeps what it would tell, and writes none of it: nothing is judged by what only tells.
    fn write_log(&mut self, events: Vec<AuditEvent>) -> Result<()> {
        events.iter().for_each(|event| self.undoable.note(event));
        if self.actor.dry_run {
            let room = Preview::LOGGED.saturating_sub(self.log.len());
            self.log.extend(events.into_iter().take(room));
            return Ok(());
        }
        db::audit::append(self.conn, &self.app.keys, events)
    }

    fn event(&self, actor_id: Option<i64>, actor_name: &str, entry: Entry<'_>) -> AuditEvent {
        let origin = &self.actor.origin;
        let token = self.actor.token.as_ref().map(|bearer| &bearer.token);
        AuditEvent {
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
            token_id: token.map(|token| token.id),
            token_name: token.map(|token| token.name.clone()),
        }
    }

    /// What a message to `user` can tell.
    fn mail_context(&self, user: &User) -> Context {
        {
            let origin = &self.actor.origin;
            Context::new(user, self.app.config.web.origin(), &origin.ip, &origin.user_agent, self.now)
        }
    }

    /// Puts a message into the outbox.
    fn mail(&mut self, message: Message) -> Result<()> {
        self.mail_all(vec![message])
    }

    /// As [`Tx::mail`], of many.
    fn mail_all(&mut self, mut messages: Vec<Message>) -> Result<()> {
        if self.actor.dry_run {
            return Ok(());
        }
        // A service account has no mailbox.
        messages.retain(|message| !message.to_address.is_empty());
        let seal = |message: Message| {
            let body = serde_json::to_vec(&message.body).map_err(anyhow::Error::from)?;
            let about = Mail::seal_about(&message.to_address, message.kind);
            let sealed = self.app.keys.seal(self.app.rng.bytes::<NONCE>(), &about, &body);
            Ok((message, sealed))
        };
        let sealed = messages.into_iter().map(seal).collect::<Result<Vec<_>>>()?;
        self.mailed |= !sealed.is_empty();
        db::mails::insert(self.conn, &sealed, self.now)
    }
}
