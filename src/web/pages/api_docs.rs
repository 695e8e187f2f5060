//! The reference of the JSON API, drawn from its document; it needs nothing from elsewhere.

use super::Page;
use crate::{
    domain::Error,
    web::{
        api::openapi::{document, failures::CODES, resolved},
        error::PageError,
        extract::Visitor,
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

const SCHEMAS: &str = "/api/docs/schemas";

#[derive(Template)]
#[template(path = "api_docs/index.html")]
struct IndexPage {
    page: Page,
    reference: &'static Reference,
}

/// All operations. For everybody, as the document itself.
pub async fn index(visitor: Visitor) -> Result<HttpResponse, PageError> {
    visitor.show(&IndexPage { page: visitor.page("API reference"), reference: &REFERENCE })
}

#[derive(Template)]
#[template(path = "api_docs/section.html")]
struct SectionPage {
    page: Page,
    section: &'static Section,
}

#[derive(Template)]
#[template(path = "api_docs/schemas.html")]
struct SchemasPage {
    page: Page,
    reference: &'static Reference,
}

/// The operations that belong together, or all schemas.
pub async fn show(visitor: Visitor, section: Path<String>) -> Result<HttpResponse, PageError> {
    if *section == "schemas" {
        return visitor.show(&SchemasPage { page: visitor.page("Schemas · API reference"), reference: &REFERENCE });
    }
    let section = REFERENCE.sections.iter().find(|known| known.anchor == *section);
    let section = section.ok_or(Error::not_found("part of the reference"))?;
    visitor.show(&SectionPage { page: visitor.page(&format!("{} · API reference", section.name)), section })
}

static REFERENCE: LazyLock<Reference> = LazyLock::new(Reference::read);

struct Reference {
    version: &'static str,
    sections: Vec<Section>,
    schemas: Vec<Schema>,
    failures: Vec<Failure>,
}

/// What belongs together: by the first word of the address, or by the standard that it follows.
struct Section {
    name: &'static str,
    anchor: String,
    operations: Vec<Operation>,
}

struct Failure {
    status: u16,
    code: &'static str,
    meaning: &'static str,
    /// The first of its status.
    first: bool,
}

struct Operation {
    id: &'static str,
    method: String,
    path: &'static str,
    summary: &'static str,
    details: &'static str,
    open: bool,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
    /// The statuses of what can go wrong.
    failures: Vec<&'static str>,
}

struct Body {
    kind: Kind,
    required: bool,
    example: String,
}

struct Answer {
    status: &'static str,
    about: &'static str,
    kind: Kind,
}

struct Schema {
    name: &'static str,
    about: &'static str,
    fields: Vec<Field>,
    /// Where it has no fields of its own.
    kind: Kind,
}

/// A field of a schema, or a parameter.
struct Field {
    name: &'static str,
    /// `query`, `path` or `header`; empty: a field.
    place: &'static str,
    about: &'static str,
    required: bool,
    kind: Kind,
}

/// What a value is: words, and the names of schemas between them.
#[derive(Default)]
struct Kind(Vec<Word>);

enum Word {
    Text(String),
    Schema(&'static str),
}

fn text(value: &'static Value, key: &str) -> &'static str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list(value: &'static Value, key: &str) -> impl Iterator<Item = &'static Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

impl Reference {
    fn read() -> Self {
        let mut sections: BTreeMap<&'static str, Vec<Operation>> = BTreeMap::new();
        for (path, item) in document().get("paths").and_then(Value::as_object).into_iter().flatten() {
            for (method, told) in item.as_object().into_iter().flatten() {
                let tag = list(told, "tags").find_map(Value::as_str).unwrap_or_default();
                sections.entry(tag).or_default().push(Operation::read(method, path, told));
            }
        }
        let schemas = document().pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
        Self {
            version: document().pointer("/info/version").and_then(Value::as_str).unwrap_or_default(),
            sections: sections.into_iter().map(Section::new).collect(),
            schemas: schemas.map(|(name, schema)| Schema::read(name, schema)).collect(),
            failures: Failure::all(),
        }
    }
}

impl Section {
    fn new((name, operations): (&'static str, Vec<Operation>)) -> Self {
        Self { name, anchor: name.to_lowercase().replace(' ', "-"), operations }
    }
}

impl Failure {
    fn all() -> Vec<Self> {
        let before = [0].into_iter().chain(CODES.iter().map(|(status, ..)| *status));
        let failure = |(&(status, code, meaning), before)| Self { status, code, meaning, first: status != before };
        CODES.iter().zip(before).map(failure).collect()
    }
}

impl Operation {
    fn read(method: &str, path: &'static str, told: &'static Value) -> Self {
        let responses = told.get("responses").and_then(Value::as_object);
        let (good, bad): (Vec<_>, Vec<_>) =
            responses.into_iter().flatten().partition(|(status, _)| status.starts_with('2'));
        Self {
            id: text(told, "operationId"),
            method: method.to_uppercase(),
            path,
            summary: text(told, "summary"),
            details: text(told, "description"),
            open: list(told, "security").next().is_none(),
            parameters: list(told, "parameters").map(Field::parameter).collect(),
            body: told.get("requestBody").and_then(Body::read),
            answers: good.into_iter().map(|(status, answer)| Answer::read(status, answer)).collect(),
            failures: bad.into_iter().map(|(status, _)| status.as_str()).collect(),
        }
    }
}

impl Body {
    fn read(told: &'static Value) -> Option<Self> {
        let schema = told.pointer("/content/application~1json/schema")?;
        let example = list(resolved(schema), "examples").next();
        Some(Self {
            kind: Kind::of(schema),
            required: told.get("required") == Some(&Value::Bool(true)),
            example: example.and_then(|example| serde_json::to_string_pretty(example).ok()).unwrap_or_default(),
        })
    }
}

impl Answer {
    fn read(status: &'static str, told: &'static Value) -> Self {
        let schema = told.pointer("/content/application~1json/schema");
        Self { status, about: text(told, "description"), kind: schema.map(Kind::of).unwrap_or_default() }
    }
}

impl Schema {
    fn read(name: &'static str, schema: &'static Value) -> Self {
        let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
        let fields = schema.get("properties").and_then(Value::as_object);
        let field = |(name, field): (&'static String, &'static Value)| Field {
            name,
            place: "",
            about: text(field, "description"),
            required: required.contains(&name.as_str()),
            kind: Kind::of(field),
        };
        let kind = if fields.is_some() { Kind::default() } else { Kind::of(schema) };
        Self {
            name,
            about: text(schema, "description"),
            fields: fields.into_iter().flatten().map(field).collect(),
            kind,
        }
    }
}

impl Field {
    fn parameter(told: &'static Value) -> Self {
        let told = resolved(told);
        Self {
            name: text(told, "name"),
            place: text(told, "in"),
            about: text(told, "description"),
            required: told.get("required") == Some(&Value::Bool(true)),
            kind: told.get("schema").map(Kind::of).unwrap_or_default(),
        }
    }
}

impl Kind {
    fn of(schema: &'static Value) -> Self {
        let mut words = vec![];
        Self::write(schema, &mut words);
        Self(words)
    }

    fn write(schema: &'static Value, words: &mut Vec<Word>) {
        let say = |words: &mut Vec<Word>, text: &str| words.push(Word::Text(text.to_owned()));
        if let Some(name) = text(schema, "$ref").strip_prefix("#/components/schemas/") {
            return words.push(Word::Schema(name));
        }
        let shapes: Vec<_> = list(schema, "anyOf").chain(list(schema, "oneOf")).collect();
        for (number, shape) in shapes.iter().enumerate() {
            if number > 0 {
                say(words, " or ");
            }
            Self::write(shape, words);
        }
        let values: Vec<&str> = list(schema, "enum").filter_map(Value::as_str).collect();
        if !values.is_empty() {
            return say(words, &values.join(", "));
        }
        if let Some(value) = schema.get("const") {
            return say(words, value.as_str().unwrap_or_default());
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ if shapes.is_empty() => return say(words, "anything"),
            _ => return,
        };
        match (schema.get("items"), text(schema, "format")) {
            (Some(items), _) => {
                say(words, "list of ");
                Self::write(items, words);
                if kinds.contains(&"null") {
                    say(words, ", or null");
                }
            }
            (None, "date-time") => say(words, &kinds.join(" or ").replace("string", "time")),
            (None, _) => say(words, &kinds.join(" or ")),
        }
    }
}
