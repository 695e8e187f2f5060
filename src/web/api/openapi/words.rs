//! The words of the domain as schemas, and what is said of fields whose name says the same everywhere.

use super::describe::{Schemas, insert};
use crate::{
    domain::{Time, factor::Method, permission::Pattern, sign_in_rules::Demand},
    web::{
        error::{LegacyProblem, Problem},
        wire::PreviewWire,
    },
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

macro_rules! word {
    ($word:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $word {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

word!(Time, "Time", { "type": "string", "format": "date-time" });
word!(Pattern, "Pattern", { "type": "string", "examples": ["invoices:approve", "invoices:*"] });
word!(Method, "Method", { "type": "string", "enum": ["totp", "email", "recovery"] });
word!(Demand, "Demand", { "type": "string", "enum": ["optional", "any", "app"] });

/// What is not told by any handler's type.
pub fn also(schemas: &mut Schemas) {
    schemas.name::<Problem<'static>>();
    schemas.name::<LegacyProblem<'static>>();
    schemas.name::<PreviewWire<'static>>();
}

/// Of fields that bear no comment of their own.
const FIELDS: &[(&str, &str)] = &[
    ("id", "The number by which it is known; no other ever has it."),
    ("name", "What people call it."),
    ("revision", "The number of the last change to rights or sessions."),
    ("created_at", "When it was made."),
    ("updated_at", "When it was last changed."),
    ("reason", "Why: kept in the audit log."),
    ("description", "What it is for, in words."),
    ("scope", "Where it holds: a path such as `project/42`; empty: everywhere."),
    ("username", "The name by which he signs in."),
    ("email", "The e-mail address."),
    ("user_id", "The number of the user."),
    ("role_id", "The number of the role."),
    ("role", "The role."),
    ("permission", "A permission, `invoices:approve`, or a pattern, `invoices:*`."),
    ("first_name", "The first name."),
    ("last_name", "The last name; may be empty."),
    ("password", "The password."),
    ("ip", "The network address it came from."),
    ("given_at", "When it was given."),
    ("given_by", "The number of the user who gave it; null: Rolecall itself, or the operator at the machine."),
    ("valid_from", "From when on it holds."),
    ("valid_to", "Until when it holds; null: without end."),
    ("condition", "It holds only for requests that fulfil it; null: for all."),
    ("conditional", "Only for requests that fulfil a condition."),
    ("permissions", "Permissions and patterns."),
];

/// What a field of this name means everywhere.
fn meaning(name: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// Schemas by the names that they have in public.
pub fn named(schemas: Map<String, Value>) -> Map<String, Value> {
    schemas.into_iter().map(|(name, schema)| (public(&name), schema)).collect()
}

/// The document without the marks that names of our own code bear, each field described.
pub fn put_right(mut document: Value) -> Value {
    visit(&mut document);
    document
}

/// The name without the mark of wire structs.
fn public(name: &str) -> String {
    name.replace("Wire", "")
}

fn visit(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(visit),
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                *target = public(target);
            }
            // One of several shapes, told by the name of its only field.
            let about = object.get("description").cloned();
            if let Some(Value::Object(fields)) = object.get_mut("properties") {
                let only = fields.len() == 1;
                for (name, field) in fields {
                    describe(name, field);
                    if let Some(about) = about.as_ref().filter(|_| only && field.get("description").is_none()) {
                        insert(field, "description", about.clone());
                    }
                }
            }
            if let (Some("query"), Some(Value::String(name))) =
                (object.get("in").and_then(Value::as_str), object.get("name").cloned())
                && !object.contains_key("description")
                && let Some(meaning) = meaning(&name)
            {
                object.insert("description".into(), meaning.into());
            }
            for (key, value) in object {
                match (key.as_str(), value) {
                    // Its keys are names of fields, whatever they are.
                    ("properties", Value::Object(fields)) => fields.values_mut().for_each(visit),
                    (_, value) => visit(value),
                }
            }
        }
        _ => {}
    }
}

fn describe(name: &str, field: &mut Value) {
    if field.get("description").is_some() {
        return;
    }
    if let Some(meaning) = meaning(name) {
        if !field.is_object() {
            *field = json!({});
        }
        insert(field, "description", meaning.into());
    }
}
