//! May he? Who may? What may he? And why: the decision engine over what is known.

use super::{
    Actor, App,
    memory::{Bearer, Fresh, View, Who},
    past, rights_now,
};
use crate::{
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result, Time,
        condition::Attributes,
        page::{ListQuery, Page},
        permission::{CHECKS_READ, PERMISSIONS_READ, Pattern, USERS_READ},
        policy::{Decision, Graph, Held, Holding, Question},
        scope::Scope,
        sign_in_rules::Enrolment,
        text,
        user::User,
    },
};
use std::sync::Arc;

/// Of whom a question is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The one who asks, with the active roles of his session.
    Me,
    /// A user with all his roles.
    User(i64),
    /// A live session with its active roles (CheckAccess).
    Session(i64),
}

/// A question to the engine.
#[derive(Debug, Clone)]
pub struct Ask {
    pub subject: Subject,
    pub permission: Pattern,
    pub scope: Scope,
    /// `None`: now.
    pub at: Option<Time>,
    pub attributes: Attributes,
}

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    /// The state by which it was answered.
    pub revision: i64,
    /// The first moment at which it can change by itself.
    pub valid_until: Option<Time>,
}

/// What the answer was made from.
pub struct Grounds {
    pub user: User,
    pub graph: Arc<Graph>,
    /// The assignments that count: none of a user who is barred.
    pub held: Vec<Held>,
    pub at: Time,
    pub revision: i64,
    /// Asked of now, and not of another moment.
    pub present: bool,
    pub decision: Decision,
    pub disabled: bool,
    /// The asked permission, when it is asked of now; a pattern has none.
    pub permission: Option<i64>,
}

impl Ask {
    pub(super) fn question(&self, at: Time) -> Question<'_> {
        Question { permission: &self.permission, scope: &self.scope, at, attributes: &self.attributes }
    }
}

/// How often a view is put together anew when changes come in between.
const TRIES: usize = 20;

fn unknown(field: &'static str, what: String) -> Error {
    Error::Invalid(FieldErrors::one(field, what))
}

fn not_registered(permission: &Pattern) -> Error {
    unknown("permission", format!("{permission} is not registered."))
}

impl App {
    /// That the actor may ask what somebody may do: himself always, others with the right to, in that scope.
    pub(super) fn may_ask_about(&self, actor: &Actor, user_id: i64, scope: &Scope) -> Result<()> {
        if actor.id == Some(user_id) { Ok(()) } else { actor.require(CHECKS_READ, scope) }
    }

    fn may_ask(&self, actor: &Actor, ask: &Ask) -> Result<()> {
        match ask.subject {
            Subject::Me => actor.user_id().map(drop),
            Subject::User(id) => self.may_ask_about(actor, id, &ask.scope),
            Subject::Session(id) if actor.session_id == Some(id) => Ok(()),
            Subject::Session(_) => actor.require(CHECKS_READ, &ask.scope),
        }
    }

    /// CheckAccess, UserPermissions of one: whether the subject may.
    pub fn check(&self, actor: &Actor, fresh: Fresh, ask: &Ask) -> Result<Answer> {
        if let Some(answer) = self.remembered_check(actor, fresh, ask) {
            return answer;
        }
        let grounds = self.grounds(actor, ask)?;
        if grounds.decision.allowed
            && let Some(permission) = grounds.permission
        {
            self.uses.note(grounds.user.id, permission, grounds.at);
        }
        Ok(Answer {
            allowed: grounds.decision.allowed,
            revision: grounds.revision,
            valid_until: grounds.decision.valid_until,
        })
    }

    /// As [`App::check`], if all is in memory: without waiting for the database.
    pub fn remembered_check(&self, actor: &Actor, fresh: Fresh, ask: &Ask) -> Option<Result<Answer>> {
        if let Err(error) = self.may_ask(actor, ask) {
            return Some(Err(error));
        }
        if ask.at.is_some() {
            return None;
        }
        let (now, limits) = (self.now(), self.sign_in_settings().limits);
        let view = self.memory.view(fresh, self.whom(actor, ask).ok()?, &ask.permission, limits, now)?;
        let Some(permission) = view.permission else { return Some(Err(not_registered(&ask.permission))) };
        let (held, question) = (self.counting_for(&view, ask, now), ask.question(now));
        let allowed = view.graph.allows(&held, &question);
        if allowed {
            self.uses.note(view.person.user.id, permission, now);
        }
        let valid_until = soonest(view.graph.valid_until(&held, &question), view.person.user.bars.next_turn(now));
        Some(Ok(Answer { allowed, revision: view.revision, valid_until }))
    }

    /// The assignments that count: none in a session that has ended by itself, or whose user must set up
    /// a second factor first.
    pub(super) fn counting(&self, view: &View, now: Time) -> Arc<[Held]> {
        let barred = match (&view.live, &view.token) {
            (Some(live), _) => {
                let standing = self.standing(&view.graph, &view.rules, live, &view.person, now);
                matches!(standing, None | Some(Enrolment::Overdue))
            }
            (None, Some(_)) => self.enrolment(&view.graph, &view.rules, &view.person, now) == Enrolment::Overdue,
            (None, None) => false,
        };
        if barred { Arc::default() } else { view.held(now) }
    }

    /// As [`App::counting`]; none for a question beyond the limit of the token.
    fn counting_for(&self, view: &View, ask: &Ask, now: Time) -> Arc<[Held]> {
        let beyond = |bearer: &Arc<Bearer>| !bearer.limit.allows(&ask.permission, &ask.scope);
        if view.token.as_ref().is_some_and(beyond) { Arc::default() } else { self.counting(view, now) }
    }

    fn whom(&self, actor: &Actor, ask: &Ask) -> Result<Who> {
        match ask.subject {
            Subject::Me => {
                let token = actor.token.as_ref().map(|bearer| Who::Token(bearer.token.id));
                actor.session_id.map(Who::Session).or(token).ok_or(Error::SignInRequired)
            }
            Subject::User(id) => Ok(Who::User(id)),
            Subject::Session(id) => Ok(Who::Session(id)),
        }
    }

    /// The whole answer, with what it was made from.
    pub fn grounds(&self, actor: &Actor, ask: &Ask) -> Result<Grounds> {
        self.may_ask(actor, ask)?;
        match ask.at {
            None => self.grounds_now(actor, ask),
            Some(at) => self.read(|conn| Self::grounds_as_of(conn, actor, ask, at)),
        }
    }

    /// As [`App::grounds`] of a question of the present, from memory if all is there.
    pub(super) fn grounds_since(&self, actor: &Actor, fresh: Fresh, ask: &Ask) -> Result<Grounds> {
        self.may_ask(actor, ask)?;
        let limits = self.sign_in_settings().limits;
        match self.memory.view(fresh, self.whom(actor, ask)?, &ask.permission, limits, self.now()) {
            Some(view) => self.grounds_in(view, ask),
            None => self.grounds_now(actor, ask),
        }
    }

    fn grounds_now(&self, actor: &Actor, ask: &Ask) -> Result<Grounds> {
        let view = self.load_view(self.whom(actor, ask)?, &ask.permission).map_err(|error| {
            match (&ask.subject, error) {
                (Subject::Session(id), Error::SignInRequired) => {
                    unknown("session_id", format!("There is no live session {id}."))
                }
                // His own may have ended since the request came.
                (_, error) => error,
            }
        })?;
        self.grounds_in(view, ask)
    }

    fn grounds_in(&self, view: View, ask: &Ask) -> Result<Grounds> {
        if view.permission.is_none() && ask.permission.is_single() {
            return Err(not_registered(&ask.permission));
        }
        let now = self.now();
        let held = self.counting_for(&view, ask, now);
        let mut decision = view.graph.decide(&held, &ask.question(now));
        decision.valid_until = soonest(decision.valid_until, view.person.user.bars.next_turn(now));
        Ok(Grounds {
            user: User::clone(&view.person.user),
            held: held.to_vec(),
            at: now,
            present: true,
            revision: view.revision,
            decision,
            disabled: view.person.user.bars.is_barred(now),
            permission: view.permission,
            graph: view.graph,
        })
    }

    /// Reads into memory what is not there, until all is there at one revision.
    pub(super) fn load_view(&self, of: Who, permission: &Pattern) -> Result<View> {
        let limits = self.sign_in_settings().limits;
        for _ in 0..TRIES {
            let fresh = self.fresh()?;
            let user_id = match of {
                Who::User(id) => id,
                Who::Session(id) => self.live_session(fresh, id)?.session.user_id,
                Who::Token(id) => self.live_token(fresh, id)?.token.user_id,
            };
            self.person(fresh, user_id)?.ok_or_else(|| no_such_user(user_id))?;
            if let Some(view) = self.memory.view(fresh, of, permission, limits, self.now()) {
                return Ok(view);
            }
        }
        Err(Error::Busy { retry_after: 1 })
    }

    /// As of another time: by the rows that were, or will be, in force then. Sessions have no past: their user counts.
    fn grounds_as_of(conn: &mut Conn, actor: &Actor, ask: &Ask, at: Time) -> Result<Grounds> {
        if ask.permission.is_single() && !db::permissions::was_registered(conn, &ask.permission.to_string(), at)? {
            return Err(unknown("permission", format!("{} was not registered then.", ask.permission)));
        }
        let user_id = match ask.subject {
            Subject::User(id) => id,
            Subject::Me => actor.user_id()?,
            Subject::Session(_) => {
                return Err(unknown("at", "A session is asked for the present only; ask for its user.".to_owned()));
            }
        };
        let user = db::users::find_ever(conn, user_id)?.ok_or_else(|| no_such_user(user_id))?;
        let graph = past::above(conn, std::slice::from_ref(&ask.permission), at)?;
        let (active, turn) = db::users::was_active(conn, user_id, at)?;
        let disabled = !active;
        // Those that begin after that moment too: they tell until when the answer holds.
        let rows = if disabled { vec![] } else { db::user_assignments::not_over(conn, user_id, at)? };
        let held: Vec<Held> = rows.iter().map(|row| graph.hold(row)).collect();
        let (revision, mut decision) = (db::revision::as_of(conn, at)?, graph.decide(&held, &ask.question(at)));
        decision.valid_until = soonest(decision.valid_until, turn);
        Ok(Grounds { user, graph, held, at, present: false, revision, decision, disabled, permission: None })
    }

    /// Who can: a page of the enabled users who have the permission in the scope; those too who have it under a
    /// condition, marked.
    pub fn who_can(
        &self,
        actor: &Actor,
        permission: &Pattern,
        scope: &Scope,
        at: Option<Time>,
        query: &ListQuery,
    ) -> Result<(Page<(User, bool)>, i64)> {
        actor.require(CHECKS_READ, scope).and(actor.require_everywhere(USERS_READ))?;
        self.read(|conn| {
            let now = self.now();
            let name = permission.to_string();
            let registered = match at {
                _ if !permission.is_single() => true,
                Some(at) => db::permissions::was_registered(conn, &name, at)?,
                None => db::permissions::find_by_name(conn, &name)?.is_some(),
            };
            if !registered {
                return Err(not_registered(permission));
            }
            let (graph, revision) = match at {
                Some(at) => (past::above(conn, std::slice::from_ref(permission), at)?, db::revision::as_of(conn, at)?),
                None => (self.graph(conn)?, db::revision::current(conn)?),
            };
            let roles: Vec<i64> = graph.roles_with_possibly(permission).into_iter().collect();
            let present = at.is_none();
            let at = at.unwrap_or(now);
            let page = db::holders::list(
                conn,
                &roles,
                Some(&scope.covering()),
                (at, present, db::holders::Who::Enabled),
                query,
            )?;
            let mut marked = vec![];
            for user in &page.items {
                let rights = if present { rights_now } else { past::rights_by };
                marked.push(!rights(conn, &graph, user.id, at)?.cover(permission, scope));
            }
            let mut marks = marked.into_iter();
            Ok((page.map(|user| (user, marks.next().unwrap_or(false))), revision))
        })
    }

    /// What can: all that the user has, wherever it is at or below or above nothing else than asked: with a scope, what
    /// holds there. Of oneself now, by a token: what that has.
    pub fn what_can(
        &self,
        actor: &Actor,
        user_id: i64,
        scope: Option<&Scope>,
        at: Option<Time>,
    ) -> Result<(Vec<Holding>, i64)> {
        if actor.id != Some(user_id) && actor.require_everywhere(USERS_READ).is_err() {
            self.may_ask_about(actor, user_id, scope.unwrap_or(&Scope::root()))?;
        }
        let by_token = actor.token.is_some() && actor.id == Some(user_id) && at.is_none();
        self.read(|conn| {
            let rights = if by_token { actor.rights.clone() } else { self.rights_at(conn, user_id, at)? };
            let revision = match at {
                None => db::revision::current(conn)?,
                Some(at) => db::revision::as_of(conn, at)?,
            };
            let here = |holding: &Holding| scope.is_none_or(|scope| holding.scope.covers(scope));
            Ok((rights.list().into_iter().filter(here).collect(), revision))
        })
    }

    /// Whether the permission was registered at that moment.
    pub fn was_registered(&self, actor: &Actor, permission: &Pattern, at: Option<Time>) -> Result<bool> {
        actor.require_everywhere(PERMISSIONS_READ)?;
        self.read(|conn| db::permissions::was_registered(conn, &permission.to_string(), at.unwrap_or(self.now())))
    }

    /// The id of the user of this username or e-mail address.
    pub fn subject_id(&self, actor: &Actor, name: &str) -> Result<i64> {
        self.subject(actor, name, "user").map(|user| user.id)
    }

    /// The user of this username or e-mail address, or, by `#` and his id, deleted or not: for questions about him.
    /// If there is none: [`Error::Invalid`] at `field`, for whoever may see users with the nearest names.
    pub fn subject(&self, actor: &Actor, name: &str, field: &'static str) -> Result<User> {
        let user = actor.who()?;
        if text::fold(name) == text::fold(&user.username) {
            return Ok(user.clone());
        }
        // Whoever may ask about nobody else learns nothing of who there is.
        if !actor.can(USERS_READ) {
            actor.require_somewhere(CHECKS_READ)?;
        }
        self.read(|conn| {
            let found = match name.trim().strip_prefix('#').map(str::parse) {
                Some(Ok(id)) => db::users::find_ever(conn, id)?,
                _ => db::users::find_by_name(conn, name)?,
            };
            match found {
                Some(user) => Ok(user),
                None => Err(unknown(field, format!("There is no user {}.", name.trim()))),
            }
        })
    }
}

/// The first of two moments that may never come.
fn soonest(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    one.into_iter().chain(other).min()
}

fn no_such_user(id: i64) -> Error {
    unknown("user", format!("There is no user {id}."))
}
