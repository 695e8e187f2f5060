//! Guessing: at full speed, from many places, over restarts; and passwords that other systems cut.

use crate::support::{Program, Site, at_once, password};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bob's password and this code, as if from another address each time.
fn guess(program: &mut Program, from: &str, code: &str) -> (u16, String) {
    let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": code }).to_string();
    let headers = [("content-type", "application/json"), ("x-forwarded-for", from)];
    let answer = program.raw("POST", "/login", &headers, body.into_bytes());
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

fn behind_a_proxy() -> Site {
    Site::with(|config| config.web.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()])
}

#[test]
fn of_a_thousand_codes_at_full_speed_from_many_addresses_six_are_judged() {
    let site = behind_a_proxy();
    site.turn_on_totp("bob");
    let judged = AtomicUsize::new(0);
    at_once((0..8).map(|_| site.program()).collect(), |thread, program| {
        for number in 0..125 {
            let (status, code) = guess(program, &format!("198.51.{thread}.{number}"), &format!("{number:06}"));
            if code == "bad_code" {
                judged.fetch_add(1, Ordering::Relaxed);
            } else {
                assert!([429, 503].contains(&status), "{status} {code}");
            }
        }
        program.get("/healthz")
    });
    assert_eq!(judged.load(Ordering::Relaxed), 6);
}

#[test]
fn after_a_hundred_wrong_codes_in_a_row_none_is_judged_until_there_is_a_new_password() {
    let site = behind_a_proxy();
    let secret = site.turn_on_totp("bob");
    let mut program = site.program();
    for number in 0..100 {
        site.pass(301);
        let (_, code) = guess(&mut program, &format!("198.51.100.{number}"), "000000");
        assert_eq!(code, "bad_code", "{number}");
    }
    for number in 0..3 {
        site.pass(301);
        let (status, code) = guess(&mut program, &format!("198.51.101.{number}"), &site.totp(&secret));
        assert_eq!((status, code.as_str()), (429, "codes_off"), "the right one comes too late");
    }
    let told =
        site.mails("bob@example.com").into_iter().filter(|mail| mail.text.contains("hundred wrong codes")).count();
    assert_eq!(told, 1);
    site.app.forgot_password(Default::default(), "bob@example.com").unwrap();
    let link = site.last_mail("bob@example.com").path();
    assert_eq!(site.browser().submit(&link, &[("password", "an entirely new password")]).status, 303);
    site.pass(301);
    let body =
        json!({ "username_or_email": "bob", "password": "an entirely new password", "token": site.totp(&secret) });
    assert_eq!(site.program().post("/login", body).status, 200);
}

#[test]
fn a_right_code_ends_the_row_of_wrong_ones() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    for _ in 0..3 {
        for _ in 0..45 {
            site.pass(301);
            guess(&mut site.program(), "", "000000");
        }
        site.pass(301);
        assert_eq!(guess(&mut site.program(), "", &site.totp(&secret)).0, 200);
    }
}

#[test]
fn a_second_server_on_the_database_gives_no_more_tries() {
    let site = Site::new();
    let second = Site::on(site.database.share(), |_| {});
    let wrong = json!({ "username_or_email": "bob", "password": "wrong" });
    let told: Vec<u16> =
        (0..8).map(|number| [&site, &second][number % 2].program().post("/login", wrong.clone()).status).collect();
    assert_eq!(told, [401, 401, 401, 401, 429, 429, 429, 429]);
    let third = Site::on(site.database.share(), |_| {});
    assert_eq!(third.program().post("/login", wrong).status, 429, "a restart forgets nothing");
}

#[test]
fn of_many_who_use_one_mailed_code_at_once_one_gets_in() {
    let site = Site::new();
    let bob = site.actor("bob");
    site.app.begin_email_factor(&bob).unwrap();
    site.app.confirm_email_factor(&bob, &site.last_mail("bob@example.com").code(), false).unwrap();
    let asked = json!({ "username_or_email": "bob", "password": password("bob") });
    assert_eq!(site.program().post("/login", asked).status, 401);
    let code = site.last_mail("bob@example.com").code();
    let body = json!({ "username_or_email": "bob", "password": password("bob"), "token": code });
    let answers = at_once((0..5).map(|_| site.program()).collect(), |_, program| program.post("/login", body.clone()));
    let told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
    site.pass(301);
    assert_eq!(site.program().post("/login", body).status, 401, "nor later");
}

#[test]
fn passwords_count_to_their_last_character_whatever_they_hold() {
    let site = Site::new();
    let words = "wandering seventy-two bytes of nothing in particular, and then some more";
    assert_eq!(words.len(), 72);
    let long = "🦉ж字é".repeat(64);
    assert_eq!(long.chars().count(), 256);
    for (number, (right, wrong)) in [
        (format!("{words}right"), format!("{words}wrong")),
        ("before the \0 after it".to_owned(), "before the \0 something else".to_owned()),
        ("before the \0 after it".to_owned(), "before the ".to_owned()),
        (long.clone(), format!("{}X", long.chars().take(255).collect::<String>())),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("zoe{number}");
        let form = json!({ "first_name": "Z", "last_name": "", "username": name, "email": format!("{name}@example.com"), "password": right });
        let made = site.program().post("/signup", form);
        assert_eq!(made.status, 201, "{}", made.body);
        let enter = |password: &str| {
            site.program().post("/login", json!({ "username_or_email": name, "password": password })).status
        };
        assert_eq!((enter(&wrong), enter(&right)), (401, 200), "{right:?}");
    }
    let longer =
        json!({ "first_name": "Z", "username": "zoe9", "email": "zoe9@example.com", "password": format!("{long}x") });
    assert_eq!(site.program().post("/signup", longer).status, 400);
    let huge = json!({ "username_or_email": "zoe3", "password": "x".repeat(60_000) });
    assert_eq!(site.program().post("/login", huge).status, 401);
}
