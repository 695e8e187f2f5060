//! Who asks. No App method that needs rights can be called without one.

use super::{
    App,
    memory::{Bearer, Fresh, Live, Person, View},
    precondition::Precondition,
};
use crate::{
    db,
    domain::{
        Error, Result, Time,
        constraint::{self, Constraint},
        keys,
        permission::{Pattern, Right},
        policy::{Graph, Rights},
        scope::Scope,
        session::SEEN_EVERY,
        sign_in_rules::{Enrolment, RulesByRole},
        user::User,
    },
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub ip: String,
    pub user_agent: String,
    pub request_id: String,
    /// At a sign-in: the hashes of the device tokens that the browser holds. `None`: no browser.
    pub devices: Option<Vec<String>>,
}

impl Origin {
    /// What attempts are counted by: the address; of IPv6 the /64, which one subscriber has whole.
    pub fn network(&self) -> String {
        match self.ip.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V6(ip)) => format!("{}/64", Ipv6Addr::from(u128::from(ip) >> 64 << 64)),
            Ok(ip) => ip.to_string(),
            Err(_) => self.ip.clone(),
        }
    }

    /// What is kept of the User-Agent.
    pub fn stored_agent(&self) -> String {
        self.user_agent.chars().take(300).collect()
    }
}

#[derive(Debug, Clone)]
pub struct Actor {
    /// `None`: nobody is signed in, or the operator at the machine.
    pub id: Option<i64>,
    pub name: String,
    pub session_id: Option<i64>,
    /// The token by which a program acts as him, instead of a session.
    pub token: Option<Arc<Bearer>>,
    /// When he last proved, by the strongest means of his account, that it is he.
    authenticated_at: Option<Time>,
    /// How he stands to the second factor that is demanded of him; while it is overdue he has no rights.
    pub enrolment: Enrolment,
    /// By the active roles of the session.
    pub rights: Rights,
    /// Nothing that this actor does is kept; each change answers with its preview.
    pub dry_run: bool,
    /// What must hold of the thing that he changes.
    pub precondition: Option<Arc<Precondition>>,
    pub origin: Origin,
    user: Option<Arc<User>>,
}

impl Actor {
    /// Somebody who is not signed in.
    pub fn anonymous(origin: Origin) -> Self {
        Self {
            id: None,
            name: String::new(),
            session_id: None,
            token: None,
            authenticated_at: None,
            enrolment: Enrolment::Met,
            rights: Rights::none(),
            dry_run: false,
            precondition: None,
            origin,
            user: None,
        }
    }

    /// Whoever can run commands on the machine: he has the database and the keys anyway.
    pub fn operator() -> Self {
        let origin = Origin { ip: "local".into(), ..Origin::default() };
        Self { name: "operator".into(), rights: Rights::everything(), ..Self::anonymous(origin) }
    }

    /// The signed-in user, who may see to his account: [`Error::SignInRequired`]; [`Error::Leaving`] where he can only
    /// keep it; [`Error::NotByToken`] for a program, which has no say in how its owner signs in.
    pub fn user(&self) -> Result<&User> {
        match self.leaves_at() {
            Some(at) => Err(Error::Leaving { at }),
            None => self.require_himself().and(self.who()),
        }
    }

    /// The session in which he acts, for what is about just that.
    pub(super) fn own_session(&self) -> Result<i64> {
        self.require_himself()?;
        self.session_id.ok_or(Error::SignInRequired)
    }

    /// That no token acts: for what only its owner may do.
    pub(super) fn require_himself(&self) -> Result<()> {
        if self.token.is_some() { Err(Error::NotByToken) } else { Ok(()) }
    }

    /// The signed-in user, though he may have asked for the end of his account; or [`Error::SignInRequired`].
    pub fn who(&self) -> Result<&User> {
        self.user.as_deref().ok_or(Error::SignInRequired)
    }

    pub fn user_id(&self) -> Result<i64> {
        self.id.ok_or(Error::SignInRequired)
    }

    /// When his account will be deleted, because he asked for it: until then he has no rights.
    pub fn leaves_at(&self) -> Option<Time> {
        self.user.as_ref()?.bars.delete_at
    }

    /// Whether the actor holds the right everywhere.
    pub fn can(&self, right: Right) -> bool {
        self.rights.cover(&right.pattern(), &Scope::root())
    }

    /// Whether the actor holds every right there is, everywhere.
    pub fn holds_everything(&self) -> bool {
        self.rights.cover(&Pattern::everything(), &Scope::root())
    }

    /// Whether the actor holds any of Rolecall's own rights: then he has a panel.
    pub fn is_some_admin(&self) -> bool {
        crate::domain::permission::BUILT_IN.iter().any(|right| self.can(*right))
    }

    /// The first line of every App method that is not for everybody.
    pub fn require(&self, right: Right, scope: &Scope) -> Result<()> {
        if self.rights.cover(&right.pattern(), scope) {
            Ok(())
        } else if self.id.is_none() {
            Err(Error::SignInRequired)
        } else if let Some(at) = self.leaves_at() {
            Err(Error::Leaving { at })
        } else if self.enrolment == Enrolment::Overdue {
            Err(Error::EnrolmentRequired)
        } else {
            Err(Error::Forbidden { permission: right.name() })
        }
    }

    /// That the actor holds the right in some scope; the scope that counts is known only after a look at the data.
    pub fn require_somewhere(&self, right: Right) -> Result<()> {
        if self.rights.cover_somewhere(&right.pattern()) { Ok(()) } else { self.require_everywhere(right) }
    }

    /// For sensitive acts: that the user of a session has proven lately, at most `seconds` ago, that it is he. Who needs
    /// no session has the machine; what is only previewed harms nobody. A token proves nothing anew: it may, if it was made
    /// for what it names.
    pub(super) fn require_recent_proof(&self, now: Time, seconds: i64) -> Result<()> {
        if self.token.as_ref().is_some_and(|bearer| bearer.limit.patterns.is_none()) && !self.dry_run {
            return Err(Error::TokenTooWide);
        }
        let lately = self.authenticated_at.is_some_and(|at| now.seconds_since(at) < seconds);
        if self.session_id.is_none() || self.dry_run || lately { Ok(()) } else { Err(Error::ReauthenticationRequired) }
    }

    /// Until when sensitive acts need no new proof, if it lasts `seconds`.
    pub(super) fn proven_until(&self, seconds: i64) -> Option<Time> {
        Some(self.authenticated_at?.plus_seconds(seconds))
    }

    /// The same, within the limit of a token.
    pub(super) fn by_token(self, bearer: Arc<Bearer>) -> Self {
        Self { rights: self.rights.within(bearer.limit.clone()), token: Some(bearer), ..self }
    }

    /// The same, whose changes are not kept but previewed.
    pub fn dry(self) -> Self {
        Self { dry_run: true, ..self }
    }

    /// As [`Actor::require`], everywhere.
    pub fn require_everywhere(&self, right: Right) -> Result<()> {
        self.require(right, &Scope::root())
    }
}

impl App {
    /// The actor of a live session; [`Error::SignInRequired`] if its user is gone or disabled. For those who wait anyway.
    pub fn actor(&self, session_id: i64, origin: Origin) -> Result<Actor> {
        self.known_actor(self.fresh()?, session_id, origin)
    }

    /// As [`App::actor`], from memory as far as it goes.
    pub fn known_actor(&self, fresh: Fresh, session_id: i64, origin: Origin) -> Result<Actor> {
        let live = self.live_session(fresh, session_id)?;
        let person = self.person(fresh, live.session.user_id)?.ok_or(Error::SignInRequired)?;
        let (graph, rules) = (self.memory.graph(fresh), self.memory.rules(fresh));
        let constraints = self.memory.constraints(fresh);
        self.actor_from(graph, &constraints, &rules, &live, &person, origin).ok_or(Error::SignInRequired)
    }

    /// As [`App::known_actor`], by the key of the session's cookie; notes that the session was seen.
    pub fn actor_by_key(&self, fresh: Fresh, key: &str, origin: Origin) -> Result<Actor> {
        let session = self.session_by_key(fresh, key)?.ok_or(Error::SignInRequired)?;
        self.known_actor(fresh, session.id, origin)
    }

    /// As [`App::actor_by_key`], if everything is in memory and nothing is to be written:
    /// without waiting for the database. Gives `origin` back otherwise.
    pub fn remembered_actor(&self, fresh: Fresh, key: &str, origin: Origin) -> std::result::Result<Actor, Origin> {
        let now = self.now();
        let view = self.memory.view_by_key(fresh, &keys::token_hash(key), self.sign_in_settings().limits, now);
        let Some(View { person, live: Some(live), graph, constraints, rules, .. }) = view else { return Err(origin) };
        if live.is_due(now, SEEN_EVERY) {
            return Err(origin);
        }
        self.actor_from(graph, &constraints, &rules, &live, &person, origin.clone()).ok_or(origin)
    }

    /// The user without a session, for work that goes on after he has left: with the rights that he has now within the
    /// roles of `chosen` (`None`: within all that he may activate) and the limit of the token. `None`: he may not sign in any
    /// more, or the token was revoked.
    pub(super) fn actor_in_background(
        &self,
        user_id: i64,
        (chosen, token_id): (Option<&BTreeSet<i64>>, Option<i64>),
        origin: Origin,
    ) -> Result<Option<Actor>> {
        let (fresh, now) = (self.fresh()?, self.now());
        let Some(person) = self.person(fresh, user_id)?.filter(|person| may_be_signed_in(&person.user, now)) else {
            return Ok(None);
        };
        let (graph, constraints) = (self.memory.graph(fresh), self.memory.constraints(fresh));
        let enrolment = self.enrolment(&graph, &self.memory.rules(fresh), &person, now);
        let actor = acting(graph, &constraints, chosen, &person, (enrolment, now), origin);
        let Some(id) = token_id else { return Ok(Some(actor)) };
        let token = self.read(|conn| db::tokens::find(conn, id))?.filter(|(token, _)| token.revoked_at.is_none());
        Ok(token.map(|(token, hash)| actor.by_token(Arc::new(Bearer::new(token, hash)))))
    }

    /// `None`: the user is barred, or the session has outlived what his roles allow.
    fn actor_from(
        &self,
        graph: Arc<Graph>,
        constraints: &[Constraint],
        rules: &RulesByRole,
        live: &Live,
        person: &Person,
        origin: Origin,
    ) -> Option<Actor> {
        let now = self.now();
        if !may_be_signed_in(&person.user, now) {
            return None;
        }
        let enrolment = self.standing(&graph, rules, live, person, now)?;
        let actor = acting(graph, constraints, live.chosen.as_ref(), person, (enrolment, now), origin);
        let authenticated_at = live.session.authenticated_at;
        Some(Actor { session_id: Some(live.session.id), authenticated_at, ..actor })
    }

    /// What a session has: its active roles.
    pub(super) fn session_rights(&self, fresh: Fresh, live: &Live, person: &Person) -> Rights {
        active_rights(
            self.memory.graph(fresh),
            &self.memory.constraints(fresh),
            live.chosen.as_ref(),
            person,
            self.now(),
        )
    }
}

/// Whoever has asked for the end of his account comes in to keep it, and for nothing else.
pub(super) fn may_be_signed_in(user: &User, now: Time) -> bool {
    !user.is_disabled(now) && user.bars.awaits_approval_since.is_none()
}

/// The user with what he has by these roles, unless he can only see to his account.
pub(super) fn acting(
    graph: Arc<Graph>,
    constraints: &[Constraint],
    chosen: Option<&BTreeSet<i64>>,
    person: &Person,
    (enrolment, now): (Enrolment, Time),
    origin: Origin,
) -> Actor {
    let rights = if enrolment == Enrolment::Overdue || person.user.bars.delete_at.is_some() {
        Rights::none()
    } else {
        active_rights(graph, constraints, chosen, person, now)
    };
    Actor {
        id: Some(person.user.id),
        name: person.user.username.clone(),
        enrolment,
        rights,
        user: Some(person.user.clone()),
        ..Actor::anonymous(origin)
    }
}

fn active_rights(
    graph: Arc<Graph>,
    constraints: &[Constraint],
    chosen: Option<&BTreeSet<i64>>,
    person: &Person,
    now: Time,
) -> Rights {
    if chosen.is_none() && constraints.is_empty() {
        return Rights::new(graph, person.held.clone(), now);
    }
    let active = constraint::activate(&graph, &person.held, chosen, constraints, now);
    Rights::new(graph, active, now)
}
