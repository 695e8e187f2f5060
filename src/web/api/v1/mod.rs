//! `/api/v1`: nouns in the plural; errors as problem+json; lists as [`List`]; every write tells the revision after it.

pub mod all_sessions;
pub mod audit;
pub mod checks;
pub mod constraint_violations;
pub mod constraints;
pub mod ending;
pub mod explanations;
pub mod forward_rules;
pub mod jobs;
pub mod mails;
pub mod me;
pub mod my_account;
pub mod my_data;
pub mod my_deletion;
pub mod my_email;
pub mod my_factors;
pub mod my_roles;
pub mod my_tokens;
pub mod my_trusted_devices;
pub mod permission_matrix;
pub mod permissions;
pub mod reauthentication;
pub mod reviews;
pub mod revision_undo;
pub mod role_inclusions;
pub mod role_permissions;
pub mod role_sign_in_rules;
pub mod roles;
pub mod routes;
pub mod search;
pub mod session_roles;
pub mod sessions;
pub mod settings;
pub mod timelines;
pub mod tokens;
pub mod user_approval;
pub mod user_bulk;
pub mod user_disabled;
pub mod user_factors;
pub mod user_invitation;
pub mod user_permissions;
pub mod user_roles;
pub mod user_security;
pub mod user_sessions;
pub mod user_tokens;
pub mod users;

use crate::{
    app::Change,
    domain::{Error, FieldErrors, Result, page::Page},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A page of a list, or a list that is always whole.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// Those of this page.
    items: Vec<T>,
    /// How many there are in all; not `total_exact`: there are more than so many.
    total: i64,
    /// Whether `total` is the whole number.
    total_exact: bool,
    /// The cursor of the page after this one; null: there is none.
    next: Option<String>,
    /// The cursor of the page before this one; null: there is none.
    prev: Option<String>,
}

impl<T> List<T> {
    fn page<U>(page: Page<U>, wire: impl FnMut(U) -> T) -> Self {
        let Page { items, total, next, prev } = page.map(wire);
        Self { items, total: total.number(), total_exact: total.is_exact(), next, prev }
    }

    /// All there is: what one user or one role has is never so much that it needs pages.
    fn whole(items: Vec<T>) -> Self {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Self { total, total_exact: true, items, next: None, prev: None }
    }
}

/// A list with the revision by which it was made.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reviewed{T}")]
pub struct Reviewed<T> {
    #[serde(flatten)]
    list: List<T>,
    revision: i64,
}

/// What was written, and the revision after it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Written{T}")]
pub struct Written<T> {
    #[serde(flatten)]
    value: T,
    revision: i64,
}

impl<T> Written<T> {
    fn new<U>(change: Change<U>, wire: impl FnOnce(U) -> T) -> Self {
        Self { value: wire(change.value), revision: change.revision }
    }
}

/// The revision after a write that leaves nothing to show.
#[derive(Serialize, JsonSchema)]
pub struct Revision {
    revision: i64,
}

impl Revision {
    fn of<T>(change: &Change<T>) -> Self {
        Self { revision: change.revision }
    }
}

/// The id that a query parameter names, if it does.
fn id(field: &'static str, text: &str) -> Result<Option<i64>> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Error::Invalid(FieldErrors::one(field, "This must be the number of an id."))),
    }
}
