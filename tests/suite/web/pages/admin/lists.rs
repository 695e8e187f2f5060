//! Every list: searched by words, sorted by its heads both ways, paged, and taken away as a table of the same rows.

use super::{give, permission, role, user};
use crate::support::{Answer, Browser, Site};
use rolecall::{
    app::Actor,
    domain::{
        bulk::{BulkDraft, Mode, Selection},
        constraint::ConstraintDraft,
        forward::RuleDraft,
        role::Assign,
    },
};

/// A list, and what is known of it.
struct Case {
    page: String,
    /// What stands around its rows, as a selector.
    rows: &'static str,
    /// Words, and how many rows have them.
    words: (&'static str, usize),
    csv: &'static str,
}

fn case(page: impl Into<String>, words: (&'static str, usize), csv: &'static str) -> Case {
    Case { page: page.into(), rows: "table[data-rows] tbody tr:has(td)", words, csv }
}

/// Something in each list; the id of a role, and of a job.
fn filled(site: &Site) -> (i64, i64) {
    let operator = Actor::operator();
    let reader = role(site, "reader", &["posts:read"]);
    for name in ["carol", "dave", "frank"] {
        user(site, name);
        give(site, name, reader);
    }
    for (name, end) in [("bob", "2026-03-04T09:00"), ("eve", "2026-03-05T09:00")] {
        let assign = Assign::parse(site.id(name), reader, "project/42", "", end, "").unwrap();
        site.app.give_role(&operator, &assign).unwrap();
    }
    for action in ["write", "burn"] {
        permission(site, "papers", action);
    }
    let writer = role(site, "writer", &["papers:write", "papers:burn"]);
    give(site, "eve", writer);
    for (name, kind) in [("nine at most", "at_most"), ("always one", "at_least")] {
        let draft = ConstraintDraft {
            name: name.into(),
            kind: kind.into(),
            n: Some(if kind == "at_most" { 9 } else { 1 }),
            role_id: Some(reader),
            ..ConstraintDraft::default()
        };
        site.app.create_constraint(&operator, &draft).unwrap();
    }
    for (host, permission) in [("app.example.com", "posts:read"), ("wiki.example.com", "")] {
        let draft = RuleDraft { host: host.into(), permission: permission.into(), ..RuleDraft::default() };
        site.app.create_forward_rule(&operator, &draft, "").unwrap();
    }
    let ids = ["bob", "eve", "carol", "dave"].map(|name| site.id(name)).to_vec();
    let end = BulkDraft { act: "end_sessions".into(), ..BulkDraft::default() };
    let job = site.app.bulk(&site.actor("ada"), &end, &Selection::Ids(ids), Mode::Each, None).unwrap();
    site.app.begin_verifying_audit(&site.actor("ada")).unwrap();
    (reader, job.value.id)
}

fn rows(page: &Answer, selector: &str) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.texts(selector)
}

/// Every page of the list from this one on, by “next”.
fn walked(ada: &mut Browser, first: &str, selector: &str) -> Vec<String> {
    let (mut all, mut at) = (vec![], first.to_owned());
    loop {
        let page = ada.get(&at);
        all.extend(rows(&page, selector));
        match page.attr("a[rel=next]", "href") {
            Some(next) => at = next,
            None => return all,
        }
    }
}

fn joined(path: &str, more: &str) -> String {
    format!("{path}{}{more}", if path.contains('?') { '&' } else { '?' })
}

/// The table has as many rows as the list that leads to it.
fn check_table(ada: &mut Browser, page: &Answer, csv: &str, wanted: usize) {
    let link = page.attr(&format!("main a[href*='{csv}']"), "href").unwrap_or_else(|| panic!("{csv}: {}", page.body));
    let file = ada.get(&link);
    assert_eq!(file.status, 200, "{link}: {}", file.body);
    assert!(file.header("content-type").starts_with("text/csv"), "{link}");
    assert_eq!(file.body.lines().count() - 1, wanted, "{link}: {}", file.body);
}

fn check(ada: &mut Browser, case: &Case) {
    let Case { page: path, rows: selector, words: (words, found), csv } = case;
    let all = ada.get(path);
    let shown = rows(&all, selector);
    assert!(shown.len() > 1, "{path} shows what there is: {shown:?}");
    check_table(ada, &all, csv, shown.len());
    let some = ada.get(&joined(path, &format!("q={words}")));
    assert_eq!(rows(&some, selector).len(), *found, "{path}: {words}");
    check_table(ada, &some, csv, *found);
    let none = ada.get(&joined(path, "q=nonsense+words"));
    assert_eq!(rows(&none, selector), Vec::<String>::new(), "{path}");
    let back = none.attr(".empty a", "href").unwrap_or_else(|| panic!("{path}: a way back: {}", none.text("main")));
    assert_eq!(rows(&ada.get(&back), selector).len(), shown.len(), "{path}: {back}");
    assert_eq!(ada.get(&joined(path, "sort=nonsense")).status, 400, "{path}");
    // Each head, and then the same head again.
    let links = |page: &Answer| page.attrs("table[data-rows] thead a[href*='sort=']", "href");
    let heads = links(&all).len();
    assert!(heads > 0, "{path} is sorted by no head");
    for place in 0..heads {
        let link = |page: &Answer| links(page).remove(place);
        let once = ada.get(&link(&all));
        let twice = ada.get(&link(&once));
        let (mut once_rows, twice_rows) = (rows(&once, selector), rows(&twice, selector));
        once_rows.reverse();
        assert_eq!(once_rows, twice_rows, "{path}, head {place}");
        assert!(once.has("th[aria-sort]") && twice.has("th[aria-sort]"), "{path}");
        // A row a page, and nothing is lost or shown twice.
        let paged = walked(ada, &joined(&link(&once), "limit=1"), selector);
        assert_eq!(paged, twice_rows, "{path}, head {place}");
    }
}

#[test]
fn every_list_is_searched_sorted_paged_and_taken_away() {
    let site = Site::new();
    let (reader, job) = filled(&site);
    let mut ada = site.browser_of("ada");
    let cases = [
        case("/admin/users", ("bob", 1), "/admin/users.csv"),
        case("/admin/roles", ("read", 1), "/admin/roles.csv"),
        case("/admin/permissions", ("posts", 1), "/admin/permissions.csv"),
        case(format!("/admin/roles/{reader}"), ("bob+example", 1), "/members.csv"),
        case(format!("/admin/roles/{reader}/timeline"), ("project", 2), "/timeline.csv"),
        case("/admin/access/who-can?permission=posts:read", ("ca", 1), "/admin/access/who-can.csv"),
        case("/admin/access/who-can?permission=posts:read&at=2026-03-02T10:00", ("ca", 1), "/admin/access/who-can.csv"),
        case("/admin/access/what-can?user=bob", ("posts", 2), "/admin/access/what-can.csv"),
        case("/admin/access/comparison?user=bob&other=eve", ("burn", 1), "/admin/access/comparison.csv"),
        case("/admin/access/ending", ("eve", 1), "/admin/access/ending.csv"),
        case("/admin/access/constraints", ("nine", 1), "/admin/access/constraints.csv"),
        case("/admin/forward-auth", ("wiki", 1), "/admin/forward-auth.csv"),
        case("/admin/mails", ("carol@", 1), "/admin/mails.csv"),
        case("/admin/jobs", ("verify", 1), "/admin/jobs.csv"),
        case(format!("/admin/jobs/{job}"), ("bob", 1), "/rows.csv"),
        case("/admin/sessions", ("eve", 1), "/admin/sessions.csv"),
    ];
    let mut eve = site.browser_of("eve");
    for case in &cases {
        check(&mut ada, case);
    }
    check(&mut eve, &case("/account/access", ("burn", 1), "/account/access.csv"));
}

#[test]
fn the_log_is_read_from_either_end() {
    let site = Site::new();
    let (_, _) = filled(&site);
    let mut ada = site.browser_of("ada");
    let bob = site.id("bob");
    for path in ["/admin/audit".to_owned(), format!("/admin/users/{bob}/activity"), "/account/activity".to_owned()] {
        let latest = ada.get(&joined(&path, "limit=100"));
        let link = latest.attr("main a[href*='sort=at']", "href").unwrap_or_else(|| panic!("{path}"));
        let oldest = ada.get(&link);
        let (mut latest_first, oldest_first) = (rows(&latest, ".timeline > li"), rows(&oldest, ".timeline > li"));
        latest_first.reverse();
        assert!(oldest_first.len() > 1, "{path}");
        assert_eq!(latest_first, oldest_first, "{path}");
        assert!(oldest.has("main a[href*='sort=-at']"), "{path}");
        assert_eq!(walked(&mut ada, &joined(&path, "limit=2&sort=at"), ".timeline > li"), oldest_first, "{path}");
        let some = ada.get(&joined(&path, "q=reader"));
        assert!(rows(&some, ".timeline > li").iter().all(|row| row.contains("reader")), "{path}");
        assert!(ada.get(&joined(&path, "q=nonsense")).has(".empty a"), "{path}");
    }
    let taken = ada.get(&format!("/admin/users/{bob}/activity?q=reader")).attr("a[href*='audit.csv']", "href").unwrap();
    let file = ada.get(&taken);
    assert_eq!(file.body.lines().count(), 2, "{}", file.body);
}

#[test]
fn a_table_of_an_answer_leaves_an_event_that_says_what_was_taken_and_is_for_who_may_ask() {
    let site = Site::new();
    let (_, job) = filled(&site);
    let mut ada = site.browser_of("ada");
    let mut bob = site.browser_of("bob");
    let tables = [
        (
            "/admin/access/who-can.csv?permission=posts:read&scope=project/42",
            "the list away of who can do posts:read in project/42",
        ),
        ("/admin/access/what-can.csv?user=bob", "the list of rights away of bob"),
        ("/admin/access/comparison.csv?user=bob&other=eve", "the comparison of rights away of bob"),
        ("/admin/access/constraints.csv?q=nine", "a part of the list of constraints away"),
        ("/admin/forward-auth.csv", "the list of rules of forward-auth away"),
        ("/admin/mails.csv", "the list of mails away"),
    ];
    for (path, told) in tables {
        assert_eq!(ada.get(path).status, 200, "{path}");
        let log = ada.get("/admin/audit").text(".timeline > li");
        assert!(log.contains(&format!("ada took {told}")), "{path}: {log}");
        assert_eq!(bob.get(path).status, 403, "{path}");
    }
    assert_eq!(ada.get(&format!("/admin/jobs/{job}/rows.csv?filter=done")).status, 200);
    let log = ada.get("/admin/audit").text(".timeline > li");
    assert!(log.contains("ada took a part of what came of the job"), "{log}");
    assert_eq!(bob.get(&format!("/admin/jobs/{job}/rows.csv")).status, 404, "nobody else's job");
    // What one may do oneself is one's own to take.
    let mine = bob.get("/account/access.csv");
    assert!(mine.body.contains("posts:read,project/42,false"), "{}", mine.body);
    // A question that is wrong is told so, and nothing is sent.
    for path in ["/admin/access/who-can.csv?permission=nonsense", "/admin/access/what-can.csv?user=nobody-like-this"] {
        assert_eq!(ada.get(path).status, 422, "{path}");
    }
}

#[test]
fn programs_search_and_sort_lists_of_users_as_pages_do() {
    let site = Site::new();
    let (reader, job) = filled(&site);
    let mut ada = site.program_of("ada");
    let mut names = |path: &str| -> Vec<String> {
        let list = ada.get(path);
        assert_eq!(list.status, 200, "{path}: {}", list.body);
        let items = list.json()["items"].as_array().unwrap().clone();
        items.iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/api/v1/permissions/posts:read/users?sort=-username&q=example&limit=2"), ["frank", "dave"]);
    assert_eq!(names("/api/v1/permissions/posts:read/users?q=fra"), ["frank"]);
    assert_eq!(names(&format!("/api/v1/roles/{reader}/assigned-users?q=ev&sort=-username")), ["eve"]);
    assert_eq!(names(&format!("/api/v1/roles/{reader}/authorized-users?q=dav")), ["dave"]);
    assert_eq!(names("/api/v1/assignments/ending?sort=-ends"), ["eve", "bob"]);
    assert_eq!(names("/api/v1/assignments/ending?q=bob"), ["bob"]);
    assert_eq!(names(&format!("/api/v1/jobs/{job}/rows?q=carol")), ["carol"]);
    assert_eq!(names(&format!("/api/v1/jobs/{job}/rows?sort=-id&limit=1")), ["dave"]);
}
