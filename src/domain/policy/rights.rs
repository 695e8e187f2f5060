//! What somebody has: his assignments, seen through the graph of roles.

use super::{Graph, Limit};
use crate::domain::{Time, condition::Condition, permission::Pattern, scope::Scope};
use std::{
    cell::LazyCell,
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

/// An assignment as the engine holds it.
#[derive(Debug, Clone)]
pub struct Held {
    pub assignment: i64,
    pub role: i64,
    pub(super) slot: Option<u32>,
    pub scope: Scope,
    pub from: Time,
    /// The first moment at which it holds no more.
    pub to: Option<Time>,
    pub condition: Option<Arc<Condition>>,
}

impl Held {
    pub fn in_force(&self, at: Time) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// Whether it gives all that `other` gives, as surely, if the roles are the same.
    fn gives_all_of(&self, other: &Self) -> bool {
        self.role == other.role && self.scope == other.scope && (self.condition.is_none() || other.condition.is_some())
    }

    /// The same without beginning and end.
    pub fn always(self) -> Self {
        Self { from: Time::default(), to: None, ..self }
    }
}

/// A pattern that somebody has somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    pub pattern: Pattern,
    pub scope: Scope,
    /// Only under a condition on the request.
    pub conditional: bool,
}

/// What somebody has at one moment.
#[derive(Debug, Clone)]
pub struct Rights {
    graph: Arc<Graph>,
    held: Arc<[Held]>,
    at: Time,
    everything: bool,
    /// Nothing beyond this counts.
    limit: Option<Arc<Limit>>,
}

impl Rights {
    /// `held`: the assignments that count, whether in force or not.
    pub fn new(graph: Arc<Graph>, held: impl Into<Arc<[Held]>>, at: Time) -> Self {
        Self { graph, held: held.into(), at, everything: false, limit: None }
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self::new(Arc::default(), [], Time::default())
    }

    /// Everything everywhere: the operator at the machine.
    pub fn everything() -> Self {
        Self { everything: true, ..Self::none() }
    }

    /// The part of them that lies within the limit.
    pub fn within(self, limit: Arc<Limit>) -> Self {
        Self { limit: Some(limit), ..self }
    }

    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// As [`Rights::held`], to keep.
    pub fn held_shared(&self) -> Arc<[Held]> {
        self.held.clone()
    }

    fn in_force(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.in_force(self.at))
    }

    fn gives(&self, held: &Held, pattern: &Pattern) -> bool {
        held.condition.is_none() && held.slot.is_some_and(|slot| self.graph.has(&self.graph.asked(pattern), slot))
    }

    /// Whether the pattern, whole, is held in all of `scope`, whatever the request.
    pub fn cover(&self, pattern: &Pattern, scope: &Scope) -> bool {
        self.limit.as_ref().is_none_or(|limit| limit.allows(pattern, scope))
            && (self.everything || self.in_force().any(|held| held.scope.covers(scope) && self.gives(held, pattern)))
    }

    /// Whether the pattern is held in at least one scope, whatever the request.
    pub fn cover_somewhere(&self, pattern: &Pattern) -> bool {
        let here = |held: &&Held| self.limit.as_ref().is_none_or(|limit| limit.meets(&held.scope));
        self.limit.as_ref().is_none_or(|limit| limit.allows_somewhere(pattern))
            && (self.everything || self.in_force().filter(here).any(|held| self.gives(held, pattern)))
    }

    /// The scopes in which the pattern is held, whatever the request.
    pub fn scopes_of(&self, pattern: &Pattern) -> Vec<Scope> {
        self.places(pattern).into_iter().filter(|(_, conditional)| !conditional).map(|(scope, _)| scope).collect()
    }

    /// The scopes in which the pattern, whole, is held, each with whether it is only under a condition.
    pub fn places(&self, pattern: &Pattern) -> Vec<(Scope, bool)> {
        let (asked, all) = (self.graph.asked(pattern), Limit::default());
        let limit = self.limit.as_deref().unwrap_or(&all);
        let mut places: BTreeMap<Scope, bool> = BTreeMap::new();
        for held in self.in_force().filter(|_| limit.allows_somewhere(pattern)) {
            let (Some(slot), Some(scope)) = (held.slot, limit.scope.both(&held.scope)) else { continue };
            let sure = self.graph.has(&asked, slot);
            if sure || self.graph.has_conditionally(&asked, slot) {
                let conditional = places.entry(scope).or_insert(true);
                *conditional &= !sure || held.condition.is_some();
            }
        }
        places.into_iter().collect()
    }

    /// Those of `patterns` that are not held in all of `scope`: what the holder of these rights could not give.
    pub fn missing<'a>(&self, patterns: impl IntoIterator<Item = &'a Pattern>, scope: &Scope) -> Vec<Pattern> {
        patterns.into_iter().filter(|pattern| !self.cover(pattern, scope)).cloned().collect()
    }

    /// What `other` has, if only under a condition, and these rights do not.
    pub fn lacks_of(&self, other: &Self) -> Vec<Pattern> {
        let lacking: BTreeSet<Pattern> = other
            .list()
            .into_iter()
            .filter(|right| !self.cover(&right.pattern, &right.scope))
            .map(|right| right.pattern)
            .collect();
        lacking.into_iter().collect()
    }

    /// All, sorted; what another one says already is left out.
    pub fn list(&self) -> Vec<Holding> {
        let (pattern, scope) = (Pattern::everything(), Scope::root());
        let everything = self.everything.then_some(Holding { pattern, scope, conditional: false });
        self.given_by(self.in_force(), everything)
    }

    /// What these assignments give, and `more`: sorted, each once.
    fn given_by<'a>(&self, held: impl Iterator<Item = &'a Held>, more: Option<Holding>) -> Vec<Holding> {
        let of = |held: &'a Held| self.graph.grants(held.role).map(move |grant| (grant, held));
        let mut given: Vec<_> = held
            .flat_map(of)
            .map(|(grant, held)| (&grant.pattern, &held.scope, held.condition.is_some() || grant.condition.is_some()))
            .collect();
        given.sort_unstable();
        given.dedup();
        let of = |(pattern, scope, conditional): (&Pattern, &Scope, bool)| Holding {
            pattern: pattern.clone(),
            scope: scope.clone(),
            conditional,
        };
        let mut all: Vec<Holding> = given.into_iter().map(of).collect();
        if let Some(limit) = &self.limit {
            all = all.into_iter().flat_map(|right| limit.narrow(right)).collect();
        }
        all.extend(more);
        all.sort_unstable();
        // Of the same the unconditional one comes first, and says it all.
        all.dedup_by(|next, first| next.pattern == first.pattern && next.scope == first.scope);
        all
    }

    /// What is here and was not in `before`: gains, or, the other way round, losses.
    pub fn beyond(&self, before: &Self) -> Vec<Holding> {
        let rights = if self.everything || self.limit.is_some() || before.limit.is_some() {
            self.list()
        } else {
            // What he has by the same role in the same place was there, and that is most of it.
            let same = Arc::ptr_eq(&self.graph, &before.graph);
            let was = |held: &&Held| same && before.in_force().any(|old| old.gives_all_of(held));
            self.given_by(self.in_force().filter(|held| !was(held)), None)
        };
        let had =
            LazyCell::new(|| before.list().into_iter().filter(|right| right.conditional).collect::<BTreeSet<_>>());
        let new =
            |right: &Holding| !(before.cover(&right.pattern, &right.scope) || right.conditional && had.contains(right));
        rights.into_iter().filter(new).collect()
    }

    /// The roles that he has in all of `scope`, whatever the request, with all that they include. None where a limit leaves
    /// only a part of what they give.
    pub fn roles_in(&self, scope: &Scope) -> HashSet<i64> {
        if self.limit.as_ref().is_some_and(|limit| limit.patterns.is_some() || !limit.scope.covers(scope)) {
            return HashSet::new();
        }
        let here = self.in_force().filter(|held| held.condition.is_none() && held.scope.covers(scope));
        here.flat_map(|held| self.graph.included(held.role)).collect()
    }

    /// The roles that he has, with all that they include.
    pub fn authorized_roles(&self) -> HashSet<i64> {
        self.in_force().flat_map(|held| self.graph.included(held.role)).collect()
    }
}

impl Default for Rights {
    fn default() -> Self {
        Self::none()
    }
}
