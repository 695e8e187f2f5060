use crate::support::Site;

const ADMIN: [(&str, &str); 5] = [
    ("first_name", "Ada"),
    ("last_name", ""),
    ("username", "ada"),
    ("email", "ada@example.com"),
    ("password", "several words of ada"),
];

fn link(site: &Site) -> String {
    let address = site.app.setup_link().unwrap().unwrap();
    url::Url::parse(&address).unwrap().path().to_owned()
}

#[test]
fn the_printed_link_makes_one_admin_and_signs_him_in() {
    let site = Site::bare(|_| {});
    let (link, older, mut browser) = (link(&site), link(&site), site.browser());
    let answer = browser.submit(&link, &ADMIN);
    assert_eq!((answer.status, answer.location()), (303, "/admin"));
    assert_eq!(browser.get("/").location(), "/admin");
    for spent in [link, older] {
        assert_eq!(site.browser().get(&spent).status, 410);
    }
}

#[test]
fn a_mistake_keeps_the_link_and_what_was_typed() {
    let site = Site::bare(|_| {});
    let (link, mut browser) = (link(&site), site.browser());
    let mut short = ADMIN;
    short[4].1 = "hunter2";
    let answer = browser.submit(&link, &short);
    assert_eq!(answer.status, 422);
    assert_eq!(answer.attr("#f-email", "value").as_deref(), Some("ada@example.com"));
    assert!(answer.has("#f-password-error") && !answer.body.contains("hunter2"));
    assert_eq!(browser.submit(&link, &ADMIN).status, 303);
}

#[test]
fn without_the_link_one_is_told_where_it_is() {
    let site = Site::new();
    assert!(site.browser().get("/setup").text("main").contains("prints a link"));
    assert_eq!(site.browser().get("/setup/guessed").status, 410);
}
