//! What a user has in the end, through all his roles.

use crate::domain::{permission::Pattern, policy::Holding};
use schemars::JsonSchema;
use serde::Serialize;

/// A permission or pattern, and where it holds: an empty scope is everywhere.
#[derive(Serialize, JsonSchema)]
pub struct HeldWire {
    /// A permission or a pattern.
    permission: Pattern,
    /// Where it holds; empty: everywhere.
    scope: String,
    /// Only for requests that fulfil a condition.
    conditional: bool,
}

impl From<Holding> for HeldWire {
    fn from(holding: Holding) -> Self {
        let Holding { pattern, scope, conditional } = holding;
        Self { permission: pattern, scope: scope.as_str().to_owned(), conditional }
    }
}
