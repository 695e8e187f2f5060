use super::give;
use crate::support::Site;

const DAY: i64 = 24 * 3600;

/// The rows of the table behind the chart: day, sign-ins, failures.
fn counts(page: &crate::support::Answer) -> Vec<[String; 3]> {
    let cells = page.texts("figure.chart tbody :is(th, td)");
    cells.chunks(3).map(|row| [row[0].clone(), row[1].clone(), row[2].clone()]).collect()
}

#[test]
fn sign_ins_and_failures_are_drawn_per_day_with_a_table_behind() {
    let site = Site::new();
    site.browser_of("bob");
    site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
    site.pass(2 * DAY);
    site.browser_of("bob");
    let page = site.browser_of("ada").get("/admin");
    let rows = counts(&page);
    assert_eq!(rows.len(), 30);
    assert_eq!(rows[0], ["2026-03-04", "2", "0"], "today first");
    assert_eq!((&rows[1][1], &rows[1][2]), (&"0".to_owned(), &"0".to_owned()));
    assert_eq!(rows[2], ["2026-03-02", "1", "1"]);
    let titles = page.texts("figure.chart svg[role=img] g title");
    assert!(titles.contains(&"2 Mar 2026: 1 sign-in, 1 failed".to_owned()), "{titles:?}");
    assert_eq!(page.html().select(&scraper::Selector::parse("rect.bar-ok").unwrap()).count(), 2);
    assert!(page.attr("figure.chart svg[role=img]", "aria-label").unwrap().starts_with("3 sign-ins and 1 failure "));
    assert!(!page.body.contains(" style="), "the policy allows no inline style");
}

#[test]
fn a_day_that_nobody_signed_in_on_is_an_honest_gap_and_old_days_leave_the_chart() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    site.pass(40 * DAY);
    // Her session is over; the page is asked for as the App sees it.
    assert_eq!(ada.get("/admin").status, 303);
    let overview = site.app.overview(&rolecall::app::Actor::operator()).unwrap();
    let days = overview.log.unwrap().days;
    assert_eq!((days.len(), days.iter().map(|day| day.signed_in + day.refused).sum::<i64>()), (30, 0));
}

#[test]
fn what_was_there_before_the_counts_is_counted_by_the_migration() {
    let site = Site::new();
    site.browser_of("bob");
    site.browser_of("bob");
    // Back before the migration, and through it again.
    site.database.tamper("DELETE FROM daily_counts");
    let up = std::fs::read_to_string(format!(
        "{}/migrations/{}/2026-11-25-000014_daily_counts/up.sql",
        env!("CARGO_MANIFEST_DIR"),
        if crate::support::postgres_url().is_some() { "postgres" } else { "sqlite" }
    ))
    .unwrap();
    site.database.tamper(&up[up.find("INSERT").unwrap()..]);
    let days = site.app.overview(&rolecall::app::Actor::operator()).unwrap().log.unwrap().days;
    assert_eq!(days.last().unwrap().signed_in, 2);
}

#[test]
fn the_latest_changes_are_told_in_words_and_sign_ins_do_not_push_them_out() {
    let site = Site::new();
    let approver = super::role(&site, "approver", &[]);
    give(&site, "bob", approver);
    for _ in 0..12 {
        site.browser_of("eve");
    }
    let page = site.browser_of("ada").get("/admin");
    let first = page.text(".timeline li");
    assert!(first.starts_with("The operator gave bob the role approver"), "{first}");
    assert!(page.has(&format!(".timeline a[href='/admin/users/{}']", site.id("bob"))));
    assert!(page.has(&format!(".timeline a[href='/admin/roles/{approver}']")));
    assert!(!page.texts(".timeline li").iter().any(|line| line.contains("signed in")));
}

#[test]
fn a_late_change_is_undone_from_the_overview_and_told_as_undone() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let (eve, member) = (site.id("eve"), site.role("member"));
    ada.submit_to(&format!("/admin/users/{eve}"), &format!("/admin/users/{eve}/roles"), &[("role", "member")]);
    let item = "section[aria-labelledby=latest-title] li:first-child";
    let page = ada.get("/admin");
    assert!(page.text(item).contains("gave eve the role member"), "{}", page.text(item));
    let undo = page.attr(&format!("{item} a[href*='/undo/']"), "href").unwrap();
    assert_eq!(ada.submit(&undo, &[]).location(), "/admin");
    let after = ada.get("/admin").texts("section[aria-labelledby=latest-title] li");
    let told = after.iter().find(|line| line.contains("gave eve the role")).unwrap();
    assert!(told.contains("Undone by revision"), "{told}");
    assert!(ada.get(&format!("/admin/roles/{member}")).text("#members-title").ends_with(" 1"));
}
