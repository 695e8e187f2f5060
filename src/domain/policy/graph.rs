//! Roles, what each is given itself, and which roles each includes, as of one moment.

use super::{
    Held, RoleSet,
    patterns::{Asked, Patterns},
    role_set::Growing,
};
use crate::domain::{
    Time,
    condition::Condition,
    permission::Pattern,
    role::{PermissionAssignment, RoleInclusion, UserAssignment},
    scope::Scope,
};
use foldhash::fast::RandomState;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, OnceLock},
};

pub(super) type Map<K, V> = HashMap<K, V, RandomState>;

/// A permission assignment as the engine holds it.
#[derive(Debug, Clone)]
pub struct Grant {
    pub id: i64,
    pub pattern: Pattern,
    pub condition: Option<Arc<Condition>>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    id: i64,
    own: Vec<Grant>,
    /// (inclusion, junior)
    juniors: Vec<(i64, u32)>,
    seniors: Vec<u32>,
}

/// Cloning is cheap: the parts are shared until one of the two is changed.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    slots: Arc<Map<i64, u32>>,
    nodes: Vec<Arc<Node>>,
    /// All roles that a role reaches, with itself; made when first asked for.
    closures: Vec<OnceLock<RoleSet>>,
    /// All roles that reach a role, with itself; made when first asked for.
    above: Vec<OnceLock<RoleSet>>,
    patterns: Patterns,
}

impl Graph {
    /// From the rows that are in force at one moment.
    pub fn new(grants: &[PermissionAssignment], inclusions: &[RoleInclusion]) -> Self {
        let mut graph = Self::default();
        for row in grants {
            let slot = graph.slot(row.role_id);
            graph.own(slot, Grant::from(row));
        }
        for row in inclusions {
            let (senior, junior) = (graph.slot(row.senior_id), graph.slot(row.junior_id));
            graph.link(senior, row.id, junior);
        }
        graph
    }

    /// Replaces what a role is given and includes by these rows, which are in force now; none of both: it is gone.
    pub fn replace(&mut self, role: i64, grants: &[PermissionAssignment], inclusions: &[RoleInclusion]) {
        let slot = self.slot(role);
        for grant in self.edit(slot).map(|node| std::mem::take(&mut node.own)).unwrap_or_default() {
            self.patterns.disown(slot, &grant.pattern);
        }
        for row in grants {
            self.own(slot, Grant::from(row));
        }
        let before = self.node(slot).map(|node| node.juniors.clone()).unwrap_or_default();
        let after: Vec<(i64, u32)> = inclusions.iter().map(|row| (row.id, self.slot(row.junior_id))).collect();
        if before == after {
            return;
        }
        self.forget_reached(slot);
        for (_, junior) in self.edit(slot).map(|node| std::mem::take(&mut node.juniors)).unwrap_or_default() {
            if let Some(node) = self.edit(junior) {
                node.seniors.retain(|senior| *senior != slot);
            }
        }
        for (id, junior) in after {
            self.link(slot, id, junior);
        }
        self.forget_reached(slot);
    }

    fn node(&self, slot: u32) -> Option<&Node> {
        self.nodes.get(slot as usize).map(Arc::as_ref)
    }

    fn edit(&mut self, slot: u32) -> Option<&mut Node> {
        self.nodes.get_mut(slot as usize).map(Arc::make_mut)
    }

    /// Numbers a role that has and includes nothing yet, so that who holds it has what it gets later.
    pub fn know(&mut self, role: i64) {
        self.slot(role);
    }

    pub fn knows(&self, role: i64) -> bool {
        self.slots.contains_key(&role)
    }

    /// The number of a role; a new one for a role that is not known yet.
    fn slot(&mut self, role: i64) -> u32 {
        if let Some(slot) = self.slots.get(&role) {
            return *slot;
        }
        let slot = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.slots).insert(role, slot);
        self.nodes.push(Arc::new(Node { id: role, ..Node::default() }));
        self.closures.push(OnceLock::new());
        self.above.push(OnceLock::new());
        slot
    }

    fn own(&mut self, slot: u32, grant: Grant) {
        self.patterns.own(slot, &grant);
        if let Some(node) = self.edit(slot) {
            node.own.push(grant);
        }
    }

    fn link(&mut self, senior: u32, inclusion: i64, junior: u32) {
        if let Some(node) = self.edit(senior) {
            node.juniors.push((inclusion, junior));
        }
        if let Some(node) = self.edit(junior) {
            node.seniors.push(senior);
        }
    }

    /// The inclusions of a role change: what lies above it reaches others, and what lies below is reached by others.
    fn forget_reached(&mut self, slot: u32) {
        let (above, below) = (self.walk_up(slot), self.walk_down(slot));
        forget(&mut self.closures, &above);
        forget(&mut self.above, &below);
    }

    fn walk_up(&self, slot: u32) -> RoleSet {
        self.walk(slot, |node, open| open.extend(&node.seniors))
    }

    fn walk_down(&self, slot: u32) -> RoleSet {
        self.walk(slot, |node, open| open.extend(node.juniors.iter().map(|(_, junior)| junior)))
    }

    fn walk(&self, slot: u32, next: impl Fn(&Node, &mut Vec<u32>)) -> RoleSet {
        let mut seen = Growing::default();
        seen.insert(slot);
        let (mut open, mut found) = (vec![slot], vec![]);
        while let Some(slot) = open.pop() {
            if let Some(node) = self.node(slot) {
                next(node, &mut found);
                open.extend(found.drain(..).filter(|slot| seen.insert(*slot)));
            }
        }
        seen.into()
    }

    /// All roles that the role reaches, with itself.
    pub(super) fn closure(&self, slot: u32) -> Option<&RoleSet> {
        self.closures.get(slot as usize).map(|closure| closure.get_or_init(|| self.walk_down(slot)))
    }

    /// The role and all that include it, directly or not.
    fn above(&self, slot: u32) -> Option<&RoleSet> {
        self.above.get(slot as usize).map(|above| above.get_or_init(|| self.walk_up(slot)))
    }

    /// Whether the role has what is asked for without a condition, itself or by an included role.
    pub(super) fn has(&self, asked: &Asked<'_>, slot: u32) -> bool {
        asked.owners.iter().flatten().any(|owners| match owners.many() {
            // One set against another, instead of an owner at a time.
            Some(many) => self.closure(slot).is_some_and(|closure| closure.intersects(many)),
            None => self.is_above_any(slot, owners.sure()),
        })
    }

    /// As [`Graph::has`], but under a condition.
    pub(super) fn has_conditionally(&self, asked: &Asked<'_>, slot: u32) -> bool {
        asked.owners.iter().flatten().any(|owners| self.is_above_any(slot, owners.conditional()))
    }

    fn is_above_any(&self, slot: u32, owners: &[u32]) -> bool {
        owners.iter().any(|owner| self.above(*owner).is_some_and(|above| above.contains(slot)))
    }

    pub(super) fn id_of(&self, slot: u32) -> i64 {
        self.node(slot).map_or(0, |node| node.id)
    }

    fn ids(&self, set: &RoleSet) -> HashSet<i64> {
        set.iter().map(|slot| self.id_of(slot)).collect()
    }

    /// The role and all that it includes, directly or not.
    pub fn included(&self, role: i64) -> HashSet<i64> {
        let closure = self.slots.get(&role).and_then(|slot| self.closure(*slot));
        closure.map_or_else(|| HashSet::from([role]), |closure| self.ids(closure))
    }

    /// The roles that include `role`, directly or not, and itself.
    pub fn including(&self, role: i64) -> HashSet<i64> {
        let above = self.slots.get(&role).and_then(|slot| self.above(*slot));
        above.map_or_else(|| HashSet::from([role]), |above| self.ids(above))
    }

    /// Whether `senior` is `junior` or includes it, directly or not.
    pub fn reaches(&self, senior: i64, junior: i64) -> bool {
        senior == junior
            || match (self.slots.get(&senior), self.slots.get(&junior)) {
                (Some(senior), Some(junior)) => self.closure(*senior).is_some_and(|set| set.contains(*junior)),
                _ => false,
            }
    }

    /// What the role is given itself.
    pub fn own_grants(&self, role: i64) -> &[Grant] {
        self.slots.get(&role).and_then(|slot| self.node(*slot)).map_or(&[], |node| &node.own)
    }

    /// All that the role is given, itself and by included roles.
    pub fn grants(&self, role: i64) -> impl Iterator<Item = &Grant> {
        let closure = self.slots.get(&role).and_then(|slot| self.closure(*slot));
        closure.into_iter().flat_map(RoleSet::iter).filter_map(|slot| self.node(slot)).flat_map(|node| &node.own)
    }

    /// All patterns of the role, those of included roles and those under a condition too.
    pub fn patterns(&self, role: i64) -> BTreeSet<Pattern> {
        self.grants(role).map(|grant| grant.pattern.clone()).collect()
    }

    /// The roles that have the whole pattern without a condition, themselves or by an included role.
    pub fn roles_with(&self, pattern: &Pattern) -> HashSet<i64> {
        let asked = self.asked(pattern);
        self.reaching(asked.owners.iter().flatten().flat_map(|owners| owners.sure()).copied())
    }

    /// The roles that own a pattern which covers the whole of `pattern`: those without a condition, and all.
    pub fn owners(&self, pattern: &Pattern) -> (HashSet<i64>, Vec<i64>) {
        let asked = self.asked(pattern);
        let ids =
            |slots: &mut dyn Iterator<Item = u32>| -> HashSet<i64> { slots.map(|slot| self.id_of(slot)).collect() };
        let sure = ids(&mut asked.owners.iter().flatten().flat_map(|owners| owners.sure()).copied());
        let all = ids(&mut asked.owners.iter().flatten().flat_map(|owners| owners.all()));
        (sure, all.into_iter().collect())
    }

    /// As [`Graph::roles_with`], with those too that have it under a condition.
    pub fn roles_with_possibly(&self, pattern: &Pattern) -> HashSet<i64> {
        let asked = self.asked(pattern);
        self.reaching(asked.owners.iter().flatten().flat_map(|owners| owners.all()))
    }

    /// The roles that have, themselves or by an included role, anything in common with the pattern.
    pub fn roles_meeting(&self, pattern: &Pattern) -> HashSet<i64> {
        let meets = |node: &Node| node.own.iter().any(|grant| grant.pattern.meets(pattern));
        self.reaching(self.nodes.iter().zip(0u32..).filter(|(node, _)| meets(node)).map(|(_, slot)| slot))
    }

    /// The ids of these roles and of all that include one of them.
    fn reaching(&self, owners: impl Iterator<Item = u32>) -> HashSet<i64> {
        let mut all = Growing::default();
        owners.filter_map(|owner| self.above(owner)).for_each(|above| all.join(above));
        self.ids(&all.into())
    }

    /// The patterns that cover the whole of `pattern`.
    pub fn asked<'g>(&'g self, pattern: &'g Pattern) -> Asked<'g> {
        self.patterns.asked(pattern)
    }

    /// As [`Graph::hold`], for the present: what was given from now on holds from then on, whatever the clocks of two
    /// nodes make of it.
    pub fn hold_now(&self, row: &UserAssignment) -> Held {
        let held = self.hold(row);
        if row.valid_from <= row.given_at { Held { from: Time::default(), ..held } } else { held }
    }

    /// An assignment as the engine holds it.
    pub fn hold(&self, row: &UserAssignment) -> Held {
        Held {
            assignment: row.id,
            role: row.role_id,
            slot: self.slots.get(&row.role_id).copied(),
            scope: Scope::from_stored(&row.scope),
            from: row.valid_from,
            to: row.valid_to,
            condition: stored_condition(row.condition.as_deref()),
        }
    }

    /// The role as if it were assigned everywhere, for ever: for what it is worth in itself.
    pub fn whole(&self, role: i64) -> Held {
        Held {
            assignment: 0,
            role,
            slot: self.slots.get(&role).copied(),
            scope: Scope::root(),
            from: Time::default(),
            to: None,
            condition: None,
        }
    }

    /// The same assignment, of an included role instead: what a session has that activated only that.
    pub fn narrow(&self, held: &Held, role: i64) -> Held {
        Held { role, slot: self.slots.get(&role).copied(), ..held.clone() }
    }

    /// The shortest chain from `senior` down to `junior`: the roles, and the inclusions between them.
    pub(super) fn chain(&self, senior: u32, junior: u32) -> (Vec<i64>, Vec<i64>) {
        let mut came: Map<u32, (u32, i64)> = Map::default();
        let mut open = std::collections::VecDeque::from([senior]);
        while let Some(slot) = open.pop_front() {
            if slot == junior {
                break;
            }
            for (id, lower) in self.node(slot).into_iter().flat_map(|node| &node.juniors) {
                if *lower != senior && !came.contains_key(lower) {
                    came.insert(*lower, (slot, *id));
                    open.push_back(*lower);
                }
            }
        }
        let (mut roles, mut inclusions, mut at) = (vec![self.id_of(junior)], vec![], junior);
        while let Some((upper, inclusion)) = came.get(&at).filter(|_| at != senior) {
            roles.push(self.id_of(*upper));
            inclusions.push(*inclusion);
            at = *upper;
        }
        roles.reverse();
        inclusions.reverse();
        (roles, inclusions)
    }

    /// The chain from `junior` back to `senior` that would become a circle if `senior` included `junior`, both ends
    /// named; `None` if there is none.
    pub fn circle(&self, senior: i64, junior: i64) -> Option<Vec<i64>> {
        if senior == junior {
            return Some(vec![senior]);
        }
        if !self.reaches(junior, senior) {
            return None;
        }
        let (lower, upper) = (self.slots.get(&junior)?, self.slots.get(&senior)?);
        Some(self.chain(*lower, *upper).0)
    }

    pub(super) fn own_of(&self, slot: u32) -> &[Grant] {
        self.node(slot).map_or(&[], |node| &node.own)
    }

    /// Bytes on the heap, about: for the bench.
    pub fn bytes(&self) -> usize {
        let sets = self.closures.iter().chain(&self.above).filter_map(OnceLock::get).map(RoleSet::bytes).sum::<usize>();
        let grants: usize = self.nodes.iter().map(|node| node.own.iter().map(|g| g.bytes()).sum::<usize>()).sum();
        let links: usize = self.nodes.iter().map(|node| node.juniors.len() * 16 + node.seniors.len() * 4 + 100).sum();
        let places = (self.closures.capacity() + self.above.capacity()) * size_of::<OnceLock<RoleSet>>();
        sets + places + grants + links + self.patterns.bytes() + self.slots.capacity() * 17
    }
}

/// They are made anew when they are next asked for.
fn forget(sets: &mut [OnceLock<RoleSet>], slots: &RoleSet) {
    for slot in slots.iter() {
        if let Some(set) = sets.get_mut(slot as usize) {
            *set = OnceLock::new();
        }
    }
}

impl Grant {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.pattern.resource().len() + self.pattern.action().len()
    }
}

impl From<&PermissionAssignment> for Grant {
    fn from(row: &PermissionAssignment) -> Self {
        Self { id: row.id, pattern: row.pattern(), condition: stored_condition(row.condition.as_deref()) }
    }
}

/// A stored condition was parsed before it was stored. One that does not parse any more is never fulfilled.
fn stored_condition(text: Option<&str>) -> Option<Arc<Condition>> {
    text.map(|text| Arc::new(Condition::parse(text).unwrap_or_else(|_| Condition::never(text))))
}
