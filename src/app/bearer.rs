//! Who a program is, by its token.

use super::{
    Actor, App, Origin,
    actor::{acting, may_be_signed_in},
    memory::{Bearer, Fresh, Person, View},
};
use crate::{
    db,
    domain::{
        Error, Result, constraint::Constraint, keys, policy::Graph, sign_in_rules::RulesByRole, throttle::TOKEN_IP,
        token::is_well_formed,
    },
};
use std::sync::Arc;

impl App {
    /// The actor of a live token, with the part of its owner's rights that it has; notes, at most once a minute, that it was
    /// used. [`Error::InvalidToken`] whatever is wrong with it.
    pub fn actor_by_token(&self, fresh: Fresh, text: &str, origin: Origin) -> Result<Actor> {
        // What cannot be a token costs nothing.
        if !is_well_formed(text) {
            return Err(Error::InvalidToken);
        }
        let (now, hash) = (self.now(), keys::token_hash(text));
        let bearer = match self.memory.token_by_hash(fresh, &hash) {
            Some(bearer) => Some(bearer),
            None => self.read_token(|conn| db::tokens::find_by_hash(conn, &hash))?,
        };
        let bearer = bearer.ok_or_else(|| self.count_wrong_token(&origin))?;
        if !bearer.is_good(&origin.ip, now) {
            return Err(Error::InvalidToken);
        }
        let actor = self.token_actor(fresh, &bearer, origin)?;
        if bearer.note_used(now) {
            self.db.write(|conn| db::tokens::used(conn, bearer.token.id, &actor.origin.ip, now))?;
        }
        Ok(actor)
    }

    /// As [`App::actor_by_token`], if everything is in memory and nothing is to be written: without waiting for the
    /// database. Gives `origin` back otherwise.
    pub fn remembered_token_actor(
        &self,
        fresh: Fresh,
        text: &str,
        origin: Origin,
    ) -> std::result::Result<Actor, Origin> {
        let (now, limits) = (self.now(), self.sign_in_settings().limits);
        let view = self.memory.view_by_token(fresh, &keys::token_hash(text), limits, now);
        let Some(View { person, token: Some(bearer), graph, constraints, rules, .. }) = view else {
            return Err(origin);
        };
        if bearer.is_due(now) || !bearer.is_good(&origin.ip, now) {
            return Err(origin);
        }
        self.actor_with_token(graph, &constraints, &rules, &bearer, &person, origin.clone()).ok_or(origin)
    }

    /// The same actor as he is now, by his session or token.
    pub fn same_actor(&self, fresh: Fresh, actor: &Actor) -> Result<Actor> {
        match (actor.session_id, &actor.token) {
            (Some(id), _) => self.known_actor(fresh, id, actor.origin.clone()),
            (None, Some(bearer)) => {
                self.token_actor(fresh, &self.live_token(fresh, bearer.token.id)?, actor.origin.clone())
            }
            (None, None) => Ok(actor.clone()),
        }
    }

    /// The token with this id, if it lives.
    pub(super) fn live_token(&self, fresh: Fresh, id: i64) -> Result<Arc<Bearer>> {
        let bearer = match self.memory.token(fresh, id) {
            Some(bearer) => Some(bearer),
            None => self.read_token(|conn| db::tokens::find(conn, id))?,
        };
        bearer.filter(|bearer| bearer.token.is_live(self.now())).ok_or(Error::InvalidToken)
    }

    fn token_actor(&self, fresh: Fresh, bearer: &Arc<Bearer>, origin: Origin) -> Result<Actor> {
        let person = self.person(fresh, bearer.token.user_id)?.ok_or(Error::InvalidToken)?;
        let (graph, rules) = (self.memory.graph(fresh), self.memory.rules(fresh));
        let constraints = self.memory.constraints(fresh);
        self.actor_with_token(graph, &constraints, &rules, bearer, &person, origin).ok_or(Error::InvalidToken)
    }

    /// `None`: its owner may not come in.
    fn actor_with_token(
        &self,
        graph: Arc<Graph>,
        constraints: &[Constraint],
        rules: &RulesByRole,
        bearer: &Arc<Bearer>,
        person: &Person,
        origin: Origin,
    ) -> Option<Actor> {
        let now = self.now();
        if !may_be_signed_in(&person.user, now) {
            return None;
        }
        let enrolment = self.enrolment(&graph, rules, person, now);
        Some(acting(graph, constraints, None, person, (enrolment, now), origin).by_token(bearer.clone()))
    }

    /// Counts a text that could be a token and is none; what is over the limit is refused without a write.
    fn count_wrong_token(&self, origin: &Origin) -> Error {
        let network = origin.network();
        let counted = match self.read(|conn| db::throttles::due_in(conn, &TOKEN_IP, &network, self.now())) {
            Ok(0) => self.count(&TOKEN_IP, &network),
            Ok(retry_after) => Err(Error::Throttled { retry_after }),
            Err(error) => Err(error),
        };
        counted.err().unwrap_or(Error::InvalidToken)
    }
}
