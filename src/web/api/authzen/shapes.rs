//! The bodies of requests, for the reference. They are read by [`crate::domain::authzen`], which leaves alone what it does not
//! know.
#![expect(dead_code, reason = "only the schemas are used")]

use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// What may be left out is never null.
fn may_be_left_out(schema: &mut Schema) {
    let Some(Value::Object(fields)) = schema.get_mut("properties") else { return };
    for field in fields.values_mut().filter_map(Value::as_object_mut) {
        if let Some(Value::Array(kinds)) = field.get_mut("type") {
            kinds.retain(|kind| kind != "null");
        }
        if let Some(Value::Array(shapes)) = field.get_mut("anyOf") {
            shapes.retain(|shape| shape.get("type").is_none_or(|kind| kind != "null"));
        }
    }
}

/// Who wants it.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Subject {
    /// `user`.
    r#type: String,
    /// A username, an e-mail address, or `#` and the number of the user.
    id: String,
    /// What conditions are judged by, as `subject.…`.
    properties: Option<Map<String, Value>>,
}

/// To what it is to be done.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Resource {
    /// The resource of the permission: `record`.
    r#type: String,
    /// With the type it is a scope: `record/record-1`.
    id: String,
    /// What conditions are judged by, as `resource.…`. `scope`: what it lies in.
    properties: Option<Map<String, Value>>,
}

/// What is to be done.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Action {
    /// The action of the permission: `read`.
    name: String,
    /// What conditions are judged by, as `action.…`.
    properties: Option<Map<String, Value>>,
}

/// What is searched: of this kind.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Kind {
    /// Its type.
    r#type: String,
    /// What conditions are judged by.
    properties: Option<Map<String, Value>>,
}

/// Which page of what is found.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Page {
    /// `next_token` of the page before; left out: the first.
    token: Option<String>,
    /// How many at most; 50 unless said, and never more than 1,000.
    limit: Option<u64>,
}

/// One question.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(example = json!({
    "subject": { "type": "user", "id": "bob" },
    "action": { "name": "read" },
    "resource": { "type": "posts", "id": "1" }
}))]
pub struct Question {
    /// Who wants it.
    subject: Subject,
    /// What is to be done.
    action: Action,
    /// To what.
    resource: Resource,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
}

/// Many questions; what they have in common may stand outside.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(example = json!({
    "subject": { "type": "user", "id": "bob" },
    "resource": { "type": "posts", "id": "1" },
    "evaluations": [{ "action": { "name": "read" } }, { "action": { "name": "write" } }]
}))]
pub struct Questions {
    /// Who wants it.
    subject: Option<PartOf>,
    /// What is to be done.
    action: Option<PartOfAction>,
    /// To what.
    resource: Option<PartOf>,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
    /// At most 500; left out or empty: one question.
    evaluations: Option<Vec<Item>>,
    /// How they are answered.
    options: Option<Options>,
}

/// One of many questions: an entity of its own replaces the one outside.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Item {
    /// Who wants it.
    subject: Option<PartOf>,
    /// What is to be done.
    action: Option<PartOfAction>,
    /// To what.
    resource: Option<PartOf>,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
}

/// A subject or a resource: what is missing stands in the batch, or in its items.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(rename = "PartOfEntity")]
struct PartOf {
    /// Its type.
    r#type: Option<String>,
    /// Which one.
    id: Option<String>,
    /// What conditions are judged by.
    properties: Option<Map<String, Value>>,
}

/// An action: what is missing stands in the batch, or in its items.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct PartOfAction {
    /// The action of the permission: `read`.
    name: Option<String>,
    /// What conditions are judged by, as `action.…`.
    properties: Option<Map<String, Value>>,
}

/// How many questions are answered.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
struct Options {
    /// `execute_all` (all; so it is unless said), `deny_on_first_deny` or `permit_on_first_permit`.
    #[schemars(extend("enum" = ["execute_all", "deny_on_first_deny", "permit_on_first_permit"]))]
    evaluations_semantic: Option<String>,
}

/// A search for subjects.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(example = json!({
    "subject": { "type": "user" },
    "action": { "name": "read" },
    "resource": { "type": "posts", "id": "1" }
}))]
pub struct SubjectSearch {
    /// Users.
    subject: Kind,
    /// What is to be done.
    action: Action,
    /// To what.
    resource: Resource,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
    /// Which page.
    page: Option<Page>,
}

/// A search for resources.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(example = json!({
    "subject": { "type": "user", "id": "bob" },
    "action": { "name": "read" },
    "resource": { "type": "posts" }
}))]
pub struct ResourceSearch {
    /// Who wants it.
    subject: Subject,
    /// What is to be done.
    action: Action,
    /// Resources of this type.
    resource: Kind,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
    /// Which page.
    page: Option<Page>,
}

/// A search for actions.
#[derive(JsonSchema)]
#[schemars(transform = may_be_left_out)]
#[schemars(example = json!({
    "subject": { "type": "user", "id": "bob" },
    "resource": { "type": "posts", "id": "1" }
}))]
pub struct ActionSearch {
    /// Who wants it.
    subject: Subject,
    /// To what.
    resource: Resource,
    /// What conditions are judged by, as `context.…`.
    context: Option<Map<String, Value>>,
    /// Which page.
    page: Option<Page>,
}
