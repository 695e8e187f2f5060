//! Patterns, and the roles that are given them.

use super::{Grant, RoleSet, graph::Map};
use crate::domain::permission::Pattern;
use smallvec::SmallVec;
use std::sync::Arc;

/// Owners of a pattern above this number are also kept as a set.
const FEW: usize = 16;

/// The roles that are given a pattern themselves. Small, because every check reads one.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners {
    /// Without a condition.
    sure: SmallVec<[u32; 4]>,
    rare: Option<Box<Rare>>,
}

/// What most patterns have not.
#[derive(Debug, Clone, Default)]
struct Rare {
    /// The owners without a condition, when they are many.
    many: Option<RoleSet>,
    /// Owners under a condition.
    conditional: Vec<u32>,
}

/// What is owned of a resource, by the number of the action; 0 is `*`, and comes first.
type Actions = Arc<[(u32, Owners)]>;

/// All patterns that somebody was ever given. Cloning shares the parts until one is changed.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    resource_names: Arc<Map<Box<str>, u32>>,
    action_names: Arc<Map<Box<str>, u32>>,
    /// By the number of the resource; 0 is `*`.
    resources: Vec<Actions>,
}

/// The patterns that cover what is asked for: those that somebody owns.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'g> {
    pub(super) pattern: &'g Pattern,
    pub(super) owners: [Option<&'g Owners>; 4],
}

impl Default for Patterns {
    fn default() -> Self {
        let star = || Arc::new([(Box::from("*"), 0)].into_iter().collect());
        Self { resource_names: star(), action_names: star(), resources: vec![Actions::default()] }
    }
}

/// The number of a name; a new one for a name that is not known yet.
fn number(names: &mut Arc<Map<Box<str>, u32>>, name: &str) -> u32 {
    if let Some(number) = names.get(name) {
        return *number;
    }
    let number = u32::try_from(names.len()).unwrap_or(u32::MAX);
    Arc::make_mut(names).insert(name.into(), number);
    number
}

fn find(actions: Option<&Actions>, action: Option<u32>) -> Option<&Owners> {
    let (actions, action) = (actions?, action?);
    let at = if action == 0 { 0 } else { actions.binary_search_by_key(&action, |(number, _)| *number).ok()? };
    let (number, owners) = actions.get(at)?;
    (*number == action && !owners.is_empty()).then_some(owners)
}

impl Patterns {
    fn owners_mut(&mut self, pattern: &Pattern) -> Option<&mut Owners> {
        let resource = number(&mut self.resource_names, pattern.resource()) as usize;
        let action = number(&mut self.action_names, pattern.action());
        if resource >= self.resources.len() {
            self.resources.resize(resource + 1, Actions::default());
        }
        let actions = self.resources.get_mut(resource)?;
        let at = match actions.binary_search_by_key(&action, |(number, _)| *number) {
            Ok(at) => at,
            Err(at) => {
                let (before, after) = actions.split_at_checked(at)?;
                let new = (action, Owners::default());
                *actions = before.iter().cloned().chain([new]).chain(after.iter().cloned()).collect();
                at
            }
        };
        Arc::make_mut(actions).get_mut(at).map(|(_, owners)| owners)
    }

    /// Notes that the role is given this.
    pub(super) fn own(&mut self, slot: u32, grant: &Grant) {
        let conditional = grant.condition.is_some();
        if let Some(owners) = self.owners_mut(&grant.pattern) {
            if conditional {
                owners.rare.get_or_insert_default().conditional.push(slot);
            } else {
                owners.sure.push(slot);
                owners.count();
            }
        }
    }

    /// Notes that the role is given it no more.
    pub(super) fn disown(&mut self, slot: u32, pattern: &Pattern) {
        if let Some(owners) = self.owners_mut(pattern) {
            owners.sure.retain(|owner| *owner != slot);
            if let Some(rare) = &mut owners.rare {
                rare.conditional.retain(|owner| *owner != slot);
            }
            owners.count();
        }
    }

    /// The patterns that cover the whole of `pattern`.
    pub(super) fn asked<'g>(&'g self, pattern: &'g Pattern) -> Asked<'g> {
        // A part that nobody owns anything of has no number; it is still covered by `*`.
        let resource = self.resource_names.get(pattern.resource()).copied();
        let action = self.action_names.get(pattern.action()).copied();
        let (own, any) = (resource.and_then(|number| self.resources.get(number as usize)), self.resources.first());
        let more = |owners: Option<&'g Owners>, wanted: bool| owners.filter(|_| wanted);
        let (one_resource, one_action) = (resource != Some(0), action != Some(0));
        Asked {
            pattern,
            owners: [
                find(own, action),
                more(find(own, Some(0)), one_action),
                more(find(any, action), one_resource),
                more(find(any, Some(0)), one_resource && one_action),
            ],
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let actions = |actions: &Actions| {
            let owners: usize = actions.iter().map(|(_, owners)| owners.bytes()).sum();
            size_of_val::<[_]>(actions) + owners + 32
        };
        let names = self.resource_names.keys().chain(self.action_names.keys());
        self.resources.iter().map(actions).sum::<usize>() + names.map(|name| name.len() + 32).sum::<usize>()
    }
}

impl Owners {
    fn count(&mut self) {
        if self.sure.len() > FEW || self.rare.is_some() {
            let many = (self.sure.len() > FEW).then(|| self.sure.iter().copied().collect());
            self.rare.get_or_insert_default().many = many;
        }
    }

    /// Those that own it without a condition.
    pub(super) fn sure(&self) -> &[u32] {
        &self.sure
    }

    /// The same as a set, when they are many.
    pub(super) fn many(&self) -> Option<&RoleSet> {
        self.rare.as_ref()?.many.as_ref()
    }

    pub(super) fn conditional(&self) -> &[u32] {
        self.rare.as_ref().map_or(&[], |rare| &rare.conditional)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = u32> + '_ {
        self.sure.iter().chain(self.conditional()).copied()
    }

    fn is_empty(&self) -> bool {
        self.sure.is_empty() && self.conditional().is_empty()
    }

    fn bytes(&self) -> usize {
        let spilled = if self.sure.spilled() { self.sure.capacity() * 4 } else { 0 };
        let rare = |rare: &Rare| 64 + rare.conditional.capacity() * 4 + rare.many.as_ref().map_or(0, RoleSet::bytes);
        spilled + self.rare.as_deref().map_or(0, rare)
    }
}

impl Asked<'_> {
    /// Whether nobody at all has it.
    pub(super) fn nobody(&self) -> bool {
        self.owners.iter().all(Option::is_none)
    }

    /// The owners among these roles.
    pub(super) fn within<'a>(&'a self, closure: &'a RoleSet) -> impl Iterator<Item = u32> + 'a {
        let all = self.owners.iter().flatten().flat_map(|owners| owners.all());
        all.filter(|owner| closure.contains(*owner))
    }
}
