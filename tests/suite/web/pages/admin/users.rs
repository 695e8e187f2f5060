use super::{flash, give, permission, role, user};
use crate::support::{Site, password};
use std::collections::BTreeSet;

const XSS: &str = "<script>alert(1)</script>\"'><img src=x>";

#[test]
fn paging_shows_each_user_once_and_keeps_search_sort_and_rows() {
    let site = Site::new();
    for n in 0..60 {
        user(&site, &format!("crowd{n:02}"));
    }
    let mut ada = site.browser_of("ada");
    let mut path = "/admin/users?q=crowd&sort=-email&limit=25".to_owned();
    let mut seen = vec![];
    loop {
        let answer = ada.get(&path);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.attr("main input[name=q]", "value").as_deref(), Some("crowd"));
        assert_eq!(answer.attr("th[aria-sort]", "aria-sort").as_deref(), Some("descending"));
        assert!(answer.text(".pager").contains("of 60"), "{}", answer.text(".pager"));
        seen.extend(answer.texts("tbody th .under"));
        match answer.attr(".pager a[rel=next]", "href") {
            Some(next) => {
                assert!(
                    next.contains("q=crowd") && next.contains("sort=-email") && next.contains("limit=25"),
                    "{next}"
                );
                path = next;
            }
            None => break,
        }
    }
    let expected: Vec<String> = (0..60).rev().map(|n| format!("crowd{n:02}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn filters_narrow_the_list_and_can_be_taken_away() {
    let site = Site::new();
    site.app.set_user_disabled(&rolecall::app::Actor::operator(), site.id("eve"), true, "").unwrap();
    let mut ada = site.browser_of("ada");
    let names = |path: &str, ada: &mut crate::support::Browser| {
        ada.get(path).texts("tbody th .under").into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(names("/admin/users?filter=disabled", &mut ada), BTreeSet::from(["eve".to_owned()]));
    assert_eq!(names("/admin/users?filter=active", &mut ada), BTreeSet::from(["ada".to_owned(), "bob".to_owned()]));
    let member = site.role("member");
    assert_eq!(names(&format!("/admin/users?role={member}"), &mut ada), BTreeSet::from(["bob".to_owned()]));
    let page = ada.get(&format!("/admin/users?filter=disabled&role={member}&q=zzz"));
    assert!(page.text(".empty").contains("Nobody matches"));
    assert_eq!(page.attr(".empty a", "href").as_deref(), Some("/admin/users"));
    let off = page.attr(".filter[aria-current]", "href").unwrap();
    assert_eq!(off, format!("/admin/users?q=zzz&role={member}"));
}

#[test]
fn the_tile_of_roles_that_end_soon_leads_to_them() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let until = site.now().plus_seconds(3 * 24 * 3600).input();
    let bob = site.id("bob");
    let eve = site.id("eve");
    ada.submit_to(
        &format!("/admin/users/{eve}"),
        &format!("/admin/users/{eve}/roles"),
        &[("role", "member"), ("valid_to", &until)],
    );
    let tile = ada.get("/admin").texts("a[href='/admin/access/ending'] .stat-value");
    assert_eq!(tile, ["1"]);
    assert!(ada.get("/admin/access/ending").has(&format!("tbody a[href='/admin/users/{eve}']")));
    let page = ada.get("/admin/users?filter=ending");
    assert_eq!(page.texts("tbody th .under"), ["eve"]);
    assert!(!page.has(&format!("tbody a[href='/admin/users/{bob}']")));
}

#[test]
fn a_new_user_gets_an_invitation() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let answer =
        ada.submit("/admin/users/new", &[("first_name", "Dan"), ("username", "dan"), ("email", "dan@example.com")]);
    assert_eq!((answer.status, answer.location().to_owned()), (303, format!("/admin/users/{}", site.id("dan"))));
    assert!(flash(&mut ada, answer.location()).contains("invitation"));
    assert_eq!(site.last_mail("dan@example.com").kind, "invite");
}

#[test]
fn a_taken_name_is_told_at_its_field_and_what_was_typed_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let fields = [("first_name", "Robert"), ("last_name", "B"), ("username", "BOB"), ("email", "robert@example.com")];
    let answer = ada.submit("/admin/users/new", &fields);
    assert_eq!(answer.status, 409);
    assert!(answer.text("#f-username-error").contains("taken"));
    assert_eq!(answer.attr(".error-summary a", "href").as_deref(), Some("#f-username"));
    for (name, value) in fields {
        assert_eq!(answer.attr(&format!("#f-{name}"), "value").as_deref(), Some(value));
    }
    let eve = site.id("eve");
    let answer = ada.submit_to(
        &format!("/admin/users/{eve}/edit"),
        &format!("/admin/users/{eve}"),
        &[("email", "bob@example.com")],
    );
    assert_eq!((answer.status, answer.attr("#f-email", "value").as_deref()), (409, Some("bob@example.com")));
    assert!(answer.has("#f-email-error"));
}

#[test]
fn a_role_is_given_with_dates_and_place_and_taken_with_a_reason() {
    let site = Site::new();
    permission(&site, "docs", "write");
    role(&site, "writer", &["docs:write"]);
    let mut ada = site.browser_of("ada");
    let eve = site.id("eve");
    let path = format!("/admin/users/{eve}");
    let fields = [
        ("role", "Writer"),
        ("scope", "project/42"),
        ("valid_from", "2026-03-09T08:00"),
        ("valid_to", "2026-03-20T18:00"),
        ("reason", "stands in"),
    ];
    let answer = ada.submit_to(&path, &format!("{path}/roles"), &fields);
    assert_eq!((answer.status, answer.location()), (303, path.as_str()));
    let page = ada.get(&path);
    let row = page.text("main table tbody tr");
    for word in ["writer", "project/42", "Not yet", "2026-03-09 08:00 UTC", "2026-03-20 18:00 UTC", "ada", "stands in"]
    {
        assert!(row.contains(word), "{word}: {row}");
    }
    assert!(!page.text("section[aria-labelledby=rights-title]").contains("docs:write"), "not in force yet");
    site.pass(8 * 24 * 3600);
    ada = site.browser_of("ada");
    let page = ada.get(&path);
    let rights = page.text("section[aria-labelledby=rights-title]");
    assert!(rights.contains("docs:write") && rights.contains("project/42"), "{rights}");
    let take = page.attr("main td.row-actions a[href$='/delete']", "href").unwrap();
    let asked = ada.get(&take);
    assert!(asked.text(".effects").contains("loses the role writer in project/42"), "{}", asked.text(".effects"));
    assert_eq!(ada.submit(&take, &[("reason", "is back")]).location(), path);
    assert!(ada.get(&path).text("section[aria-labelledby=roles-title]").contains("No role yet"));
    let told = ada.get("/admin/audit?filter=role").text(".timeline li");
    assert!(told.contains("ada took the role writer in project/42 from eve") && told.contains("is back"), "{told}");
}

#[test]
fn giving_a_role_twice_or_backwards_is_told_at_the_field() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("bob"));
    let to = format!("{path}/roles");
    let twice = ada.submit_to(&path, &to, &[("role", "member"), ("reason", "once more")]);
    assert_eq!((twice.status, twice.attr("#f-reason", "value").as_deref()), (409, Some("once more")));
    assert!(twice.text("#f-role-error").contains("has this role"));
    assert_eq!(twice.attr("#f-role", "value").as_deref(), Some("member"));
    let backwards = ada.submit_to(
        &path,
        &to,
        &[("role", "member"), ("scope", "a"), ("valid_from", "2026-05-01T00:00"), ("valid_to", "2026-04-01T00:00")],
    );
    assert_eq!(backwards.status, 422);
    assert!(backwards.text("#f-valid_to-error").contains("after the beginning"));
    assert_eq!(backwards.attr("#f-valid_from", "value").as_deref(), Some("2026-05-01T00:00"));
}

#[test]
fn the_last_admin_stays() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let path = format!("/admin/users/{}", site.id("ada"));
    let take = ada.get(&path).attr("main td.row-actions a", "href").unwrap();
    for act in [format!("{path}/disable"), format!("{path}/delete"), take] {
        let answer = ada.submit(&act, &[("reason", "I am tired")]);
        assert_eq!(answer.status, 409, "{act}");
        assert!(answer.text(".error-summary").contains("the last one who holds the role admin"), "{act}");
        assert_eq!(answer.attr("#f-reason", "value").as_deref(), Some("I am tired"), "{act}");
    }
    assert_eq!(ada.get(&path).text("main h1"), "Ada Example");
    give(&site, "bob", site.role("admin"));
    assert_eq!(ada.submit(&format!("{path}/disable"), &[]).status, 303);
}

#[test]
fn disabling_says_what_ends_and_ends_it() {
    let site = Site::new();
    let (mut ada, mut bob) = (site.browser_of("ada"), site.browser_of("bob"));
    let path = format!("/admin/users/{}", site.id("bob"));
    let asked = ada.get(&format!("{path}/disable")).text(".effects");
    assert!(asked.contains("Ends 1 session."), "{asked}");
    assert_eq!(ada.submit(&format!("{path}/disable"), &[("reason", "left")]).location(), path);
    assert_eq!(bob.get("/account").location(), "/login?next=%2Faccount");
    let page = ada.get(&path);
    assert!(page.texts(".page-title .chip").contains(&"Disabled".to_owned()));
    assert_eq!(ada.submit_to(&path, &format!("{path}/enable"), &[]).status, 303);
    assert!(ada.get(&path).texts(".page-title .chip").contains(&"Active".to_owned()));
    assert_eq!(
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status,
        303
    );
}

#[test]
fn deleting_a_user_frees_his_name() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let old = site.id("bob");
    let asked = ada.get(&format!("/admin/users/{old}/delete")).text(".effects");
    assert!(asked.contains("Ends 1 role.") && asked.contains("Frees the username bob"), "{asked}");
    assert_eq!(ada.submit(&format!("/admin/users/{old}/delete"), &[]).location(), "/admin/users");
    assert_eq!(ada.get(&format!("/admin/users/{old}")).status, 404);
    let made =
        ada.submit("/admin/users/new", &[("first_name", "Bob"), ("username", "bob"), ("email", "bob@example.com")]);
    assert_eq!(made.status, 303, "{}", made.body);
    assert_ne!(site.id("bob"), old);
}

#[test]
fn ada_ends_one_session_and_then_all() {
    let site = Site::new();
    let (mut ada, mut first, mut second, mut third) =
        (site.browser_of("ada"), site.browser_of("bob"), site.browser_of("bob"), site.browser_of("bob"));
    let path = format!("/admin/users/{}/sessions", site.id("bob"));
    let to = format!("{path}/delete");
    let page = ada.get(&path);
    assert!(page.text("tbody").contains("Firefox on Linux") && page.text("tbody").contains("127.0.0.1"));
    let ends: Vec<String> = page
        .html()
        .select(&scraper::Selector::parse("td.row-actions a").unwrap())
        .filter_map(|e| e.attr("href").map(str::to_owned))
        .collect();
    assert_eq!(ends.len(), 3);
    ada.submit_to(&ends[2], &ends[2], &[]);
    let alive = |browser: &mut crate::support::Browser| browser.get("/account").status == 200;
    assert_eq!([alive(&mut first), alive(&mut second), alive(&mut third)].iter().filter(|alive| **alive).count(), 2);
    let done = ada.submit(&to, &[]);
    assert!(flash(&mut ada, done.location()).contains("Ended 2 sessions"));
    assert!(![first, second, third].iter_mut().any(alive));
}

#[test]
fn nobody_acts_on_who_may_do_more() {
    let site = Site::new();
    give(&site, "eve", role(&site, "helpdesk", &["rolecall.users:read", "rolecall.users:write"]));
    let mut eve = site.browser_of("eve");
    let ada = format!("/admin/users/{}", site.id("ada"));
    for path in [format!("{ada}/disable"), format!("{ada}/delete")] {
        let answer = eve.submit(&path, &[]);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text(".error-summary").contains("*:*"), "{path}");
    }
    let answer = eve.submit_to(&format!("{ada}/edit"), &ada, &[("email", "eve2@example.com")]);
    assert_eq!((answer.status, answer.attr("#f-email", "value").as_deref()), (403, Some("eve2@example.com")));
    let back = eve.submit_to(&ada, &format!("{ada}/password"), &[]);
    assert!(flash(&mut eve, back.location()).contains("*:*"));
    assert!(site.mails("ada@example.com").iter().all(|mail| mail.kind != "reset_password"));
}

#[test]
fn names_that_look_like_markup_are_only_text() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let made = ada
        .submit("/admin/users/new", &[("first_name", XSS), ("username", "mallory"), ("email", "mallory@example.com")]);
    let user = made.location().to_owned();
    let made = ada.submit("/admin/roles/new", &[("name", XSS), ("description", XSS)]);
    let role = made.location().to_owned();
    let role_id = role.rsplit('/').next().unwrap().to_owned();
    ada.submit_to(&user, &format!("{user}/roles"), &[("role", XSS), ("reason", XSS)]);
    let permission = ada
        .submit("/admin/permissions/new", &[("resource", "x"), ("action", "y"), ("label", XSS), ("description", XSS)])
        .location()
        .to_owned();
    let paths = [
        "/admin",
        "/admin/users",
        &user,
        &format!("{user}/edit"),
        &format!("{user}/delete"),
        &format!("{user}/sessions"),
        &format!("{user}/activity"),
        "/admin/roles",
        &role,
        &format!("{role}/edit"),
        &format!("{role}/delete"),
        "/admin/permissions",
        &permission,
        "/admin/audit",
        "/admin/mails",
        &format!("/admin/users?role={role_id}"),
        "/admin/users?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ];
    for path in paths {
        let answer = ada.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            !answer.body.contains("<script>alert") && !answer.has("main img") && !answer.has("main script"),
            "{path}"
        );
        assert!(answer.body.contains("alert(1)"), "{path} does not show it at all");
    }
}

#[test]
fn each_right_of_a_user_opens_its_way_and_of_thousands_the_first_are_shown() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    let page = ada.get(&format!("/admin/users/{bob}"));
    let way = page.attr("section[aria-labelledby=rights-title] dd a", "href").unwrap();
    assert_eq!(ada.get(&way).texts(".chain-node"), ["bob", "member", "posts:read"]);
    let names: Vec<String> = (0..130).map(|n| format!("things:act{n}")).collect();
    for n in 0..130 {
        permission(&site, "things", &format!("act{n}"));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    give(&site, "eve", role(&site, "much", &names));
    let page = ada.get(&format!("/admin/users/{eve}"));
    assert_eq!(page.texts("section[aria-labelledby=rights-title] dd code").len(), 100);
    assert!(page.text("section[aria-labelledby=rights-title]").contains("and 30 more: look through all of them"));
    let all = page.attr("section[aria-labelledby=rights-title] p a", "href").unwrap();
    assert_eq!(ada.get(&format!("{all}&limit=100")).texts("tbody th code").len(), 100);
}
