use super::{flash, give, role};
use crate::support::Site;

#[test]
fn without_a_mail_server_mails_stay_and_can_be_read() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    ada.submit("/admin/users/new", &[("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")]);
    assert_eq!(ada.get("/admin/mails?q=DAN").text("tbody"), ada.get("/admin/mails?q=dan").text("tbody"));
    let list = ada.get("/admin/mails?q=dan");
    assert!(list.text(".callout").contains("MAIL_SERVER"));
    assert!(list.text("tbody tr").contains("dan@example.com") && list.text("tbody tr").contains("Waiting"));
    let path = list.attr("tbody a", "href").unwrap();
    let page = ada.get(&path);
    assert!(page.text("pre").contains(&site.last_mail("dan@example.com").path()));
    assert!(!page.has(&format!("form[action='{path}']")), "only a failed one is sent again");
    give(&site, "eve", role(&site, "postman", &["rolecall.mails:read"]));
    let hidden = site.browser_of("eve").get(&path);
    assert!(!hidden.has("pre") && hidden.text("main").contains("not shown to you"), "{}", hidden.text("main"));
}

#[test]
fn a_failed_mail_is_sent_again() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    ada.submit("/admin/users/new", &[("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")]);
    site.database.tamper("UPDATE mails SET failed_at = created_at, next_try_at = NULL, tries = 10, last_error = '550 no such mailbox' WHERE to_address = 'dan@example.com'");
    assert_eq!(ada.get("/admin").text("a[href='/admin/mails?filter=failed'] .stat-value"), "1");
    let path = ada.get("/admin/mails?filter=failed").attr("tbody a", "href").unwrap();
    let page = ada.get(&path);
    assert!(page.text("main").contains("550 no such mailbox") && page.text("main").contains("Failed"));
    let done = ada.submit_to(&path, &path, &[]);
    assert!(flash(&mut ada, done.location()).contains("due again"));
    assert!(!ada.get("/admin/mails?filter=failed").has("tbody"));
    assert!(ada.get("/admin/mails?filter=waiting").has(&format!("tbody a[href='{path}']")));
}

#[test]
fn all_that_failed_are_sent_again_at_once_and_the_list_says_why_each_did() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    for name in ["dan", "dora"] {
        let email = format!("{name}@example.com");
        ada.submit("/admin/users/new", &[("first_name", name), ("username", name), ("email", &email)]);
    }
    assert!(!ada.get("/admin/mails?filter=failed").has("a[href='/admin/mails/retry']"), "there is nothing to send");
    site.database.tamper(
        "UPDATE mails SET failed_at = created_at, next_try_at = NULL, tries = 10, last_error = 'connection refused'",
    );
    let list = ada.get("/admin/mails?filter=failed");
    assert!(list.has("a[href='/admin/mails/retry']") && list.text("tbody").contains("connection refused"));
    let failed = list.texts("tbody tr").len();
    assert!(failed >= 2);
    let ask = ada.get("/admin/mails/retry");
    assert!(ask.text("main").contains(&format!("{failed} mails become due again")), "{}", ask.text("main"));
    let done = ada.submit("/admin/mails/retry", &[]);
    assert!(flash(&mut ada, done.location()).contains(&format!("{failed} mails are due again.")));
    assert!(!ada.get("/admin/mails?filter=failed").has("tbody"));
    let told = ada.get("/admin/audit").text(".timeline > li");
    assert!(told.contains(&format!("ada sent the {failed} mails that had failed again")), "{told}");
    let done = ada.submit("/admin/mails/retry", &[]);
    assert!(flash(&mut ada, done.location()).contains("No mail has failed."));
    give(&site, "eve", role(&site, "postman", &["rolecall.mails:read"]));
    let mut eve = site.browser_of("eve");
    assert!(!eve.get("/admin/mails?filter=failed").has("a[href='/admin/mails/retry']"));
    assert_eq!(eve.get("/admin/mails/retry").status, 403);
}
