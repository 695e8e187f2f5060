//! The cookie that applications behind a proxy are sent, and where it is given.

use super::{BROWSER, PROGRAM, behind_the_proxy, rule, verify};
use crate::support::{Site, password};
use serde_json::json;

fn with_domain() -> Site {
    let site = Site::with(|config| {
        let port = config.web.public_url.port().unwrap();
        config.web.public_url = url::Url::parse(&format!("http://roles.example.com:{port}")).unwrap();
        config.forward.domain = Some("example.com".into());
    });
    rule(&site, json!({ "path": "/" }));
    site
}

#[test]
fn a_stranger_signs_in_and_goes_on_to_where_he_came_from() {
    let site = with_domain();
    let mut browser = site.browser();
    let to = "/auth/sign-in?to=http%3A%2F%2Fapp.example.com%2Fa%3Fb";
    let login = browser.get(to);
    assert_eq!(login.status, 303);
    let page = login.location().to_owned();
    let entered = browser.submit(&page, &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!((entered.status, entered.location()), (303, to));
    let on = browser.get(to);
    assert_eq!((on.status, on.header("refresh")), (200, "0; url=http://app.example.com/a?b"));
    assert_eq!(on.attr("main a.button", "href").as_deref(), Some("http://app.example.com/a?b"));
    let cookie = on.header("set-cookie");
    assert!(
        cookie.contains("Domain=example.com") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "it ends with the browser: {cookie}");
}

#[test]
fn on_https_the_cookie_is_secure_and_host_only_without_a_domain() {
    for (domain, name) in [(Some("example.com"), "__Secure-rolecall-forward"), (None, "__Host-rolecall-forward")] {
        let site = Site::with(|config| {
            config.web.public_url = url::Url::parse("https://roles.example.com").unwrap();
            config.forward.domain = domain.map(str::to_owned);
        });
        let mut bob = site.browser_of("bob");
        let on = bob.get("/auth/sign-in?to=https%3A%2F%2Froles.example.com%2F");
        let cookie = on.header("set-cookie");
        assert!(cookie.starts_with(name) && cookie.contains("Secure"), "{cookie}");
        assert_eq!(cookie.contains("Domain="), domain.is_some(), "{cookie}");
        let mut program = site.program();
        program.cookies().insert(name.into(), bob.cookies()[name].clone());
        assert_eq!(verify(&mut program, "?permission=posts:read", "/", &[PROGRAM]).status, 200);
    }
}

#[test]
fn the_cookie_counts_for_verify_and_for_nothing_else() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    let mut app = behind_the_proxy(&site, &mut bob, "http://app.example.com/");
    assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).header("remote-user"), "bob");
    assert_eq!(app.get("/api/v1/me").status, 401);
    let forward = app.cookies()["rolecall-forward"].clone();
    for name in ["rolecall", "rolecall-login", "rolecall-pre"] {
        app.cookies().insert(name.into(), forward.clone());
    }
    assert_eq!(app.get("/api/v1/me").status, 401);
}

#[test]
fn a_made_up_or_changed_cookie_is_worth_nothing() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    let mut app = behind_the_proxy(&site, &mut bob, "http://app.example.com/");
    let good = app.cookies()["rolecall-forward"].clone();
    let (id, rest) = good.split_once('.').unwrap();
    let other = format!("{}.{rest}", id.parse::<i64>().unwrap() - 1);
    for bad in [other, id.to_owned(), format!("{id}."), format!("{good}x"), ".".into(), "..".into(), "x".repeat(5000)] {
        app.cookies().insert("rolecall-forward".into(), bad.clone());
        assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).status, 401, "{bad}");
    }
    // One that another host below the domain has put beside it does not hide it.
    app.cookies().insert("rolecall-forward".into(), format!("1.2.x; rolecall-forward={good}"));
    assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).status, 200);
}

#[test]
fn a_sign_out_counts_at_the_next_request() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    let mut app = behind_the_proxy(&site, &mut bob, "http://app.example.com/");
    assert_eq!(verify(&mut app, "", "/", &[BROWSER]).status, 200);
    assert_eq!(bob.submit("/logout", &[]).status, 303);
    assert_eq!(verify(&mut app, "", "/", &[BROWSER]).status, 302);
}

#[test]
fn who_uses_only_the_application_does_not_become_idle() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    let mut app = behind_the_proxy(&site, &mut bob, "http://app.example.com/");
    for _ in 0..3 {
        site.pass(50 * 60);
        assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).status, 200);
    }
    assert_eq!(bob.get("/account").status, 200);
    site.pass(61 * 60);
    assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).status, 401);
}

#[test]
fn a_token_of_a_session_that_a_restored_database_has_under_the_same_id_proves_nothing() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    let mut app = behind_the_proxy(&site, &mut bob, "http://app.example.com/");
    let actor = site.actor("eve");
    let id = actor.session_id.unwrap();
    let token = site.app.keys.forward_token(id, site.now().minus_seconds(60));
    app.cookies().insert("rolecall-forward".into(), token);
    assert_eq!(verify(&mut app, "", "/", &[PROGRAM]).status, 401);
}

#[test]
fn nobody_is_sent_on_to_a_host_that_is_not_ours() {
    let site = with_domain();
    let mut bob = site.browser_of("bob");
    for to in [
        "//evil.net",
        "https:evil.net",
        "\\\\evil.net",
        "http://example.com.evil.net/",
        "http://evilexample.com/",
        "javascript:alert(1)",
        "http://app.example.com@evil.net/",
        "http://evil.net\\.example.com/",
        "/relative",
    ] {
        let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let page = bob.get(&format!("/auth/sign-in?to={to}"));
        assert_eq!((page.status, page.header("refresh")), (400, ""), "{to}");
        assert!(page.text("main").contains("example.com") && !page.headers.contains_key("set-cookie"), "{}", page.body);
        assert!(!page.has("main a[href*=evil]"));
    }
    assert_eq!(bob.get("/auth/sign-in").location(), "/");
}

#[test]
fn whoever_must_set_up_a_second_factor_is_led_to_it_and_let_through_nowhere() {
    let site = Site::with(|config| {
        config.sign_in.second_factor = rolecall::domain::sign_in_rules::Demand::Any;
        config.sign_in.grace = 0;
    });
    let mut bob = site.browser_of("bob");
    let page = bob.get("/auth/sign-in?to=http%3A%2F%2Flocalhost%2F");
    assert_eq!((page.status, page.location()), (303, "/account/second-factor"));
    let mut program = site.program();
    *program.cookies() = bob.cookies().clone();
    let answer = verify(&mut program, "?permission=posts:read", "/", &[BROWSER]);
    assert_eq!(answer.status, 302, "he is told by the pages of the sign-in");
    let answer = verify(&mut program, "?permission=posts:read", "/", &[PROGRAM]);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("second_factor_demanded")));
}
