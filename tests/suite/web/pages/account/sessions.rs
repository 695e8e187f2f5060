use crate::support::Site;

fn ends(page: &crate::support::Answer) -> Vec<String> {
    let html = page.html();
    let forms = scraper::Selector::parse("td form[method=post]").unwrap();
    html.select(&forms).map(|form| form.attr("action").unwrap().to_owned()).collect()
}

#[test]
fn bob_sees_his_sessions_and_ends_one() {
    let site = Site::new();
    let (mut here, mut there) = (site.browser_of("bob"), site.browser_of("bob"));
    let page = here.get("/account/sessions");
    assert_eq!(page.texts("tbody tr").len(), 2);
    assert_eq!(page.texts("th .chip"), ["This device"]);
    assert!(page.text("tbody tr").contains("Firefox on Linux"));
    let [end] = &ends(&page)[..] else { panic!("{:?}", ends(&page)) };
    assert_eq!(here.submit_to("/account/sessions", end, &[]).location(), "/account/sessions");
    assert_eq!((here.get("/").location(), there.get("/").location()), ("/account", "/login"));
    let token = here.get("/account").attr("main input[name=form_token]", "value").unwrap();
    assert_eq!(here.post(end, &[("form_token", &token)]).status, 303);
    assert!(here.get("/account/sessions").text(".flash").contains("had ended already"));
}

#[test]
fn all_others_end_at_once() {
    let site = Site::new();
    let (mut here, mut one, mut two) = (site.browser_of("bob"), site.browser_of("bob"), site.browser_of("bob"));
    here.submit_to("/account/sessions", "/account/sessions/others/end", &[]);
    assert!(here.get("/account/sessions").text(".flash").contains("2 other sessions"));
    assert_eq!((one.get("/").location(), two.get("/").location()), ("/login", "/login"));
    assert!(!here.get("/account/sessions").has("form[action='/account/sessions/others/end']"));
}

#[test]
fn nobody_ends_the_session_of_somebody_else() {
    let site = Site::new();
    let (mut ada, _spare, mut eve) = (site.browser_of("ada"), site.browser_of("ada"), site.browser_of("eve"));
    let end = ends(&ada.get("/account/sessions")).pop().unwrap();
    let token = eve.get("/account").attr("main input[name=form_token]", "value").unwrap();
    eve.post(&end, &[("form_token", &token)]);
    assert!(eve.get("/account/sessions").text(".flash").contains("had ended already"));
    assert_eq!(ada.get("/account/sessions").texts("tbody tr").len(), 2);
}
