//! Patterns, and the roles that are given them.

use super::{Grant, RoleSet, graph::Map};
use crate::domain::permission::Pattern;
use foldhash::fast::RandomState;
use std::{hash::BuildHasher, sync::Arc};

/// A pattern as numbers: the part before the colon and the part behind it. 0 is `*`.
type Key = (u32, u32);

/// Owners of a pattern above this number are also kept as a set.
const FEW: usize = 16;
/// Parts of the table of patterns, so that a change after a clone copies one of them and not the whole.
const SHARDS: usize = 256;

/// The roles that are given a pattern themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners {
    /// Without a condition.
    sure: Vec<u32>,
    /// The same, when they are many.
    many: Option<RoleSet>,
    /// With one.
    conditional: Vec<u32>,
}

/// All patterns that somebody was ever given. Cloning is cheap, as of a graph.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    /// Numbers of the parts of patterns.
    parts: Arc<Map<Box<str>, u32>>,
    owners: Vec<Arc<Map<Key, Owners>>>,
    hasher: RandomState,
}

/// The patterns that cover what is asked for: those that somebody owns.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'g> {
    pub(super) pattern: &'g Pattern,
    pub(super) owners: [Option<&'g Owners>; 4],
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            parts: Arc::new([(Box::from("*"), 0)].into_iter().collect()),
            owners: vec![Arc::default(); SHARDS],
            hasher: RandomState::default(),
        }
    }
}

impl Patterns {
    fn part(&mut self, text: &str) -> u32 {
        if let Some(number) = self.parts.get(text) {
            return *number;
        }
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.parts).insert(text.into(), number);
        number
    }

    fn shard(&self, key: Key) -> usize {
        usize::try_from(self.hasher.hash_one(key) >> 32).unwrap_or_default() % SHARDS
    }

    fn owners_mut(&mut self, key: Key) -> Option<&mut Owners> {
        let shard = self.shard(key);
        self.owners.get_mut(shard).map(|shard| Arc::make_mut(shard).entry(key).or_default())
    }

    /// Notes that the role is given this.
    pub(super) fn own(&mut self, slot: u32, grant: &Grant) {
        let key = (self.part(grant.pattern.resource()), self.part(grant.pattern.action()));
        if let Some(owners) = self.owners_mut(key) {
            let list = if grant.condition.is_some() { &mut owners.conditional } else { &mut owners.sure };
            list.push(slot);
            owners.count();
        }
    }

    /// Notes that the role is given it no more.
    pub(super) fn disown(&mut self, slot: u32, pattern: &Pattern) {
        let key = (self.part(pattern.resource()), self.part(pattern.action()));
        if let Some(owners) = self.owners_mut(key) {
            owners.sure.retain(|owner| *owner != slot);
            owners.conditional.retain(|owner| *owner != slot);
            owners.count();
        }
    }

    /// The patterns that cover the whole of `pattern`.
    pub(super) fn asked<'g>(&'g self, pattern: &'g Pattern) -> Asked<'g> {
        let part = |text: &str| self.parts.get(text).copied();
        let (resource, action) = (part(pattern.resource()), part(pattern.action()));
        let owners = |key: Option<Key>| {
            let key = key?;
            self.owners.get(self.shard(key))?.get(&key).filter(|owners| !owners.is_empty())
        };
        // A part that nobody owns anything of has no number; it is still covered by `*`.
        let (any_resource, any_action) = (resource == Some(0), action == Some(0));
        Asked {
            pattern,
            owners: [
                owners(resource.zip(action)),
                owners(resource.filter(|_| !any_action).map(|resource| (resource, 0))),
                owners(action.filter(|_| !any_resource).map(|action| (0, action))),
                owners((!any_resource && !any_action).then_some((0, 0))),
            ],
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let tables: usize = self.owners.iter().map(|shard| shard.capacity() * (size_of::<(Key, Owners)>() + 1)).sum();
        let lists: usize = self.owners.iter().flat_map(|shard| shard.values()).map(Owners::bytes).sum();
        tables + lists + self.parts.keys().map(|part| part.len() + 32).sum::<usize>()
    }
}

impl Owners {
    fn count(&mut self) {
        self.many = (self.sure.len() > FEW).then(|| self.sure.iter().copied().collect());
    }

    fn is_empty(&self) -> bool {
        self.sure.is_empty() && self.conditional.is_empty()
    }

    fn sure(&self, closure: &RoleSet) -> bool {
        match &self.many {
            Some(many) => many.intersects(closure),
            None => self.sure.iter().any(|owner| closure.contains(*owner)),
        }
    }

    fn bytes(&self) -> usize {
        (self.sure.capacity() + self.conditional.capacity()) * 4 + self.many.as_ref().map_or(0, RoleSet::bytes)
    }
}

impl Asked<'_> {
    /// Whether a role that reaches these has it without a condition.
    pub(super) fn sure(&self, closure: &RoleSet) -> bool {
        self.owners.iter().flatten().any(|owners| owners.sure(closure))
    }

    /// Whether a role that reaches these has it under a condition.
    pub(super) fn conditional(&self, closure: &RoleSet) -> bool {
        self.owners.iter().flatten().any(|owners| owners.conditional.iter().any(|owner| closure.contains(*owner)))
    }

    /// The owners among these roles.
    pub(super) fn within<'a>(&'a self, closure: &'a RoleSet) -> impl Iterator<Item = u32> + 'a {
        let all = self.owners.iter().flatten().flat_map(|owners| owners.sure.iter().chain(&owners.conditional));
        all.copied().filter(|owner| closure.contains(*owner))
    }
}
