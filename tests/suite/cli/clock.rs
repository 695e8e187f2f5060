//! The real binary while the machine's clock leaps by days (libfaketime).

use super::Served;
use crate::support::{Browser, Program};
use serde_json::json;
use std::path::PathBuf;

const PASSWORD: &str = "several words of ada";

/// The library that tells a process another time; CI must have it.
fn faketime() -> Option<PathBuf> {
    let found = ["x86_64", "aarch64"]
        .map(|machine| PathBuf::from(format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1")))
        .into_iter()
        .find(|path| path.exists());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "CI must provide faketime");
    found
}

fn enter(program: &mut Program) -> u16 {
    program.post("/login", json!({ "username_or_email": "ada", "password": PASSWORD })).status
}

fn signed_in(program: &mut Program) -> bool {
    program.get("/check_auth_status").json()["success"] == true
}

#[test]
fn the_server_goes_on_while_the_clock_leaps_by_days_and_nothing_comes_back_to_life() {
    let Some(library) = faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("offset");
    let leap = |offset: &str| std::fs::write(&file, offset).unwrap();
    leap("+0d");
    let vars = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("BCRYPT_COST", "10"),
    ];
    let mut server = Served::start(folder.path(), &vars, &["serve"]);
    let line = server.line("/setup/");
    let link = url::Url::parse(line.split_whitespace().find(|word| word.starts_with("http://")).unwrap()).unwrap();
    let (address, link) = (std::net::SocketAddr::from(([127, 0, 0, 1], link.port().unwrap())), link.path().to_owned());
    leap("+3d");
    assert_eq!(Browser::new(address).get(&link).status, 410, "the set-up link lives a day");
    leap("+0d");
    let form = [("first_name", "Ada"), ("username", "ada"), ("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(Browser::new(address).submit(&link, &form).status, 303);
    let (mut now, mut later) = (Program::new(address), Program::new(address));
    assert_eq!(enter(&mut now), 200);
    assert!(signed_in(&mut now));
    leap("+3d");
    assert!(!signed_in(&mut now));
    assert_eq!(enter(&mut later), 200);
    leap("+0d");
    assert!(!signed_in(&mut now), "its cookie is dead for good");
    assert!(signed_in(&mut later));
    leap("-3d");
    let mut before = Program::new(address);
    assert_eq!(enter(&mut before), 200);
    assert!(signed_in(&mut before) && !signed_in(&mut now));
    for wrong in 0..3 {
        let body = json!({ "username_or_email": "ada", "password": format!("wrong {wrong}") });
        assert_eq!(before.post("/login", body).status, 401);
    }
    leap("+30d");
    assert!(!signed_in(&mut before) && !signed_in(&mut later));
    assert_eq!(enter(&mut before), 200);
    assert!(server.process.try_wait().unwrap().is_none(), "it runs on");
}
