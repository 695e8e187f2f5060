//! The decision: what somebody may do, from the roles graph and his assignments in force.

use super::{
    permission::Pattern,
    role::{PermissionAssignment, RoleInclusion},
    scope::Scope,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Roles, what each is given itself, and which roles each includes, as of one moment.
#[derive(Debug, Default, Clone)]
pub struct RoleGraph {
    own: HashMap<i64, Vec<Pattern>>,
    juniors: HashMap<i64, Vec<i64>>,
}

impl RoleGraph {
    /// From the rows that are in force at one moment.
    pub fn new(assignments: &[PermissionAssignment], inclusions: &[RoleInclusion]) -> Self {
        let mut graph = Self::default();
        for row in assignments {
            graph.own.entry(row.role_id).or_default().push(row.pattern());
        }
        for row in inclusions {
            graph.juniors.entry(row.senior_id).or_default().push(row.junior_id);
        }
        graph
    }

    /// The role and all that it includes, directly or not.
    pub fn included(&self, role: i64) -> HashSet<i64> {
        let mut seen = HashSet::from([role]);
        let mut open = vec![role];
        while let Some(next) = open.pop() {
            for junior in self.juniors.get(&next).into_iter().flatten() {
                if seen.insert(*junior) {
                    open.push(*junior);
                }
            }
        }
        seen
    }

    /// The roles that include `role`, directly or not, and itself.
    pub fn including(&self, role: i64) -> HashSet<i64> {
        self.juniors.keys().copied().filter(|senior| self.included(*senior).contains(&role)).chain([role]).collect()
    }

    /// The patterns that the role is given itself.
    pub fn own(&self, role: i64) -> &[Pattern] {
        self.own.get(&role).map_or(&[], Vec::as_slice)
    }

    /// All patterns of the role, those of included roles too.
    pub fn patterns(&self, role: i64) -> BTreeSet<Pattern> {
        self.included(role).iter().flat_map(|role| self.own(*role)).cloned().collect()
    }

    /// The chain from `junior` back to `senior` that would become a circle if `senior` included `junior`, both
    /// ends named; `None` if there is none.
    pub fn circle(&self, senior: i64, junior: i64) -> Option<Vec<i64>> {
        let mut came_from = HashMap::from([(junior, junior)]);
        let mut open = vec![junior];
        while let Some(next) = open.pop() {
            if next == senior {
                let mut path = vec![senior];
                let mut at = senior;
                while at != junior {
                    at = came_from.get(&at).copied().unwrap_or(junior);
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            for lower in self.juniors.get(&next).into_iter().flatten() {
                if !came_from.contains_key(lower) {
                    came_from.insert(*lower, next);
                    open.push(*lower);
                }
            }
        }
        None
    }
}

/// What one user has: patterns, each within a scope.
#[derive(Debug, Clone, Default)]
pub struct Rights(Vec<(Scope, BTreeSet<Pattern>)>);

impl Rights {
    /// `assigned`: the user's assignments in force as (scope, role).
    pub fn new(graph: &RoleGraph, assigned: impl IntoIterator<Item = (Scope, i64)>) -> Self {
        Self(assigned.into_iter().map(|(scope, role)| (scope, graph.patterns(role))).collect())
    }

    /// Everything everywhere: the operator at the machine.
    pub fn everything() -> Self {
        Self(vec![(Scope::root(), BTreeSet::from([Pattern::everything()]))])
    }

    /// Whether the pattern, whole, is held in all of `scope`.
    pub fn cover(&self, pattern: &Pattern, scope: &Scope) -> bool {
        self.0.iter().any(|(held, patterns)| held.covers(scope) && patterns.iter().any(|p| p.covers(pattern)))
    }

    /// Whether the pattern is held in at least one scope.
    pub fn cover_somewhere(&self, pattern: &Pattern) -> bool {
        self.0.iter().any(|(_, patterns)| patterns.iter().any(|p| p.covers(pattern)))
    }

    /// Those of `patterns` that are not held in all of `scope`: what the holder of these rights could not give.
    pub fn missing<'a>(&self, patterns: impl IntoIterator<Item = &'a Pattern>, scope: &Scope) -> Vec<Pattern> {
        patterns.into_iter().filter(|pattern| !self.cover(pattern, scope)).cloned().collect()
    }

    /// What `other` has and these rights do not.
    pub fn lacks_of(&self, other: &Self) -> Vec<Pattern> {
        let mut lacking: Vec<_> = other.0.iter().flat_map(|(scope, patterns)| self.missing(patterns, scope)).collect();
        lacking.sort();
        lacking.dedup();
        lacking
    }

    /// All patterns with their scopes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Scope, &Pattern)> {
        let mut all: Vec<_> = self.0.iter().flat_map(|(s, ps)| ps.iter().map(move |p| (s, p))).collect();
        all.sort_by_key(|(scope, pattern)| (*pattern, *scope));
        all.dedup();
        all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(own: &[(i64, &str)], juniors: &[(i64, i64)]) -> RoleGraph {
        let mut graph = RoleGraph::default();
        for (role, pattern) in own {
            graph.own.entry(*role).or_default().push(Pattern::parse(pattern).unwrap());
        }
        for (senior, junior) in juniors {
            graph.juniors.entry(*senior).or_default().push(*junior);
        }
        graph
    }

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_senior_role_has_what_its_juniors_have_and_not_the_other_way() {
        let graph = graph(&[(1, "a:x"), (2, "b:x"), (3, "c:x")], &[(1, 2), (2, 3)]);
        let senior = Rights::new(&graph, [(Scope::root(), 1)]);
        let junior = Rights::new(&graph, [(Scope::root(), 3)]);
        assert!(senior.cover(&pattern("c:x"), &Scope::root()));
        assert!(!junior.cover(&pattern("a:x"), &Scope::root()));
        assert_eq!(junior.lacks_of(&senior), [pattern("a:x"), pattern("b:x")]);
        assert!(senior.lacks_of(&junior).is_empty());
        assert_eq!(graph.including(3), HashSet::from([1, 2, 3]));
    }

    #[test]
    fn a_right_in_a_scope_is_no_right_elsewhere() {
        let graph = graph(&[(1, "docs:*")], &[]);
        let rights = Rights::new(&graph, [(scope("project/42"), 1)]);
        assert!(rights.cover(&pattern("docs:read"), &scope("project/42/a")));
        assert!(!rights.cover(&pattern("docs:read"), &Scope::root()));
        assert!(rights.cover_somewhere(&pattern("docs:read")));
        assert_eq!(rights.missing(&[pattern("docs:read")], &scope("project/420")), [pattern("docs:read")]);
    }

    #[test]
    fn a_circle_is_found_and_named() {
        let graph = graph(&[], &[(1, 2), (2, 3)]);
        assert_eq!(graph.circle(3, 1), Some(vec![1, 2, 3]));
        assert_eq!(graph.circle(1, 1), Some(vec![1]));
        assert_eq!(graph.circle(1, 3), None);
    }

    proptest! {
        /// However inclusions are added, refusing circles keeps the graph a partial order.
        #[test]
        fn inclusions_without_circles_stay_a_partial_order(edges in prop::collection::vec((0i64..8, 0i64..8), 0..40)) {
            let mut graph = RoleGraph::default();
            for (senior, junior) in edges {
                if graph.circle(senior, junior).is_none() {
                    graph.juniors.entry(senior).or_default().push(junior);
                }
            }
            for role in 0..8 {
                for junior in graph.included(role) {
                    prop_assert!(junior == role || !graph.included(junior).contains(&role));
                }
            }
        }

        /// Nobody lacks anything of a part of his own rights.
        #[test]
        fn rights_lack_nothing_of_their_parts(own in prop::collection::vec((0i64..4, "([ab]|\\*):([ab]|\\*)"), 0..8), roles in prop::collection::vec((0usize..3, 0i64..4), 0..6), keep in any::<prop::sample::Index>()) {
            let scopes = [Scope::root(), scope("a"), scope("a/b")];
            let own: Vec<_> = own.iter().map(|(role, p)| (*role, p.as_str())).collect();
            let graph = graph(&own, &[]);
            let assigned: Vec<_> = roles.iter().map(|(s, role)| (scopes[*s].clone(), *role)).collect();
            let part: Vec<_> = if assigned.is_empty() { vec![] } else { vec![assigned[keep.index(assigned.len())].clone()] };
            let (all, part) = (Rights::new(&graph, assigned), Rights::new(&graph, part));
            prop_assert!(all.lacks_of(&part).is_empty());
        }
    }
}
