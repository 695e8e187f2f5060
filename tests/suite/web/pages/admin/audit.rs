use super::flash;
use crate::support::{Site, give, role};

#[test]
fn the_log_tells_who_did_what_why_and_what_was_different() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let eve = site.id("eve");
    let changed =
        ada.submit_to(&format!("/admin/users/{eve}/edit"), &format!("/admin/users/{eve}"), &[("last_name", "Changed")]);
    assert_eq!(changed.status, 303);
    let page = ada.get("/admin/audit?q=ada&filter=user");
    let first = page.text(".timeline li");
    for word in
        ["ada changed the profile of eve", "Last name: before: Example after: Changed", "user.update", "127.0.0.1"]
    {
        assert!(first.contains(word), "{word}: {first}");
    }
    assert!(page.has(&format!(".timeline a[href='/admin/users/{eve}']")));
    assert!(page.text(".timeline pre").contains("\"last_name\": \"Example\""));
    assert_eq!(page.attr(".timeline a[href*='request='] + [data-copy]", "data-copy").unwrap().len(), 32);
    let activity = ada.get(&format!("/admin/users/{eve}/activity")).text(".timeline li");
    assert!(activity.contains("changed the profile of eve"));
}

#[test]
fn filters_take_the_beginning_of_the_action_and_pages_show_each_event_once() {
    let site = Site::new();
    for _ in 0..30 {
        site.browser_of("bob");
    }
    let mut ada = site.browser_of("ada");
    let (mut path, mut ids) = ("/admin/audit?filter=session".to_owned(), vec![]);
    loop {
        let answer = ada.get(&path);
        ids.extend(answer.texts(".timeline dl div:first-child dd"));
        assert!(ids.iter().all(|text| text.contains("session.")), "{ids:?}");
        match answer.attr(".pager a[rel=next]", "href") {
            Some(next) => path = next,
            None => break,
        }
    }
    let all = ids.len();
    assert_eq!(all, 31);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert!(ada.get("/admin/audit?q=nothinglikethis").text(".empty").contains("Nothing matches"));
}

#[test]
fn the_chain_is_verified_and_a_change_of_the_past_shows() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let done = ada.submit_to("/admin/audit", "/admin/audit/verification", &[]);
    assert!(flash(&mut ada, done.location()).contains("The chain holds"));
    site.database.tamper("UPDATE audit_events SET reason = 'nothing to see' WHERE id = 3");
    let done = ada.submit_to("/admin/audit", "/admin/audit/verification", &[]);
    let page = ada.get(done.location());
    assert!(page.text(".flash.error").contains("Event 3 was changed"), "{}", page.text(".flash"));
}

#[test]
fn a_change_is_undone_from_its_flash_and_from_the_log() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let eve = site.id("eve");
    let person = format!("/admin/users/{eve}");
    let given = ada.submit_to(&person, &format!("{person}/roles"), &[("role", "member"), ("reason", "<b>why</b>")]);
    let undo = ada.visit(given.location()).attr(".flash.ok a", "href").unwrap();
    assert!(undo.starts_with("/admin/audit/undo/"), "{undo}");
    assert!(!ada.visit(&person).has(".flash"), "the flash is told once");
    let page = ada.get(&undo);
    assert!(page.text(".timeline li").contains("ada gave eve the role member"), "{}", page.text("main"));
    assert!(page.text(".timeline li").contains("<b>why</b>"));
    assert!(page.text(".effects li").contains("ada took the role member from eve"));
    assert!(page.text(".preview .lose").contains("eve loses posts:read"), "{}", page.text(".preview"));
    assert_eq!(page.attr(".form-actions a", "href").as_deref(), Some(person.as_str()));
    let undone = ada.submit_to(&undo, &undo, &[("reason", "not her")]);
    assert_eq!((undone.status, undone.location()), (303, person.as_str()));
    let back = ada.visit(&person);
    assert!(back.text(".flash.ok").contains("is undone"), "{}", back.text("main"));
    assert!(back.text("main").contains("No role yet"));
    // The second click, the back button: told what became of it, and no button.
    let again = ada.submit_to(&undo, &undo, &[("reason", "not her")]);
    assert_eq!(again.status, 409);
    assert!(again.text(".error-summary").contains("was undone already") && !again.has("button.primary"));
    // From the log: what was undone says so, and the undoing can be undone.
    let log = ada.get("/admin/audit?filter=role");
    assert!(log.text(".timeline li:nth-child(2)").contains("Undone by revision"), "{}", log.text(".timeline"));
    let redo = log.attr(".timeline li:first-child a.button", "href").unwrap();
    assert_eq!(ada.submit_to(&redo, &redo, &[]).status, 303);
    assert!(ada.visit(&person).text("main").contains("member"));
}

#[test]
fn undoing_leads_nowhere_else_and_is_not_for_everybody() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    role(&site, "made", &[]);
    let log = ada.get("/admin/audit?filter=role");
    let undo = log.attr(".timeline a.button", "href").unwrap();
    let address = undo.split('?').next().unwrap();
    let page = ada.get(&format!("{address}?back=https://evil.example"));
    assert_eq!(page.attr(".form-actions a", "href").as_deref(), Some("/admin/audit"));
    let mut bob = site.browser_of("bob");
    assert_eq!((bob.get(address).status, ada.get("/admin/audit/undo/4711").status), (403, 404));
}

#[test]
fn who_changed_somebodys_roles_last_week_is_one_address() {
    let site = Site::new();
    let eve = site.id("eve");
    give(&site, "eve", site.role("member"));
    site.pass(8 * 24 * 3600);
    let mut ada = site.browser_of("ada");
    let person = format!("/admin/users/{eve}");
    ada.submit_to(
        &person,
        &format!("{person}/roles"),
        &[("role", "member"), ("scope", "project/1"), ("reason", "helps")],
    );
    let page = ada.get(&format!("/admin/audit?user={eve}&filter=role&since=7d"));
    assert_eq!(page.texts(".timeline li").len(), 1, "{}", page.text("main"));
    assert!(page.text(".timeline li").contains("ada gave eve the role member in project/1"));
    assert!(page.text(".filters").contains("By or on eve") && page.text(".filters").contains("Since 2026-03-"));
    // A chip takes just its own filter away.
    let without = page.attr(".filters a[href*='since=7d'][aria-current]:not([href*='user'])", "href").unwrap();
    assert!(without.contains("filter=role"), "{without}");
    assert_eq!(ada.get("/admin/audit?user=eve&filter=role&until=2026-03-05").texts(".timeline li").len(), 1);
    assert!(ada.get("/admin/audit?until=2020-01-01").text(".empty").contains("Nothing matches"));
}

#[test]
fn filters_go_together_and_mistakes_are_told_at_their_fields() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let (role, eve) = (site.role("member"), site.id("eve"));
    ada.submit_to(
        &format!("/admin/roles/{role}/edit"),
        &format!("/admin/roles/{role}"),
        &[("description", "Other words.")],
    );
    let on = ada.get(&format!("/admin/audit?on=role:{role}&by=ada"));
    assert_eq!(on.texts(".timeline > li").len(), 1);
    assert!(on.text(".timeline").contains("ada changed the role member"));
    let revision = on.attr(".timeline a[href*='revision=']", "href").unwrap();
    assert_eq!(ada.get(&revision).texts(".timeline > li").len(), 1);
    let request = on.attr(".timeline a[href*='request=']", "href").unwrap();
    assert!(ada.get(&request).text(".timeline").contains("role.update"));
    let page = on.attr(".timeline dl a[href^='/admin/audit/']", "href").unwrap();
    let event = ada.get(&page);
    assert!(
        event.text("main").contains("Description: before: Reads posts. after: Other words."),
        "{}",
        event.text("main")
    );
    assert!(event.text("main").contains("role.update") && event.has(".actions a[href^='/admin/audit/undo/']"));
    assert_eq!(ada.get("/admin/audit/999999").status, 404);
    let wrong = ada.get("/admin/audit?by=nobody-like-this&since=yesterday&revision=x");
    assert_eq!(wrong.status, 200);
    for id in ["#f-by-error", "#f-since-error", "#f-revision-error"] {
        assert!(wrong.has(id), "{id}");
    }
    assert_eq!(wrong.attr("#f-by", "value").as_deref(), Some("nobody-like-this"), "nothing typed is lost");
    assert_eq!(ada.get(&format!("/admin/audit?user={eve}&by=ada&action=role.give")).texts(".timeline > li").len(), 0);
    assert_eq!(site.browser_of("bob").get("/admin/audit?by=ada").status, 403);
}

#[test]
fn what_is_filtered_is_taken_away_as_a_file() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let link = ada.get("/admin/audit?filter=role").attr("a[href^='/admin/audit.csv']", "href").unwrap();
    assert_eq!(link, "/admin/audit.csv?filter=role");
    let file = ada.get(&link);
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"audit-2026-03-"));
    assert!(file.header("content-type").starts_with("text/csv"));
    let mut lines = file.body.lines();
    assert!(lines.next().unwrap().starts_with("id,at,"));
    assert!(lines.all(|line| line.contains(",role.")), "{}", file.body);
    let jsonl = ada.get("/admin/audit.jsonl");
    assert!(jsonl.body.lines().count() > 10 && jsonl.body.lines().all(|line| line.ends_with("\"}")), "{}", jsonl.body);
    assert!(ada.get("/admin/audit").text(".timeline").contains("took the audit log away as jsonl"));
    assert!(ada.get("/admin/audit").text(".timeline").contains("took a part of the audit log away as csv"));
    assert_eq!(site.browser_of("bob").get("/admin/audit.csv").status, 403);
}

#[test]
fn words_are_found_whatever_their_case() {
    let site = Site::new();
    role(&site, "Reader", &[]);
    let mut ada = site.browser_of("ada");
    for words in ["reader", "READER", "ReAd ROLE.create"] {
        let found = ada.get(&format!("/admin/audit?q={}", words.replace(' ', "+"))).texts(".timeline li");
        assert!(found.iter().any(|line| line.contains("the role Reader")), "{words}: {found:?}");
    }
}
