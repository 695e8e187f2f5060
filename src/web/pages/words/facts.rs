//! What the data of an event say, as pieces of a sentence.

use super::{Part, teller::name};
use crate::domain::Time;
use serde_json::Value;

pub(super) fn text<'a>(facts: &'a Value, key: &str) -> &'a str {
    facts[key].as_str().unwrap_or_default()
}

pub(super) fn named_role(facts: &Value, key: &str) -> Part {
    let href = facts["role_id"].as_i64().map(|id| format!("/admin/roles/{id}")).unwrap_or_default();
    name(text(facts, key), href)
}

pub(super) fn until(facts: &Value) -> String {
    Time::parse(text(facts, "valid_to")).map_or_else(|_| "without end".to_owned(), |to| format!("until {to}"))
}

pub(super) fn only_if(facts: &Value) -> String {
    let condition = text(facts, "condition");
    if condition.is_empty() { String::new() } else { format!(", only if {condition}") }
}

pub(super) fn place(facts: &Value) -> String {
    let scope = text(facts, "scope");
    if scope.is_empty() { String::new() } else { format!(" in {scope}") }
}
