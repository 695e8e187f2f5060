//! Two tabs, the back button, and who may open what without having signed in.

use crate::support::{Browser, Site, password};

fn send(
    browser: &mut Browser,
    path: &str,
    mut fields: Vec<(String, String)>,
    more: &[(&str, &str)],
) -> crate::support::Answer {
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &fields)
}

#[test]
fn the_second_step_that_was_begun_last_is_the_one_that_counts_in_both_tabs() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut browser = site.browser();
    let enter = [("username_or_email", "bob"), ("password", &*password("bob"))];
    browser.submit("/login", &enter);
    let first_tab = browser.get("/login/code").fields("main form[method=post]");
    let first_login = browser.cookies()["rolecall-login"].clone();
    browser.submit("/login", &enter);
    assert_ne!(browser.cookies()["rolecall-login"], first_login);
    let answer = send(&mut browser, "/login/code", first_tab.clone(), &[("code", &site.totp(&secret))]);
    assert_eq!((answer.status, answer.location()), (303, "/"), "the form of the first tab still works");
    site.pass(60);
    // Neither login comes back to life by its cookie.
    for old in [first_login, browser.cookies().get("rolecall-login").cloned().unwrap_or_default()] {
        let mut thief = site.browser();
        thief.get("/login");
        thief.cookies().insert("rolecall-login".into(), old);
        let page = thief.get("/login/code");
        if page.status == 200 {
            let again = thief.submit("/login/code", &[("code", "000000")]);
            assert_eq!(again.status, 422);
        } else {
            assert_eq!(page.location(), "/login");
        }
    }
}

#[test]
fn a_login_that_was_finished_is_not_finished_again_by_its_cookie() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut browser = site.browser();
    browser.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    let cookies = browser.cookies().clone();
    assert_eq!(browser.submit("/login/code", &[("code", &site.totp(&secret))]).status, 303);
    site.pass(60);
    let mut thief = site.browser();
    *thief.cookies() = cookies;
    assert_eq!(thief.get("/login/code").location(), "/login");
}

#[test]
fn a_sign_in_form_of_a_tab_in_which_one_is_signed_in_meanwhile_does_no_harm() {
    let site = Site::new();
    let mut browser = site.browser();
    let old_tab = browser.get("/login").fields("main form[method=post]");
    let enter = [("username_or_email", "bob"), ("password", &*password("bob"))];
    assert_eq!(browser.submit("/login", &enter).status, 303);
    let session = browser.cookies()["rolecall"].clone();
    let answer = send(&mut browser, "/login", old_tab, &enter);
    assert!([303, 403].contains(&answer.status), "{}", answer.status);
    if answer.status == 403 {
        assert!(answer.has("h1") && browser.cookies()["rolecall"] == session, "told on a page, and still signed in");
    }
    assert_eq!(browser.get("/account").status, 200);
}

#[test]
fn the_back_button_shows_nothing_of_a_session_that_was_ended() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let bob = site.id("bob");
    let pages = [
        "/account".to_owned(),
        "/account/password".into(),
        "/account/second-factor".into(),
        "/account/second-factor/totp".into(),
        "/account/sessions".into(),
        "/account/access".into(),
        "/account/activity".into(),
        "/admin".into(),
        "/admin/users".into(),
        format!("/admin/users/{bob}"),
        "/admin/roles".into(),
        "/admin/permissions".into(),
        "/admin/audit".into(),
        "/admin/mails".into(),
        "/api/v1/me".into(),
        "/current_user_details".into(),
    ];
    for path in &pages {
        let answer = ada.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("cache-control").contains("no-store"), "{path}: {}", answer.header("cache-control"));
    }
    ada.submit("/logout", &[]);
    for path in &pages {
        let answer = ada.get(path);
        assert!(answer.status == 401 || answer.location().starts_with("/login"), "{path}: {}", answer.status);
    }
}

/// Every route: its path, with ids of what there is.
fn routes() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(root.join("src/web/routes.rs")).unwrap();
    let pages = source.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/')).map(str::to_owned);
    // What programs ask stands in tables of its own, of which the document is made.
    let document = rolecall::web::api::openapi::document()["paths"].as_object().unwrap();
    pages.chain(document.keys().cloned()).collect()
}

/// With something for each `{…}` in it.
fn filled(path: &str) -> String {
    let mut parts = path.split('/').map(|part| match part {
        "{token}" => "guessed",
        "{method}" => "totp",
        "{resource}" => "posts",
        "{name}" => "posts:read",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.by_ref().collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_that_is_not_listed_as_open_asks_who_it_is() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let table = document.split("## Ways in").nth(1).unwrap().split("\n## ").next().unwrap();
    let open: Vec<&str> = table.split('`').skip(1).step_by(2).filter(|text| text.starts_with('/')).collect();
    let site = Site::new();
    let routes = routes();
    assert!(routes.len() > 120, "{}", routes.len());
    for path in &open {
        assert!(routes.iter().any(|route| route == path), "the document has {path}, and the program has not");
    }
    for route in routes.iter().filter(|route| !open.contains(&route.as_str())) {
        let path = format!("{}?permission=posts:read&from=2026-01-01", filled(route));
        let (mut asked, mut told) = (false, vec![]);
        for (method, accept, body) in tries() {
            let headers = [("accept", accept), ("content-type", "application/json"), ("sec-fetch-site", "none")];
            let answer = site.program().raw(method, &path, &headers, body.into());
            let sign_in = answer.location().starts_with("/login") || answer.has("form[action='/login']");
            asked |= answer.status == 401 || sign_in;
            // The routes of the replaced system tell a body that cannot be read before anything else, as it did.
            let judged = [400, 422].contains(&answer.status) && !route.starts_with("/api/v1");
            assert!(
                [401, 404, 405].contains(&answer.status) || judged || sign_in,
                "{method} {path} as {accept} answers a stranger: {} {}",
                answer.status,
                answer.body
            );
            told.push(answer.status);
        }
        // The scope itself, and the routes that the replaced system had once only.
        let none = route == "/api/v1" || route.starts_with("/admin/");
        assert!(asked || none && told.iter().all(|status| *status == 404), "{path} never asks who it is: {told:?}");
    }
}

/// Methods, what is accepted, and bodies, one of which each route can read.
fn tries() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    const BODIES: [&str; 9] = [
        "{}",
        r#"{"permission":"posts:read"}"#,
        r#"{"checks":[{"permission":"posts:read"}]}"#,
        r#"{"role_id":1}"#,
        r#"{"name":"x"}"#,
        r#"{"password":"x","code":"x"}"#,
        r#"{"keep_own":true}"#,
        r#"{"users":{"ids":[1]},"act":"disable"}"#,
        r#"{"user_id":1,"role_id":1,"permission_id":1,"name":"x","role_name":"x","permission_name":"x","enabled":true}"#,
    ];
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let accepts = ["text/html", "application/json"];
    methods.into_iter().flat_map(move |method| {
        accepts.into_iter().flat_map(move |accept| BODIES.into_iter().map(move |body| (method, accept, body)))
    })
}

#[test]
fn only_a_script_that_bears_the_word_of_its_own_answer_runs() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/account", "/admin", "/admin", "/nothing-here", "/admin/users/99999"] {
        let answer = ada.get(path);
        let policy = answer.header("content-security-policy").to_owned();
        let nonce = answer.attr("script", "nonce").unwrap();
        assert!(policy.contains(&format!("; script-src 'nonce-{nonce}'")), "{path}: {policy}");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(nonce.len() >= 22 && seen.insert(nonce), "{path}: the word was there before");
    }
    let style = ada.get("/account").attr("link[rel=stylesheet]", "href").unwrap();
    for path in [style.as_str(), "/healthz", "/api/v1/me"] {
        assert!(!ada.get(path).header("content-security-policy").contains("script-src"), "{path} is no page");
    }
}
