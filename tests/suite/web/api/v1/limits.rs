//! How many requests a caller may make.

use super::{good, problem};
use crate::support::Site;
use serde_json::json;

#[test]
fn a_caller_is_told_his_limit_and_stopped_at_it_until_the_minute_is_over() {
    let site = Site::with(|config| config.tokens.requests = 3);
    let (mut ada, mut bob) = (site.program_of("ada"), site.program_of("bob"));
    site.pass(60 - site.now().unix().rem_euclid(60));
    for left in [2, 1, 0] {
        let answer = ada.get("/api/v1/me");
        good(&answer, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=3;w=60");
        assert_eq!(answer.header("ratelimit"), format!("\"requests\";r={left};t=60"));
    }
    site.pass(20);
    for _ in 0..2 {
        let answer = ada.post("/api/v1/roles", json!({ "name": "clerk" }));
        problem(&answer, 429, "throttled");
        assert_eq!((answer.header("retry-after"), answer.header("ratelimit")), ("40", "\"requests\";r=0;t=40"));
    }
    // Failures count and are told, too; others are not in anybody's way; questions have no limit.
    let refused = bob.get("/api/v1/users");
    problem(&refused, 403, "forbidden");
    assert_eq!(refused.header("ratelimit"), "\"requests\";r=2;t=40");
    for _ in 0..5 {
        let answer = ada.post("/api/v1/check", json!({ "permission": "posts:read" }));
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    site.pass(40);
    let answer = ada.post("/api/v1/roles", json!({ "name": "clerk" }));
    good(&answer, 201);
    assert_eq!(answer.header("ratelimit"), "\"requests\";r=2;t=60");
    // A token has a count of its own.
    let secret = good(&ada.post("/api/v1/me/tokens", json!({ "name": "ci" })), 201)["secret"].clone();
    let mut token = site.program().bearing(secret.as_str().unwrap());
    assert_eq!(token.get("/api/v1/me").header("ratelimit"), "\"requests\";r=2;t=60");
}

#[test]
fn nobody_need_be_limited() {
    let site = Site::with(|config| config.tokens.requests = 0);
    let answer = site.program_of("ada").get("/api/v1/me");
    assert_eq!((answer.status, answer.header("ratelimit"), answer.header("ratelimit-policy")), (200, "", ""));
}
