//! The holes of the replaced system do not come back (DESIGN, section 9).

use crate::support::{Site, password};
use serde_json::json;

fn token(site: &Site, to: &str) -> String {
    site.last_mail(to).path().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn admin_routes_need_more_than_a_login() {
    let site = Site::new();
    let calls = [
        ("GET", "/roles", json!({})),
        ("GET", "/permissions", json!({})),
        ("GET", "/users/details", json!({})),
        ("GET", "/logs", json!({})),
        ("POST", "/create_role", json!({ "name": "x" })),
        ("POST", "/create_permission", json!({ "name": "x" })),
        ("POST", "/assign_role_to_user", json!({ "user_id": site.id("bob"), "role_id": 1 })),
        ("POST", "/assign_permission_to_role", json!({ "permission_name": "posts:read", "role_name": "member" })),
        ("DELETE", "/delete_role", json!({ "role_id": site.role("member") })),
        ("DELETE", "/delete_permission", json!({ "permission_id": 1 })),
    ];
    let (mut nobody, mut bob, mut ada) = (site.program(), site.program_of("bob"), site.program_of("ada"));
    for (method, path, body) in calls {
        for path in [path.to_owned(), format!("/admin{path}")] {
            assert_eq!(nobody.json(method, &path, body.clone()).status, 401, "{path}");
            let refused = bob.json(method, &path, body.clone());
            assert_eq!((refused.status, &refused.json()["success"]), (403, &json!(false)), "{path}");
            // The call itself is good: it is bob that is refused.
            if method == "GET" {
                assert_eq!(ada.get(&path).status, 200, "{path}");
            }
        }
    }
}

#[test]
fn one_permission_belongs_to_many_roles() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for role in ["Writer", "Reviewer"] {
        ada.post("/create_role", json!({ "name": role }));
        assert_eq!(
            ada.post("/assign_permission_to_role", json!({ "permission_name": "posts:read", "role_name": role }))
                .status,
            200
        );
    }
    let permission = ada.get("/api/v1/permissions?q=posts:read").json()["items"][0]["id"].clone();
    let roles = ada.get(&format!("/api/v1/permissions/{permission}")).json()["roles"].as_array().unwrap().len();
    assert_eq!(roles, 4, "admin, member, Writer, Reviewer");
}

#[test]
fn a_verification_token_is_no_reset_token_and_the_other_way_round() {
    let site = Site::new();
    let verification = token(&site, "bob@example.com");
    assert_eq!(
        site.program()
            .post(&format!("/reset_password/{verification}"), json!({ "password": "newsecurepassword" }))
            .status,
        400
    );
    site.program().post("/forgot_password", json!({ "email": "bob@example.com" }));
    let reset = token(&site, "bob@example.com");
    assert_ne!(reset, verification);
    assert_eq!(site.program().get(&format!("/verify_email/{reset}")).status, 400);
    assert_eq!(
        site.program().post(&format!("/reset_password/{reset}"), json!({ "password": "newsecurepassword" })).status,
        200
    );
}

#[test]
fn a_reset_token_expires_and_the_next_one_replaces_it() {
    let site = Site::new();
    let mut links = vec![];
    for _ in 0..2 {
        site.program().post("/forgot_password", json!({ "email": "bob@example.com" }));
        links.push(format!("/reset_password/{}", token(&site, "bob@example.com")));
    }
    let new = json!({ "password": "newsecurepassword" });
    assert_eq!(site.program().post(&links[0], new.clone()).status, 400);
    site.pass(15 * 60);
    assert_eq!(site.program().post(&links[1], new).status, 400);
}

#[test]
fn the_mailed_code_is_not_the_code_of_the_app() {
    let site = Site::new();
    let actor = site.actor("bob");
    let secret = site.turn_on_totp("bob");
    site.app.begin_email_factor(&actor).unwrap();
    let code = site.last_mail("bob@example.com").code();
    assert_eq!(code.len(), 8);
    assert_ne!(code, site.totp(&secret));
    site.app.confirm_email_factor(&actor, &code, false).unwrap();
    let login = |token: &str| {
        site.program()
            .post("/login", json!({ "username_or_email": "bob", "password": password("bob"), "token": token }))
    };
    assert_eq!(login(&code).status, 401, "a code mailed for another purpose signs nobody in");
    assert_eq!(login(&site.totp(&secret)).status, 200);
}

#[test]
fn asking_for_the_uri_does_not_overwrite_a_working_secret() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut bob = site.program();
    let login = |program: &mut crate::support::Program| {
        program.post(
            "/login",
            json!({ "username_or_email": "bob", "password": password("bob"), "token": site.totp(&secret) }),
        )
    };
    assert_eq!(login(&mut bob).status, 200);
    let answer = bob.get("/twofa_uri");
    assert_eq!((answer.status, &answer.json()["success"]), (409, &json!(false)));
    assert!(!answer.body.contains(&secret));
    site.pass(60);
    assert_eq!(login(&mut site.program()).status, 200);
}

#[test]
fn an_open_enrolment_keeps_its_secret() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    assert_eq!(bob.get("/twofa_uri").json()["uri"], bob.get("/twofa_uri").json()["uri"]);
}

#[test]
fn forgot_password_tells_nobody_who_has_an_account() {
    let site = Site::new();
    let known = site.program().post("/forgot_password", json!({ "email": "bob@example.com" }));
    let unknown = site.program().post("/forgot_password", json!({ "email": "nobody@example.com" }));
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    assert_eq!(known.status, 200);
    assert!(site.mails("nobody@example.com").is_empty());
}

#[test]
fn an_unknown_user_is_a_401_like_a_wrong_password() {
    let site = Site::new();
    let login =
        |name: &str| site.program().post("/login", json!({ "username_or_email": name, "password": "wrong horse" }));
    let (unknown, known) = (login("nobody"), login("bob"));
    let told = |answer: &crate::support::Answer| {
        (answer.status, answer.json()["message"].clone(), answer.json()["code"].clone())
    };
    assert_eq!(told(&unknown), told(&known));
    assert_eq!(unknown.status, 401);
}

#[test]
fn attempts_are_limited_and_the_wait_is_told() {
    let site = Site::new();
    for name in ["bob", "nobody"] {
        let login = || site.program().post("/login", json!({ "username_or_email": name, "password": "wrong horse" }));
        let limited = (0..10)
            .map(|_| login())
            .find(|answer| answer.status == 429)
            .unwrap_or_else(|| panic!("{name} is not limited"));
        let wait: i64 = limited.header("retry-after").parse().unwrap();
        assert!(wait > 0 && limited.json()["success"] == false);
        site.pass(wait);
        assert_eq!(login().status, 401, "{name}");
    }
}

#[test]
fn the_first_x_forwarded_for_is_not_believed() {
    let body = json!({ "username_or_email": "bob", "password": password("bob") }).to_string();
    let ip = |site: &Site, forwarded: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", forwarded)];
        let mut bob = site.program();
        assert_eq!(bob.raw("POST", "/login", &headers, body.clone().into_bytes()).status, 200);
        bob.get("/api/v1/sessions").json()["items"][0]["ip"].as_str().unwrap().to_owned()
    };
    let open = Site::new();
    assert_eq!(ip(&open, "203.0.113.9"), "127.0.0.1", "nobody is trusted");
    let behind = Site::with(|config| config.web.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]);
    assert_eq!(ip(&behind, "203.0.113.9, 198.51.100.7"), "198.51.100.7", "the last one is what the proxy saw");
}

#[test]
fn the_addresses_of_one_ipv6_subscriber_are_counted_as_one() {
    let site = Site::with(|config| config.web.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]);
    let enter = |number: usize, from: String| {
        let body = json!({ "username_or_email": format!("nobody{number}"), "password": "wrong" }).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", from.as_str())];
        site.program().raw("POST", "/login", &headers, body.into_bytes()).status
    };
    let told: Vec<u16> = (0..40).map(|number| enter(number, format!("2001:db8:1:2:{number:x}::1"))).collect();
    assert!(
        told[..31].iter().all(|status| *status == 401) && told[31..].iter().all(|status| *status == 429),
        "{told:?}"
    );
    assert_eq!(enter(50, "2001:db8:1:3::1".into()), 401, "the next subscriber");
    assert_eq!(enter(51, "::ffff:203.0.113.9".into()), 401, "an IPv4 address");
}

#[test]
fn getting_the_address_of_sign_out_does_not_sign_out() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    bob.get("/logout");
    assert_eq!(bob.get("/check_auth_status").json()["success"], true);
    assert_eq!(bob.post("/logout", json!({})).status, 200);
    assert_eq!(bob.get("/check_auth_status").json()["success"], false);
}

#[test]
fn nobody_changes_the_profile_of_another_user() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    for name in ["ada", "eve", "bob"] {
        let answer = bob.patch(
            &format!("/api/v1/users/{}", site.id(name)),
            json!({ "email": "bob2@example.com", "first_name": "Pwned" }),
        );
        assert_eq!(answer.status, 403, "{name}");
    }
    // The form of one's own profile takes no notice of an id.
    let mut browser = site.browser_of("bob");
    let fields =
        [("user_id", site.id("eve").to_string()), ("id", site.id("eve").to_string()), ("first_name", "Robert".into())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.submit("/account", &fields).status, 303);
    let mut ada = site.program_of("ada");
    let mut first_name = |name: &str| ada.get(&format!("/api/v1/users/{}", site.id(name))).json()["first_name"].clone();
    assert_eq!(
        (first_name("eve"), first_name("bob"), first_name("ada")),
        (json!("Eve"), json!("Robert"), json!("Ada"))
    );
}
