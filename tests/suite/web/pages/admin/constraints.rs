use super::{flash, give, permission, role};
use crate::support::{Answer, Browser, Site};

const LIST: &str = "/admin/access/constraints";

/// What a selector's first element says, as it is read: no space between a link and the full stop after it.
fn said(page: &Answer, selector: &str) -> String {
    page.text(selector).replace(" .", ".").replace(" ,", ",")
}

/// Creates a constraint by its form and gives its page.
fn create(ada: &mut Browser, kind: &str, fields: &[(&str, &str)]) -> String {
    let done = ada.submit_to(&format!("{LIST}/new?kind={kind}"), LIST, fields);
    assert_eq!(done.status, 303, "{}", done.text("main"));
    done.location().to_owned()
}

#[test]
fn ada_creates_a_set_by_the_names_of_its_roles_and_reads_it_in_words() {
    let site = Site::new();
    role(&site, "clerk", &[]);
    let approver = role(&site, "approver", &[]);
    let mut ada = site.browser_of("ada");
    assert!(ada.get(LIST).text(".empty").contains("No constraint yet"));
    let kinds = ada.get(&format!("{LIST}/new"));
    assert_eq!(kinds.texts("main .stat").len(), 7);
    let fields = [("name", "four eyes"), ("roles", "clerk, Approver"), ("n", "2"), ("reason", "audit 2026")];
    let page = create(&mut ada, "ssd", &fields);
    let shown = ada.visit(&page);
    assert!(shown.text(".flash").contains("four eyes is in force"));
    assert!(said(&shown, ".page-title .sub").contains("Nobody may have both approver and clerk."));
    assert!(shown.has(&format!(".sub a[href='/admin/roles/{approver}']")));
    let facts = shown.text("dl.facts");
    assert!(facts.contains("UTC by ada") && facts.contains("audit 2026"), "{facts}");
    assert!(shown.text(".timeline li").contains("ada made the constraint four eyes"));
    assert!(shown.text(".chips").contains("Holds"));
    let row = ada.get(LIST).text("tbody tr");
    assert!(row.contains("Nobody may have both approver and clerk") && row.contains("Separation of duty"), "{row}");
    // And the change that would break it is refused by its name.
    give(&site, "bob", approver);
    let refused = ada.submit_to(
        &format!("/admin/roles/{}", site.role("clerk")),
        &format!("/admin/roles/{}/members", site.role("clerk")),
        &[("user", "bob")],
    );
    assert!(refused.text(".error-summary").contains("“four eyes” would be broken: by bob"), "{}", refused.text("main"));
}

#[test]
fn each_kind_has_its_form_and_its_words() {
    let site = Site::new();
    for name in ["clerk", "approver", "staff"] {
        role(&site, name, &[]);
    }
    let mut ada = site.browser_of("ada");
    for (kind, fields, words) in [
        (
            "dsd",
            vec![("roles", "clerk, approver"), ("n", "2")],
            "Nobody may use both approver and clerk in one session.",
        ),
        ("at_least", vec![("role_id", "admin"), ("n", "1")], "At least one person holds admin, everywhere"),
        ("at_most", vec![("role_id", "clerk"), ("n", "3")], "At most three people are assigned clerk."),
        ("requires", vec![("role_id", "clerk"), ("required_id", "staff")], "Whoever has clerk has staff too."),
        (
            "never",
            vec![("role_id", "staff"), ("permission", "bombs:*")],
            "Nobody who has staff ever holds any part of bombs:*.",
        ),
        (
            "only_within",
            vec![("role_id", "admin"), ("permission", "money:*")],
            "Only who has admin holds any part of money:*.",
        ),
    ] {
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("name", kind)]).collect();
        let page = create(&mut ada, kind, &fields);
        let sub = said(&ada.get(&page), ".page-title .sub");
        assert!(sub.starts_with(words), "{kind}: {sub}");
    }
    assert_eq!(ada.get(LIST).texts("tbody tr").len(), 6);
    assert_eq!(ada.get(&format!("{LIST}?filter=never")).texts("tbody tr").len(), 1);
    assert!(ada.get(&format!("{LIST}?q=nothing")).text(".empty").contains("No constraint matches"));
}

#[test]
fn a_constraint_that_does_not_hold_is_previewed_and_refused_naming_who() {
    let site = Site::new();
    for name in ["clerk", "approver"] {
        give(&site, "eve", role(&site, name, &[]));
    }
    let mut ada = site.browser_of("ada");
    let new = format!("{LIST}/new?kind=ssd");
    let fields = [("name", "four eyes"), ("roles", "clerk, approver"), ("n", "2")];
    let preview = ada.submit_to(&new, LIST, &[&fields[..], &[("preview", "1")]].concat());
    assert!(preview.text(".callout").contains("“four eyes” would be broken: by eve"), "{}", preview.text("main"));
    assert_eq!(preview.attr("#f-name", "value").as_deref(), Some("four eyes"), "nothing typed is lost");
    let refused = ada.submit_to(&new, LIST, &fields);
    assert_eq!(refused.status, 409);
    assert!(refused.text(".error-summary").contains("by eve"));
    assert!(refused.attr("#f-roles", "value").unwrap().contains("approver"));
    assert!(ada.get(LIST).has(".empty"), "nothing was kept");
    let unknown = ada.submit_to(&new, LIST, &[("name", "x"), ("roles", "clerk, clark"), ("n", "2")]);
    assert_eq!((unknown.status, unknown.has("#f-roles-error")), (422, true));
    assert!(unknown.text("#f-roles-error").contains("There is no role “clark”"));
    let few = ada.submit_to(&new, LIST, &[("name", "x"), ("roles", "clerk"), ("n", "2")]);
    assert!(few.text("#f-roles-error").contains("at least two"));
    let number = ada.submit_to(&new, LIST, &[("name", "x"), ("roles", "clerk, approver"), ("n", "two")]);
    assert!(number.text("#f-n-error").contains("whole number"));
    let holds = ada.submit_to(
        &format!("{LIST}/new?kind=at_most"),
        LIST,
        &[("name", "few"), ("role_id", "clerk"), ("n", "5"), ("preview", "1")],
    );
    assert!(holds.text(".callout").contains("It would hold"));
}

#[test]
fn number_and_roles_of_a_set_are_changed_at_once_and_it_is_ended_with_a_reason() {
    let site = Site::new();
    for name in ["a", "b", "c"] {
        role(&site, name, &[]);
    }
    let mut ada = site.browser_of("ada");
    let page = create(&mut ada, "ssd", &[("name", "set"), ("roles", "a, b"), ("n", "2")]);
    let edit = format!("{page}/edit");
    assert_eq!(ada.get(&edit).attr("#f-roles", "value").as_deref(), Some("a, b"));
    let done = ada.submit_to(&edit, &page, &[("roles", "a, c, b"), ("n", "3"), ("reason", "a third one")]);
    assert_eq!(done.status, 303, "{}", done.text("main"));
    let shown = ada.get(&page);
    assert!(said(&shown, ".sub").starts_with("Nobody may have all three of a, b and c"));
    assert!(shown.text(".timeline li").contains("a third one"));
    let few = ada.submit_to(&edit, &page, &[("roles", "a, c"), ("n", "3")]);
    assert!(few.status == 422 && few.text("#f-n-error").contains("at most the number of roles"));
    let confirm = ada.get(&format!("{page}/delete"));
    assert!(confirm.text(".effects").contains("Nobody may have all three of a, b and c"));
    let done = ada.submit(&format!("{page}/delete"), &[("reason", "merged into another")]);
    assert!(flash(&mut ada, done.location()).contains("The constraint is deleted"));
    let ended = ada.get(&page);
    assert!(ended.text("dl.facts").contains("merged into another") && ended.text(".chips").contains("Ended"));
    assert!(!ended.has(&format!("a[href='{edit}']")));
    assert_eq!((ada.get(&edit).status, ada.get(&format!("{page}/delete")).status), (404, 404));
    let log = ada.get("/admin/audit?q=set");
    assert!(log.has(&format!(".timeline a[href='{page}']")), "its name leads to its page, ended or not");
    // A prerequisite has nothing to change.
    let other = create(&mut ada, "requires", &[("name", "needs"), ("role_id", "a"), ("required_id", "b")]);
    assert_eq!(ada.get(&format!("{other}/edit")).status, 404);
}

/// Gives a role behind Rolecall's back, as a restored backup or an import by hand does.
fn smuggle(site: &Site, user: i64, role: i64) {
    site.database.tamper(&format!(
        "INSERT INTO user_assignments (user_id, role_id, scope, valid_from, reason, given_at) \
         VALUES ({user}, {role}, '', '2026-03-01 00:00:00', '', '2026-03-01 00:00:00')"
    ));
}

#[test]
fn what_is_broken_by_data_that_came_another_way_is_told_at_the_top_at_each_and_on_the_overview() {
    let site = Site::new();
    let (clerk, approver, staff) = (role(&site, "clerk", &[]), role(&site, "approver", &[]), role(&site, "staff", &[]));
    permission(&site, "bombs", "drop");
    let bomber = role(&site, "bomber", &["bombs:drop"]);
    let mut ada = site.browser_of("ada");
    let pages = [
        ("ssd", vec![("roles", "clerk, approver"), ("n", "2")]),
        ("requires", vec![("role_id", "approver"), ("required_id", "staff")]),
        ("never", vec![("role_id", "staff"), ("permission", "bombs:drop")]),
        ("only_within", vec![("role_id", "admin"), ("permission", "bombs:drop")]),
        ("at_most", vec![("role_id", "clerk"), ("n", "1")]),
        ("at_least", vec![("role_id", "admin"), ("n", "1")]),
    ]
    .map(|(kind, fields)| create(&mut ada, kind, &fields.into_iter().chain([("name", kind)]).collect::<Vec<_>>()));
    let zero = ada.get("/admin");
    let tile = |page: &Answer| page.text(&format!("a.stat[href='{LIST}'] .stat-value"));
    assert_eq!(tile(&zero), "0");
    let (bob, eve) = (site.id("bob"), site.id("eve"));
    smuggle(&site, eve, clerk);
    smuggle(&site, eve, approver);
    smuggle(&site, bob, clerk);
    smuggle(&site, bob, staff);
    smuggle(&site, bob, bomber);
    smuggle(&site, eve, bomber);
    assert_eq!(tile(&ada.get("/admin")), "5");
    let list = ada.get(LIST);
    assert!(list.text(".callout").contains("5 constraints are broken now"));
    for (page, who) in pages.iter().zip(["eve", "eve", "bob", "eve", "2 are assigned it, 1 may", ""]) {
        let shown = ada.get(page);
        assert_eq!(shown.has(".callout.danger"), !who.is_empty(), "{page}");
        assert!(shown.text(".callout.danger").contains(who), "{who}: {}", shown.text("main"));
    }
    let id = pages[0].rsplit('/').next().unwrap();
    let found = site.program_of("ada").get(&format!("/api/v1/constraints/{id}/violations")).json();
    assert_eq!(
        (&found["broken"], &found["count"], &found["users"][0]["user_id"]),
        (&true.into(), &1.into(), &eve.into())
    );
    let sound =
        site.program_of("ada").get(&format!("/api/v1/constraints/{}/violations", pages[5].rsplit('/').next().unwrap()));
    assert_eq!(sound.json()["broken"], false);
}

#[test]
fn what_will_be_broken_on_a_day_to_come_names_the_day() {
    let site = Site::new();
    let (clerk, approver) = (role(&site, "clerk", &[]), role(&site, "approver", &[]));
    let mut ada = site.browser_of("ada");
    let page = create(&mut ada, "ssd", &[("name", "four eyes"), ("roles", "clerk, approver"), ("n", "2")]);
    smuggle(&site, site.id("bob"), clerk);
    site.database.tamper(&format!(
        "INSERT INTO user_assignments (user_id, role_id, scope, valid_from, reason, given_at) \
         VALUES ({}, {approver}, '', '2026-06-01 00:00:00', '', '2026-03-01 00:00:00')",
        site.id("bob")
    ));
    let told = ada.get(&page).text(".callout.danger li");
    assert!(told.contains("bob from 2026-06-01 00:00 UTC"), "{told}");
}

#[test]
fn who_may_only_read_sees_them_and_cannot_change_any() {
    let site = Site::new();
    give(&site, "bob", role(&site, "reader", &["rolecall.roles:read"]));
    role(&site, "clerk", &[]);
    let page = create(&mut site.browser_of("ada"), "at_most", &[("name", "few"), ("role_id", "clerk"), ("n", "5")]);
    let mut bob = site.browser_of("bob");
    let list = bob.get(LIST);
    assert!(list.status == 200 && !list.has(&format!("a[href='{LIST}/new']")));
    let shown = bob.get(&page);
    assert!(shown.status == 200 && !shown.has(&format!("a[href='{page}/edit']")));
    for refused in [format!("{LIST}/new"), format!("{page}/edit"), format!("{page}/delete")] {
        assert_eq!(bob.get(&refused).status, 403, "{refused}");
    }
    assert_eq!(site.browser_of("eve").get(LIST).status, 403);
    assert_eq!(site.browser_of("ada").get(&format!("{LIST}/999")).status, 404);
}
