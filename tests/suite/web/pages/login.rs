use crate::support::{Answer, Browser, Site, password};

#[test]
fn ada_signs_in_by_her_username_or_her_address() {
    let site = Site::new();
    for name in ["ada", "ADA", " ada@Example.com "] {
        let mut browser = site.browser();
        let answer = browser.submit("/login", &[("username_or_email", name), ("password", &password("ada"))]);
        assert_eq!((answer.status, answer.location()), (303, "/"), "{name}");
        assert_eq!(browser.get("/").location(), "/admin");
    }
}

#[test]
fn a_wrong_password_keeps_the_name_and_never_the_password() {
    let site = Site::new();
    let mut browser = site.browser();
    let answer = browser.submit("/login", &[("username_or_email", "ada"), ("password", "wrong-horse")]);
    assert_eq!(answer.status, 422);
    assert_eq!(answer.attr("#f-username_or_email", "value").as_deref(), Some("ada"));
    assert!(answer.text(".error-summary").contains("name or the password is wrong"));
    assert!(!answer.body.contains("wrong-horse"));
}

#[test]
fn unknown_disabled_and_wrong_are_told_alike() {
    let site = Site::new();
    site.app.set_user_disabled(&rolecall::app::Actor::operator(), site.id("eve"), true, "").unwrap();
    let mut pages = vec![];
    for (name, password) in [("nobody", password("ada")), ("eve", password("eve")), ("bob", "wrong".into())] {
        let answer = site.browser().submit("/login", &[("username_or_email", name), ("password", &password)]);
        pages.push((answer.status, answer.text("main").replace(name, "X")));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
}

#[test]
fn a_form_without_our_token_is_refused() {
    let site = Site::new();
    let mut browser = site.browser();
    browser.get("/login");
    let answer = browser.post("/login", &[("username_or_email", "ada"), ("password", &password("ada"))]);
    assert_eq!(answer.status, 403);
    assert!(answer.has("h1"));
}

#[test]
fn a_form_of_another_site_is_refused() {
    let site = Site::new();
    let mut browser = site.browser();
    let page = browser.get("/login");
    let token = page.attr("main input[name=form_token]", "value").unwrap();
    let fields = [("username_or_email", "ada"), ("password", &password("ada")), ("form_token", &token)];
    assert_eq!(browser.post_from("cross-site", "/login", &fields).status, 403);
    assert_eq!(browser.post_from("same-site", "/login", &fields).status, 403);
    assert_eq!(browser.post_from("same-origin", "/login", &fields).status, 303);
}

#[test]
fn opening_the_address_of_sign_out_does_not_sign_out() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    assert_eq!(browser.get("/logout").status, 200);
    assert_eq!(browser.get("/").location(), "/account");
    assert_eq!(browser.submit("/logout", &[]).status, 303);
    assert_eq!(browser.get("/").location(), "/login");
}

#[test]
fn a_session_ends_after_an_idle_hour_and_after_a_day_at_the_latest() {
    let site = Site::new();
    let mut idle = site.browser_of("bob");
    site.pass(3599);
    assert_eq!(idle.get("/").location(), "/account");
    site.pass(3601);
    assert_eq!(idle.get("/").location(), "/login");
    let mut busy = site.browser_of("bob");
    for _ in 0..47 {
        site.pass(1800);
        assert_eq!(busy.get("/").location(), "/account");
    }
    site.pass(1800);
    assert_eq!(busy.get("/").location(), "/login");
}

#[test]
fn a_sign_in_gives_the_browser_a_new_key_and_the_old_one_is_dead() {
    let site = Site::new();
    let mut browser = site.browser_of("bob");
    let old = browser.cookies()["rolecall"].clone();
    browser.submit("/logout", &[]);
    browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_ne!(browser.cookies()["rolecall"], old);
    browser.cookies().insert("rolecall".into(), old);
    assert_eq!(browser.get("/").location(), "/login");
}

#[test]
fn sign_in_comes_back_only_to_a_page_of_ours() {
    let site = Site::new();
    for (next, back) in [
        ("/account/sessions?x=1", "/account/sessions?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ] {
        let page = format!("/login?next={}", url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>());
        let answer = site.browser().submit(&page, &[("username_or_email", "bob"), ("password", &password("bob"))]);
        assert_eq!(answer.location(), back, "{next}");
    }
}

#[test]
fn many_failures_slow_sign_in_down_and_tell_how_long() {
    let site = Site::new();
    let mut browser = site.browser();
    let mut statuses = vec![];
    for _ in 0..6 {
        statuses.push(browser.submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]).status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 429, 429]);
    site.pass(10);
    assert_eq!(browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]).status, 303);
    assert_eq!(site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]).status, 422);
}

/// One try with a wrong password, after such a time that nothing else refuses it.
fn fail(site: &Site, browser: &mut Browser, name: &str) -> Answer {
    site.pass(31);
    browser.submit("/login", &[("username_or_email", name), ("password", "not the password at all")])
}

fn enter(browser: &mut Browser, name: &str, password: &str) -> Answer {
    browser.submit("/login", &[("username_or_email", name), ("password", password)])
}

/// A browser that no account knows.
fn stranger(site: &Site) -> Browser {
    let mut browser = site.browser();
    browser.is("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0");
    browser
}

#[test]
fn after_a_hundred_failures_in_a_row_strangers_are_refused_and_the_owner_is_not() {
    let site = Site::new();
    let mut own = site.browser_of("bob");
    own.submit("/logout", &[]);
    let mut strange = stranger(&site);
    for number in 1..=100 {
        assert_eq!(fail(&site, &mut strange, "bob").status, 422, "{number}");
        assert_eq!(fail(&site, &mut strange, "nobody").status, 422, "{number}");
    }
    site.pass(31);
    let refused = enter(&mut strange, "bob", &password("bob"));
    assert_eq!(refused.status, 429, "the right password comes too late");
    site.pass(31);
    let unknown = enter(&mut strange, "nobody", &password("bob"));
    assert_eq!(unknown.text(".error-summary"), refused.text(".error-summary"));
    assert!(refused.text(".error-summary").contains("Forgot the password?"));
    let told: Vec<_> = site.mails("bob@example.com").into_iter().filter(|mail| mail.text.contains("hundred")).collect();
    assert_eq!(told.len(), 1);
    // A restart and a day of tidying forget nothing.
    site.pass(3 * 24 * 3600);
    site.app.tidy().unwrap();
    assert_eq!(enter(&mut strange, "bob", &password("bob")).status, 429);
    assert_eq!(enter(&mut own, "bob", &password("bob")).status, 303, "his own browser lets him in");
    assert_eq!(enter(&mut strange, "bob", &password("bob")).status, 429, "which is no help to strangers");
    site.browser().submit("/forgot", &[("email", "bob@example.com")]);
    let link = site.last_mail("bob@example.com").path();
    assert_eq!(site.browser().submit(&link, &[("password", "an entirely new password")]).status, 303);
    site.pass(31);
    assert_eq!(enter(&mut strange, "bob", "an entirely new password").status, 303);
}

#[test]
fn strangers_who_fail_do_not_slow_the_owner_down() {
    let site = Site::new();
    let mut own = site.browser_of("bob");
    own.submit("/logout", &[]);
    let mut strange = stranger(&site);
    let tries = (0..8).map(|_| enter(&mut strange, "bob", "not the password at all").status).collect::<Vec<_>>();
    assert!(tries.contains(&429), "{tries:?}");
    assert_eq!(enter(&mut own, "bob", &password("bob")).status, 303);
}

#[test]
fn a_success_ends_the_row_of_failures() {
    let site = Site::new();
    site.browser_of("bob");
    for _ in 0..3 {
        let mut own = site.browser();
        for _ in 0..60 {
            assert_eq!(fail(&site, &mut own, "bob").status, 422);
        }
        site.pass(31);
        assert_eq!(enter(&mut own, "bob", &password("bob")).status, 303);
    }
}

#[test]
fn failed_tries_before_a_sign_in_are_told_on_the_next_page_and_by_mail() {
    let site = Site::new();
    site.browser_of("bob");
    let fail = |times: usize| {
        for _ in 0..times {
            site.browser().submit("/login", &[("username_or_email", "bob"), ("password", "wrong")]);
            site.pass(60);
        }
    };
    let told = || {
        site.mails("bob@example.com").iter().filter(|mail| mail.text.contains("somebody signed in to it after")).count()
    };
    fail(4);
    let mut bob = site.browser_of("bob");
    assert!(!bob.get("/account").has(".flash") && told() == 0, "four are slips");
    fail(7);
    let mut bob = site.browser_of("bob");
    let flash = bob.get("/account").text(".flash");
    assert!(flash.contains("Since your last sign-in") && flash.contains("7 wrong passwords"), "{flash}");
    assert!(!bob.get("/account").has(".flash"), "once");
    assert!(site.last_mail("bob@example.com").text.contains("after 7 wrong passwords since the last sign-in"));
    site.browser_of("bob");
    assert_eq!(told(), 1);
}

#[test]
fn wrong_codes_after_a_right_password_are_told() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let sign_in = |wrong: usize| {
        let mut browser = site.browser();
        browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
        for _ in 0..wrong {
            assert_eq!(browser.submit("/login/code", &[("code", "000000")]).status, 422);
        }
        site.pass(60);
        assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&secret))]).location(), "/");
        browser.get("/account").text(".flash")
    };
    assert_eq!(sign_in(0), "");
    assert_eq!(sign_in(1), "", "one is a slip of one's own");
    assert!(sign_in(2).contains("2 wrong codes"));
}
