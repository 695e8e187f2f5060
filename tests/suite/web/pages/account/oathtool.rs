use crate::support::{Site, password};
use std::{collections::HashMap, process::Command};

/// The code of the `otpauth` address as oathtool, which knows nothing of us, computes it.
fn oathtool(site: &Site, address: &str) -> Option<String> {
    let address = url::Url::parse(address).unwrap();
    let query: HashMap<_, _> = address.query_pairs().collect();
    assert_eq!((address.scheme(), address.host_str()), ("otpauth", Some("totp")));
    let field = |name: &str, default: &str| query.get(name).map_or(default.to_owned(), ToString::to_string);
    let made = Command::new("oathtool")
        .arg(format!("--totp={}", field("algorithm", "SHA1")))
        .arg(format!("--digits={}", field("digits", "6")))
        .arg(format!("--time-step-size={}s", field("period", "30")))
        .arg(format!("--now={}", site.now()))
        .args(["--base32", &query["secret"]])
        .output();
    match made {
        Ok(made) => {
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            Some(String::from_utf8(made.stdout).unwrap().trim().to_owned())
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "CI must provide oathtool: {error}");
            None
        }
    }
}

#[test]
fn an_independent_authenticator_that_reads_our_address_signs_in() {
    let site = Site::new();
    let mut program = site.program_of("bob");
    let address = program.get("/twofa_uri").json()["uri"].as_str().unwrap().to_owned();
    let Some(code) = oathtool(&site, &address) else { return };
    let turned_on = program.post("/update_twofa", serde_json::json!({ "enabled": true, "token": code }));
    assert_eq!(turned_on.status, 200, "{}", turned_on.body);
    for days in [1, 400, 10_000] {
        site.pass(days * 24 * 3600);
        let code = oathtool(&site, &address).unwrap();
        let body = serde_json::json!({ "username_or_email": "bob", "password": password("bob"), "token": code });
        assert_eq!(site.program().post("/login", body.clone()).status, 200);
        assert_eq!(site.program().post("/login", body).status, 401, "once");
    }
}
