use crate::support::Site;

#[test]
fn bob_sees_his_role_who_gave_it_why_and_what_it_lets_him_do() {
    let site = Site::new();
    let page = site.browser_of("bob").get("/account/access");
    let row = page.text("tbody tr");
    for word in ["member", "everywhere", "without end", "a member"] {
        assert!(row.contains(word), "{word}: {row}");
    }
    assert_eq!(page.texts("#rights-title ~ * tbody code, tbody th code"), ["posts:read"]);
    assert!(!page.has("a[href^='/admin']"), "he has no panel to follow a link into");
}

#[test]
fn eve_has_nothing_and_is_told_whom_to_ask() {
    let site = Site::new();
    let page = site.browser_of("eve").get("/account/access");
    assert!(page.text(".empty").contains("You hold no role yet"));
    assert!(!page.has("tbody"));
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

#[test]
fn bob_hands_a_role_back_and_all_that_it_gave_is_gone_with_the_next_click() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account/access");
    let hand_back = page.attr(".row-actions a", "href").unwrap();
    let ask = bob.get(&hand_back);
    assert!(ask.text("h1").contains("Hand back member?"), "{}", ask.body);
    assert!(ask.text("main").contains("loses posts:read"));
    let token = ask.attr("main input[name=form_token]", "value").unwrap();
    let done = bob.submit(&hand_back, &[("reason", "I moved to sales")]);
    assert_eq!((done.status, done.location()), (303, "/account/access"), "{}", done.body);
    let page = bob.get("/account/access");
    assert!(page.text("main").contains("The role is handed back."));
    assert!(page.text(".empty").contains("You hold no role yet"));
    assert!(page.text("main").contains("Nothing but look after this account."));
    let again = bob.post(&hand_back, &[("form_token", &token)]);
    assert_eq!(again.status, 404, "a second click finds nothing: {}", again.body);
    let told = site.browser_of("ada").get("/admin/audit?filter=role").text(".timeline");
    assert!(told.contains("bob handed back the role member") && told.contains("I moved to sales"), "{told}");
}

#[test]
fn the_last_admin_cannot_hand_that_back_and_nobody_hands_back_what_another_has() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let hand_back = ada.get("/account/access").attr(".row-actions a", "href").unwrap();
    let refused = ada.submit(&hand_back, &[]);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(ada.get("/account/access").text("tbody").contains("admin"));
    let mut bob = site.browser_of("bob");
    let token = bob.get("/account").attr("main input[name=form_token]", "value").unwrap();
    assert_eq!(bob.get(&hand_back).status, 404);
    assert_eq!(bob.post(&hand_back, &[("form_token", &token)]).status, 404);
    let mut program = site.program_of("bob");
    let id = hand_back.split('/').rev().nth(1).unwrap();
    assert_eq!(program.delete(&format!("/api/v1/me/roles/{id}")).status, 404);
}

#[test]
fn each_right_tells_the_way_to_it() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account/access?q=posts");
    let way = page.attr("a[href^='/account/access/why']", "href").unwrap();
    let page = bob.get(&way);
    let chain = page.texts(".chain-node");
    assert_eq!(chain, ["bob", "member", "posts:read"]);
    assert!(!page.has("a[href^='/admin']"), "he has no panel to follow a link into");
    assert_eq!(bob.get("/account/access/why?permission=nonsense").status, 422);
    assert!(bob.get("/account/access?q=nothing").text(".empty").contains("None has these words"));
    let why_not = bob.get("/account/access/why?permission=rolecall.users:write");
    assert!(why_not.text("h2").starts_with("Why I may not do"), "{}", why_not.body);
}
