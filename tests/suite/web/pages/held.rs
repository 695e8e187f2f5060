use crate::support::{Answer, Browser, Site, password};
use rolecall::{app::Actor, domain::page::ListQuery};

fn posted(browser: &mut Browser, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut all = page.fields(&format!("main form[action='{path}']"));
    if all.is_empty() {
        all = page.fields("main form");
    }
    all.retain(|(name, _)| !fields.iter().any(|(field, _)| field == name));
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(path, &all)
}

fn roles(site: &Site) -> Vec<String> {
    let page = site.app.roles(&Actor::operator(), &ListQuery { limit: Some(100), ..ListQuery::default() }).unwrap();
    page.items.into_iter().map(|row| row.role.name).collect()
}

#[test]
fn a_form_whose_session_ended_meanwhile_is_sent_after_signing_in_again() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let page = ada.get("/admin/roles/new");
    site.pass(3601);
    let description = "Everything — “quoted” & more\n🙂";
    let fields = [("name", "editor"), ("description", description)];
    let asked = posted(&mut ada, &page, "/admin/roles", &fields);
    assert_eq!((asked.status, asked.text("h1").as_str()), (403, "Sign in"));
    assert!(asked.text(".callout").contains("is kept"));
    let wrong = posted(&mut ada, &asked, "/login", &[("username_or_email", "ada"), ("password", "wrong")]);
    assert_eq!(wrong.status, 422);
    site.pass(10);
    let back = posted(&mut ada, &wrong, "/login", &[("username_or_email", "ada"), ("password", &password("ada"))]);
    assert_eq!((back.status, back.text("h1").as_str()), (200, "You are signed in again"), "{}", back.body);
    assert!(back.text(".facts").contains("Everything — “quoted” & more"), "{}", back.text(".facts"));
    assert!(!roles(&site).contains(&"editor".to_owned()), "nothing is done before the button is pressed");
    let done = posted(&mut ada, &back, "/admin/roles", &[]);
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(roles(&site).contains(&"editor".to_owned()));
}

#[test]
fn it_is_kept_through_the_second_step_too() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut bob = site.browser();
    bob.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    bob.submit("/login/code", &[("code", &site.totp(&secret))]);
    let page = bob.get("/account");
    site.pass(3601);
    let asked = posted(&mut bob, &page, "/account", &[("last_name", "Kept")]);
    let code = posted(&mut bob, &asked, "/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!((code.status, code.text("h1").as_str()), (200, "One more step"));
    let wrong = posted(&mut bob, &code, "/login/code", &[("code", "000000")]);
    assert_eq!(wrong.status, 422);
    let back = posted(&mut bob, &wrong, "/login/code", &[("code", &site.totp(&secret))]);
    assert_eq!(back.text("h1"), "You are signed in again", "{}", back.body);
    assert_eq!(posted(&mut bob, &back, "/account", &[]).status, 303);
    assert_eq!(bob.get("/account").attr("#f-last_name", "value").as_deref(), Some("Kept"));
}

#[test]
fn passwords_are_never_kept_and_other_sites_forms_lead_nowhere() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let page = bob.get("/account/password");
    site.pass(3601);
    let fields = [("current_password", "a very secret one"), ("password", "another secret one")];
    let asked = posted(&mut bob, &page, "/account/password", &fields);
    assert_eq!(asked.status, 403);
    let held = asked.attr("input[name=held]", "value").unwrap();
    let kept = String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(held.as_bytes()).unwrap()).unwrap();
    assert!(kept.contains("/account/password") && !kept.contains("secret one"), "{kept}");
    let evil = data_encoding::BASE64URL_NOPAD.encode(br#"{"path":"//evil.example/","fields":[["a","b"]]}"#);
    let fields = [("username_or_email", "bob"), ("password", &password("bob")), ("held", &evil)];
    assert_eq!(posted(&mut bob, &asked, "/login", &fields).location(), "/");
    assert_eq!(site.browser().post_from("cross-site", "/account", &[("last_name", "x")]).status, 403);
    assert!(!site.browser().post_from("cross-site", "/account", &[("last_name", "x")]).has("input[name=held]"));
}
