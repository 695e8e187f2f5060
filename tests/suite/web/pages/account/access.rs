use crate::support::Site;

#[test]
fn bob_sees_his_role_who_gave_it_why_and_what_it_lets_him_do() {
    let site = Site::new();
    let page = site.browser_of("bob").get("/account/access");
    let row = page.text("tbody tr");
    for word in ["member", "everywhere", "without end", "a member"] {
        assert!(row.contains(word), "{word}: {row}");
    }
    assert_eq!(page.texts("dd code"), ["posts:read"]);
    assert!(!page.has("a[href^='/admin']"), "he has no panel to follow a link into");
}

#[test]
fn eve_has_nothing_and_is_told_whom_to_ask() {
    let site = Site::new();
    let page = site.browser_of("eve").get("/account/access");
    assert!(page.text(".empty").contains("You hold no role yet"));
    assert!(!page.has("dd code"));
}
