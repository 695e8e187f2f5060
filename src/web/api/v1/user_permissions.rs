//! What a user has in the end, through all his roles.

use crate::domain::{permission::Pattern, policy::Holding};
use serde::Serialize;

/// A permission or pattern, and where it holds: an empty scope is everywhere.
#[derive(Serialize)]
pub struct HeldWire {
    permission: Pattern,
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
