//! What happens when many ask at the very same moment.

use crate::support::{Answer, Site, at_once, password};
use serde_json::json;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut all: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    all.sort_unstable();
    all
}

#[test]
fn two_admins_who_demote_each_other_leave_one_admin() {
    for _ in 0..5 {
        let site = Site::new();
        let mut ada = site.program_of("ada");
        let given = ada
            .post(&format!("/api/v1/users/{}/roles", site.id("bob")), json!({ "role_id": site.role("admin") }))
            .json()["id"]
            .as_i64()
            .unwrap();
        let held = ada.get("/api/v1/me").json()["roles"][0]["id"].as_i64().unwrap();
        let paths = [
            format!("/api/v1/users/{}/roles/{given}", site.id("bob")),
            format!("/api/v1/users/{}/roles/{held}", site.id("ada")),
        ];
        let answers = at_once(vec![ada, site.program_of("bob")], |number, program| program.delete(&paths[number]));
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{:?}", statuses(&answers));
        assert!(answers.iter().all(|answer| [200, 401, 403, 409].contains(&answer.status)), "{:?}", statuses(&answers));
        let admins =
            ["ada", "bob"].iter().filter(|name| site.program_of(name).get("/api/v1/users").status == 200).count();
        assert_eq!(admins, 1);
    }
}

#[test]
fn a_totp_code_that_many_send_at_once_signs_in_once() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    for _ in 0..3 {
        let code = site.totp(&secret);
        let programs = (0..5).map(|_| site.program()).collect();
        let answers = at_once(programs, |_, program| {
            program.post("/login", json!({ "username_or_email": "bob", "password": password("bob"), "token": code }))
        });
        let told = statuses(&answers);
        assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
        assert!(told.iter().all(|status| [200, 400, 401, 410, 429].contains(status)), "{told:?}");
        site.pass(3600);
    }
}

#[test]
fn a_reset_link_that_many_use_at_once_works_once() {
    for _ in 0..3 {
        let site = Site::new();
        site.program().post("/forgot_password", json!({ "email": "bob@example.com" }));
        let path = format!("/reset_password/{}", site.last_mail("bob@example.com").path().rsplit('/').next().unwrap());
        let programs = (0..6).map(|_| site.program()).collect();
        let answers = at_once(programs, |number, program| {
            program.post(&path, json!({ "password": format!("newsecurepassword {number}") }))
        });
        let winners: Vec<_> =
            answers.iter().enumerate().filter(|(_, answer)| answer.status == 200).map(|(number, _)| number).collect();
        assert_eq!(winners.len(), 1, "{:?}", statuses(&answers));
        assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)), "{:?}", statuses(&answers));
        let login = |number: usize| {
            site.program()
                .post(
                    "/login",
                    json!({ "username_or_email": "bob", "password": format!("newsecurepassword {number}") }),
                )
                .status
        };
        assert_eq!(login(winners[0]), 200);
        assert_eq!(login((winners[0] + 1) % 6), 401);
    }
}

#[test]
fn a_name_that_many_want_at_once_goes_to_one() {
    let site = Site::new();
    let programs = (0..6).map(|_| site.program_of("ada")).collect();
    let answers = at_once(programs, |_, program| program.post("/api/v1/roles", json!({ "name": "Editor" })));
    assert_eq!(statuses(&answers), [201, 409, 409, 409, 409, 409]);
}

#[test]
fn of_many_who_use_one_recovery_code_at_once_one_gets_in() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    site.turn_on_totp("bob");
    let page = bob.submit("/account/second-factor/recovery", &[("password", &password("bob"))]);
    let code = page.texts("ol.recovery code").remove(0);
    let programs = (0..5).map(|_| site.program()).collect();
    let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": code });
    let answers = at_once(programs, |_, program| program.post("/login", body.clone()));
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{:?}", statuses(&answers));
}

#[test]
fn of_many_sign_ins_at_once_no_more_sessions_stay_than_there_may_be() {
    use rolecall::domain::session::WhenFull;
    for rule in [WhenFull::EndOldest, WhenFull::Refuse] {
        let site = Site::with(|config| {
            (config.sign_in.sessions_at_once, config.sign_in.when_full) = (Some(3), rule);
        });
        let body = json!({ "username_or_email": "bob", "password": password("bob") });
        let answers = at_once((0..8).map(|_| site.program()).collect(), |_, program| {
            let mut answer = program.post("/login", body.clone());
            while answer.status == 429 || answer.status == 503 {
                std::thread::sleep(std::time::Duration::from_millis(20));
                site.pass(1);
                answer = program.post("/login", body.clone());
            }
            answer
        });
        let open = site.program_of("ada").get(&format!("/api/v1/users/{}/sessions", site.id("bob"))).json();
        assert_eq!(open["total"], 3, "{rule:?} {:?}", statuses(&answers));
        let entered = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(entered, if rule == WhenFull::Refuse { 3 } else { 8 }, "{:?}", statuses(&answers));
    }
}

#[test]
fn of_many_who_bring_the_token_of_one_trusted_device_at_once_one_gets_in() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let secret = site.turn_on_totp("bob");
    bob.submit("/logout", &[]);
    bob.submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))]);
    assert_eq!(bob.submit("/login/code", &[("code", &site.totp(&secret)), ("trust", "1")]).location(), "/");
    let token = bob.cookies()["rolecall-device"].clone();
    let barrier = std::sync::Barrier::new(5);
    let entered = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..5)
            .map(|_| {
                let (site, token, barrier) = (&site, token.clone(), &barrier);
                scope.spawn(move || {
                    let mut browser = site.browser();
                    browser.cookies().insert("rolecall-device".into(), token);
                    browser.get("/login");
                    barrier.wait();
                    browser
                        .submit("/login", &[("username_or_email", "bob"), ("password", &password("bob"))])
                        .location()
                        .to_owned()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(entered.iter().filter(|place| *place == "/").count(), 1, "{entered:?}");
}
