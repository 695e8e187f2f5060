//! One question, answered with its reasons.

use super::{Asked, Grant, Graph, Held};
use crate::domain::{
    Time,
    condition::{Attributes, Verdict},
    permission::Pattern,
    scope::Scope,
};

/// May he do this, here, then, with these attributes?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub permission: &'a Pattern,
    pub scope: &'a Scope,
    pub at: Time,
    pub attributes: &'a Attributes,
}

/// The answer and why.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    pub allowed: bool,
    /// The first moment at which the answer can change by itself; `None`: never.
    pub valid_until: Option<Time>,
    /// When allowed: the shortest way by which.
    pub path: Option<Path>,
    /// When denied: what comes near, and what it fails by.
    pub misses: Vec<(Path, Miss)>,
}

/// From an assignment down to a permission assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub assignment: i64,
    /// The assigned role, what it includes, …, the role that owns the pattern.
    pub roles: Vec<i64>,
    /// Between them.
    pub inclusions: Vec<i64>,
    pub grant: i64,
    pub pattern: Pattern,
    /// Conditions on the way that decided.
    pub conditions: Vec<String>,
}

/// Why a way does not lead to an allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// The assignment holds in another scope.
    Elsewhere(Scope),
    /// It begins later.
    NotYet(Time),
    /// It has ended.
    Ended(Time),
    /// A condition is not fulfilled: its text, and what is missing if it cannot be told.
    Condition(String, Option<String>),
}

impl Graph {
    /// Whether the question is answered with yes: [`Graph::decide`] without the reasons.
    pub fn allows(&self, held: &[Held], question: &Question<'_>) -> bool {
        self.allows_at(&self.asked(question.permission), held, question, question.at)
    }

    fn allows_at(&self, asked: &Asked<'_>, held: &[Held], question: &Question<'_>, at: Time) -> bool {
        if asked.nobody() {
            return false;
        }
        held.iter().any(|held| self.gives(asked, held, question, at))
    }

    /// Whether the role has it is asked first: that is a bit, and seldom set.
    fn gives(&self, asked: &Asked<'_>, held: &Held, question: &Question<'_>, at: Time) -> bool {
        let Some(slot) = held.slot else { return false };
        let (sure, attributes) = (self.has(asked, slot), question.attributes);
        (sure || self.has_conditionally(asked, slot))
            && held.in_force(at)
            && held.scope.covers(question.scope)
            && held.condition.as_ref().is_none_or(|condition| condition.judge(attributes) == Verdict::True)
            && (sure || self.ways(asked, held).any(|(_, grant)| failing_condition(held, grant, attributes).is_none()))
    }

    /// The owners that the assignment reaches, each with what it owns of what is asked.
    fn ways<'a>(&'a self, asked: &'a Asked<'a>, held: &Held) -> impl Iterator<Item = (u32, &'a Grant)> {
        let closure = held.slot.and_then(|slot| self.closure(slot));
        closure.into_iter().flat_map(|closure| asked.within(closure)).flat_map(|owner| {
            let own = self.own_of(owner).iter().filter(|grant| grant.pattern.covers(asked.pattern));
            own.map(move |grant| (owner, grant))
        })
    }

    /// The first moment after the question's at which the answer becomes another one.
    pub fn valid_until(&self, held: &[Held], question: &Question<'_>) -> Option<Time> {
        let asked = self.asked(question.permission);
        let here = held.iter().filter(|held| held.scope.covers(question.scope));
        let mut moments: Vec<Time> =
            here.flat_map(|held| [Some(held.from), held.to]).flatten().filter(|moment| *moment > question.at).collect();
        if moments.is_empty() {
            return None;
        }
        moments.sort_unstable();
        let now = self.allows_at(&asked, held, question, question.at);
        moments.into_iter().find(|moment| self.allows_at(&asked, held, question, *moment) != now)
    }

    /// Answers with reasons.
    pub fn decide(&self, held: &[Held], question: &Question<'_>) -> Decision {
        let asked = self.asked(question.permission);
        let mut ways: Vec<(Path, Option<Miss>)> = vec![];
        for one in held {
            for (owner, grant) in self.ways(&asked, one) {
                let (roles, inclusions) = one.slot.map(|slot| self.chain(slot, owner)).unwrap_or_default();
                let conditions = [&one.condition, &grant.condition];
                let path = Path {
                    assignment: one.assignment,
                    roles,
                    inclusions,
                    grant: grant.id,
                    pattern: grant.pattern.clone(),
                    conditions: conditions.into_iter().flatten().map(|c| c.as_str().to_owned()).collect(),
                };
                if !ways.iter().any(|(known, _)| *known == path) {
                    ways.push((path, miss(one, grant, question)));
                }
            }
        }
        ways.sort_by_key(|(path, _)| (path.conditions.len(), path.roles.len(), path.assignment, path.grant));
        let (open, missed): (Vec<_>, Vec<_>) = ways.into_iter().partition(|(_, miss)| miss.is_none());
        let path = open.into_iter().next().map(|(path, _)| path);
        Decision {
            allowed: path.is_some(),
            valid_until: self.valid_until(held, question),
            misses: if path.is_some() {
                vec![]
            } else {
                missed.into_iter().filter_map(|(p, m)| Some((p, m?))).collect()
            },
            path,
        }
    }
}

/// What the way by this assignment and grant fails by, if it does.
fn miss(held: &Held, grant: &Grant, question: &Question<'_>) -> Option<Miss> {
    if !held.scope.covers(question.scope) {
        return Some(Miss::Elsewhere(held.scope.clone()));
    }
    if question.at < held.from {
        return Some(Miss::NotYet(held.from));
    }
    match held.to.filter(|to| *to <= question.at) {
        Some(to) => Some(Miss::Ended(to)),
        None => failing_condition(held, grant, question.attributes),
    }
}

/// The first condition of the way that is not fulfilled.
fn failing_condition(held: &Held, grant: &Grant, attributes: &Attributes) -> Option<Miss> {
    [&held.condition, &grant.condition].into_iter().flatten().find_map(|condition| match condition.judge(attributes) {
        Verdict::True => None,
        Verdict::False => Some(Miss::Condition(condition.as_str().to_owned(), None)),
        Verdict::Unknown(why) => Some(Miss::Condition(condition.as_str().to_owned(), Some(why))),
    })
}
