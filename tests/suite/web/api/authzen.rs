//! The OpenID AuthZEN Authorization API 1.0: its certification scenario, level by level, and what Rolecall adds.

use crate::support::{Answer, Program, Site};
use proptest::prelude::*;
use serde_json::{Value, json};

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";
const SUBJECTS: &str = "/access/v1/search/subject";
const RESOURCES: &str = "/access/v1/search/resource";
const ACTIONS: &str = "/access/v1/search/action";

/// A site with the fixture of the scenario, and an admin who asks.
struct Fixture {
    site: Site,
    ada: Program,
}

impl Fixture {
    fn new() -> Self {
        let site = Site::new();
        let mut fixture = Self { ada: site.program_of("ada"), site };
        fixture
            .made("/api/v1/users", json!({ "first_name": "Alice", "username": "alice", "email": "alice@example.com" }));
        for action in ["read", "write", "delete"] {
            fixture.made("/api/v1/permissions", json!({ "resource": "record", "action": action }));
        }
        let reader = fixture.role("reader", json!({ "permission": "record:read" }));
        let writer = fixture.role("writer", json!({ "permission": "record:write" }));
        let editor = fixture
            .role("editor", json!({ "permission": "record:write", "condition": "resource.status == \"active\"" }));
        let curator = fixture
            .role("curator", json!({ "permission": "record:write", "condition": "resource.status == \"archived\"" }));
        let binner =
            fixture.role("binner", json!({ "permission": "record:delete", "condition": "action.soft == true" }));
        // Alice reads all, writes record-1 and what is active, and deletes softly.
        fixture.give("alice", json!({ "role_id": reader, "scope": "record" }));
        fixture.give("alice", json!({ "role_id": writer, "scope": "record/record-1" }));
        fixture.give("alice", json!({ "role_id": editor, "scope": "record" }));
        fixture.give("alice", json!({ "role_id": binner, "scope": "record" }));
        // Bob reads all; what is archived is his to write, and record-2 where he comes as an admin.
        fixture.give("bob", json!({ "role_id": reader, "scope": "record" }));
        fixture.give("bob", json!({ "role_id": curator, "scope": "record" }));
        let admin = "subject.role == \"admin\"";
        fixture.give("bob", json!({ "role_id": writer, "scope": "record/record-2", "condition": admin }));
        fixture
    }

    fn made(&mut self, path: &str, body: Value) -> i64 {
        let answer = self.ada.post(path, body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_i64().unwrap()
    }

    fn role(&mut self, name: &str, grant: Value) -> i64 {
        let id = self.made("/api/v1/roles", json!({ "name": name }));
        self.made(&format!("/api/v1/roles/{id}/permissions"), grant);
        id
    }

    fn give(&mut self, user: &str, assignment: Value) -> i64 {
        let user = self.site.id(user);
        self.made(&format!("/api/v1/users/{user}/roles"), assignment)
    }

    fn ask(&mut self, path: &str, body: Value) -> Value {
        let answer = self.ada.post(path, body);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
        answer.json()
    }

    fn decision(&mut self, body: Value) -> bool {
        self.ask(EVALUATION, body)["decision"].as_bool().unwrap()
    }

    fn decisions(&mut self, body: Value) -> Vec<bool> {
        let answer = self.ask(EVALUATIONS, body);
        assert!(answer.get("decision").is_none());
        answer["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
    }

    /// What a search finds: ids or names, all pages.
    fn found(&mut self, path: &str, mut body: Value) -> Vec<String> {
        let mut all = vec![];
        loop {
            let answer = self.ada.post(path, body.clone());
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(answer.body.starts_with("{\"page\":"), "the page comes first: {}", answer.body);
            let answer = answer.json();
            let results = answer["results"].as_array().unwrap();
            assert_eq!(answer["page"]["count"], results.len());
            all.extend(
                results.iter().map(|one| one.get("id").or(one.get("name")).unwrap().as_str().unwrap().to_owned()),
            );
            match answer["page"]["next_token"].as_str().unwrap() {
                "" => return all,
                token => body["page"]["token"] = token.into(),
            }
        }
    }
}

fn user(id: &str) -> Value {
    json!({ "type": "user", "id": id })
}

fn record(id: &str) -> Value {
    json!({ "type": "record", "id": id })
}

fn question(subject: &str, action: &str, resource: &str) -> Value {
    json!({ "subject": user(subject), "action": { "name": action }, "resource": record(resource) })
}

fn with(mut body: Value, entity: &str, properties: Value) -> Value {
    body[entity]["properties"] = properties;
    body
}

fn archived() -> Value {
    json!({ "type": "record", "id": "record-2", "properties": { "status": "archived" } })
}

/// A refusal with a status, told as a problem.
fn refused(answer: &Answer, status: u16) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{}", answer.body);
    answer.json()
}

#[test]
fn basic_the_eight_decisions_of_the_scenario() {
    let mut site = Fixture::new();
    for (body, decision) in [
        (question("alice", "read", "record-1"), true),
        (question("alice", "write", "record-1"), true),
        (question("bob", "read", "record-1"), true),
        (question("bob", "write", "record-1"), false),
        (with(question("alice", "write", "record-2"), "resource", json!({ "status": "archived" })), false),
        (
            with(
                with(question("bob", "write", "record-2"), "resource", json!({ "status": "archived" })),
                "subject",
                json!({ "role": "admin" }),
            ),
            true,
        ),
        (with(question("alice", "delete", "record-1"), "action", json!({ "soft": true })), true),
        (with(question("alice", "delete", "record-1"), "action", json!({ "soft": false })), false),
    ] {
        for _ in 0..2 {
            assert_eq!(site.decision(body.clone()), decision, "{body}");
        }
        let mut with_context = body.clone();
        with_context["context"] = json!({ "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" });
        assert_eq!(site.decision(with_context), decision, "context changes nothing: {body}");
        let mut with_more = body.clone();
        with_more["foo"] = "bar".into();
        with_more["futureField"] = json!({ "nested": true });
        with_more["subject"]["more"] = 1.into();
        with_more["action"]["more"] = json!([]);
        with_more["resource"]["more"] = Value::Null;
        assert_eq!(site.decision(with_more), decision, "unknown fields are left alone: {body}");
    }
    let more = with(
        with(question("alice", "read", "record-1"), "subject", json!({ "department": "Sales", "role": "manager" })),
        "action",
        json!({ "method": "GET" }),
    );
    assert!(site.decision(more));
}

#[test]
fn an_answer_tells_its_revision_how_long_it_holds_and_the_way() {
    let mut site = Fixture::new();
    let reader = site.site.role("reader");
    site.give("eve", json!({ "role_id": reader, "scope": "record/record-9", "valid_to": "2026-12-31" }));
    let yes = site.ask(EVALUATION, question("eve", "read", "record-9"));
    let context = &yes["context"];
    assert_eq!((&yes["decision"], &context["valid_until"]), (&json!(true), &json!("2026-12-31T00:00:00.000000Z")));
    assert!(context["revision"].as_i64().unwrap() > 0);
    let links: Vec<_> = context["path"].as_array().unwrap().iter().map(|link| [&link["from"], &link["to"]]).collect();
    assert_eq!(links, [["eve", "reader"], ["reader", "record:read"]]);
    let no = site.ask(EVALUATION, question("eve", "read", "record-8"));
    assert_eq!(no["decision"], false);
    let reason = no["context"]["reason_admin"]["en"].as_str().unwrap();
    assert_eq!(reason, "It holds in record/record-9, which does not cover record/record-8.");
    let never = site.ask(EVALUATION, question("eve", "write", "record-8"));
    assert_eq!(never["context"]["reason_admin"]["en"], "No role of eve has record:write.");
}

#[test]
fn a_property_names_the_scope_in_which_a_resource_lies() {
    let mut site = Fixture::new();
    let reader = site.site.role("reader");
    site.give("eve", json!({ "role_id": reader, "scope": "project/42" }));
    let inside = with(question("eve", "read", "7"), "resource", json!({ "scope": "project/42" }));
    assert!(site.decision(inside));
    assert!(!site.decision(with(question("eve", "read", "7"), "resource", json!({ "scope": "project/420" }))));
    assert!(!site.decision(question("eve", "read", "7")));
}

#[test]
fn whom_or_what_nobody_knows_may_do_nothing_and_that_is_no_error() {
    let mut site = Fixture::new();
    for body in [
        question("nobody", "read", "record-1"),
        question("alice", "paint", "record-1"),
        question("alice", "read ä:*", "record-1"),
        question("alice", "*", "record-1"),
        json!({ "subject": { "type": "spaceship", "id": "alice" }, "action": { "name": "read" }, "resource": record("record-1") }),
        json!({ "subject": user("alice"), "action": { "name": "read" }, "resource": { "type": "moon", "id": "1" } }),
        json!({ "subject": user(""), "action": { "name": "" }, "resource": { "type": "", "id": "" } }),
        question("alice", "read", &"x".repeat(500)),
    ] {
        assert!(!site.decision(body.clone()), "{body}");
    }
    // A disabled user is known, and may do nothing.
    assert!(site.decision(question("bob", "read", "record-1")));
    let bob = site.site.id("bob");
    assert_eq!(site.ada.post(&format!("/api/v1/users/{bob}/disabled"), json!({})).status, 200);
    assert!(!site.decision(question("bob", "read", "record-1")));
}

#[test]
fn what_is_no_request_is_answered_with_400() {
    let mut site = Fixture::new();
    let good = question("alice", "read", "record-1");
    let without = |field: &str, part: Option<&str>| {
        let mut body = good.clone();
        match part {
            None => body.as_object_mut().unwrap().remove(field),
            Some(part) => body[field].as_object_mut().unwrap().remove(part),
        };
        body
    };
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let bodies = [
        (without("subject", None), "subject"),
        (without("action", None), "action"),
        (without("resource", None), "resource"),
        (without("subject", Some("type")), "subject.type"),
        (without("subject", Some("id")), "subject.id"),
        (without("action", Some("name")), "action.name"),
        (without("resource", Some("type")), "resource.type"),
        (without("resource", Some("id")), "resource.id"),
        (with("subject", "alice".into()), "subject"),
        (with("subject", json!(["user", "alice"])), "subject"),
        (with("subject", Value::Null), "subject"),
        (with("action", json!({ "name": 123 })), "action.name"),
        (with("context", "now".into()), "context"),
        (with("resource", json!({ "type": "record", "id": "1", "properties": [] })), "resource.properties"),
    ];
    for (body, field) in bodies {
        for path in [EVALUATION, EVALUATIONS] {
            let problem = refused(&site.ada.post(path, body.clone()), 400);
            assert!(problem["errors"][field].is_string(), "{body}: {problem}");
        }
    }
    let json = [("content-type", "application/json")];
    let text = good.to_string();
    for (headers, body) in [
        (&json[..], String::new()),
        (&json, "{".to_owned()),
        (&json, format!("[{text}]")),
        (&json, "\"alice\"".to_owned()),
        (&json, format!("{text} {text}")),
        (&json, text.replacen('{', "{\"action\": {\"name\": \"write\"}, ", 1)),
        (&json, "[".repeat(2000)),
        (&[("content-type", "text/plain")], text.clone()),
        (&[("content-type", "application/x-www-form-urlencoded")], text.clone()),
        (&[], text.clone()),
    ] {
        refused(&site.ada.raw("POST", EVALUATION, headers, body.clone().into_bytes()), 400);
    }
    let mut latin = text.clone().into_bytes();
    latin.extend(b" \xe4");
    refused(&site.ada.raw("POST", EVALUATION, &json, latin), 400);
    let charset = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(site.ada.raw("POST", EVALUATION, &charset, text.clone().into_bytes()).status, 200);
    let long = with("context", json!({ "x": "x".repeat(300_000) }));
    refused(&site.ada.post(EVALUATION, long), 413);
    for method in ["GET", "PUT", "DELETE"] {
        let answer = site.ada.raw(method, EVALUATION, &json, text.clone().into_bytes());
        refused(&answer, 405);
        assert_eq!(answer.header("allow"), "POST, OPTIONS");
    }
}

#[test]
fn a_request_keeps_the_name_that_its_caller_gave_it() {
    let mut site = Fixture::new();
    let body = question("alice", "read", "record-1").to_string().into_bytes();
    let named = [("content-type", "application/json"), ("x-request-id", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")];
    for path in [EVALUATION, EVALUATIONS, SUBJECTS] {
        let answer = site.ada.raw("POST", path, &named, body.clone());
        assert_eq!((answer.status, answer.header("x-request-id")), (200, named[1].1));
    }
    let broken = site.ada.raw("POST", EVALUATION, &named, vec![]);
    assert_eq!((broken.status, broken.header("x-request-id")), (400, named[1].1));
    let stranger = site.site.program().raw("POST", EVALUATION, &named, body.clone());
    assert_eq!((stranger.status, stranger.header("x-request-id")), (401, named[1].1));
    let nameless = site.ada.raw("POST", EVALUATION, &named[..1], body);
    assert!(!nameless.header("x-request-id").is_empty());
    // Elsewhere the name is ours.
    assert_ne!(site.ada.raw("GET", "/api/v1/me", &named[1..], vec![]).header("x-request-id"), named[1].1);
}

#[test]
fn only_who_may_ask_is_answered() {
    let site = Fixture::new();
    let body = question("alice", "read", "record-1");
    let mut stranger = site.site.program();
    for path in [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS] {
        let answer = stranger.post(path, body.clone());
        refused(&answer, 401);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", answer.header("www-authenticate"));
    }
    let mut eve = site.site.program_of("eve");
    for path in [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS] {
        refused(&eve.post(path, body.clone()), 403);
    }
    // Of himself anybody may ask, all but who else may.
    let own = question("eve", "read", "record-1");
    assert_eq!(eve.post(EVALUATION, own.clone()).json()["decision"], false);
    assert_eq!(eve.post(ACTIONS, own.clone()).json()["results"], json!([]));
    let both = json!({ "action": { "name": "read" }, "resource": record("record-1"), "evaluations": [{ "subject": user("eve") }, { "subject": user("alice") }] });
    let answer = eve.post(EVALUATIONS, both).json();
    assert_eq!(answer["evaluations"][1]["context"]["error"]["status"], 403);
    assert!(answer["evaluations"][0]["context"].get("error").is_none());
}

#[test]
fn a_program_asks_with_a_token_that_can_do_nothing_else() {
    let mut site = Fixture::new();
    let limited = json!({ "name": "pep", "permissions": ["rolecall.checks:read"] });
    let made = site.ada.post("/api/v1/me/tokens", limited);
    assert_eq!(made.status, 201, "{}", made.body);
    let bearer = format!("Bearer {}", made.json()["secret"].as_str().unwrap());
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let ask = |path: &str, body: Value| site.site.program().raw("POST", path, &headers, body.to_string().into_bytes());
    assert_eq!(ask(EVALUATION, question("alice", "read", "record-1")).json()["decision"], true);
    let records = json!({ "subject": user("alice"), "action": { "name": "read" }, "resource": { "type": "record" } });
    assert_eq!(ask(RESOURCES, records).json()["results"][0]["id"], "record-1");
    refused(&ask(SUBJECTS, question("alice", "read", "record-1")), 403);
    refused(&ask("/api/v1/roles", json!({ "name": "x" })), 403);
    assert_eq!(site.ada.delete(&format!("/api/v1/me/tokens/{}", made.json()["id"])).status, 200);
    refused(&ask(EVALUATION, question("alice", "read", "record-1")), 401);
}

#[test]
fn batch_items_are_answered_in_order_with_what_the_batch_says_for_all() {
    let mut site = Fixture::new();
    let both = |body: Value| body;
    for (body, decisions) in [
        (
            both(json!({ "subject": user("alice"), "action": { "name": "read" },
                "evaluations": [{ "resource": record("record-1") }, { "resource": record("record-2") }] })),
            [true, true],
        ),
        (
            json!({ "subject": user("bob"), "resource": record("record-1"),
                "evaluations": [{ "action": { "name": "read" } }, { "action": { "name": "write" } }] }),
            [true, false],
        ),
        (
            json!({ "subject": user("alice"), "action": { "name": "write" }, "evaluations": [
                { "resource": { "type": "record", "id": "record-1", "properties": { "status": "active" } } },
                { "resource": archived() }] }),
            [true, false],
        ),
        (
            json!({ "action": { "name": "write" }, "resource": archived(), "evaluations": [{ "subject": user("alice") },
                { "subject": { "type": "user", "id": "bob", "properties": { "role": "admin" } } }] }),
            [false, true],
        ),
        (
            json!({ "evaluations": [question("alice", "read", "record-1"), question("bob", "write", "record-1")] }),
            [true, false],
        ),
        (
            json!({ "subject": user("alice"), "action": { "name": "read" }, "context": { "time": "2025-06-27T18:03-07:00" },
                "evaluations": [{ "resource": record("record-1") }, { "resource": record("record-2"),
                "context": { "time": "2025-06-27T19:00-07:00", "source": "batch-override" } }] }),
            [true, true],
        ),
        // What an item leaves out of an entity that it names: only which one it is comes from above.
        (
            json!({ "subject": user("alice"), "action": { "name": "write" }, "resource": { "type": "record" }, "evaluations": [
                { "resource": { "id": "record-1", "properties": { "status": "active" } } }, { "resource": archived() }] }),
            [true, false],
        ),
        // A broken one spoils no other.
        (
            json!({ "subject": user("alice"), "action": { "name": "read" }, "evaluations": [{ "resource": record("record-1") }, {}] }),
            [true, false],
        ),
        (
            json!({ "subject": user("alice"), "action": { "name": "read" }, "evaluations": [{ "resource": record("record-1") }, 7] }),
            [true, false],
        ),
    ] {
        assert_eq!(site.decisions(body.clone()), decisions, "{body}");
    }
    let mut single = question("alice", "read", "record-1");
    assert_eq!(site.ask(EVALUATIONS, single.clone())["decision"], true);
    single["evaluations"] = json!([]);
    assert_eq!(site.ask(EVALUATIONS, single)["decision"], true);
}

#[test]
fn a_batch_ends_at_the_answer_that_decides_it() {
    let mut site = Fixture::new();
    let mut semantic = |name: Value, actions: [&str; 3]| {
        let items: Vec<Value> = actions.iter().map(|action| json!({ "action": { "name": action } })).collect();
        site.ada.post(
            EVALUATIONS,
            json!({ "subject": user("bob"), "resource": record("record-1"),
            "options": { "evaluations_semantic": name, "more": 1 }, "evaluations": items }),
        )
    };
    let decisions = |answer: Answer| -> Vec<Value> {
        answer.json()["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].clone()).collect()
    };
    let order = ["read", "write", "read"];
    assert_eq!(decisions(semantic("execute_all".into(), order)), [true, false, true]);
    assert_eq!(decisions(semantic("deny_on_first_deny".into(), order)), [true, false]);
    assert_eq!(decisions(semantic("permit_on_first_permit".into(), ["write", "read", "read"])), [false, true]);
    for wrong in [json!("first_come"), json!(1), Value::Null] {
        refused(&semantic(wrong, order), 400);
    }
    for (field, value) in
        [("options", json!("all")), ("evaluations", json!({})), ("evaluations", json!(vec![json!({}); 501]))]
    {
        let mut body = question("alice", "read", "record-1");
        body[field] = value;
        let problem = refused(&site.ada.post(EVALUATIONS, body), 400);
        assert!(problem["errors"][field].is_string(), "{problem}");
    }
}

#[test]
fn searches_find_the_subjects_resources_and_actions_of_the_scenario() {
    let mut site = Fixture::new();
    let has = |found: Vec<String>, names: &[&str]| {
        assert!(names.iter().all(|name| found.iter().any(|one| one == name)), "{names:?} in {found:?}");
    };
    let read = json!({ "name": "read" });
    let write = json!({ "name": "write" });
    let subjects = |action: &Value, resource: Value| json!({ "subject": { "type": "user" }, "action": action, "resource": resource });
    has(site.found(SUBJECTS, subjects(&read, record("record-1"))), &["alice", "bob"]);
    has(site.found(SUBJECTS, subjects(&write, archived())), &["bob"]);
    let who = site.ask(SUBJECTS, subjects(&read, record("record-1")));
    assert!(who["results"].as_array().unwrap().iter().all(|one| one["type"] == "user"));
    has(
        site.found(RESOURCES, json!({ "subject": user("alice"), "action": read, "resource": { "type": "record" } })),
        &["record-1"],
    );
    let admin = json!({ "type": "user", "id": "bob", "properties": { "role": "admin" } });
    has(
        site.found(RESOURCES, json!({ "subject": admin, "action": write, "resource": { "type": "record" } })),
        &["record-2"],
    );
    let actions = json!({ "subject": user("alice"), "resource": record("record-1"), "context": {} });
    has(site.found(ACTIONS, actions), &["read", "write"]);
    has(site.found(ACTIONS, json!({ "subject": admin, "resource": archived() })), &["write"]);
    // An id of what is sought, or an action where actions are sought, says nothing.
    let mut ignored = subjects(&read, record("record-1"));
    ignored["subject"]["id"] = "nobody".into();
    has(site.found(SUBJECTS, ignored), &["alice"]);
    has(site.found(ACTIONS, question("alice", "nonsense", "record-1")), &["read"]);
    // Whom or what nobody knows is not found.
    for (path, body) in [
        (ACTIONS, json!({ "subject": user("nonexistent-user"), "resource": record("record-1") })),
        (SUBJECTS, json!({ "subject": { "type": "spaceship" }, "action": read, "resource": record("record-1") })),
        (
            SUBJECTS,
            json!({ "subject": { "type": "user" }, "action": { "name": "fly" }, "resource": record("record-1") }),
        ),
        (RESOURCES, json!({ "subject": user("nonexistent-user"), "action": read, "resource": { "type": "record" } })),
        (RESOURCES, json!({ "subject": user("alice"), "action": read, "resource": { "type": "moon" } })),
        (ACTIONS, json!({ "subject": user("alice"), "resource": { "type": "moon", "id": "1" } })),
    ] {
        assert_eq!(site.found(path, body.clone()), Vec::<String>::new(), "{path} {body}");
    }
    for (path, body, field) in [
        (SUBJECTS, json!({ "subject": { "type": "user" }, "resource": record("record-1") }), "action"),
        (RESOURCES, json!({ "action": read, "resource": { "type": "record" } }), "subject"),
        (ACTIONS, json!({ "subject": user("alice") }), "resource"),
        (SUBJECTS, subjects(&read, json!({ "type": "record" })), "resource.id"),
        (
            RESOURCES,
            json!({ "subject": { "type": "user" }, "action": read, "resource": { "type": "record" } }),
            "subject.id",
        ),
    ] {
        let problem = refused(&site.ada.post(path, body), 400);
        assert!(problem["errors"][field].is_string(), "{problem}");
    }
}

#[test]
fn a_search_is_paged_and_a_token_belongs_to_its_request() {
    let mut site = Fixture::new();
    let reader = site.site.role("reader");
    for id in ["record-10", "record-1-a", "record-1/page/3", "record-3/page/1", "record-3/page/2", "a~2Fb"] {
        site.give("eve", json!({ "role_id": reader, "scope": format!("record/{id}") }));
    }
    let ask = json!({ "subject": user("alice"), "action": { "name": "read" }, "resource": { "type": "record" } });
    let all = ["a/b", "record-1", "record-1-a", "record-10", "record-2", "record-3"];
    assert_eq!(site.found(RESOURCES, ask.clone()), all);
    for limit in 1..8 {
        let mut paged = ask.clone();
        paged["page"] = json!({ "limit": limit, "properties": {}, "more": true });
        assert_eq!(site.found(RESOURCES, paged), all, "{limit} at a time");
    }
    let mut first = ask.clone();
    first["page"] = json!({ "limit": 1 });
    let token = site.ask(RESOURCES, first)["page"]["next_token"].clone();
    let mut next = ask.clone();
    next["page"] = json!({ "token": token });
    assert_eq!(site.ask(RESOURCES, next.clone())["results"][0]["id"], "record-1");
    next["subject"]["id"] = "bob".into();
    refused(&site.ada.post(RESOURCES, next), 400);
    for page in [
        json!({ "token": "made up" }),
        json!({ "token": 1 }),
        json!({ "limit": -1 }),
        json!({ "limit": "2" }),
        json!([]),
    ] {
        let mut body = ask.clone();
        body["page"] = page;
        refused(&site.ada.post(RESOURCES, body), 400);
    }
    let mut none = ask.clone();
    none["page"] = json!({ "limit": 0 });
    let none = site.ask(RESOURCES, none);
    assert_eq!(
        (&none["results"], none["page"]["next_token"].as_str().is_some_and(|token| !token.is_empty())),
        (&json!([]), true)
    );
    assert_eq!(
        site.ask(RESOURCES, ask)["context"]["scopes"],
        json!(["record"]),
        "where he may, known resources or not"
    );
    let people = json!({ "subject": { "type": "user" }, "action": { "name": "read" }, "resource": record("record-1-a"), "page": { "limit": 1 } });
    assert_eq!(site.found(SUBJECTS, people), ["ada", "alice", "bob", "eve"]);
    let acts = json!({ "subject": user("ada"), "resource": record("record-1"), "page": { "limit": 2 } });
    assert_eq!(site.found(ACTIONS, acts), ["delete", "read", "write"]);
}

#[test]
fn the_decision_point_says_what_it_can_do_and_where() {
    let site = Site::new();
    let answer = site.program().get("/.well-known/authzen-configuration");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let told = answer.json();
    let base = told["policy_decision_point"].as_str().unwrap();
    for (name, path) in [
        ("access_evaluation_endpoint", EVALUATION),
        ("access_evaluations_endpoint", EVALUATIONS),
        ("search_subject_endpoint", SUBJECTS),
        ("search_resource_endpoint", RESOURCES),
        ("search_action_endpoint", ACTIONS),
    ] {
        assert_eq!(told[name], format!("{base}{path}"));
    }
    assert!(told["capabilities"].as_array().unwrap().iter().all(Value::is_string));
    let secure = Site::with(|config| config.web.public_url = "https://access.example.com/".parse().unwrap());
    let told = secure.program().get("/.well-known/authzen-configuration").json();
    assert_eq!(told["policy_decision_point"], "https://access.example.com");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// Whatever the policy: what a search finds is what is allowed when it is asked for one by one.
    #[test]
    fn a_search_finds_exactly_what_is_allowed(
        given in prop::collection::vec((0..3usize, 0..4usize, 0..5usize, 0..3usize), 0..10),
        properties in (0..3usize, any::<bool>()),
    ) {
        let mut site = Fixture::new();
        let roles = ["reader", "writer", "editor", "curator"].map(|role| site.site.role(role));
        let people = ["eve", "bob", "alice"];
        for (person, role, scope, condition) in given {
            let scope = ["", "record", "record/record-1", "record/record-3/x", "record/record-1-b"][scope];
            let condition = ["", "subject.role == \"admin\"", "not (resource.id == \"record-2\")"][condition];
            let id = site.site.id(people[person]);
            // The same one twice is refused, and that is as good.
            site.ada.post(&format!("/api/v1/users/{id}/roles"), json!({ "role_id": roles[role], "scope": scope, "condition": condition }));
        }
        let status = [json!({}), json!({ "status": "active" }), json!({ "status": "archived" })][properties.0].clone();
        let subject = |id: &str| json!({ "type": "user", "id": id, "properties": if properties.1 { json!({ "role": "admin" }) } else { json!({}) } });
        let resource = |id: &str| json!({ "type": "record", "id": id, "properties": status });
        let (actions, records) = (["delete", "read", "write"], ["record-1", "record-1-b", "record-2", "record-3"]);
        for action in actions {
            let body = |person: &str, id: &str| json!({ "subject": subject(person), "action": { "name": action }, "resource": resource(id) });
            for person in people {
                let found = site.found(RESOURCES, body(person, "any"));
                for id in &found {
                    prop_assert!(site.decision(body(person, id)));
                }
                for id in records.iter().filter(|id| !found.iter().any(|one| one == *id)) {
                    let known = site.found(RESOURCES, json!({ "subject": user("ada"), "action": { "name": "read" }, "resource": { "type": "record" } }));
                    prop_assert!(!known.iter().any(|one| one == id) || !site.decision(body(person, id)), "{person} {action} {id}");
                }
            }
            let found = site.found(SUBJECTS, body("any", "record-1"));
            for person in ["ada", "alice", "bob", "eve"] {
                let listed = found.iter().any(|one| one == person);
                prop_assert_eq!(listed, site.decision(body(person, "record-1")), "{} {}", person, action);
            }
        }
        for person in people {
            let found = site.found(ACTIONS, json!({ "subject": subject(person), "resource": resource("record-1") }));
            for action in actions {
                let asked = json!({ "subject": subject(person), "action": { "name": action }, "resource": resource("record-1") });
                prop_assert_eq!(found.iter().any(|one| one == action), site.decision(asked), "{} {}", person, action);
            }
        }
    }
}
