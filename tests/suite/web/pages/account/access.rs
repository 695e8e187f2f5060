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

#[test]
fn a_session_can_go_on_with_fewer_roles_and_have_all_again() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let member = format!("role-{}", site.role("member"));
    assert!(bob.get("/account/access").has("input[type=checkbox][checked]"));
    let (path, post) = ("/account/access", "/account/access/roles");
    let token = bob.get(path).attr("main input[name=form_token]", "value").unwrap();
    let answer = bob.post(post, &[("form_token", &token)]);
    assert_eq!((answer.status, answer.location()), (303, path), "{}", answer.body);
    let page = bob.get(path);
    assert!(page.text("main").contains("Nothing but look after this account."));
    assert!(!page.has("input[type=checkbox][checked]"));
    assert_eq!(bob.submit_to(path, post, &[("role-4711", "1")]).status, 422);
    assert_eq!(bob.submit_to(path, post, &[(&member, "1")]).status, 303);
    assert!(bob.get(path).text("main").contains("posts:read"));
    assert_eq!(bob.submit_to(path, post, &[("all", "1")]).status, 303);
    assert!(bob.get(path).text("main").contains("runs with all your roles"));
}
