//! What is known in memory of roles, users and sessions, and how it is kept from ever being stale.
//!
//! A request uses the memory only after a read of the revision that began after the request came ([`Fresh`] proves it).
//! If the revision has moved, what the changes since then touched is forgotten or read again first. The roles are held
//! whole, users and sessions as they are asked for; so memory follows the active users, and a change costs what it
//! touches.

mod tokens;

use super::settings::InForce;
use crate::{
    db::{self, Conn, revision::Stamp, watch::Sighting},
    domain::{
        Result, Time,
        constraint::{self, Constraint},
        factor::Method,
        forward::Table,
        login,
        permission::Pattern,
        policy::{Graph, Held},
        role::{PermissionAssignment, RoleInclusion},
        session::{Limits, Session},
        sign_in_rules::RulesByRole,
        user::User,
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

pub use tokens::Bearer;
use tokens::Tokens;

/// Proves that the memory was brought up to date after the request came.
#[derive(Debug, Clone, Copy)]
pub struct Fresh(());

/// A living user with his assignments that are in force or to come.
#[derive(Debug)]
pub struct Person {
    pub user: Arc<User>,
    pub held: Arc<[Held]>,
    /// His confirmed second factors, the strongest first.
    pub methods: Vec<Method>,
    used: AtomicI64,
}

/// A session that had not ended.
#[derive(Debug)]
pub struct Live {
    pub session: Session,
    /// The roles that it is restricted to.
    pub chosen: Option<BTreeSet<i64>>,
    pub(super) key_hash: Option<String>,
    /// When `last_seen_at` was last written, in seconds since 1970.
    pub(super) seen: AtomicI64,
}

/// Of whom something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    User(i64),
    Session(i64),
    Token(i64),
}

/// What is known of one user, session or token, at one revision.
#[derive(Debug)]
pub struct View {
    pub person: Arc<Person>,
    pub live: Option<Arc<Live>>,
    pub token: Option<Arc<Bearer>>,
    pub graph: Arc<Graph>,
    pub constraints: Arc<[Constraint]>,
    pub rules: Arc<RulesByRole>,
    /// The id of the permission that was asked for, if it is registered.
    pub permission: Option<i64>,
    pub revision: i64,
}

impl View {
    /// The assignments that count: those of the active roles of a session or token; none of a user who is barred. A token's
    /// limit is not in them.
    pub fn held(&self, now: Time) -> Arc<[Held]> {
        if self.person.user.bars.is_barred(now) {
            return Arc::default();
        }
        let chosen = self.live.as_ref().and_then(|live| live.chosen.as_ref());
        match self.live.is_some() || self.token.is_some() {
            true if chosen.is_some() || !self.constraints.is_empty() => {
                constraint::activate(&self.graph, &self.person.held, chosen, &self.constraints, now).into()
            }
            _ => self.person.held.clone(),
        }
    }
}

#[derive(Debug, Default)]
struct Known {
    life: u64,
    stamp: Option<Stamp>,
    graph: Arc<Graph>,
    constraints: Arc<[Constraint]>,
    rules: Arc<RulesByRole>,
    /// The rules of forward-auth.
    forward: Arc<Table>,
    /// Registered permissions by name.
    permissions: HashMap<String, i64>,
    /// Names of roles.
    roles: HashMap<i64, String>,
    users: HashMap<i64, Arc<Person>>,
    sessions: HashMap<i64, Arc<Live>>,
    keys: HashMap<String, i64>,
    tokens: Tokens,
}

#[derive(Debug)]
pub struct Memory {
    known: RwLock<Known>,
    /// What can be set while Rolecall runs, as of the same revision.
    pub(super) settings: InForce,
    /// Held by the one who brings the memory up to date; others wait for him.
    catching_up: Mutex<()>,
}

/// Users and sessions held at most; above it, those not used for [`IDLE`] seconds go first.
const MANY: usize = 200_000;
const IDLE: i64 = 600;
/// Behind by more changes than this, everything is read anew.
const FAR_BEHIND: i64 = 10_000;

impl Known {
    fn is_at(&self, sighting: &Sighting) -> bool {
        self.life == sighting.life && self.stamp.as_ref().is_some_and(|stamp| stamp.number == sighting.number)
    }

    fn forget_session(&mut self, id: i64) {
        if let Some(key) = self.sessions.remove(&id).and_then(|live| live.key_hash.clone()) {
            self.keys.remove(&key);
        }
    }

    fn keep_session(&mut self, live: Arc<Live>, now: Time) {
        if self.sessions.len() >= MANY {
            let idle = now.unix() - IDLE;
            self.sessions.retain(|_, live| live.seen.load(Ordering::Relaxed) > idle);
            if self.sessions.len() >= MANY {
                self.sessions.clear();
            }
            let sessions = &self.sessions;
            self.keys.retain(|_, id| sessions.contains_key(id));
        }
        if let Some(key) = &live.key_hash {
            self.keys.insert(key.clone(), live.session.id);
        }
        self.sessions.insert(live.session.id, live);
    }

    fn view(&self, of: Who, limits: Limits, now: Time) -> Option<View> {
        let live = match of {
            Who::Session(id) => Some(self.sessions.get(&id).filter(|live| live.is_alive(limits, now))?),
            _ => None,
        };
        let token = match of {
            Who::Token(id) => Some(self.tokens.get(id).filter(|bearer| bearer.token.is_live(now))?),
            _ => None,
        };
        let user_id = match of {
            Who::User(id) => id,
            Who::Session(_) => live?.session.user_id,
            Who::Token(_) => token?.token.user_id,
        };
        let person = self.users.get(&user_id)?;
        person.used.store(now.unix(), Ordering::Relaxed);
        Some(View {
            person: person.clone(),
            live: live.cloned(),
            token: token.cloned(),
            graph: self.graph.clone(),
            constraints: self.constraints.clone(),
            rules: self.rules.clone(),
            permission: None,
            revision: self.stamp.as_ref()?.number,
        })
    }

    fn keep_user(&mut self, person: Arc<Person>, now: Time) {
        if self.users.len() >= MANY {
            let idle = now.unix() - IDLE;
            self.users.retain(|_, person| person.used.load(Ordering::Relaxed) > idle);
            if self.users.len() >= MANY {
                self.users.clear();
            }
        }
        self.users.insert(person.user.id, person);
    }
}

impl Memory {
    pub fn new(settings: InForce) -> Self {
        Self { known: RwLock::default(), settings, catching_up: Mutex::default() }
    }

    fn with<T>(&self, f: impl FnOnce(&Known) -> T) -> T {
        f(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn edit<T>(&self, f: impl FnOnce(&mut Known) -> T) -> T {
        f(&mut self.known.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The proof, if the memory is what this sighting saw.
    pub fn is_at(&self, sighting: &Sighting) -> Option<Fresh> {
        self.with(|known| known.is_at(sighting).then_some(Fresh(())))
    }

    pub fn graph(&self, _: Fresh) -> Arc<Graph> {
        self.with(|known| known.graph.clone())
    }

    pub fn constraints(&self, _: Fresh) -> Arc<[Constraint]> {
        self.with(|known| known.constraints.clone())
    }

    /// What roles demand of the sign-in.
    pub fn rules(&self, _: Fresh) -> Arc<RulesByRole> {
        self.with(|known| known.rules.clone())
    }

    /// The rules of forward-auth.
    pub fn forward(&self, _: Fresh) -> Arc<Table> {
        self.with(|known| known.forward.clone())
    }

    /// The id of a permission, if it is registered.
    pub fn permission(&self, _: Fresh, permission: &Pattern) -> Option<i64> {
        self.with(|known| known.permissions.get(&permission.to_string()).copied())
    }

    pub fn role_names(&self, _: Fresh, roles: impl IntoIterator<Item = i64>) -> BTreeSet<String> {
        self.with(|known| roles.into_iter().filter_map(|id| known.roles.get(&id).cloned()).collect())
    }

    /// The revision that the memory is at.
    pub fn revision(&self, _: Fresh) -> i64 {
        self.with(|known| known.stamp.as_ref().map_or(0, |stamp| stamp.number))
    }

    /// Brings the memory to what `conn` sees; only what is committed may be visible there. `life`: of the sighting that
    /// told that the memory is behind.
    pub fn catch_up(&self, conn: &mut Conn, life: Option<u64>) -> Result<Fresh> {
        let stamp = db::revision::stamp(conn)?;
        let there = |known: &Known| {
            known.stamp.as_ref().is_some_and(|had| had.epoch == stamp.epoch && had.number >= stamp.number)
                && life.is_none_or(|life| life == known.life)
        };
        if self.with(there) {
            return Ok(Fresh(()));
        }
        let _one = self.catching_up.lock().unwrap_or_else(PoisonError::into_inner);
        if self.with(there) {
            return Ok(Fresh(()));
        }
        let (had, known_life) = self.with(|known| (known.stamp.clone(), known.life));
        let same = had
            .filter(|had| had.epoch == stamp.epoch && had.number <= stamp.number)
            .filter(|_| life.is_none_or(|life| life == known_life));
        let touched = match same {
            Some(had) => db::revision::touched_since(conn, had.number, stamp.number, FAR_BEHIND)?,
            None => None,
        };
        match touched.filter(|touched| i64::try_from(touched.len()).unwrap_or(i64::MAX) < FAR_BEHIND) {
            Some(touched) => self.replay(conn, &touched, stamp)?,
            None => self.read_all(conn, stamp, life.unwrap_or(known_life))?,
        }
        Ok(Fresh(()))
    }

    fn replay(&self, conn: &mut Conn, touched: &[(String, i64)], stamp: Stamp) -> Result<()> {
        let of = |kind: &str| -> BTreeSet<i64> {
            touched.iter().filter(|(touched, _)| touched == kind).map(|(_, id)| *id).collect()
        };
        let roles: Vec<i64> = of("role").into_iter().collect();
        let grants = db::permission_assignments::of_roles(conn, &roles)?;
        let inclusions = db::role_inclusions::of_seniors(conn, &roles)?;
        let changed: Vec<i64> = of("permission").into_iter().collect();
        let permissions = names(db::permissions::names(conn, Some(&changed))?);
        let rules = if roles.is_empty() { None } else { Some(db::sign_in_rules::all(conn)?) };
        let role_names = if roles.is_empty() { HashMap::new() } else { db::roles::names(conn, &roles)? };
        let constraints = if of("constraint").is_empty() { None } else { Some(db::constraints::all(conn)?) };
        let forward = if of("forward_rule").is_empty() { None } else { Some(db::forward_rules::all(conn)?) };
        if !of("setting").is_empty() {
            self.settings.read(conn)?;
        }
        self.edit(|known| {
            let graph = Arc::make_mut(&mut known.graph);
            for role in roles {
                replace(graph, role, &grants, &inclusions);
            }
            if !changed.is_empty() {
                known.permissions.retain(|_, id| !changed.contains(id));
                known.permissions.extend(permissions);
            }
            if let Some(rules) = rules {
                known.rules = Arc::new(rules);
            }
            known.roles.extend(role_names);
            if let Some(constraints) = constraints {
                known.constraints = constraints.into();
            }
            if let Some(rules) = forward {
                known.forward = Arc::new(Table::new(rules));
            }
            for user in of("user") {
                known.users.remove(&user);
            }
            for session in of("session") {
                known.forget_session(session);
            }
            for token in of("token") {
                known.tokens.forget(token);
            }
            known.stamp = Some(stamp);
        });
        Ok(())
    }

    fn read_all(&self, conn: &mut Conn, stamp: Stamp, life: u64) -> Result<()> {
        self.settings.read(conn)?;
        let grants = db::permission_assignments::all(conn)?;
        let inclusions = db::role_inclusions::all(conn)?;
        let known = Known {
            life,
            stamp: Some(stamp),
            graph: Arc::new(Graph::new(&grants, &inclusions)),
            constraints: db::constraints::all(conn)?.into(),
            rules: Arc::new(db::sign_in_rules::all(conn)?),
            forward: Arc::new(Table::new(db::forward_rules::all(conn)?)),
            permissions: names(db::permissions::names(conn, None)?),
            roles: db::roles::all(conn)?.into_iter().map(|role| (role.id, role.name)).collect(),
            ..Known::default()
        };
        self.edit(|old| *old = known);
        Ok(())
    }

    /// All that a question about this user or session needs, at one revision; `None`: something is not held.
    pub fn view(&self, _: Fresh, of: Who, permission: &Pattern, limits: Limits, now: Time) -> Option<View> {
        let name = permission.to_string();
        self.with(|known| {
            Some(View { permission: known.permissions.get(&name).copied(), ..known.view(of, limits, now)? })
        })
    }

    /// The same of the session of a cookie's key, when nothing is asked yet.
    pub fn view_by_key(&self, _: Fresh, key_hash: &str, limits: Limits, now: Time) -> Option<View> {
        self.with(|known| known.view(Who::Session(*known.keys.get(key_hash)?), limits, now))
    }

    /// The user, if he is held.
    pub fn person(&self, _: Fresh, id: i64, now: Time) -> Option<Arc<Person>> {
        let person = self.with(|known| known.users.get(&id).cloned())?;
        person.used.store(now.unix(), Ordering::Relaxed);
        Some(person)
    }

    /// Reads the user, and keeps him if the memory is where the read is.
    pub(super) fn read_person(&self, conn: &mut Conn, id: i64, now: Time) -> Result<Option<Arc<Person>>> {
        let stamp = db::revision::stamp(conn)?;
        let Some(user) = db::users::find(conn, id)? else { return Ok(None) };
        let rows = db::user_assignments::of_user(conn, id, now)?;
        let methods = login::methods(&db::factors::of_user(conn, id)?);
        Ok(self.edit(|known| {
            for row in rows.iter().filter(|row| !known.graph.knows(row.role_id)).collect::<Vec<_>>() {
                Arc::make_mut(&mut known.graph).know(row.role_id);
            }
            let held: Vec<Held> = rows.iter().map(|row| known.graph.hold_now(row)).collect();
            let used = AtomicI64::new(now.unix());
            let person = Arc::new(Person { user: Arc::new(user), held: held.into(), methods, used });
            if known.stamp.as_ref() == Some(&stamp) {
                known.keep_user(person.clone(), now);
            }
            Some(person)
        }))
    }

    /// The session of a cookie's key, if it is held and alive.
    pub fn session_by_key(&self, _: Fresh, key_hash: &str, limits: Limits, now: Time) -> Option<Arc<Live>> {
        self.with(|known| known.keys.get(key_hash).and_then(|id| known.sessions.get(id)).cloned())
            .filter(|live| live.is_alive(limits, now))
    }

    pub fn session(&self, _: Fresh, id: i64, limits: Limits, now: Time) -> Option<Arc<Live>> {
        self.with(|known| known.sessions.get(&id).cloned()).filter(|live| live.is_alive(limits, now))
    }

    /// Keeps a session as it was read, if the memory is where the read was.
    pub(super) fn keep_session(&self, stamp: &Stamp, live: Live, now: Time) -> Arc<Live> {
        let live = Arc::new(live);
        self.edit(|known| {
            if known.stamp.as_ref() == Some(stamp) {
                known.keep_session(live.clone(), now);
            }
        });
        live
    }
}

impl Live {
    pub fn is_alive(&self, limits: Limits, now: Time) -> bool {
        now < self.session.expires_at
            && now.seconds_since(self.session.created_at) < limits.absolute
            && now.unix() - self.seen.load(Ordering::Relaxed) < limits.idle
    }

    /// Whether it is time to write that the session was seen.
    pub fn is_due(&self, now: Time, every: i64) -> bool {
        now.unix() - self.seen.load(Ordering::Relaxed) >= every
    }

    /// Whether it is time to write that the session was seen; the next one is told no.
    pub fn note_seen(&self, now: Time, every: i64) -> bool {
        let last = self.seen.load(Ordering::Relaxed);
        self.is_due(now, every)
            && self.seen.compare_exchange(last, now.unix(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

fn names(rows: Vec<(i64, String)>) -> HashMap<String, i64> {
    rows.into_iter().map(|(id, name)| (name, id)).collect()
}

/// Replaces one role by its rows among these.
pub(super) fn replace(graph: &mut Graph, role: i64, grants: &[PermissionAssignment], inclusions: &[RoleInclusion]) {
    let own: Vec<_> = grants.iter().filter(|row| row.role_id == role).cloned().collect();
    let juniors: Vec<_> = inclusions.iter().filter(|row| row.senior_id == role).cloned().collect();
    graph.replace(role, &own, &juniors);
}
