use super::flash;
use crate::support::Site;

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
    assert_eq!(page.attr(".timeline [data-copy]", "data-copy").unwrap().len(), 32);
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
    assert!(page.text(".flash.error").contains("broken at event 3"), "{}", page.text(".flash"));
}
