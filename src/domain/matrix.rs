//! Roles against permissions: what stands where a role and a permission cross.

use super::{
    permission::Pattern,
    policy::{Grant, Graph},
};
use std::collections::HashSet;

/// Why a role has a permission; none of the three: it has not.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// The role is given just this permission.
    pub own: Option<Grant>,
    /// A pattern with a `*` of its own that covers it.
    pub wildcard: Option<Grant>,
    /// An included role that has it, by whatever pattern.
    pub inherited_from: Option<i64>,
    /// In none of these ways without a condition.
    pub conditional: bool,
}

impl Cell {
    /// The strongest way, as a word: `own`, `wildcard`, `inherited` or `none`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self { own: Some(_), .. } => "own",
            Self { wildcard: Some(_), .. } => "wildcard",
            Self { inherited_from: Some(_), .. } => "inherited",
            _ => "none",
        }
    }
}

/// A permission as a column: who owns what covers it is looked up once for all rows.
pub struct Column {
    permission: Pattern,
    /// Roles that own a pattern which covers it: without a condition, and all.
    sure: HashSet<i64>,
    all: HashSet<i64>,
}

impl Column {
    pub fn new(graph: &Graph, permission: Pattern) -> Self {
        let (sure, all) = graph.owners(&permission);
        Self { sure, all: all.into_iter().collect(), permission }
    }

    /// Where the role crosses; `included`: all roles that it includes, with itself.
    pub fn cell(&self, graph: &Graph, role: i64, included: &[i64]) -> Cell {
        let mut owners = included.iter().filter(|junior| self.all.contains(junior)).peekable();
        if owners.peek().is_none() {
            return Cell::default();
        }
        let own = graph.own_grants(role);
        // One without a condition goes before one with.
        let covering = || own.iter().filter(|grant| grant.pattern.covers(&self.permission));
        let wildcard = || covering().filter(|grant| grant.pattern != self.permission);
        Cell {
            own: covering().find(|grant| grant.pattern == self.permission).cloned(),
            wildcard: wildcard().min_by_key(|grant| grant.condition.is_some()).cloned(),
            inherited_from: owners.filter(|junior| **junior != role).min().copied(),
            conditional: !included.iter().any(|junior| self.sure.contains(junior)),
        }
    }
}

/// A change of one cell: the role and the permission by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub role: i64,
    pub permission: i64,
}

/// What is to change in a matrix: all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct MatrixChange {
    pub give: Vec<Place>,
    pub take: Vec<Place>,
    pub reason: String,
    /// The revision that was looked at; `None`: whatever there is.
    pub seen: Option<i64>,
}

impl MatrixChange {
    /// Cells that one change can have.
    pub const MANY: usize = 1000;

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.give.len() + self.take.len()
    }
}
