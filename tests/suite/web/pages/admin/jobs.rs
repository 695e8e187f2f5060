use crate::support::Site;

fn begin(site: &Site, name: &str) -> i64 {
    site.app.begin_verifying_audit(&site.actor(name)).unwrap().id
}

#[test]
fn a_job_shows_how_far_it_is_and_reads_itself_again_without_scripts() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    assert!(ada.get("/admin/jobs").text(".empty").contains("No jobs yet"));
    let path = format!("/admin/jobs/{}", begin(&site, "ada"));
    let page = ada.get(&path);
    assert_eq!(page.text("h1"), "Verify the audit log");
    assert!(page.text(".page-title").contains("Waits for its turn"));
    assert!(page.has("progress[max][value='0']") && page.has("[data-live]"));
    assert!(page.body.contains(r#"<noscript><meta http-equiv="refresh" content="3"></noscript>"#));
    site.app.work().unwrap();
    let page = ada.get(&path);
    assert!(page.text(".callout.ok").contains("each as it was written"), "{}", page.text("main"));
    assert!(!page.body.contains("http-equiv") && !page.has("progress") && !page.has("[data-live]"));
    assert!(page.attr("[data-over]", "data-over").unwrap().starts_with("Verify the audit log: Done."));
    let list = ada.get("/admin/jobs");
    assert!(list.has(&format!("tbody a[href='{path}']")) && list.text("tbody tr").contains("Done"));
    assert!(ada.get("/admin/jobs?filter=open").text(".empty").contains("Nothing is under way"));
    assert!(ada.get("/admin/jobs?q=log+VERIFY").has(&format!("tbody a[href='{path}']")), "by words of its title");
    assert!(ada.get("/admin/jobs?q=nonsense").text(".empty").contains("No job matches"));
}

#[test]
fn what_was_changed_shows_in_the_result() {
    let site = Site::new();
    site.database.tamper("UPDATE audit_events SET reason = 'nothing to see' WHERE id = 3");
    let id = begin(&site, "ada");
    site.app.work().unwrap();
    let told = site.browser_of("ada").get(&format!("/admin/jobs/{id}")).text(".callout");
    assert!(told.contains("Entry 3 is not what was written there"), "{told}");
}

#[test]
fn a_waiting_job_is_cancelled_by_its_button_and_nobody_else_finds_it() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/jobs/{}", begin(&site, "ada"));
    let mut bob = site.browser_of("bob");
    assert_eq!(bob.get(&path).status, 404);
    let fields = bob.get("/account").fields("main form[method=post]");
    let token = &fields.iter().find(|(name, _)| name == "form_token").unwrap().1;
    assert_eq!(bob.post(&format!("{path}/cancel"), &[("form_token", token)]).status, 404);
    let done = ada.submit_to(&path, &format!("{path}/cancel"), &[]);
    let page = ada.visit(done.location());
    assert!(page.text(".page-title").contains("Cancelled"), "{}", page.text("main"));
    assert!(!page.has(&format!("form[action='{path}/cancel']")));
}

#[test]
fn an_interrupted_job_offers_to_go_on() {
    let site = Site::new();
    let id = begin(&site, "ada");
    site.database.tamper(&format!(
        "UPDATE jobs SET state = 'running', claim = 'x', heartbeat_at = '2026-03-02 08:00:00' WHERE id = {id}"
    ));
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/jobs/{id}");
    let page = ada.get(&path);
    assert!(page.text(".callout.warn").contains("The node that did this has stopped"));
    assert!(!page.has("[data-live]"), "nothing moves by itself");
    let done = ada.submit_to(&path, &format!("{path}/resume"), &[]);
    assert!(ada.visit(done.location()).text(".page-title").contains("Waits for its turn"));
}
