//! The rules of forward-auth in the panel.

use crate::support::{Browser, Site};

const LIST: &str = "/admin/forward-auth";

fn make(ada: &mut Browser, fields: &[(&str, &str)]) -> String {
    let made = ada.submit_to(&format!("{LIST}/new"), LIST, fields);
    assert_eq!(made.status, 303, "{}", made.text("main"));
    made.location().to_owned()
}

#[test]
fn a_rule_is_made_changed_and_deleted_by_forms() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let empty = ada.get(LIST);
    assert!(empty.text(".empty").contains("/auth/verify") && empty.has("a[href='/admin/forward-auth/new']"));
    assert!(ada.get("/admin/settings").has("a[href='/admin/forward-auth']"));
    let page = make(
        &mut ada,
        &[
            ("host", "app.example.com"),
            ("path", "/posts"),
            ("methods", "GET"),
            ("permission", "posts:read"),
            ("note", "Blog"),
        ],
    );
    make(&mut ada, &[("host", "*.example.com")]);
    let shown = ada.get(&page);
    assert_eq!(shown.text("h1"), "app.example.com/posts (GET)");
    assert!(
        shown.text("dl").contains("posts:read")
            && shown.text("dl").contains("*.example.com/ : whoever is signed in may pass")
    );
    assert!(shown.has("nav a[aria-current=page][href='/admin/settings']"));
    let changed = ada.submit_to(&format!("{page}/edit"), &page, &[("methods", "")]);
    assert_eq!((changed.status, changed.location()), (303, page.as_str()));
    let rows = ada.get(LIST).texts("tbody tr");
    assert!(rows[1].contains("app.example.com /posts all posts:read Blog"), "{rows:?}");
    let asked = ada.get(&format!("{page}/delete"));
    assert!(
        asked.text("main").contains("fall to the rule *.example.com/: whoever is signed in may pass"),
        "{}",
        asked.text("main")
    );
    assert_eq!(ada.submit(&format!("{page}/delete"), &[("reason", "gone")]).location(), LIST);
    assert_eq!(ada.get(&page).status, 404);
    assert_eq!(ada.get(LIST).texts("tbody tr").len(), 1);
}

#[test]
fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    make(&mut ada, &[("host", "a.net"), ("path", "/x")]);
    let form = format!("{LIST}/new");
    let answer = ada.submit_to(&form, LIST, &[("host", "https://a.net"), ("path", "/a/*"), ("note", "kept")]);
    assert_eq!(answer.status, 422);
    assert!(
        answer.text("#f-host-error").contains("*.example.com") && answer.text("#f-path-error").contains("without *")
    );
    assert_eq!(answer.attr("#f-note", "value").as_deref(), Some("kept"));
    let near = ada.submit_to(&form, LIST, &[("permission", "posts:raed")]);
    assert!(
        near.status == 422 && near.has("input[name='permission.choice'][value='posts:read']"),
        "{}",
        near.text("main")
    );
    let twice = ada.submit_to(&form, LIST, &[("host", "a.net"), ("path", "/X/")]);
    assert_eq!(twice.status, 409);
    assert!(twice.text("#f-path-error").contains("a.net/x"));
}

#[test]
fn a_request_can_be_tried_with_a_user_without_counting_as_a_use() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    make(
        &mut ada,
        &[("host", "app.example.com"), ("path", "/posts"), ("methods", "get"), ("permission", "posts:read")],
    );
    let mut tried = |query: &str| ada.get(&format!("{LIST}?{query}")).text("#try .callout");
    let of = |user: &str| format!("address=https%3A%2F%2Fapp.example.com%2Fposts%2F1%3Fx&user={user}");
    assert!(tried(&of("bob")).starts_with("bob passes"));
    assert!(tried(&of("eve")).starts_with("eve does not pass"));
    assert!(tried(&of("")).contains("posts:read"));
    assert!(tried("address=app.example.com/posts&method=post").contains("No rule lets anybody pass"));
    assert!(tried("address=app.example.com/a/../posts").contains("two ways"));
    site.app.write_uses().unwrap();
    assert_eq!(site.program_of("bob").get("/api/v1/me/uses").json()["items"].as_array().unwrap().len(), 0);
    let unknown = ada.get(&format!("{LIST}?{}", of("bobb")));
    assert_eq!(unknown.status, 422);
    assert!(unknown.text("#f-user-error").contains("bobb"));
    let mut program = site.program_of("ada");
    let answer = program.get("/api/v1/forward-rules/trial?address=app.example.com/posts&user=eve").json();
    assert_eq!((&answer["rule"]["path"], &answer["passes"]), (&"/posts".into(), &false.into()), "{answer}");
    let answer = program.get("/api/v1/forward-rules/trial?address=app.example.com//posts").json();
    assert_eq!((&answer["rule"], &answer["refused"]), (&serde_json::Value::Null, &"ambiguous_address".into()));
}

#[test]
fn a_rule_whose_permission_is_gone_says_that_nobody_passes() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let page = make(&mut ada, &[("permission", "posts:read")]);
    let mut program = site.program_of("ada");
    let id = program.get("/api/v1/permissions?q=posts:read").json()["items"][0]["id"].clone();
    assert_eq!(program.delete(&format!("/api/v1/permissions/{id}")).status, 200);
    for path in [LIST, &page] {
        assert!(ada.get(path).text("main").contains("not registered: nobody passes"), "{path}");
    }
    assert!(ada.get(&format!("{LIST}?address=a.net&user=ada")).text("#try .callout").starts_with("ada does not pass"));
}

#[test]
fn who_may_only_see_settings_is_offered_no_change() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let role = ada
        .post("/api/v1/roles", serde_json::json!({ "name": "seer", "permissions": ["rolecall.settings:read"] }))
        .json();
    let eve = site.id("eve");
    assert_eq!(
        ada.post(&format!("/api/v1/users/{eve}/roles"), serde_json::json!({ "role_id": role["id"] })).status,
        201
    );
    let page = make(&mut site.browser_of("ada"), &[]);
    let mut eve = site.browser_of("eve");
    for path in [LIST.to_owned(), page.clone()] {
        let shown = eve.get(&path);
        assert!(
            shown.status == 200 && !shown.has("main a[href$='/new'], main a[href$='/edit'], main a[href$='/delete']"),
            "{path}"
        );
    }
    for path in [format!("{LIST}/new"), format!("{page}/edit"), format!("{page}/delete")] {
        assert_eq!(eve.get(&path).status, 403, "{path}");
    }
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.get(LIST).status, 403);
}
