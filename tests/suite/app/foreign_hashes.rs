//! People who come from another system keep their passwords.

use crate::support::{Database, Site, password};
use rolecall::{
    app::{Actor, import::ForeignUser},
    domain::{Error, foreign_hash, foreign_hash::ForeignHash, user::Profile},
};
use std::{collections::BTreeMap, process::Command};

/// Made by Werkzeug 3.1.9, Django 5.2.19 (the rounds of PBKDF2 lowered), bcrypt 5.0.0 and argon2-cffi 25.1.0 from
/// `the long password of carol`.
const MADE: [(&str, &str); 10] = [
    (
        "werkzeug scrypt",
        "scrypt:1024:4:2$GFFvd6jJ2PjLbooY$f2beb63338dcb06fab538784333b6d1b1e2812b3e31891ab1d2adc1aec14337a4080b3aec3c0d96502440e18cb570e461ca8566a8f01d40c88dcd759cb5ea3fc",
    ),
    (
        "werkzeug pbkdf2",
        "pbkdf2:sha256:1000$xDHlJc3x9rQQz5pt$fb1854c3c510f09b669c10f20de58eda5aae975242005c5e88d7b86a7548c18e",
    ),
    ("django pbkdf2", "pbkdf2_sha256$2000$eSu1hkG8xT9cPjXR1FDuxu$voMEHL6GVRlyDKi4YzoQtMEpwRIdUi/RnFX7maeXH7k="),
    ("django pbkdf2 sha1", "pbkdf2_sha1$2000$XL76vLrMBnHZzqcl21HsFN$5RNV+z0EZdQViiK0q4jNFGrMXuI="),
    (
        "django argon2",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$RGFpYndHa2VPbGF5MWZQY3dnSnF5cA$nqEE3/Ou3ORsr33n9Z7UsrfgascZdRDhLVQkj3n5lZs",
    ),
    ("django bcrypt sha256", "bcrypt_sha256$$2b$06$Zeq3e.bCU7vlcxJffaEfqe6gL/UJaCcxOssiy6yXkb9NfiE5RXO9C"),
    ("django bcrypt", "bcrypt$$2b$06$Pf7axnUqu74TgxunF7nHwea1dC6btE.ljVnkRumObA1ch2Plidws."),
    (
        "django scrypt",
        "scrypt$16384$AzFQNtXWHIBETJ0owOFoiG$8$5$6TcLCOI3TvkndtmrhqenZuvAqkGtByUvcqJj0S9yFuAl1+z7JNCR/bI4YxBR+SsiT8sZRIUeUG0iEITxUKN1wA==",
    ),
    ("bcrypt", "$2b$05$Aa4Mk4gCdf5wjaOXXevUBOP2rN8AQdcroomwB4OsZ5dRdYPmfFYQa"),
    ("argon2", "$argon2id$v=19$m=1024,t=1,p=2$pRFqtEOEVnso91f0ls5upA$3IOMI9LNq4uJF0zLamZmMpxO2oNEFJyDQj84mMgP+3k"),
];

fn user(name: &str, hash: &str) -> ForeignUser {
    let profile = Profile::parse(name, "", name, &format!("{name}@example.com"));
    ForeignUser::parse(profile, hash, true).unwrap()
}

/// Fails unless the password of everybody but those named is one of ours.
fn all_are_ours(database: &Database) {
    database.tamper("CREATE TABLE theirs (n BIGINT CHECK (n = 0)); INSERT INTO theirs SELECT count(*) FROM users WHERE password_hash NOT LIKE '$2%'; DROP TABLE theirs");
}

#[test]
fn a_password_of_each_kind_signs_in_and_is_kept_our_way_from_then_on() {
    let site = Site::new();
    for (kind, hash) in MADE {
        let name = kind.replace(' ', "_");
        site.app.import_users(&Actor::operator(), &[user(&name, hash)]).unwrap();
        let enter = |password: &str| {
            let body = serde_json::json!({ "username_or_email": name, "password": password });
            site.program().post("/login", body).status
        };
        assert_eq!(enter("the long password of carol "), 401, "{kind}: one more space");
        assert_eq!(enter("The long password of carol"), 401, "{kind}");
        assert_eq!(enter(&password("carol")), 200, "{kind}");
        all_are_ours(&site.database);
        assert_eq!(enter(&password("carol")), 200, "{kind}: the second time");
        assert_eq!(enter("The long password of carol"), 401, "{kind}: the second time");
        site.pass(3600);
    }
}

#[test]
fn of_several_users_all_are_imported_or_none() {
    let site = Site::new();
    let (one, bob) = (user("one", MADE[0].1), user("bob", ""));
    match site.app.import_users(&Actor::operator(), &[one.clone(), bob]) {
        Err(Error::Taken(fields)) => assert!(!fields.get("users[1].username").is_empty(), "{fields:?}"),
        other => panic!("{other:?}"),
    }
    assert!(site.app.find_user(&Actor::operator(), "one").is_err());
    assert_eq!(site.app.import_users(&Actor::operator(), &[one, user("two", "")]).unwrap().value, 2);
    let two = site.app.find_user(&Actor::operator(), "two").unwrap();
    assert!(two.email_verified_at.is_some() && two.password_hash.is_none());
}

#[test]
fn who_may_not_make_users_imports_none() {
    let site = Site::new();
    assert!(matches!(site.app.import_users(&site.actor("bob"), &[]), Err(Error::Forbidden { .. })));
}

#[test]
fn hashes_that_werkzeug_and_django_make_today_are_verified() {
    let Some(python) = std::env::var_os("TEST_PYTHON") else {
        assert!(std::env::var_os("CI").is_none(), "CI must provide Werkzeug and Django (TEST_PYTHON)");
        return;
    };
    for password in ["the long password of carol", "пароль 🦀 for wérkzeug", &"x9 ".repeat(24)] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/app/foreign_hashes.py");
        let made = Command::new(&python).args([script, password]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made: BTreeMap<String, String> = serde_json::from_slice(&made.stdout).unwrap();
        assert_eq!(made.len(), 13, "{:?}", made.keys());
        for (kind, hash) in made {
            let kept = foreign_hash::import(&hash).unwrap_or_else(|error| panic!("{kind} {hash}: {error}"));
            let foreign = ForeignHash::parse(&kept).unwrap();
            assert!(foreign.verify(password), "{kind} {hash}");
            assert!(!foreign.verify(&format!("!{password}")), "{kind} {hash}");
        }
    }
}
