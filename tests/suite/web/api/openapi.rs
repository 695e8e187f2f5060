//! The document of the JSON API against the program that it tells of.

use crate::support::{Answer, Program, Site};
use rolecall::web::api::openapi::{document, failures::CODES};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Address, method and what the document says of them.
fn operations() -> Vec<(&'static str, String, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, told)| (path.as_str(), method.to_uppercase(), told))
    });
    operations.collect()
}

/// The address with ids of what there is in a site.
fn filled(path: &str) -> String {
    let mut parts = vec![];
    for part in path.split('/') {
        parts.push(match (part, parts.last().copied()) {
            ("{token}", _) => "guessed",
            ("{resource}", _) => "posts",
            ("{name}", _) => "posts:read",
            ("{id}", Some("sessions")) if !path.contains("/users/") => "current",
            ("{id}", Some("users")) if path.contains("/tokens") => "4",
            ("{id}", Some("roles")) | ("{token_id}", _) => "3",
            (part, _) if part.starts_with('{') => "2",
            (part, _) => part,
        });
    }
    parts.join("/")
}

/// All schemas, wherever they stand in `value`.
fn each<'a>(value: &'a Value, visit: &mut impl FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, visit)),
        Value::Object(object) => {
            visit(object);
            for (key, value) in object {
                match value {
                    // Its keys are names of fields, whatever they are.
                    Value::Object(fields) if key == "properties" => {
                        fields.values().for_each(|field| each(field, visit))
                    }
                    value => each(value, visit),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_document_is_served_to_everybody_and_says_what_it_is() {
    let site = Site::new();
    let answer = site.program().get("/api/openapi.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let told = answer.json();
    assert_eq!((&told["openapi"], &told["info"]["title"]), (&json!("3.1.0"), &json!("Rolecall")));
    assert_eq!(&told, document());
}

#[test]
fn every_address_of_the_document_takes_just_the_methods_that_it_names() {
    let site = Site::new();
    let mut taken: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations() {
        taken.entry(path).or_default().insert(method);
    }
    assert!(taken.len() > 90, "{}", taken.len());
    for (path, methods) in taken {
        let mut expected = methods.clone();
        expected.insert("OPTIONS".into());
        if methods.contains("GET") {
            expected.insert("HEAD".into());
        }
        // These share their address with a page, which takes what is left.
        let shared = ["/login", "/logout", "/signup", "/verify_email/{token}"].contains(&path);
        let at = if path == "/sessions/{id}" { "/api/v1/sessions/2".to_owned() } else { filled(path) };
        let answer = site.program().raw("OPTIONS", &at, &[], vec![]);
        if !shared {
            assert_eq!(answer.status, 204, "{path} {}", answer.body);
            let told: BTreeSet<String> = answer.header("allow").split(", ").map(str::to_owned).collect();
            assert_eq!(told, expected, "{path}");
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            let answer = site.program().raw(method, &at, &[("accept", "application/json")], vec![]);
            let taken = methods.contains(method);
            assert!(taken == (answer.status != 405) || shared && !taken, "{method} {at}: {}", answer.status);
        }
    }
}

/// The document is made of the routing table; only what is routed past it could be missing.
#[test]
fn no_json_is_routed_past_the_document() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/routes.rs")).unwrap();
    let literals = source.split('"').skip(1).step_by(2);
    let past: Vec<&str> = literals.filter(|text| text.starts_with("/api/") || text.starts_with("/access/v")).collect();
    assert_eq!(past, ["/api/v1", "/api/openapi.json", "/api/v1", "/api/docs", "/api/docs/{section}"]);
    let handlers: Vec<&str> = source.lines().filter(|line| line.contains(".to(api::")).map(str::trim).collect();
    let known = ["openapi::get", "reference::show", "auth::verify::show", "legacy::verification::redirect"];
    assert!(handlers.iter().all(|line| known.iter().any(|name| line.contains(name))), "{handlers:#?}");
}

#[test]
fn every_field_parameter_and_operation_is_described() {
    let mut bare = vec![];
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}: two types have this name");
        each(schema, &mut |object| {
            if let Some(Value::Object(fields)) = object.get("properties") {
                let undescribed =
                    fields.iter().filter(|(_, field)| field["description"].as_str().is_none_or(str::is_empty));
                bare.extend(undescribed.map(|(field, _)| format!("{name}.{field}")));
            }
        });
    }
    let mut ids = BTreeSet::new();
    for (path, method, told) in operations() {
        assert!(ids.insert(told["operationId"].as_str().unwrap()) || path.starts_with("/admin/"), "{method} {path}");
        assert!(told["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        for parameter in told["parameters"].as_array().into_iter().flatten() {
            let known = parameter.get("$ref").is_some() || parameter["in"] == "path";
            if !known && parameter["description"].as_str().is_none_or(str::is_empty) {
                bare.push(format!("{method} {path}?{}", parameter["name"]));
            }
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn whatever_the_document_points_at_is_there() {
    each(document(), &mut |object| {
        if let Some(Value::String(target)) = object.get("$ref") {
            let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} is elsewhere"));
            assert!(document().pointer(pointer).is_some(), "{target}");
        }
    });
}

#[test]
fn every_code_that_the_program_has_is_in_the_document() {
    let mut sources = vec![];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { sources.push(fs::read_to_string(path).unwrap()) }
        }
    }
    let known: BTreeSet<&str> = CODES.iter().map(|(_, code, _)| *code).collect();
    let mut found = BTreeSet::new();
    for source in &sources {
        for call in source.split("conflict(").skip(1) {
            let argument = call.trim_start();
            if let Some(code) = argument.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                found.insert(code);
            }
        }
    }
    assert!(found.len() > 30, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|code| !known.contains(**code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The body that the document shows for an operation.
fn example(told: &Value) -> Option<Value> {
    let schema = &told["requestBody"]["content"]["application/json"]["schema"];
    let schema = schema["$ref"].as_str().map_or(schema, |target| document().pointer(&target[1..]).unwrap()).clone();
    schema["examples"].get(0).cloned()
}

/// They change nothing, so there is nothing to try.
fn is_question(path: &str) -> bool {
    ["/check", "/check/batch", "/explain"].iter().any(|end| path.ends_with(end))
}

/// What is asked for must be there, and be in the state in which it can be asked for.
fn prepare(ada: &mut Program) {
    let made = |answer: Answer| assert_eq!(answer.status, 201, "{}", answer.body);
    made(ada.post("/api/v1/roles", json!({ "name": "clerk" })));
    made(ada.post("/api/v1/roles", json!({ "name": "teller" })));
    made(ada.post("/api/v1/users/1/roles", json!({ "role_id": 3 })));
    assert_eq!(ada.json("PUT", "/api/v1/sessions/current/roles", json!({ "role_ids": [1] })).status, 200);
    made(ada.post("/api/v1/users", json!({ "kind": "service", "first_name": "Import", "username": "import" })));
    made(ada.post("/api/v1/users/4/roles", json!({ "role_id": 2 })));
    let set = json!({ "name": "a set", "kind": "ssd", "n": 2, "roles": [3, 4] });
    let rule = json!({ "name": "a rule", "kind": "at_most", "role_id": 2, "n": 9 });
    made(ada.post("/api/v1/constraints", rule));
    made(ada.post("/api/v1/constraints", set));
    for name in ["first", "second"] {
        made(ada.post("/api/v1/forward-rules", json!({ "host": format!("{name}.example.com"), "path": "/" })));
        made(ada.post("/api/v1/me/tokens", json!({ "name": name })));
    }
    made(ada.post("/api/v1/users/4/tokens", json!({ "name": "nightly" })));
}

#[test]
fn every_example_is_taken_as_it_stands() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    prepare(&mut ada);
    let (mut sent, mut refused) = (0, vec![]);
    for (path, method, told) in operations() {
        if !path.starts_with("/api/v1/") || told["requestBody"]["required"] != json!(true) {
            continue;
        }
        let body = example(told).unwrap_or_else(|| panic!("{method} {path} has no example"));
        let is_open = told["security"] == json!([]);
        let dry = if is_open || is_question(path) { "" } else { "?dry_run=1" };
        // Who signs in gets another session.
        let mut stranger = site.program();
        let sender = if is_open { &mut stranger } else { &mut ada };
        let answer = sender.json(&method, &format!("{}{dry}", filled(path)), body);
        sent += 1;
        // An example of a code or of another's password cannot be right; it can be read.
        let readable =
            ["/api/v1/me/factors", "/api/v1/me/factors/{id}"].contains(&path) && ![400, 422].contains(&answer.status);
        if !(200..300).contains(&answer.status) && !readable {
            refused.push(format!("{method} {path}: {} {}", answer.status, answer.body));
        }
    }
    assert!(sent > 30 && refused.is_empty(), "{sent} sent; {refused:#?}");
}
