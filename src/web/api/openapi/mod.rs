//! The document of the JSON API (OpenAPI 3.1), made of the same nouns as the router: nothing can be missing on either side.

pub mod describe;
pub mod failures;
pub mod query;
mod words;

use super::{
    authzen, conditional, legacy,
    noun::{Noun, Operation, Parameter},
    v1,
};
use crate::web::cookies;
use actix_web::{
    HttpResponse,
    http::{Method, header},
};
use describe::{Draft, Schemas, insert};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(write);

/// The whole document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What a reference of the document points at, or the value itself.
pub fn resolved(value: &'static Value) -> &'static Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document().pointer(target)).unwrap_or(value)
}

/// For everybody: it tells nothing of who is here and what he may.
pub async fn get() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document().to_string())
}

const QUESTIONS: &str = "Questions";
const AUTHZEN: &str = "AuthZEN";
const REPLACED: &str = "Replaced system";

/// A part of the API: where its nouns stand, and what they are.
struct Part {
    prefix: &'static str,
    /// Empty: the first word of the address.
    tag: &'static str,
    nouns: Vec<Noun>,
}

fn parts() -> [Part; 5] {
    [
        Part { prefix: "/api/v1", tag: QUESTIONS, nouns: v1::routes::questions() },
        Part { prefix: "/api/v1", tag: "", nouns: v1::routes::all() },
        Part { prefix: "", tag: AUTHZEN, nouns: authzen::routes::all() },
        Part { prefix: "", tag: REPLACED, nouns: legacy::routes::open() },
        Part { prefix: "", tag: REPLACED, nouns: legacy::routes::admin() },
    ]
}

const ABOUT: &str = "Who may do what, and why.\n\n\
Sign in by `POST /api/v1/sessions`, which sets a cookie, or send a token: `Authorization: Bearer …`. \
Failures are `application/problem+json` (RFC 9457) with a stable `code`. \
Writes answer with the `revision` after them, take `?dry_run=1` (the preview) and the header `Idempotency-Key`.";

fn write() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for Part { prefix, tag, nouns } in parts() {
        for noun in nouns {
            let (address, places) = address(&format!("{prefix}{}", noun.path));
            let tag = if tag.is_empty() { title(noun.path) } else { tag.to_owned() };
            let mut item = Map::new();
            for operation in noun.operations {
                let method = operation.method.as_str().to_ascii_lowercase();
                item.insert(method, describe(operation, (noun.path, &tag), places.clone(), &mut schemas));
            }
            if let Some(there) = paths.entry(address).or_insert_with(|| json!({})).as_object_mut() {
                there.extend(item);
            }
        }
    }
    words::also(&mut schemas);
    words::put_right(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rolecall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": words::named(schemas.take()),
            "responses": failures::responses(),
            "parameters": shared_parameters(),
            "headers": shared_headers(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "An API token." },
                "session": { "type": "apiKey", "in": "cookie", "name": cookies::SESSION, "description": "The cookie of a sign-in; over HTTPS its name begins with `__Host-`." },
            },
        },
    }))
}

/// `/users/{id}` and `["id"]` for `/users/{id:\d+}`.
fn address(pattern: &str) -> (String, Vec<String>) {
    let (mut address, mut places) = (String::new(), vec![]);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}').unwrap_or((after, ""));
        let place = place.split(':').next().unwrap_or(place);
        address += &format!("{before}{{{place}}}");
        places.push(place.to_owned());
        rest = behind;
    }
    (address + rest, places)
}

/// `Forward rules` for `/forward-rules/{id}`.
fn title(path: &str) -> String {
    let word = path.split('/').find(|part| !part.is_empty()).unwrap_or_default().replace('-', " ");
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `users_list` for the handler `rolecall::web::api::v1::users::list`.
fn id(handler: &str) -> String {
    let path = handler.split("::api::").nth(1).unwrap_or(handler);
    path.trim_start_matches("v1::").replace("::", "_")
}

fn describe(operation: Operation, (path, tag): (&str, &str), places: Vec<String>, schemas: &mut Schemas) -> Value {
    let Operation { method, summary, details, parameters, handler, describe, open, .. } = operation;
    let mut draft = Draft::new(method.clone(), places, schemas);
    let conventional = ![QUESTIONS, AUTHZEN, REPLACED].contains(&tag) && !open;
    if conventional {
        conventions(&mut draft, &method, path);
    }
    describe(&mut draft);
    if conventional {
        announce(&mut draft);
    }
    for parameter in parameters {
        put(&mut draft.parameters, parameter);
    }
    let mut told = json!({ "operationId": id(handler), "tags": [tag], "summary": summary });
    if !details.is_empty() {
        insert(&mut told, "description", details.into());
    }
    if !draft.parameters.is_empty() {
        insert(&mut told, "parameters", draft.parameters.into());
    }
    if let Some(body) = draft.body {
        insert(&mut told, "requestBody", body);
    }
    let answers: Map<String, Value> =
        draft.answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
    insert(&mut told, "responses", answers.into());
    let security = if draft.caller && !open { json!([{ "token": [] }, { "session": [] }]) } else { json!([]) };
    insert(&mut told, "security", security);
    told
}

/// Says of a parameter what it means here, or adds it.
fn put(parameters: &mut Vec<Value>, Parameter { name, meaning, values }: Parameter) {
    let mut schema = json!({ "type": "string" });
    if !values.is_empty() {
        insert(&mut schema, "enum", values.into());
    }
    parameters.retain(|known| known.get("name").is_none_or(|known| known != name));
    parameters.push(json!({ "name": name, "in": "query", "description": meaning, "schema": schema }));
}

/// What every write of `/api/v1` takes and answers besides.
fn conventions(draft: &mut Draft<'_>, method: &Method, path: &str) {
    if *method == Method::GET {
        if conditional::is_tagged(path) {
            draft.conditional = true;
            draft.parameters.push(json!({ "$ref": "#/components/parameters/IfNoneMatch" }));
            draft.empty(304, "It is as `If-None-Match` says.");
        }
        draft.parameters.push(json!({ "$ref": "#/components/parameters/Fields" }));
        draft.failures.insert(failures::When::Query);
        return;
    }
    if conditional::kind(path).is_some() {
        draft.conditional = true;
        draft.parameters.push(json!({ "$ref": "#/components/parameters/IfMatch" }));
    }
    for name in ["DryRun", "IdempotencyKey"] {
        draft.parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
    }
    draft.dry = true;
}

/// The headers that every success of `/api/v1` bears.
fn announce(draft: &mut Draft<'_>) {
    let tag = draft.conditional.then_some("ETag");
    let names: Vec<&str> = ["RateLimit", "RateLimit-Policy"].into_iter().chain(tag).collect();
    let successes = draft.answers.iter_mut().filter(|(status, _)| **status < 400);
    for answer in successes.filter_map(|(_, answer)| answer.as_object_mut()) {
        let headers = answer.entry("headers").or_insert_with(|| json!({}));
        for name in &names {
            insert(headers, name, json!({ "$ref": format!("#/components/headers/{name}") }));
        }
    }
}

fn shared_headers() -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": header("The state of the thing: send it as `If-Match` with a change, or as `If-None-Match` when it is asked for again."),
        "RateLimit": header("`r`: how many requests are left; `t`: seconds until there are all again."),
        "RateLimit-Policy": header("`q`: how many requests the caller may make in `w` seconds."),
    })
}

fn shared_parameters() -> Value {
    json!({
        "DryRun": {
            "name": "dry_run", "in": "query",
            "description": "`1`: nothing is kept, and the answer is the preview of what the change would do.",
            "schema": { "type": "string", "enum": ["0", "1", "false", "true"] },
        },
        "Fields": {
            "name": "fields", "in": "query",
            "description": "Only these fields, with commas between them: of each item where the answer is a list.",
            "schema": { "type": "string" },
        },
        "IfMatch": {
            "name": "If-Match", "in": "header",
            "description": "The `ETag` of what was looked at: 412 if it was changed since. `*`: whatever it is.",
            "schema": { "type": "string" },
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header",
            "description": "The `ETag` of what one has: 304 without a body if it is still the same.",
            "schema": { "type": "string" },
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "Another one for each act: within 24 hours the same key gets the first answer again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" },
        },
    })
}
