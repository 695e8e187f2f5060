use crate::support::Site;
use serde_json::json;

#[test]
fn a_program_looks_first_and_then_acts_on_just_those() {
    let site = Site::new();
    let member = site.role("member");
    let ids = [site.id("bob"), site.id("eve")];
    let mut ada = site.program_of("ada");
    let ask = json!({ "act": "take_role", "role_id": member, "users": { "ids": ids }, "mode": "all" });
    let found = ada.post("/api/v1/users/bulk?dry_run=1", ask.clone()).json();
    assert_eq!(
        (&found["title"], &found["chosen"], &found["dry_run"]),
        (&json!("Take member from 2 users"), &json!(2), &json!(true))
    );
    assert_eq!(found["groups"][0]["outcome"], "done");
    assert_eq!(found["groups"][0]["first"][0]["username"], "bob");
    let mut stale = ask.clone();
    stale["seen"] = json!("others");
    assert_eq!(ada.post("/api/v1/users/bulk", stale).json()["code"], "selection_changed");
    let mut again = ask;
    again["seen"] = found["seen"].clone();
    let done = ada.post("/api/v1/users/bulk", again);
    assert_eq!(done.status, 200, "{}", done.body);
    let body = done.json();
    assert_eq!(body["job"]["report"]["tally"]["done"], 1);
    assert_eq!(body["job"]["report"]["revision"], body["revision"]);
    let rows = ada.get(&format!("{}/rows?filter=done", done.header("location"))).json();
    assert_eq!((rows["total"].as_i64(), rows["items"][0]["username"].as_str()), (Some(1), Some("bob")));
}

#[test]
fn many_are_answered_with_a_job_and_mistakes_by_their_field() {
    let site = Site::new();
    site.crowd(201);
    let mut ada = site.program_of("ada");
    let ask = json!({ "act": "disable", "users": { "matching": { "q": "crowd" } } });
    let begun = ada.post("/api/v1/users/bulk", ask);
    assert_eq!((begun.status, begun.json()["job"]["status"].as_str()), (202, Some("queued")));
    site.app.work().unwrap();
    assert_eq!(ada.get(begun.header("location")).json()["report"]["tally"]["done"], 201);
    let wrong = ada.post("/api/v1/users/bulk", json!({ "act": "tickle", "users": { "ids": [1] } }));
    assert_eq!((wrong.status, wrong.json()["errors"]["act"].is_string()), (422, true));
    let wrong = ada.post("/api/v1/users/bulk", json!({ "act": "disable", "mode": "some", "users": { "ids": [1] } }));
    assert!(wrong.json()["errors"]["mode"].is_string());
    let mut eve = site.program_of("eve");
    assert_eq!(eve.post("/api/v1/users/bulk", json!({ "act": "disable", "users": { "ids": [1] } })).status, 403);
}
