use super::{give, permission, role};
use crate::support::{Answer, Browser, Site};
use rolecall::{
    app::Actor,
    domain::{
        bulk::{BulkDraft, Filter, Mode, Selection},
        page::ListQuery,
        role::Assign,
        user::Profile,
    },
};

/// The rows of a table, without its head.
fn rows(file: &Answer) -> Vec<&str> {
    assert_eq!(file.status, 200, "{}", file.body);
    assert!(file.header("content-type").starts_with("text/csv"));
    file.body.lines().skip(1).collect()
}

/// Follows the link of the list that this page shows.
fn taken(ada: &mut Browser, list: &str, link: &str) -> Answer {
    let page = ada.get(list);
    let link = page.attr(&format!("a[href*='{link}']"), "href").unwrap_or_else(|| panic!("no link: {}", page.body));
    ada.get(&link)
}

#[test]
fn a_table_has_what_the_list_shows_in_its_order_on_however_many_pages() {
    let site = Site::new();
    site.crowd(2100);
    let mut ada = site.browser_of("ada");
    let all = taken(&mut ada, "/admin/users?sort=-username&limit=50", "/admin/users.csv");
    assert_eq!(all.header("content-disposition"), "attachment; filename=\"users-2026-03-02.csv\"");
    assert!(all.body.starts_with("id,username,email,first_name,last_name,status,"), "{}", &all.body[..80]);
    let names: Vec<&str> = rows(&all).iter().map(|row| row.split(',').nth(1).unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.reverse();
    assert_eq!((names.len(), &names), (2103, &sorted), "each once, the last first");
    // What the list leaves out, the table leaves out.
    assert_eq!(rows(&taken(&mut ada, "/admin/users?q=crowd12&filter=invited", "/admin/users.csv")).len(), 111);
    let member = site.role("member");
    let of_role = taken(&mut ada, &format!("/admin/users?role={member}"), "/admin/users.csv");
    assert!(
        of_role.body.contains(",bob,bob@example.com,Bob,Example,active,,member,2026-03-02T09:00:00"),
        "{}",
        of_role.body
    );
    assert_eq!(rows(&of_role).len(), 1);
    assert_eq!(rows(&ada.get("/admin/users.csv?q=nobody-like-this")).len(), 0, "the head alone");
}

#[test]
fn roles_permissions_members_and_sessions_are_tables_too() {
    let site = Site::new();
    let reader = role(&site, "reader", &[]);
    permission(&site, "invoices", "approve");
    give(&site, "eve", reader);
    let mut ada = site.browser_of("ada");
    let roles = taken(&mut ada, "/admin/roles?q=mem", "/admin/roles.csv");
    assert_eq!(rows(&roles).len(), 1);
    assert!(roles.body.contains(",member,role,Reads posts.,1,1,1,1,,2026-03-02T09:00:00"), "{}", roles.body);
    let permissions = taken(&mut ada, "/admin/permissions?q=invoices", "/admin/permissions.csv");
    assert!(rows(&permissions)[0].contains(",invoices:approve,,,1,1,,2026-03-02"), "{}", permissions.body);
    let members = taken(&mut ada, &format!("/admin/roles/{reader}?filter=direct"), "/members.csv");
    let line = format!("{},eve,eve@example.com,Eve Example,reader,,,2026-03-02T09:00:00", site.id("eve"));
    assert!(rows(&members)[0].starts_with(&line), "{}", members.body);
    let sessions = taken(&mut ada, "/admin/sessions?filter=mine", "/admin/sessions.csv");
    assert_eq!(rows(&sessions).len(), 1);
    assert!(rows(&sessions)[0].contains(",ada,Firefox on Linux,127.0.0.1,2026-03-02T09:00:00"), "{}", sessions.body);
}

#[test]
fn the_table_of_permissions_counts_people_as_its_list_does() {
    let site = Site::new();
    let operator = Actor::operator();
    for action in ["read", "write", "burn"] {
        permission(&site, "papers", action);
    }
    let (reader, writer) = (role(&site, "reader", &["papers:read"]), role(&site, "writer", &["papers:*"]));
    site.app.include_role(&operator, writer, reader, "").unwrap();
    for (user, role, scope) in [("bob", reader, ""), ("bob", reader, "a"), ("bob", writer, ""), ("eve", writer, "")] {
        let assign = Assign::parse(site.id(user), role, scope, "", "", "").unwrap();
        site.app.give_role(&operator, &assign).unwrap();
    }
    site.app.set_user_disabled(&operator, site.id("eve"), true, "").unwrap();
    // Of the crowd more have it than are counted.
    site.crowd(150);
    let everybody = role(&site, "everybody", &["posts:read"]);
    let draft = BulkDraft { act: "give_role".into(), role_id: everybody.to_string(), ..BulkDraft::default() };
    let crowd = Selection::Matching { query: Filter { q: "crowd".into(), filter: String::new() }, role: None };
    let mut ada = site.browser_of("ada");
    site.app.bulk(&site.actor("ada"), &draft, &crowd, Mode::AllOrNothing, None).unwrap();
    let table = taken(&mut ada, "/admin/permissions?limit=100", "/admin/permissions.csv");
    let query = ListQuery { limit: Some(100), ..ListQuery::default() };
    let list = site.app.permissions(&operator, &query).unwrap().items;
    let wanted: Vec<String> =
        list.iter().map(|row| format!("{},{},{}", row.permission.id, row.permission.name, row.people)).collect();
    let found: Vec<String> = rows(&table)
        .into_iter()
        .map(|row| {
            let row: Vec<&str> = row.split(',').collect();
            format!("{},{},{}", row[0], row[1], row[row.len() - 3])
        })
        .collect();
    assert_eq!(found, wanted);
    for told in ["papers:read,2", "papers:write,2", "posts:read,more than 100"] {
        assert!(found.iter().any(|row| row.contains(told)), "{told}: {found:?}");
    }
}

#[test]
fn what_ends_soon_is_a_table_too() {
    let site = Site::new();
    let reader = role(&site, "reader", &["posts:read"]);
    for (user, end) in [("bob", "2026-03-05T09:00"), ("eve", "2026-05-01T09:00")] {
        let assign = Assign::parse(site.id(user), reader, "project/42", "", end, "=stands in").unwrap();
        site.app.give_role(&Actor::operator(), &assign).unwrap();
    }
    let mut ada = site.browser_of("ada");
    let soon = taken(&mut ada, "/admin/access/ending", "/admin/access/ending.csv");
    let line = format!("2026-03-05T09:00:00.000000Z,{},bob,reader,project/42,,", site.id("bob"));
    assert!(rows(&soon).len() == 1 && rows(&soon)[0].starts_with(&line), "{}", soon.body);
    assert!(!soon.body.contains(",=stands in"), "no reason becomes a formula");
    assert_eq!(rows(&taken(&mut ada, "/admin/access/ending?days=90", "/admin/access/ending.csv")).len(), 2);
    assert_eq!(ada.get("/admin/access/ending.csv?days=soon").status, 422);
    assert_eq!(site.browser_of("bob").get("/admin/access/ending.csv").status, 403);
    let told = ada.get("/admin/audit").text(".timeline");
    assert!(told.contains("ada took the list of roles that end within 90 days away"), "{told}");
}

#[test]
fn time_lines_and_jobs_are_tables_too_and_are_searched_by_words() {
    let site = Site::new();
    let (reader, writer) = (role(&site, "reader", &["posts:read"]), role(&site, "writer", &["posts:*"]));
    let eve = site.id("eve");
    for (role, scope, reason) in [(reader, "project/42", "Stands in"), (writer, "", "asked for it")] {
        let assign = Assign::parse(eve, role, scope, "", "", reason).unwrap();
        site.app.give_role(&Actor::operator(), &assign).unwrap();
    }
    let mut ada = site.browser_of("ada");
    let of_eve = format!("/admin/users/{eve}/timeline");
    let all = taken(&mut ada, &of_eve, "timeline.csv");
    let line = format!("assignment,{eve},eve,{reader},reader,,,,project/42,,2026-03-02T09:00:00.000000Z,,");
    assert!(rows(&all).len() == 2 && rows(&all)[0].starts_with(&line), "{}", all.body);
    assert!(rows(&all)[0].contains(",Stands in,"), "{}", all.body);
    // What is narrowed by words is so in the table, too: in whatever case, and every word must stand there.
    for (words, found) in [("STANDS", 1), ("reader+stands", 1), ("42", 1), ("writer+stands", 0), ("eve", 2)] {
        let page = ada.get(&format!("{of_eve}?q={words}"));
        assert_eq!(page.texts("table[data-rows] tbody tr").len(), found, "{words}");
        let table = ada.get(&format!("{of_eve}.csv?q={words}"));
        assert_eq!(rows(&table).len(), found, "{words}");
        let program = site.program_of("ada").get(&format!("/api/v1/users/{eve}/timeline?q={words}")).json();
        assert_eq!(program["total"], found, "{words}");
    }
    assert!(ada.get(&format!("{of_eve}?q=nonsense")).text(".empty").contains("Nothing matches"));
    let of_role = taken(&mut ada, &format!("/admin/roles/{writer}/timeline?filter=permission"), "timeline.csv");
    let line = format!("permission,,,{writer},writer,,,posts:*,,,2026-03-02T09:00:00.000000Z,,");
    assert!(rows(&of_role).len() == 1 && rows(&of_role)[0].starts_with(&line), "{}", of_role.body);
    assert_eq!(ada.get(&format!("{of_eve}.csv?from=friday")).status, 422);
    site.app.begin_verifying_audit(&site.actor("ada")).unwrap();
    let jobs = taken(&mut ada, "/admin/jobs?q=verify", "/admin/jobs.csv");
    assert!(rows(&jobs)[0].contains(",Verify the audit log,queued,0,"), "{}", jobs.body);
    let told = ada.get("/admin/audit").text(".timeline");
    for sentence in [
        "ada took a part of the list of jobs away",
        "ada took a part of the time line away of writer",
        "ada took the time line away of eve",
    ] {
        assert!(told.contains(sentence), "{sentence}: {told}");
    }
    // One's own jobs are one's own table; the rest is not.
    let mut bob = site.browser_of("bob");
    assert_eq!(rows(&bob.get("/admin/jobs.csv")).len(), 0);
    for path in [format!("{of_eve}.csv"), format!("/admin/roles/{writer}/timeline.csv")] {
        assert_eq!(bob.get(&path).status, 403, "{path}");
    }
}

#[test]
fn each_table_leaves_an_event_that_says_what_was_taken() {
    let site = Site::new();
    let member = site.role("member");
    let mut ada = site.browser_of("ada");
    for path in [
        "/admin/users.csv".to_owned(),
        "/admin/roles.csv?q=mem".into(),
        "/admin/permissions.csv".into(),
        "/admin/sessions.csv".into(),
        format!("/admin/roles/{member}/members.csv"),
        format!("/admin/users/bulk?act=export&id={}", site.id("eve")),
    ] {
        assert_eq!(ada.get(&path).status, 200, "{path}");
    }
    let told = ada.get("/admin/audit").texts(".timeline > li");
    for (place, sentence) in [
        "ada took a list of 1 chosen users away",
        "ada took the list of members away of member",
        "ada took the list of sessions away",
        "ada took the list of permissions away",
        "ada took a part of the list of roles away",
        "ada took the list of users away",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(told[place].contains(sentence), "{sentence}: {}", told[place]);
    }
    assert!(!ada.get("/admin").text("main").contains("away"), "a copy is no change");
}

#[test]
fn who_may_not_see_a_list_gets_no_table_and_a_wrong_question_is_told() {
    let site = Site::new();
    let member = site.role("member");
    let mut bob = site.browser_of("bob");
    for list in ["users", "roles", "permissions", "sessions", &format!("roles/{member}/members")] {
        assert_eq!(bob.get(&format!("/admin/{list}.csv")).status, 403, "{list}");
    }
    let mut ada = site.browser_of("ada");
    let wrong = ada.get("/admin/users.csv?sort=shoe");
    assert!(wrong.status == 400 && wrong.header("content-disposition").is_empty(), "{}", wrong.body);
    assert_eq!(ada.get("/admin/users.csv?role=shoe").status, 404);
    assert_eq!(ada.get("/admin/roles/4711/members.csv").status, 404);
    assert!(!ada.get("/admin/audit").text(".timeline").contains("took the list"), "nothing was taken");
}

#[test]
fn no_name_becomes_a_formula_of_a_spreadsheet() {
    let site = Site::new();
    let profile = Profile::parse("=cmd|'/c calc'!A0", "+1", "mallory", "mallory@example.com").unwrap();
    site.app.create_user(&Actor::operator(), &profile).unwrap();
    let table = site.browser_of("ada").get("/admin/users.csv?q=mallory");
    assert!(rows(&table)[0].contains(",'=cmd|'/c calc'!A0,+1,"), "{}", table.body);
}
