//! The engine beside what the words say, on rows at random.

use super::*;
use crate::domain::{
    Time,
    condition::Attributes,
    permission::Pattern,
    role::{PermissionAssignment, RoleInclusion, UserAssignment},
    scope::Scope,
};
use proptest::prelude::*;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

fn at(hour: i64) -> Time {
    Time::parse("2026-03-01").unwrap().plus_seconds(hour * 3600)
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

fn grant(id: i64, role_id: i64, text: &str, condition: Option<&str>) -> PermissionAssignment {
    let (resource, action) = text.split_once(':').unwrap();
    PermissionAssignment {
        id,
        role_id,
        resource: resource.into(),
        action: action.into(),
        valid_from: at(0),
        valid_to: None,
        reason: String::new(),
        given_at: at(0),
        given_by: None,
        condition: condition.map(str::to_owned),
    }
}

fn include(id: i64, senior_id: i64, junior_id: i64) -> RoleInclusion {
    let (valid_from, given_at) = (at(0), at(0));
    RoleInclusion {
        id,
        senior_id,
        junior_id,
        valid_from,
        valid_to: None,
        reason: String::new(),
        given_at,
        given_by: None,
    }
}

fn assign(id: i64, role_id: i64, place: &str, from: i64, to: Option<i64>) -> UserAssignment {
    UserAssignment {
        id,
        user_id: 1,
        role_id,
        scope: place.into(),
        valid_from: at(from),
        valid_to: to.map(at),
        reason: String::new(),
        given_at: at(0),
        given_by: None,
        ended_at: None,
        condition: None,
        planned_to: None,
    }
}

fn graph(own: &[(i64, &str)], juniors: &[(i64, i64)]) -> Arc<Graph> {
    let own: Vec<_> = own.iter().zip(1..).map(|((role, text), id)| grant(id, *role, text, None)).collect();
    let juniors: Vec<_> = juniors.iter().zip(1..).map(|((senior, junior), id)| include(id, *senior, *junior)).collect();
    Arc::new(Graph::new(&own, &juniors))
}

fn rights(graph: &Arc<Graph>, assigned: &[(&str, i64)]) -> Rights {
    let rows = assigned.iter().zip(1..).map(|((place, role), id)| assign(id, *role, place, 0, None));
    Rights::new(graph.clone(), rows.map(|row| graph.hold(&row)).collect::<Vec<_>>(), at(1))
}

#[test]
fn a_senior_role_has_what_its_juniors_have_and_not_the_other_way() {
    let graph = graph(&[(1, "a:x"), (2, "b:x"), (3, "c:x")], &[(1, 2), (2, 3)]);
    let (senior, junior) = (rights(&graph, &[("", 1)]), rights(&graph, &[("", 3)]));
    assert!(senior.cover(&pattern("c:x"), &Scope::root()));
    assert!(!junior.cover(&pattern("a:x"), &Scope::root()));
    assert_eq!(junior.lacks_of(&senior), [pattern("a:x"), pattern("b:x")]);
    assert!(senior.lacks_of(&junior).is_empty());
    assert_eq!(graph.including(3), HashSet::from([1, 2, 3]));
    assert_eq!(graph.roles_with(&pattern("c:x")), HashSet::from([1, 2, 3]));
}

#[test]
fn a_right_in_a_scope_is_no_right_elsewhere() {
    let graph = graph(&[(1, "docs:*")], &[]);
    let rights = rights(&graph, &[("project/42", 1)]);
    assert!(rights.cover(&pattern("docs:read"), &scope("project/42/a")));
    assert!(rights.cover(&pattern("docs:never-heard-of"), &scope("project/42")));
    assert!(!rights.cover(&pattern("docs:read"), &Scope::root()));
    assert!(!rights.cover(&pattern("*:read"), &scope("project/42")));
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

#[test]
fn the_shortest_unconditional_way_is_the_one_that_is_told() {
    let own = [grant(1, 3, "a:x", None), grant(2, 1, "a:*", Some("action.soft == true"))];
    let graph = Graph::new(&own, &[include(1, 1, 2), include(2, 2, 3), include(3, 1, 3)]);
    let held = [graph.hold(&assign(9, 1, "", 0, None))];
    let (permission, everywhere, nothing) = (pattern("a:x"), Scope::root(), Attributes::default());
    let question = Question { permission: &permission, scope: &everywhere, at: at(1), attributes: &nothing };
    let path = graph.decide(&held, &question).path.unwrap();
    assert_eq!((path.assignment, path.roles, path.inclusions, path.grant), (9, vec![1, 3], vec![3], 1));
    let other = pattern("a:y");
    let decision = graph.decide(&held, &Question { permission: &other, ..question });
    assert!(!decision.allowed);
    assert!(matches!(&decision.misses[..], [(_, Miss::Condition(text, Some(_)))] if text == "action.soft == true"));
}

#[test]
fn many_owners_are_found_like_few() {
    let own: Vec<(i64, &str)> = (0..100).map(|role| (role, "a:x")).chain([(200, "b:x")]).collect();
    let graph = graph(&own, &[(300, 42)]);
    assert!(rights(&graph, &[("", 300)]).cover(&pattern("a:x"), &Scope::root()));
    assert!(!rights(&graph, &[("", 200)]).cover(&pattern("a:x"), &Scope::root()));
    assert_eq!(graph.roles_with(&pattern("a:x")).len(), 101);
}

#[test]
fn a_role_known_before_it_had_anything_counts_when_it_gets_something() {
    let mut graph = Graph::default();
    graph.know(7);
    let held = graph.hold(&assign(1, 7, "", 0, None));
    graph.replace(7, &[grant(1, 7, "a:x", None)], &[]);
    assert!(Rights::new(Arc::new(graph), [held], at(1)).cover(&pattern("a:x"), &Scope::root()));
}

/// What each of six roles is given and includes.
type Rows = Vec<(Vec<String>, BTreeSet<i64>)>;

fn rows() -> impl Strategy<Value = Rows> {
    let patterns = prop::collection::btree_set("([ab]|\\*):([xy]|\\*)", 0..3);
    // A role includes only roles of a higher number: no circles.
    let role = (patterns, prop::collection::btree_set(0i64..6, 0..3));
    prop::collection::vec(role.prop_map(|(own, juniors)| (own.into_iter().collect(), juniors)), 6).prop_map(
        |mut rows: Rows| {
            for (role, (_, juniors)) in (0i64..).zip(rows.iter_mut()) {
                juniors.retain(|junior| *junior > role);
            }
            rows
        },
    )
}

fn of_role(rows: &Rows, role: i64) -> (Vec<PermissionAssignment>, Vec<RoleInclusion>) {
    let (own, juniors) = &rows[usize::try_from(role).unwrap()];
    let grants = own.iter().zip(role * 100..).map(|(text, id)| grant(id, role, text, None)).collect();
    (grants, juniors.iter().map(|junior| include(role * 100 + junior, role, *junior)).collect())
}

fn whole(rows: &Rows) -> Graph {
    let (grants, inclusions): (Vec<_>, Vec<_>) = (0..6).map(|role| of_role(rows, role)).unzip();
    Graph::new(&grants.concat(), &inclusions.concat())
}

/// Of a role: its patterns, what it includes, what includes it, and which of some patterns it has.
type Answers = (BTreeSet<Pattern>, BTreeSet<i64>, BTreeSet<i64>, Vec<bool>);

/// All that a graph can be asked.
fn answers(graph: &Graph) -> Vec<Answers> {
    let asked = ["a:x", "a:y", "b:x", "b:y", "a:*", "*:x", "*:*", "c:z"].map(pattern);
    let sorted = |set: HashSet<i64>| set.into_iter().collect::<BTreeSet<_>>();
    (0..6)
        .map(|role| {
            let has = asked.iter().map(|pattern| graph.roles_with(pattern).contains(&role)).collect();
            (graph.patterns(role), sorted(graph.included(role)), sorted(graph.including(role)), has)
        })
        .collect()
}

proptest! {
    /// Role after role replaced, in any order, the graph answers as one made anew; a copy that was kept stays as it was.
    #[test]
    fn a_changed_graph_is_the_graph_of_the_changed_rows(before in rows(), after in rows(), order in Just((0i64..6).collect::<Vec<_>>()).prop_shuffle()) {
        let mut graph = whole(&before);
        let (kept, was) = (graph.clone(), answers(&graph));
        for role in order {
            let (grants, inclusions) = of_role(&after, role);
            graph.replace(role, &grants, &inclusions);
            // Whatever it keeps of what it was asked must not outlive the next change.
            answers(&graph);
        }
        prop_assert_eq!(answers(&graph), answers(&whole(&after)));
        prop_assert_eq!(answers(&kept), was);
    }

    /// The short answer, the whole one and its end are what a look at each hour says.
    #[test]
    fn an_answer_says_how_long_it_holds(rows in rows(), held in prop::collection::vec((0i64..6, 0usize..3, 0i64..8, 1i64..5), 0..5), asked in 0usize..4, now in 0i64..8) {
        let graph = whole(&rows);
        let places = ["", "p", "p/q"];
        let held: Vec<Held> = held.iter().zip(1..).map(|((role, place, from, long), id)| graph.hold(&assign(id, *role, places[*place], *from, Some(from + long)))).collect();
        let (permission, place, nothing) = (pattern(["a:x", "a:y", "b:x", "b:y"][asked]), scope("p"), Attributes::default());
        let at_hour = |hour| Question { permission: &permission, scope: &place, at: at(hour), attributes: &nothing };
        let decision = graph.decide(&held, &at_hour(now));
        prop_assert_eq!(decision.allowed, graph.allows(&held, &at_hour(now)));
        let naive = |hour: i64| held.iter().any(|one| one.in_force(at(hour)) && one.scope.covers(&place) && graph.patterns(one.role).iter().any(|own| own.covers(&permission)));
        prop_assert_eq!(decision.allowed, naive(now));
        let changes = (now + 1..20).find(|hour| naive(*hour) != decision.allowed);
        prop_assert_eq!(decision.valid_until, changes.map(at));
    }

    /// Nobody lacks anything of a part of his own rights, and what one has beyond the other is gain here and loss there.
    #[test]
    fn rights_lack_nothing_of_their_parts(rows in rows(), roles in prop::collection::vec((0usize..3, 0i64..6), 0..6), keep in any::<prop::sample::Index>()) {
        let (graph, places) = (Arc::new(whole(&rows)), ["", "a", "a/b"]);
        let assigned: Vec<(&str, i64)> = roles.iter().map(|(place, role)| (places[*place], *role)).collect();
        let part: Vec<_> = if assigned.is_empty() { vec![] } else { vec![assigned[keep.index(assigned.len())]] };
        let (all, part) = (rights(&graph, &assigned), rights(&graph, &part));
        prop_assert!(all.lacks_of(&part).is_empty());
        prop_assert!(part.beyond(&all).is_empty());
        prop_assert_eq!(all.beyond(&part).is_empty(), part.lacks_of(&all).is_empty());
    }

    /// The quick way to tell what one has beyond another tells what the lists of both say, also under conditions.
    #[test]
    fn what_is_beyond_is_listed_here_and_neither_covered_nor_listed_there(rows in rows(), held in prop::collection::vec((0usize..3, 0i64..6, any::<bool>(), any::<bool>(), any::<bool>()), 0..6)) {
        const CONDITION: &str = "action.soft == true";
        let (mut grants, inclusions): (Vec<_>, Vec<_>) = (0..6).map(|role| of_role(&rows, role)).unzip();
        grants.iter_mut().flatten().filter(|grant| grant.id % 2 == 1).for_each(|grant| grant.condition = Some(CONDITION.into()));
        let graph = Arc::new(Graph::new(&grants.concat(), &inclusions.concat()));
        let of = |mine: fn(&(usize, i64, bool, bool, bool)) -> bool, graph: &Arc<Graph>| {
            let rows = held.iter().filter(|one| mine(one)).map(|(place, role, under, ..)| {
                let condition = under.then(|| CONDITION.to_owned());
                graph.hold(&UserAssignment { condition, ..assign(1, *role, ["", "a", "a/b"][*place], 0, None) })
            });
            Rights::new(graph.clone(), rows.collect::<Vec<_>>(), at(1))
        };
        let (one, other) = (of(|held| held.3, &graph), of(|held| held.4, &graph));
        let had = other.list();
        let beyond: Vec<Holding> = one.list().into_iter().filter(|right| !other.cover(&right.pattern, &right.scope) && !had.contains(right)).collect();
        prop_assert_eq!(one.beyond(&other), beyond.clone());
        // The same of roles that are equal, and were put together anew.
        prop_assert_eq!(of(|held| held.3, &Arc::new(Graph::clone(&graph))).beyond(&other), beyond);
    }

    /// What is left within a limit is what both the rights and the limit have: never more than either. A wider limit leaves
    /// as much or more, and the list says the same as the questions.
    #[test]
    fn a_limit_only_takes_away(rows in rows(), roles in prop::collection::vec((0usize..3, 0i64..6), 0..6), own in prop::option::of(prop::collection::vec("([ab]|\\*):([xy]|\\*)", 0..3)), more in "([ab]|\\*):([xy]|\\*)", place in 0usize..4) {
        let (graph, places) = (Arc::new(whole(&rows)), ["", "a", "a/b", "c"]);
        let assigned: Vec<(&str, i64)> = roles.iter().map(|(place, role)| (places[*place], *role)).collect();
        let all = rights(&graph, &assigned);
        let limit = Limit { patterns: own.map(|own| own.iter().map(|text| pattern(text)).collect()), scope: scope(places[place]) };
        let wider = Limit { patterns: limit.patterns.clone().map(|own| own.into_iter().chain([pattern(&more)]).collect()), scope: Scope::root() };
        let (part, wider_part) = (all.clone().within(Arc::new(limit.clone())), all.clone().within(Arc::new(wider)));
        let listed = part.list();
        for asked in ["a:x", "a:y", "b:x", "b:y", "a:*", "*:x", "*:*", "c:z"].map(pattern) {
            for here in ["", "a", "a/b", "a/b/c", "c", "d"].map(scope) {
                let has = part.cover(&asked, &here);
                prop_assert_eq!(has, all.cover(&asked, &here) && limit.allows(&asked, &here));
                prop_assert!(!has || wider_part.cover(&asked, &here));
                prop_assert!(!has || part.cover_somewhere(&asked));
                prop_assert_eq!(has, listed.iter().any(|right| right.pattern.covers(&asked) && right.scope.covers(&here)));
            }
            prop_assert!(!part.cover_somewhere(&asked) || all.cover_somewhere(&asked));
            prop_assert_eq!(part.scopes_of(&asked).is_empty(), !part.cover_somewhere(&asked));
            prop_assert!(part.scopes_of(&asked).iter().all(|here| part.cover(&asked, here)));
        }
        prop_assert!(all.lacks_of(&part).is_empty(), "a part is given by whoever has the whole");
        prop_assert_eq!(part.lacks_of(&all).is_empty(), all.list().iter().all(|right| limit.allows(&right.pattern, &right.scope)));
    }
}
