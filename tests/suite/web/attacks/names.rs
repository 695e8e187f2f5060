//! Names in every script, as long as they may be and longer, and with what would be a header or a tag elsewhere.

use crate::support::Site;

const PASSWORD: &str = "several words of somebody";

fn sign_up(site: &Site, first: &str, username: &str, email: &str) -> crate::support::Answer {
    let fields = [("first_name", first), ("username", username), ("email", email), ("password", PASSWORD)];
    site.browser().submit("/signup", &fields)
}

#[test]
fn names_of_every_script_are_shown_as_they_were_typed_on_pages_and_in_mails() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    for (number, first) in [
        "Zoë 🦉👩‍👩‍👧‍👦",
        "נֹעָה בת־אֵל",
        "مريم بنت محمد",
        "Z̷̧͓͈a̶̡l̵g̶o̷",
        "<b>Bold</b> & \"quoted\" 'name'",
        "{{ name }} %s ${x}",
        &"Ш".repeat(100),
    ]
    .into_iter()
    .enumerate()
    {
        let (username, email) = (format!("ünï_{number}_字"), format!("n{number}@example.com"));
        assert_eq!(sign_up(&site, first, &username, &email).status, 303, "{first}");
        let shown: String = rolecall::domain::text::clean(first).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(site.last_mail(&email).text.contains(&shown), "{first}");
        let mut browser = site.browser();
        let answer = browser.submit("/login", &[("username_or_email", &username), ("password", PASSWORD)]);
        assert_eq!(answer.status, 303, "{first}");
        assert_eq!(browser.get("/account").attr("#f-first_name", "value").as_deref(), Some(&*shown));
        let page = ada.get(&format!("/admin/users/{}", site.id(&rolecall::domain::text::clean(&username))));
        assert!(page.text("main").contains(&shown), "{first}");
        assert!(!page.body.contains("<b>Bold"), "{first}");
    }
}

#[test]
fn names_that_are_too_long_or_break_a_line_are_told_at_their_field() {
    let site = Site::new();
    for (first, username, email, field) in [
        ("x".repeat(200), "zoe".to_owned(), "zoe@example.com".to_owned(), "first_name"),
        ("🦉".repeat(200), "zoe".into(), "zoe@example.com".into(), "first_name"),
        ("Zoe".into(), "z".repeat(200), "zoe@example.com".into(), "username"),
        ("Zoe".into(), "🦉".into(), "zoe@example.com".into(), "username"),
        ("Zoe".into(), "zoe".into(), format!("{}@example.com", "z".repeat(250)), "email"),
        ("Zoe\r\nBcc: eve@example.com".into(), "zoe".into(), "zoe@example.com".into(), "first_name"),
        ("Zoe\nSubject: free money".into(), "zoe".into(), "zoe@example.com".into(), "first_name"),
        ("Zoe".into(), "zoe".into(), "zoe@example.com\r\nBcc: eve@example.com".into(), "email"),
        ("Zoe".into(), "zoe".into(), "zoe@example.com, eve@example.com".into(), "email"),
        ("Zoe".into(), "zoe".into(), "Zoe <zoe@example.com>".into(), "email"),
        ("Zoe".into(), "zoe".into(), "=?utf-8?q?zoe?=@example.com (comment)".into(), "email"),
        ("\u{202e}eoZ".into(), "zoe".into(), "zoe@example.com".into(), "first_name"),
    ] {
        let answer = sign_up(&site, &first, &username, &email);
        assert_eq!(answer.status, 422, "{first:?} {username:?} {email:?}");
        assert!(answer.has(&format!("#f-{field}-error")), "{first:?} {username:?} {email:?}");
    }
    assert!(site.mails("zoe@example.com").is_empty());
}

#[test]
fn a_name_with_an_address_in_it_is_refused_so_that_no_mail_greets_a_third_person_with_it() {
    let site = Site::new();
    for (number, first) in
        ["Visit http://evil.example", "evil.com", "Win at www.evil", "mail me@evil.example", "Go evil.com/win now"]
            .iter()
            .enumerate()
    {
        let refused = sign_up(&site, first, &format!("u{number}"), "victim@example.com");
        assert_eq!(refused.status, 422, "{first}");
        assert!(refused.text("#f-first_name-error").contains("no web or e-mail address"), "{first}");
    }
    assert!(site.mails("victim@example.com").is_empty());
    for (number, first) in ["J.R. Smith", "St.John", "M.", "Dr. Ana-Lu\u{ed}sa", "O'Neil jr."].iter().enumerate() {
        let email = format!("good{number}@example.com");
        assert_eq!(sign_up(&site, first, &format!("g{number}"), &email).status, 303, "{first}");
    }
}
