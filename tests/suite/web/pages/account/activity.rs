use crate::support::{Site, password};

#[test]
fn bob_reads_what_happened_to_him_in_words_the_latest_first() {
    let site = Site::new();
    site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
    let mut bob = site.browser_of("bob");
    bob.submit("/account", &[("first_name", "Robert")]);
    let lines = bob.get("/account/activity").texts(".timeline li");
    let expected = [
        "You changed your profile",
        "You signed in with password",
        "Somebody failed to sign in as you",
        "The operator gave you the role member",
        "You signed up",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, begins) in lines.iter().zip(expected) {
        assert!(line.starts_with(begins), "{line}");
    }
    assert!(lines[0].contains("First name") && lines[0].contains("Bob") && lines[0].contains("Robert"));
}

#[test]
fn nobody_reads_of_others() {
    let site = Site::new();
    site.browser_of("ada");
    let page = site.browser_of("eve").get("/account/activity");
    assert!(!page.text(".timeline").contains("ada") && !page.text(".timeline").contains("bob"));
}

#[test]
fn a_long_list_is_read_in_pages_forth_and_back() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    for _ in 0..4 {
        site.browser().submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    }
    let first = bob.get("/account/activity?limit=3");
    assert_eq!(first.texts(".timeline li").len(), 3);
    let next = first.attr("a[rel=next]", "href").unwrap();
    let second = bob.get(&next);
    let back = second.attr("a[rel=prev]", "href").unwrap();
    assert_eq!(bob.get(&back).texts(".timeline li"), first.texts(".timeline li"));
    assert_eq!(bob.get("/account/activity?cursor=nonsense").status, 400);
}
