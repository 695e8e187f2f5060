//! API tokens: what a program may with one, and until when.

use super::{column, good, names_field, problem};
use crate::support::{Program, Site, at_once, give, password, role};
use rolecall::{
    app::Actor,
    domain::{
        permission::NewPermission,
        token::{Kind, write},
    },
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

const TOKENS: &str = "/api/v1/me/tokens";
/// Whether `posts:read` is allowed.
fn may_read(program: &mut Program) -> Value {
    good(&program.post("/api/v1/me/check", json!({ "permission": "posts:read" })), 200)["allowed"].clone()
}

/// Makes a token and gives its id and its text.
fn made(program: &mut Program, new: Value) -> (i64, String) {
    let token = good(&program.post(TOKENS, new), 201);
    (token["id"].as_i64().unwrap(), token["secret"].as_str().unwrap().to_owned())
}

fn named(name: &str) -> Value {
    json!({ "name": name })
}

#[test]
fn a_token_works_wherever_a_cookie_does_and_is_told_once() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let answer = bob.post(TOKENS, json!({ "name": "ci" }));
    let token = good(&answer, 201);
    assert_eq!(answer.header("location"), format!("{TOKENS}/{}", token["id"]));
    let text = token["secret"].as_str().unwrap();
    assert!(text.starts_with("rc_pat_") && text.starts_with(token["prefix"].as_str().unwrap()), "{token}");
    let mut ci = site.program().bearing(text);
    assert_eq!(good(&ci.get("/api/v1/me"), 200)["user"]["username"], "bob");
    assert_eq!(may_read(&mut ci), true);
    let batch = json!({ "checks": [{ "permission": "posts:read" }] });
    assert_eq!(good(&ci.post("/api/v1/me/check/batch", batch), 200)["answers"][0]["allowed"], true);
    assert_eq!(good(&ci.post("/api/v1/explain", json!({ "permission": "posts:read" })), 200)["allowed"], true);
    assert_eq!(good(&ci.get("/check_auth_status"), 200)["success"], true, "the routes of the replaced system too");
    let list = bob.get(TOKENS);
    assert!(!list.body.contains(text) && !list.body.contains("secret"), "{}", list.body);
    assert_eq!(column(&good(&list, 200), "name"), ["ci"]);
    assert_eq!(good(&bob.get(&format!("{TOKENS}/{}", token["id"])), 200)["status"], "active");
    if let rolecall::db::Target::Sqlite(path) = &site.database.target {
        for ending in ["", "-wal"] {
            let bytes = std::fs::read(format!("{}{ending}", path.display())).unwrap();
            assert!(!bytes.windows(20).any(|part| part == &text.as_bytes()[..20]), "it is nowhere in the database");
        }
    }
}

#[test]
fn a_token_has_at_each_moment_what_both_its_owner_and_its_patterns_have() {
    let site = Site::new();
    for (resource, action) in [("posts", "write"), ("pages", "read"), ("mails", "send")] {
        let new = NewPermission::parse(resource, action, "", "").unwrap();
        site.app.create_permission(&Actor::operator(), &new).unwrap();
    }
    let editor = role(&site, "editor", &["posts:*", "pages:read"]);
    let mut bob = site.program_of("bob");
    let limit = |permissions: Value, scope: &str| json!({ "name": "t", "permissions": permissions, "scope": scope });
    let (_, writer) = made(&mut bob, named("all"));
    let (_, reader) = made(&mut bob, limit(json!(["posts:read"]), ""));
    let (_, here) = made(&mut bob, limit(json!(["*:read"]), "project/42"));
    let holds = |token: &str, permission: &str, scope: &str| {
        let body = json!({ "permission": permission, "scope": scope });
        good(&site.program().bearing(token).post("/api/v1/me/check", body), 200)["allowed"] == true
    };
    assert!(holds(&reader, "posts:read", "") && holds(&writer, "posts:read", ""));
    assert!(holds(&here, "posts:read", "project/42/docs") && !holds(&here, "posts:read", ""));
    give(&site, "bob", editor);
    assert!(holds(&writer, "posts:write", "") && !holds(&reader, "posts:write", ""), "what he gets, the wide one gets");
    let told = good(&site.program().bearing(&here).get("/api/v1/me/permissions"), 200);
    assert_eq!(column(&told, "permission"), ["pages:read", "posts:read"]);
    assert_eq!(column(&told, "scope"), ["project/42", "project/42"]);
    let why = json!({ "permission": "posts:write" });
    assert_eq!(good(&site.program().bearing(&reader).post("/api/v1/explain", why), 200)["allowed"], false);
    names_field(&bob.post(TOKENS, limit(json!(["mails:send"]), "")), 422, "invalid", "permissions");
}

#[test]
fn a_revoked_expired_or_orphaned_token_opens_nothing() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let (id, text) = made(&mut bob, named("ci"));
    let (_, short) = made(&mut bob, json!({ "name": "short", "expires_at": "2026-03-02T10:00:00Z" }));
    let refused = |token: &str| {
        let answer = site.program().bearing(token).get("/api/v1/me");
        problem(&answer, 401, "invalid_token");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="rolecall", error="invalid_token""#);
    };
    assert_eq!(may_read(&mut site.program().bearing(&text)), true);
    good(&bob.delete(&format!("{TOKENS}/{id}")), 200);
    refused(&text);
    assert_eq!(may_read(&mut site.program().bearing(&short)), true);
    site.pass(3601);
    refused(&short);
    let mut bob = site.program_of("bob");
    let (_, last) = made(&mut bob, named("last"));
    assert_eq!(may_read(&mut site.program().bearing(&last)), true);
    let operator = Actor::operator();
    site.app.set_user_disabled(&operator, site.id("bob"), true, "").unwrap();
    refused(&last);
    site.app.set_user_disabled(&operator, site.id("bob"), false, "").unwrap();
    assert_eq!(may_read(&mut site.program().bearing(&last)), true, "it is his as long as he is there");
    site.app.delete_user(&operator, site.id("bob"), "").unwrap();
    refused(&last);
}

#[test]
fn what_is_no_token_is_refused_and_told_how_to_prove_who_one_is() {
    let site = Site::new();
    let send = |headers: &[(&str, &str)]| site.program().raw("GET", "/api/v1/me", headers, vec![]);
    let forged = write(Kind::Personal, &[1; 32]);
    for bad in ["Bearer", "Bearer ", "bearer x", &format!("Bearer {forged}")] {
        problem(&send(&[("authorization", bad)]), 401, "invalid_token");
    }
    let basic = send(&[("authorization", "Basic Ym9iOmI=")]);
    problem(&basic, 401, "sign_in_required");
    assert_eq!(basic.header("www-authenticate"), r#"Bearer realm="rolecall""#);
    let (_, text) = made(&mut site.program_of("bob"), named("ci"));
    let bearer = format!("Bearer {text}");
    problem(&send(&[("authorization", &bearer), ("authorization", &bearer)]), 400, "malformed");
    problem(&site.program().get(&format!("/api/v1/me?access_token={text}")), 401, "sign_in_required");
    let page = site.program().raw("GET", "/account", &[("authorization", &bearer), ("accept", "text/html")], vec![]);
    assert_eq!((page.status, page.location()), (303, "/login?next=%2Faccount"), "pages take no token");
}

#[test]
fn of_a_token_and_a_cookie_the_token_decides() {
    let site = Site::new();
    let (id, text) = made(&mut site.program_of("bob"), named("ci"));
    let mut both = site.program_of("ada").bearing(&text);
    assert_eq!(good(&both.get("/api/v1/me"), 200)["user"]["username"], "bob");
    problem(&both.get("/api/v1/users"), 403, "forbidden");
    good(&site.program_of("bob").delete(&format!("{TOKENS}/{id}")), 200);
    problem(&both.get("/api/v1/me"), 401, "invalid_token");
}

#[test]
fn a_token_does_sensitive_acts_only_if_it_names_what_it_is_for() {
    let site = Site::new();
    let helper = role(&site, "helper", &[]);
    let mut ada = site.program_of("ada");
    let (_, wide) = made(&mut ada, named("wide"));
    let named =
        json!({ "name": "named", "permissions": ["rolecall.assignments:write", "rolecall.users:*", "posts:read"] });
    let (id, narrow) = made(&mut ada, named);
    let give = json!({ "role_id": helper });
    let roles = format!("/api/v1/users/{}/roles", site.id("eve"));
    site.pass(7200);
    problem(&site.program().bearing(&wide).post(&roles, give.clone()), 403, "token_too_wide");
    good(&site.program().bearing(&narrow).post(&roles, give), 201);
    let audit = good(&site.program_of("ada").get("/api/v1/audit?action=role.give"), 200);
    assert_eq!(audit["items"][0]["token"], json!({ "id": id, "name": "named" }));
    assert_eq!(audit["items"][0]["actor"]["name"], "ada");
    let strong = json!({ "role_id": site.role("admin") });
    problem(&site.program().bearing(&narrow).post(&roles, strong), 403, "escalation");
}

#[test]
fn no_token_acts_on_the_sign_in_of_its_owner() {
    let site = Site::new();
    let everything = json!({ "name": "all", "permissions": ["*:*"] });
    let (id, text) = made(&mut site.program_of("ada"), everything.clone());
    let mut token = site.program().bearing(&text);
    for (method, path, body) in [
        ("POST", TOKENS.to_owned(), everything),
        ("DELETE", format!("{TOKENS}/{id}"), json!({})),
        ("PATCH", format!("{TOKENS}/{id}"), named("other")),
        ("POST", format!("{TOKENS}/{id}/rotation"), json!({})),
        ("POST", "/api/v1/me/email".into(), json!({ "email": "x@example.com", "current_password": password("ada") })),
        ("POST", "/api/v1/me/deletion".into(), json!({})),
        ("GET", "/api/v1/me/data".into(), json!({})),
        ("POST", "/api/v1/me/factors/enrolment".into(), json!({})),
        ("DELETE", "/api/v1/me/trusted-devices".into(), json!({})),
        ("GET", "/api/v1/sessions".into(), json!({})),
        ("DELETE", "/api/v1/sessions/others".into(), json!({})),
    ] {
        problem(&token.json(method, &path, body), 403, "not_by_token");
    }
    assert_eq!(good(&token.get(TOKENS), 200)["total"], 1, "it may look at itself");
}

#[test]
fn a_replaced_token_works_beside_the_new_one_for_as_long_as_was_said() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let (id, old) = made(&mut bob, json!({ "name": "ci", "permissions": ["posts:*"], "networks": ["127.0.0.0/8"] }));
    let rotation = format!("{TOKENS}/{id}/rotation");
    names_field(&bob.post(&rotation, json!({ "overlap_seconds": -1 })), 422, "invalid", "overlap_seconds");
    let new = good(&bob.post(&rotation, json!({ "overlap_seconds": 3600 })), 201);
    assert_eq!((&new["permissions"], &new["networks"]), (&json!(["posts:*"]), &json!(["127.0.0.0/8"])));
    let text = new["secret"].as_str().unwrap();
    assert_ne!(text, old);
    let replaced = good(&bob.get(&format!("{TOKENS}/{id}")), 200);
    assert_eq!((&replaced["status"], &replaced["replaced_by"]), (&json!("replaced"), &new["id"]));
    problem(&bob.post(&rotation, json!({})), 409, "token_over");
    assert_eq!(may_read(&mut site.program().bearing(&old)), true);
    site.pass(3600);
    problem(&site.program().bearing(&old).get("/api/v1/me"), 401, "invalid_token");
    assert_eq!(may_read(&mut site.program().bearing(text)), true);
}

#[test]
fn a_token_is_taken_from_its_networks_only() {
    let site = Site::with(|config| config.web.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]);
    let (_, text) =
        made(&mut site.program_of("bob"), json!({ "name": "ci", "networks": ["10.0.0.0/8", "2001:db8::1"] }));
    let from = |address: &str| {
        let headers = [("authorization", &*format!("Bearer {text}")), ("x-forwarded-for", address)];
        site.program().raw("GET", "/api/v1/me", &headers, vec![])
    };
    for _ in 0..2 {
        assert_eq!((from("10.9.8.7").status, from("2001:db8::1").status), (200, 200));
        problem(&from("11.0.0.1"), 401, "invalid_token");
    }
}

#[test]
fn the_last_use_is_noted_once_a_minute_at_most() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let (id, text) = made(&mut bob, named("ci"));
    let mut ci = site.program().bearing(&text);
    let used = |bob: &mut Program| good(&bob.get(&format!("{TOKENS}/{id}")), 200)["last_used_at"].clone();
    assert_eq!(used(&mut bob), Value::Null);
    may_read(&mut ci);
    let first = used(&mut bob);
    assert_eq!(first, "2026-03-02T09:00:00.000000Z");
    site.pass(59);
    may_read(&mut ci);
    assert_eq!(used(&mut bob), first);
    site.pass(1);
    may_read(&mut ci);
    assert_eq!(used(&mut bob), "2026-03-02T09:01:00.000000Z");
}

#[test]
fn wrong_tokens_from_one_network_are_slowed_and_a_right_one_is_not() {
    let site = Site::new();
    let (_, text) = made(&mut site.program_of("bob"), named("ci"));
    let forged = |n: u8| write(Kind::Personal, &[n; 32]);
    let tries: Vec<u16> = (0..40).map(|n| site.program().bearing(&forged(n)).get("/api/v1/me").status).collect();
    assert_eq!((tries[0], tries[39]), (401, 429), "{tries:?}");
    assert_eq!(may_read(&mut site.program().bearing(&text)), true);
}

#[test]
fn a_bulk_act_keeps_to_the_limit_of_the_token_that_began_it() {
    let site = Site::new();
    site.app.create_permission(&Actor::operator(), &NewPermission::parse("secrets", "read", "", "").unwrap()).unwrap();
    let strong = role(&site, "strong", &["secrets:read"]);
    let permissions = ["rolecall.users:*", "rolecall.assignments:write", "posts:*"];
    let (_, text) = made(&mut site.program_of("ada"), json!({ "name": "bulk", "permissions": permissions }));
    let helper = role(&site, "helper", &["posts:read"]);
    let mut bulk = site.program().bearing(&text);
    let act = |role| json!({ "act": "give_role", "role_id": role, "users": { "ids": [site.id("eve")] } });
    let refused = good(&bulk.post("/api/v1/users/bulk", act(strong)), 200);
    assert_eq!(refused["job"]["error"], "you cannot give what you do not have: secrets:read");
    assert!(site.first_assignment(strong).is_none());
    let job = good(&bulk.post("/api/v1/users/bulk", act(helper)), 200);
    assert!(site.first_assignment(helper).is_some(), "{job}");
    assert_eq!(good(&bulk.get(&format!("/api/v1/jobs/{}", job["job"]["id"])), 200)["status"], "done");
}

#[test]
fn work_in_the_background_stops_when_the_token_that_began_it_is_revoked() {
    let site = Site::new();
    site.crowd(1200);
    let permissions = ["rolecall.users:*", "rolecall.assignments:write", "posts:*"];
    let mut ada = site.program_of("ada");
    let (id, text) = made(&mut ada, json!({ "name": "bulk", "permissions": permissions }));
    let helper = role(&site, "helper", &["posts:read"]);
    let act =
        json!({ "act": "give_role", "role_id": helper, "tell": false, "users": { "matching": { "q": "crowd" } } });
    let begun = good(&site.program().bearing(&text).post("/api/v1/users/bulk", act), 202);
    // A node that is stopped does one step and no more.
    let stopping = Site::on(site.database.share(), |_| {});
    stopping.app.start_workers().stop();
    stopping.app.work().unwrap();
    let holders =
        |ada: &mut Program| good(&ada.get(&format!("/api/v1/roles/{helper}/assigned-users")), 200)["total"].clone();
    let done = holders(&mut ada).as_i64().unwrap();
    assert!((500..1200).contains(&done), "{done}");
    good(&ada.delete(&format!("{TOKENS}/{id}")), 200);
    site.app.work().unwrap();
    let job = good(&ada.get(&format!("/api/v1/jobs/{}", begun["job"]["id"])), 200);
    assert_eq!((job["status"].as_str(), job["done"].as_i64()), (Some("failed"), Some(done)), "{job}");
    assert_eq!(holders(&mut ada), done, "what was done before stays, and nothing more is done");
}

#[test]
fn a_second_factor_that_is_overdue_bars_tokens_too() {
    let site = Site::with(|config| {
        config.sign_in.second_factor = rolecall::domain::sign_in_rules::Demand::Any;
        config.sign_in.grace = 24 * 3600;
    });
    let (_, text) = made(&mut site.program_of("bob"), named("ci"));
    assert_eq!(may_read(&mut site.program().bearing(&text)), true);
    site.pass(25 * 3600);
    let mut ci = site.program().bearing(&text);
    problem(&ci.post("/api/v1/check", json!({ "permission": "posts:read" })), 403, "second_factor_demanded");
}

#[test]
fn an_account_has_at_most_a_hundred_live_tokens_and_each_a_longest_life() {
    let site = Site::with(|config| config.tokens.longest = 30 * 24 * 3600);
    let mut bob = site.program_of("bob");
    let token = good(&bob.post(TOKENS, named("0")), 201);
    assert_eq!(token["expires_at"], "2026-04-01T09:00:00.000000Z");
    names_field(&bob.post(TOKENS, json!({ "name": "x", "expires_at": "2026-05-01" })), 422, "invalid", "expires_at");
    for n in 1..100 {
        made(&mut bob, named(&n.to_string()));
    }
    problem(&bob.post(TOKENS, named("100")), 409, "too_many_tokens");
    good(&bob.delete(&format!("{TOKENS}/{}", token["id"])), 200);
    made(&mut bob, named("100"));
}

#[test]
fn a_dry_run_makes_no_token_and_another_users_tokens_are_not_there() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    assert_eq!(good(&bob.post(&format!("{TOKENS}?dry_run=1"), named("ci")), 200)["dry_run"], true);
    assert_eq!(good(&bob.get(TOKENS), 200)["total"], 0);
    let (id, text) = made(&mut bob, named("ci"));
    problem(&site.program_of("eve").delete(&format!("{TOKENS}/{id}")), 404, "not_found");
    let his = format!("/api/v1/users/{}/tokens", site.id("bob"));
    problem(&site.program_of("eve").get(&his), 403, "forbidden");
    let mut ada = site.program_of("ada");
    assert_eq!(column(&good(&ada.get(&his), 200), "name"), ["ci"]);
    problem(&ada.post(&his, named("for him")), 409, "not_a_service_account");
    problem(&ada.post(&format!("{his}/{id}/rotation"), json!({})), 409, "not_a_service_account");
    assert_eq!(good(&ada.delete(&his), 200)["ended"], 1);
    problem(&site.program().bearing(&text).get("/api/v1/me"), 401, "invalid_token");
}

/// After the answer to a revoke no request by the token is answered, whichever node is asked.
#[test]
fn no_node_takes_a_token_after_its_revoke_was_answered() {
    let here = Site::new();
    let there = Site::on(here.database.share(), |_| {});
    let nodes = [&here, &there];
    for _ in 0..10 {
        let mut bob = here.program_of("bob");
        let (id, text) = made(&mut bob, named("ci"));
        let revoked = AtomicBool::new(false);
        let clients: Vec<Program> = (0..6).map(|n| nodes[n % nodes.len()].program().bearing(&text)).collect();
        let clients = clients.into_iter().chain([bob]).collect::<Vec<_>>();
        at_once(clients, |number, client| {
            if number == 6 {
                let answer = client.delete(&format!("{TOKENS}/{id}"));
                revoked.store(true, Ordering::SeqCst);
                return answer;
            }
            for _ in 0..20_000 {
                let late = revoked.load(Ordering::SeqCst);
                let answer = client.post("/api/v1/me/check", json!({ "permission": "posts:read" }));
                assert!([200, 401].contains(&answer.status) && !(late && answer.status == 200), "{}", answer.body);
                if late {
                    return answer;
                }
            }
            panic!("it was never revoked");
        });
    }
}
