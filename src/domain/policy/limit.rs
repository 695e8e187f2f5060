//! What narrows rights: a token has a part of what its owner has.

use super::Holding;
use crate::domain::{permission::Pattern, scope::Scope};

/// At most this, of whatever there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limit {
    /// `None`: whatever the permission.
    pub patterns: Option<Vec<Pattern>>,
    /// Here and below only.
    pub scope: Scope,
}

impl Limit {
    /// Whether all of the pattern in all of the scope lies within it.
    pub fn allows(&self, pattern: &Pattern, scope: &Scope) -> bool {
        self.scope.covers(scope) && self.allows_somewhere(pattern)
    }

    /// Whether all of the pattern lies within it, where it holds at all.
    pub fn allows_somewhere(&self, pattern: &Pattern) -> bool {
        self.patterns.as_ref().is_none_or(|own| own.iter().any(|own| own.covers(pattern)))
    }

    /// Whether anything that holds in `scope` can lie within it.
    pub fn meets(&self, scope: &Scope) -> bool {
        self.scope.both(scope).is_some()
    }

    /// What is left of a holding.
    pub fn narrow(&self, held: Holding) -> Vec<Holding> {
        let Some(scope) = self.scope.both(&held.scope) else { return vec![] };
        let left = |pattern| Holding { pattern, scope: scope.clone(), conditional: held.conditional };
        match &self.patterns {
            None => vec![left(held.pattern.clone())],
            Some(own) => own.iter().filter_map(|own| own.both(&held.pattern)).map(left).collect(),
        }
    }
}
