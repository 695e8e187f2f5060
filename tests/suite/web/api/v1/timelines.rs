//! Time lines for programs: what their pages show.

use crate::support::{Site, give, role};
use rolecall::{app::Actor, domain::role::Assign};
use serde_json::Value;

fn items(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = answer["items"].as_array().unwrap();
    rows.iter()
        .map(|row| (text(&row["kind"]), format!("{}{}", text(&row["role"]["name"]), text(&row["pattern"]))))
        .collect()
}

#[test]
fn a_program_reads_what_a_user_had_with_what_began_and_ended_it() {
    let site = Site::new();
    let ada = site.actor("ada");
    let (lead, eve) = (role(&site, "lead", &["posts:*"]), site.id("eve"));
    let given =
        site.app.give_role(&ada, &Assign::parse(eve, lead, "project/42", "", "", "she asked").unwrap()).unwrap();
    site.pass(60);
    site.app.take_role(&ada, eve, given.value.id, "left").unwrap();
    let mut program = site.program_of("ada");
    let answer = program.get(&format!("/api/v1/users/{eve}/timeline?filter=assignment")).json();
    assert_eq!(
        (answer["name"].as_str(), answer["total"].as_i64(), &answer["deleted_at"]),
        (Some("eve"), Some(1), &Value::Null)
    );
    let row = &answer["items"][0];
    assert_eq!((row["role"]["name"].as_str(), row["scope"].as_str()), (Some("lead"), Some("project/42")));
    assert_eq!(
        (row["valid_from"].as_str(), row["valid_to"].as_str()),
        (Some("2026-03-02T09:00:00.000000Z"), Some("2026-03-02T09:01:00.000000Z"))
    );
    assert_eq!(
        (row["begun"]["by"]["name"].as_str(), row["begun"]["reason"].as_str()),
        (Some("ada"), Some("she asked"))
    );
    assert_eq!(row["ended"]["reason"], "left");
    let event = row["ended"]["event_id"].as_i64().unwrap();
    assert!(site.browser_of("ada").get(&format!("/admin/audit/{event}")).text("main").contains("left"));
    let past = program.get(&format!("/api/v1/users/{eve}/timeline?from=2001-01-01&to=2002-01-01")).json();
    assert_eq!((past["total"].as_i64(), past["from"].as_str()), (Some(0), Some("2001-01-01T00:00:00.000000Z")));
}

#[test]
fn members_of_a_roles_time_line_are_for_who_may_see_users() {
    let site = Site::new();
    let lead = role(&site, "lead", &["posts:*"]);
    give(&site, "eve", lead);
    give(&site, "bob", role(&site, "reader of roles", &["rolecall.roles:read"]));
    let path = format!("/api/v1/roles/{lead}/timeline");
    let all = site.program_of("ada").get(&path).json();
    assert_eq!(items(&all), [("assignment".into(), "lead".into()), ("permission".into(), "leadposts:*".into())]);
    assert!(all["members"].as_array().unwrap().len() == 60 && all["items"][0]["user"]["name"] == "eve");
    let less = site.program_of("bob").get(&path).json();
    assert_eq!((items(&less).len(), less["members"].as_array().unwrap().len()), (1, 0));
    assert_eq!(less["items"][0]["begun"]["event_id"], Value::Null, "he may not read the log");
    assert_eq!(site.program_of("eve").get(&path).status, 403);
    assert_eq!(site.program_of("ada").get("/api/v1/roles/999/timeline").status, 404);
}

#[test]
fn dates_that_are_none_are_told_by_their_field() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let path = format!("/api/v1/users/{}/timeline", site.id("bob"));
    for (query, field) in [("from=soon", "from"), ("from=2026-05-01&to=2026-04-01", "to")] {
        let answer = ada.get(&format!("{path}?{query}"));
        assert!(answer.status == 422 && answer.json()["errors"][field].is_string(), "{query}: {}", answer.json());
    }
}

#[test]
fn the_past_of_what_was_deleted_is_still_told() {
    let site = Site::new();
    let operator = Actor::operator();
    let (lead, eve) = (role(&site, "lead", &["posts:*"]), site.id("eve"));
    give(&site, "eve", lead);
    site.pass(60);
    site.app.delete_user(&operator, eve, "").unwrap();
    site.app.delete_role(&operator, lead, "").unwrap();
    let mut ada = site.program_of("ada");
    for path in [format!("/api/v1/users/{eve}/timeline"), format!("/api/v1/roles/{lead}/timeline")] {
        let answer = ada.get(&path).json();
        assert_eq!(answer["deleted_at"], "2026-03-02T09:01:00.000000Z", "{path}");
        assert!(items(&answer).iter().any(|(kind, _)| kind == "assignment"), "{answer}");
    }
}
