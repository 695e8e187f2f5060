use super::{flash, give, role};
use crate::support::{Answer, Browser, Site};

const LIST: &str = "/admin/sessions";

/// The users of the rows, from above.
fn users(page: &Answer) -> Vec<String> {
    page.texts("tbody th a")
}

/// The id of the first session of a user.
fn id_of(ada: &mut Browser, user: &str) -> String {
    let page = ada.get(&format!("{LIST}?q={user}"));
    page.attr("tbody input[name=id]", "value").unwrap_or_else(|| panic!("{user} has no session: {}", page.text("main")))
}

#[test]
fn everybodys_sessions_are_listed_searched_filtered_and_sorted() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    site.pass(60);
    let mut bob = site.browser_of("bob");
    site.pass(60);
    site.program_of("eve");
    let page = ada.get(LIST);
    assert_eq!(
        users(&page),
        ["eve", "ada", "bob"].map(str::to_owned).to_vec(),
        "ada was seen just now: {}",
        page.text("main")
    );
    let row = page.text("tbody tr:nth-child(3)");
    for told in ["bob", "Firefox on Linux", "127.0.0.1", "password"] {
        assert!(row.contains(told), "{told}: {row}");
    }
    assert!(page.text("tbody tr:nth-child(2)").contains("This browser"));
    assert_eq!(users(&ada.get(&format!("{LIST}?sort=user"))), ["ada", "bob", "eve"]);
    assert_eq!(users(&ada.get(&format!("{LIST}?sort=-user"))), ["eve", "bob", "ada"]);
    assert_eq!(users(&ada.get(&format!("{LIST}?sort=began"))), ["ada", "bob", "eve"]);
    assert_eq!(users(&ada.get(&format!("{LIST}?filter=mine"))), ["ada"]);
    assert_eq!(users(&ada.get(&format!("{LIST}?q=BOB"))), ["bob"]);
    assert_eq!(users(&ada.get(&format!("{LIST}?q=127.0.&sort=user"))), ["ada", "bob", "eve"]);
    assert!(ada.get(&format!("{LIST}?q=10.9.")).text(".empty").contains("No session matches"));
    assert_eq!(ada.get(&format!("{LIST}?sort=shoe")).status, 400);
    site.turn_on_totp("bob");
    assert!(users(&ada.get(&format!("{LIST}?filter=no-second-factor"))).contains(&"eve".to_owned()));
    // Half an hour of the hour that sessions may be idle here.
    site.pass(31 * 60);
    bob.get("/account");
    let idle = users(&ada.get(&format!("{LIST}?filter=idle")));
    assert!(idle.contains(&"eve".to_owned()) && !idle.contains(&"ada".to_owned()), "{idle:?}");
    assert!(ada.get(LIST).text(".filters").contains("Not seen for 30 minutes"));
}

#[test]
fn pages_show_each_session_once_in_any_order() {
    let site = Site::new();
    for _ in 0..30 {
        site.browser_of("bob");
        site.pass(1);
    }
    let mut ada = site.browser_of("ada");
    for sort in ["-seen", "began", "user"] {
        let (mut path, mut ids) = (format!("{LIST}?sort={sort}"), vec![]);
        loop {
            let page = ada.get(&path);
            let html = page.html();
            let boxes = scraper::Selector::parse("tbody input[name=id]").unwrap();
            ids.extend(html.select(&boxes).map(|one| one.attr("value").unwrap().to_owned()));
            match page.attr(".pager a[rel=next]", "href") {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!(ids.len(), 31, "{sort}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 31, "{sort}");
    }
    assert!(ada.get(LIST).text(".pager .shown").contains("25 of 31"));
}

#[test]
fn one_and_several_chosen_sessions_are_ended_after_a_look_with_a_reason() {
    let site = Site::new();
    let (mut bob, mut eve) = (site.browser_of("bob"), site.browser_of("eve"));
    let mut ada = site.browser_of("ada");
    let (his, hers) = (id_of(&mut ada, "bob"), id_of(&mut ada, "eve"));
    let path = format!("{LIST}/delete?id={his}&id={hers}");
    let confirm = ada.get(&path);
    assert!(confirm.text("h1").contains("End 2 sessions?"), "{}", confirm.text("main"));
    assert!(confirm.text(".effects").contains("bob: Firefox on Linux from 127.0.0.1"));
    assert_eq!(bob.get("/account").status, 200, "only asked so far");
    let token = confirm.attr("main input[name=form_token]", "value").unwrap();
    let done = ada.post(&path, &[("form_token", &token), ("reason", "a lost laptop")]);
    assert_eq!(done.location(), LIST);
    assert!(flash(&mut ada, LIST).contains("Ended 2 sessions"));
    assert_eq!((bob.get("/account").status, eve.get("/account").status), (303, 303));
    assert!(bob.visit("/account").text(".callout").contains("An admin ended this session"));
    let log = ada.get("/admin/audit?q=laptop").texts(".timeline > li");
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].contains("ada ended sessions of"));
    // The second click: they are gone, and that is said.
    assert!(ada.get(&path).text("h1").contains("have ended already"));
    assert!(flash(&mut ada, &format!("{LIST}/delete")).contains("Choose at least one"));
}

#[test]
fn nobody_ends_the_session_of_somebody_who_may_do_more() {
    let site = Site::new();
    give(&site, "bob", role(&site, "bouncer", &["rolecall.sessions:*"]));
    let mut ada = site.browser_of("ada");
    site.browser_of("eve");
    let mut bob = site.browser_of("bob");
    let (admins, hers) = (id_of(&mut bob, "ada"), id_of(&mut bob, "eve"));
    let path = format!("{LIST}/delete?id={admins}&id={hers}");
    let confirm = bob.get(&path);
    assert!(confirm.text(".effects").contains("He may do more than you"), "{}", confirm.text("main"));
    let token = confirm.attr("main input[name=form_token]", "value").unwrap();
    assert_eq!(bob.post(&path, &[("form_token", &token)]).status, 403);
    assert_eq!(ada.get("/admin").status, 200);
    assert_eq!(users(&bob.get(&format!("{LIST}?q=eve"))), ["eve"], "all or none");
    give(&site, "eve", role(&site, "looker", &["rolecall.sessions:read"]));
    let mut eve = site.browser_of("eve");
    let page = eve.get(LIST);
    assert!(page.status == 200 && !page.has("input[name=id]") && !page.has("a[href*='sessions/delete']"));
    assert_eq!(eve.get(&path).status, 403);
}

#[test]
fn a_renamed_user_is_sorted_by_his_new_name_and_a_session_that_ran_out_is_not_listed() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    site.browser_of("bob");
    let bob = site.id("bob");
    let edit = format!("/admin/users/{bob}/edit");
    assert_eq!(ada.submit_to(&edit, &format!("/admin/users/{bob}"), &[("username", "aaron")]).status, 303);
    assert_eq!(users(&ada.get(&format!("{LIST}?sort=user"))), ["aaron", "ada"]);
    site.pass(59 * 60);
    ada.get("/admin");
    site.pass(2 * 60);
    assert_eq!(users(&ada.get(LIST)), ["ada"]);
    assert_eq!(site.app.tidy().unwrap(), 1, "it is ended, so that it is in nobody's way");
    assert_eq!(users(&ada.get(LIST)), ["ada"]);
}

#[test]
fn a_program_gets_the_same_list() {
    let site = Site::new();
    site.browser_of("bob");
    let mut ada = site.program_of("ada");
    let page = ada.get("/api/v1/users/all/sessions?sort=user&q=bob").json();
    assert_eq!(page["items"][0]["username"], "bob");
    assert_eq!(page["items"][0]["user_id"], site.id("bob"));
    assert_eq!((&page["items"][0]["restricted"], &page["items"][0]["current"]), (&false.into(), &false.into()));
    assert_eq!(site.program_of("eve").get("/api/v1/users/all/sessions").status, 403);
}
