//! Roles against permissions: what the cells say, and many changes as one.

use super::{flash, give, permission, role};
use crate::support::{Answer, Browser, Site, password};
use proptest::prelude::*;
use rolecall::{
    app::{Actor, permission_matrix::MatrixQuery},
    domain::{constraint::ConstraintDraft, page::ListQuery, permission::Pattern, role::NewGrant},
};

const PATH: &str = "/admin/permissions/matrix";

/// Three permissions of `docs`, and roles that have them in each way.
fn docs(site: &Site) -> (i64, i64) {
    for action in ["read", "share", "write"] {
        permission(site, "docs", action);
    }
    let reader = role(site, "reader", &["docs:read"]);
    let editor = role(site, "editor", &[]);
    role(site, "keeper", &["docs:*"]);
    site.app.include_role(&Actor::operator(), editor, reader, "").unwrap();
    (reader, editor)
}

fn id(site: &Site, name: &str) -> i64 {
    site.app.permission_by_name(&Actor::operator(), name).unwrap().id
}

/// What a screen reader is told of a role's cells.
fn cells(page: &Answer, role: &str) -> Vec<String> {
    let rows = page.texts(".matrix tbody th");
    let place = rows.iter().position(|name| name.starts_with(role)).unwrap() + 1;
    page.texts(&format!(".matrix tbody tr:nth-child({place}) td .visually-hidden"))
}

/// Sends the form of the matrix with other ticks.
fn send(browser: &mut Browser, page: &Answer, act: &str, tick: &[String], untick: &[String]) -> Answer {
    let mut fields = page.fields(&format!("form[method=post][action='{PATH}']"));
    fields.retain(|(name, value)| name != "own" || !untick.contains(value));
    fields.extend(tick.iter().map(|value| ("own".to_owned(), value.clone())));
    fields.push(("act".into(), act.into()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(PATH, &fields)
}

#[test]
fn each_cell_tells_how_the_role_has_the_permission_by_sign_and_word() {
    let site = Site::new();
    docs(&site);
    let mut ada = site.browser_of("ada");
    assert!(ada.get(PATH).texts("tbody th").contains(&"docs".to_owned()));
    let page = ada.get(&format!("{PATH}?resource=docs"));
    assert_eq!(page.texts(".matrix thead th")[1..], ["docs: read", "docs: share", "docs: write"]);
    let told = |role: &str| cells(&page, role).join("; ");
    assert_eq!(told("reader"), "reader, docs:read: its own; reader, docs:share: none; reader, docs:write: none");
    assert!(told("editor").starts_with("editor, docs:read: inherited from reader; editor, docs:share: none"));
    assert!(told("keeper").contains("docs:write: by its pattern docs:*"));
    assert_eq!(page.texts(".matrix tbody tr:nth-child(1) td .sign"), ["✱", "✱", "✱"], "admin has all");
    let having = ada.get(&format!("{PATH}?resource=docs&filter=having"));
    assert!(!having.texts(".matrix tbody th").iter().any(|name| name == "member"));
    assert_eq!(having.texts(".matrix tbody th").len(), 4);
    assert!(ada.get(&format!("{PATH}?resource=none")).text("main").contains("No permission is registered for"));
}

#[test]
fn many_ticks_are_previewed_together_done_as_one_revision_and_undone() {
    let site = Site::new();
    let (reader, editor) = docs(&site);
    give(&site, "eve", editor);
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PATH}?resource=docs"));
    let (read, write) = (id(&site, "docs:read"), id(&site, "docs:write"));
    let (tick, untick) = ([format!("{editor}.{write}")], [format!("{reader}.{read}")]);
    let asked = send(&mut ada, &page, "preview", &tick, &untick);
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert!(asked.text("h1").contains("Change 2 permissions"));
    let preview = asked.text(".preview");
    assert!(preview.contains("eve gains docs:write") && preview.contains("eve loses docs:read"), "{preview}");
    assert_eq!(cells(&ada.get(&format!("{PATH}?resource=docs")), "reader")[0], "reader, docs:read: its own");
    let back = send(&mut ada, &asked, "back", &[], &[]);
    assert!(back.has(&format!("input[value='{editor}.{write}'][checked]")), "what was chosen stays");
    assert!(!back.has(&format!("input[name=own][value='{reader}.{read}'][checked]")));
    let done = send(&mut ada, &asked, "change", &[], &[]);
    assert_eq!(done.status, 303, "{}", done.body);
    let here = done.location().to_owned();
    let page = ada.get(&here);
    assert!(page.text(".flash").contains("2 permissions of roles are changed") && page.text(".flash").contains("Undo"));
    assert_eq!(cells(&page, "editor")[2], "editor, docs:write: its own");
    assert_eq!(cells(&page, "reader")[0], "reader, docs:read: none");
    let undo = page.attr(".flash form", "action").or_else(|| page.attr(".flash a", "href")).unwrap();
    assert_eq!(ada.submit(&undo, &[]).status, 303);
    let page = ada.get(&here);
    assert_eq!(cells(&page, "reader")[0], "reader, docs:read: its own");
    assert_eq!(cells(&page, "editor")[2], "editor, docs:write: none");
}

#[test]
fn a_role_that_was_changed_meanwhile_is_told_and_what_was_chosen_stays() {
    let site = Site::new();
    let (reader, _) = docs(&site);
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PATH}?resource=docs"));
    let tick = [format!("{reader}.{}", id(&site, "docs:write"))];
    let grant = NewGrant::parse("docs:share", "", "").unwrap();
    site.app.grant(&Actor::operator(), reader, &grant).unwrap();
    let told = send(&mut ada, &page, "preview", &tick, &[]);
    assert_eq!(told.status, 409);
    assert!(told.text(".error-summary").contains("eader was changed since"), "{}", told.text(".error-summary"));
    assert!(told.has(&format!("input[value='{}'][checked]", tick[0])));
    assert_eq!(cells(&told, "reader")[1], "reader, docs:share: its own");
    let asked = send(&mut ada, &told, "preview", &[], &[]);
    assert_eq!(send(&mut ada, &asked, "change", &[], &[]).status, 303);
    assert_eq!(flash(&mut ada, &format!("{PATH}?resource=docs")), "1 permission of a role is changed. Undo");
}

#[test]
fn nobody_gives_by_the_matrix_what_he_has_not_and_a_refused_one_leaves_nothing() {
    let site = Site::new();
    let (reader, editor) = docs(&site);
    let changer = role(
        &site,
        "changer",
        &["rolecall.roles:read", "rolecall.roles:write", "rolecall.permissions:read", "docs:read"],
    );
    give(&site, "eve", changer);
    let mut eve = site.browser_of("eve");
    let page = eve.get(&format!("{PATH}?resource=docs"));
    let tick = [format!("{editor}.{}", id(&site, "docs:read")), format!("{reader}.{}", id(&site, "docs:write"))];
    let refused = send(&mut eve, &page, "change", &tick, &[]);
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.text(".error-summary").contains("docs:write"));
    assert!(cells(&eve.get(&format!("{PATH}?resource=docs")), "editor")[0].contains("inherited"), "all or nothing");
    assert_eq!(site.browser_of("bob").get(&format!("{PATH}?resource=docs")).status, 403);
}

#[test]
fn programs_read_the_matrix_and_change_it_as_one() {
    let site = Site::new();
    let (reader, _) = docs(&site);
    let mut ada = site.program_of("ada");
    let matrix = ada.get("/api/v1/permission-matrix?resource=docs&q=reader").json();
    assert_eq!(matrix["rows"]["items"][0]["cells"][0]["kind"], "own");
    let body = serde_json::json!({
        "give": [{ "role_id": reader, "permission_id": id(&site, "docs:write") }],
        "take": [{ "role_id": reader, "permission_id": id(&site, "docs:read") }],
        "revision": matrix["revision"],
    });
    let dry = ada.patch("/api/v1/permission-matrix?dry_run=1", body.clone());
    assert_eq!((dry.status, &dry.json()["possible"]), (200, &true.into()));
    assert_eq!(ada.patch("/api/v1/permission-matrix", body.clone()).status, 200);
    let again = ada.patch("/api/v1/permission-matrix", body);
    assert_eq!((again.status, &again.json()["code"]), (409, &"changed_meanwhile".into()));
}

#[test]
fn what_a_rule_forbids_is_told_by_the_preview_and_refused_by_the_act() {
    let site = Site::new();
    let (reader, _) = docs(&site);
    let interns = role(&site, "interns", &[]);
    for one in [interns, reader] {
        give(&site, "eve", one);
    }
    let rule = ConstraintDraft {
        name: "interns write nothing".into(),
        kind: "never".into(),
        role_id: Some(interns),
        permission: "docs:write".into(),
        ..ConstraintDraft::default()
    };
    site.app.create_constraint(&Actor::operator(), &rule).unwrap();
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PATH}?resource=docs"));
    let tick = [format!("{reader}.{}", id(&site, "docs:write")), format!("{reader}.{}", id(&site, "docs:share"))];
    let asked = send(&mut ada, &page, "preview", &tick, &[]);
    let told = asked.text(".preview");
    assert!(
        told.contains("would be refused") && told.contains("interns write nothing") && told.contains("eve"),
        "{told}"
    );
    let refused = send(&mut ada, &asked, "change", &[], &[]);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.text(".error-summary").contains("interns write nothing"));
    assert!(refused.has(&format!("input[value='{}'][checked]", tick[0])), "what was chosen stays");
    let now = cells(&ada.get(&format!("{PATH}?resource=docs")), "reader");
    assert!(now[1].ends_with("none") && now[2].ends_with("none"), "all or nothing: {now:?}");
}

#[test]
fn a_change_of_the_matrix_asks_for_a_fresh_proof_and_goes_on_with_all_that_was_ticked() {
    let site = Site::new();
    let (reader, _) = docs(&site);
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PATH}?resource=docs"));
    let tick = [format!("{reader}.{}", id(&site, "docs:share")), format!("{reader}.{}", id(&site, "docs:write"))];
    site.pass(700);
    let asked = send(&mut ada, &page, "preview", &tick, &[]);
    assert_eq!(asked.status, 200, "a look needs no proof");
    let proof = send(&mut ada, &asked, "change", &[], &[]);
    assert_eq!((proof.status, proof.has("#f-reauth_password")), (403, true), "{}", proof.body);
    let mut fields = proof.fields("main form");
    fields.retain(|(name, _)| name != "reauth_password");
    fields.push(("reauth_password".into(), password("ada")));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let proven = ada.post("/account/reauthentication", &fields);
    assert_eq!(proven.status, 307, "{}", proven.body);
    let done = ada.post(proven.location(), &fields);
    assert_eq!((done.status, done.location()), (303, &*format!("{PATH}?resource=docs")), "{}", done.body);
    assert_eq!(flash(&mut ada, &format!("{PATH}?resource=docs")), "2 permissions of roles are changed. Undo");
}

#[test]
fn columns_are_paged_and_a_change_on_one_page_leaves_the_others_as_they_are() {
    let site = Site::new();
    let actions: Vec<String> = (0..15).map(|n| format!("act{n:02}")).collect();
    for action in &actions {
        permission(&site, "many", action);
    }
    let clerk = role(&site, "clerk", &["many:act00", "many:act13"]);
    let mut ada = site.browser_of("ada");
    let first = ada.get(&format!("{PATH}?resource=many"));
    assert_eq!(first.texts(".matrix thead th").len(), 1 + 12);
    assert!(first.text("nav[aria-label='Permissions across']").contains("12 of 15 permissions"));
    let second = ada.get(&first.attr("nav[aria-label='Permissions across'] a", "href").unwrap());
    assert_eq!(second.texts(".matrix thead th")[1..], ["many: act12", "many: act13", "many: act14"]);
    let (gone, new) = (format!("{clerk}.{}", id(&site, "many:act13")), format!("{clerk}.{}", id(&site, "many:act14")));
    let asked = send(&mut ada, &second, "preview", &[new], &[gone]);
    let effects = asked.texts(".effects li");
    assert!(effects.iter().any(|line| line.contains("clerk is given many:act14")), "{effects:?}");
    assert!(effects.iter().any(|line| line.contains("many:act13 is taken from clerk")), "{effects:?}");
    let done = send(&mut ada, &asked, "change", &[], &[]);
    assert!(done.status == 303 && done.location().contains("columns="), "back to these columns: {}", done.location());
    let own: Vec<String> =
        site.app.role(&Actor::operator(), clerk).unwrap().own.iter().map(|row| row.pattern().to_string()).collect();
    assert_eq!(own, ["many:act00", "many:act14"]);
    let back = ada.get(done.location());
    let back = back.attr("nav[aria-label='Permissions across'] a", "href").unwrap();
    assert_eq!(ada.get(&back).texts(".matrix thead th")[1], "many: act00");
}

#[test]
fn a_cell_under_a_condition_says_so_and_its_tick_takes_just_that() {
    let site = Site::new();
    docs(&site);
    let operator = Actor::operator();
    let (timed, heir) = (role(&site, "timed", &[]), role(&site, "heir", &[]));
    let grant = NewGrant::parse("docs:read", "resource.status == \"draft\"", "").unwrap();
    site.app.grant(&operator, timed, &grant).unwrap();
    site.app.include_role(&operator, heir, timed, "").unwrap();
    let mut ada = site.browser_of("ada");
    let page = ada.get(&format!("{PATH}?resource=docs"));
    assert_eq!(cells(&page, "timed")[0], "timed, docs:read: its own, under a condition");
    assert_eq!(cells(&page, "heir")[0], "heir, docs:read: inherited from timed, under a condition");
    let matrix = site.program_of("ada").get("/api/v1/permission-matrix?resource=docs&q=timed").json();
    let cell = &matrix["rows"]["items"][0]["cells"][0];
    assert_eq!((cell["kind"].as_str(), cell["conditional"].as_bool()), (Some("own"), Some(true)));
    let untick = [format!("{timed}.{}", id(&site, "docs:read"))];
    let asked = send(&mut ada, &page, "preview", &[], &untick);
    assert_eq!(send(&mut ada, &asked, "change", &[], &[]).status, 303);
    assert_eq!(cells(&ada.get(&format!("{PATH}?resource=docs")), "heir")[0], "heir, docs:read: none");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Roles with random patterns and inclusions: a cell has a way just where the engine says that the role has it.
    #[test]
    fn a_cell_says_what_the_engine_says(
        given in prop::collection::vec((0usize..4, 0usize..6), 0..10),
        included in prop::collection::vec((0usize..4, 0usize..4), 0..5),
    ) {
        const PATTERNS: [&str; 6] = ["docs:read", "docs:write", "docs:*", "*:read", "*:*", "posts:read"];
        let site = Site::new();
        for action in ["read", "write"] {
            permission(&site, "docs", action);
        }
        let operator = Actor::operator();
        let roles: Vec<i64> = (0..4).map(|n| role(&site, &format!("role {n}"), &[])).collect();
        for (role, pattern) in given {
            let grant = NewGrant::parse(PATTERNS[pattern], "", "").unwrap();
            let _ = site.app.grant(&operator, roles[role], &grant);
        }
        for (senior, junior) in included {
            let _ = site.app.include_role(&operator, roles[senior], roles[junior], "");
        }
        let query = MatrixQuery { resource: "docs".into(), roles: ListQuery::default(), permissions: ListQuery::default() };
        let matrix = site.app.permission_matrix(&operator, &query).unwrap();
        let having: Vec<(i64, Vec<i64>)> = matrix.permissions.items.iter().map(|permission| {
            let view = site.app.permission_reach(&operator, permission.id).unwrap();
            (permission.id, view.roles.iter().map(|having| having.role.id).collect())
        }).collect();
        for (role, cells) in &matrix.rows.items {
            for (cell, (permission, holders)) in cells.iter().zip(&having) {
                prop_assert_eq!(cell.kind() != "none", holders.contains(&role.id), "{} {}", role.name, permission);
                let view = site.app.role(&operator, role.id).unwrap();
                let name = matrix.permissions.items.iter().find(|one| one.id == *permission).unwrap().name.clone();
                let own = view.own.iter().any(|row| row.pattern() == Pattern::parse(&name).unwrap());
                prop_assert_eq!(cell.own.is_some(), own);
            }
        }
    }
}
