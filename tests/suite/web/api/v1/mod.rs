//! `/api/v1`.

mod audit;
mod bulk;
mod checks;
mod conditional;
mod constraints;
mod forward_rules;
mod idempotency;
mod jobs;
mod limits;
mod me;
mod panel;
mod permissions;
mod previews;
mod roles;
mod rules;
mod service_accounts;
mod timelines;
mod tokens;
mod users;

use crate::support::Answer;
use serde_json::Value;

/// A success with this status, as JSON.
fn good(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.json()
}

/// A problem with this status and code, as RFC 9457 has it.
fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{}", answer.body);
    let body = answer.json();
    assert_eq!((&body["status"], &body["code"]), (&status.into(), &code.into()), "{body}");
    assert!(
        body["title"].is_string()
            && body["detail"].is_string()
            && body["request_id"].as_str().is_some_and(|id| !id.is_empty()),
        "{body}"
    );
    body
}

/// A problem that names this field.
fn names_field(answer: &Answer, status: u16, code: &str, field: &str) {
    let body = problem(answer, status, code);
    assert!(body["errors"][field].is_string(), "{field}: {body}");
}

/// The values of one field in a list.
fn column(list: &Value, field: &str) -> Vec<Value> {
    list["items"]
        .as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|item| item[field].clone())
        .collect()
}
