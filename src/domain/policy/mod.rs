//! The decision engine: who may do what, where, when and why. Pure: rows come in, answers go out.
//!
//! A [`Graph`] holds the roles: what each is given itself, which roles each includes, and, for each, the set of all roles
//! that it reaches. A permission is covered by at most four patterns (`a:x`, `a:*`, `*:x`, `*:*`), and each knows the
//! roles that own it; so a check is one bit test for each role of the user and each owner, and a change of a role
//! touches that role and, when inclusions change, what lies above it. Nothing is computed per user, so memory and
//! changes do not grow with their number.

mod decide;
mod graph;
mod limit;
mod patterns;
mod rights;
mod role_set;
#[cfg(test)]
mod tests;

pub use decide::{Decision, Miss, Path, Question};
pub use graph::{Grant, Graph};
pub use limit::Limit;
pub use patterns::Asked;
pub use rights::{Held, Holding, Rights};
pub use role_set::RoleSet;
