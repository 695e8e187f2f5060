use rolecall::{
    config::{Config, Tls},
    db::Target,
    domain::session::WhenFull,
};
use std::collections::HashMap;

fn read(vars: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    Config::read(&vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<HashMap<_, _>>())
}

#[test]
fn nothing_set_gives_sqlite_in_the_data_folder_and_no_mail() {
    let config = read(&[]).unwrap();
    assert_eq!(config.database, Target::Sqlite("data/rolecall.db".into()));
    assert_eq!(config.web.origin(), "http://localhost:8080");
    assert!(config.smtp.is_none() && config.secret_key.is_none() && !config.web.is_https());
    assert_eq!(
        (config.sign_in.bcrypt_cost, config.sign_in.limits.idle, config.sign_in.limits.absolute),
        (12, 3600, 86400)
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = read(&[
        ("DATABASE_URL", "postgers://localhost/roles"),
        ("SECRET_KEY", "short"),
        ("LISTEN", "8080"),
        ("PUBLIC_URL", "roles.example.com"),
        ("BCRYPT_COST", "4"),
        ("MAIL_USE_TLS", "perhaps"),
        ("MAIL_PORT", "0"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "proxy"),
        ("LOG_FORMAT", "xml"),
        ("SESSION_HOURS", "-1"),
        ("SIGN_UP", "perhaps"),
        ("DELETE_ACCOUNT_DAYS", "365"),
        ("AUDIT_RETENTION_DAYS", "-1"),
        ("TRUSTED_DEVICE_DAYS", "366"),
        ("TOKEN_DAYS", "0"),
        ("API_RATE_LIMIT", "-1"),
        ("SESSIONS_AT_ONCE", "many"),
        ("SESSIONS_AT_ONCE_RULE", "end_newest"),
        ("FORWARD_AUTH_DOMAIN", "example.com"),
    ])
    .unwrap_err();
    let names: Vec<_> = mistakes.iter().map(|mistake| mistake.split(':').next().unwrap()).collect();
    for name in [
        "DATABASE_URL",
        "SECRET_KEY",
        "LISTEN",
        "PUBLIC_URL",
        "BCRYPT_COST",
        "MAIL_USE_TLS",
        "MAIL_PORT",
        "CORS_ALLOWED_ORIGINS",
        "TRUSTED_PROXIES",
        "LOG_FORMAT",
        "SESSION_HOURS",
        "SIGN_UP",
        "DELETE_ACCOUNT_DAYS",
        "AUDIT_RETENTION_DAYS",
        "TRUSTED_DEVICE_DAYS",
        "TOKEN_DAYS",
        "API_RATE_LIMIT",
        "SESSIONS_AT_ONCE",
        "SESSIONS_AT_ONCE_RULE",
        "FORWARD_AUTH_DOMAIN",
    ] {
        assert!(names.contains(&name), "{name} in {mistakes:#?}");
    }
}

#[test]
fn applications_may_be_at_or_below_a_domain_that_holds_our_own_host() {
    let with = |domain| read(&[("PUBLIC_URL", "https://roles.example.com"), ("FORWARD_AUTH_DOMAIN", domain)]);
    for good in ["example.com", "roles.example.com", "Example.com"] {
        assert_eq!(with(good).unwrap().forward.domain, Some(good.to_lowercase()));
    }
    for bad in
        ["com", ".example.com", "xample.com", "evil.net", "app.example.com", "example.com.", "https://example.com"]
    {
        assert_eq!(with(bad).unwrap_err().len(), 1, "{bad}");
    }
    assert!(read(&[("PUBLIC_URL", "http://127.0.0.1:8080"), ("FORWARD_AUTH_DOMAIN", "0.0.1")]).is_err());
    assert_eq!(read(&[]).unwrap().forward.domain, None);
}

#[test]
fn the_password_policy_and_the_list_of_stolen_ones_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:10\n").unwrap();
    let config = read(&[("PASSWORD_POLICY", "nist"), ("BREACHED_PASSWORDS", list.to_str().unwrap())]).unwrap();
    assert_eq!((config.sign_in.policy.min(true), config.sign_in.policy.min(false)), (15, 8));
    assert!(config.sign_in.breached.unwrap().contains("password").unwrap());
    let mistakes = read(&[("PASSWORD_POLICY", "strong"), ("BREACHED_PASSWORDS", "/no/such/list")]).unwrap_err();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert_eq!(read(&[]).unwrap().sign_in.policy.min(true), 8);
}

#[test]
fn sign_up_is_open_and_an_account_can_be_kept_for_two_weeks_unless_it_is_said_otherwise() {
    use rolecall::domain::sign_up::SignUpMode;
    let config = read(&[]).unwrap();
    assert_eq!((config.sign_in.sign_up, config.sign_in.delete_account), (SignUpMode::Open, 14 * 24 * 3600));
    assert_eq!(read(&[]).unwrap().audit.retention_days, None, "kept for ever");
    assert_eq!(read(&[("AUDIT_RETENTION_DAYS", "365")]).unwrap().audit.retention_days, Some(365));
    let config = read(&[("SIGN_UP", "approval"), ("DELETE_ACCOUNT_DAYS", "0")]).unwrap();
    assert_eq!((config.sign_in.sign_up, config.sign_in.delete_account), (SignUpMode::Approval, 0));
}

#[test]
fn a_mistyped_database_is_refused_and_never_becomes_a_file() {
    for bad in [
        "postgers://localhost/roles",
        "mysql://localhost/roles",
        "roles.db",
        "sqlite:/roles.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgres://localhost:port/roles",
    ] {
        assert!(read(&[("DATABASE_URL", bad), ("SECRET_KEY", &"k".repeat(32))]).is_err(), "{bad}");
    }
}

#[test]
fn sqlite_addresses_are_as_the_replaced_system_wrote_them() {
    let path = |url| match read(&[("DATABASE_URL", url)]).unwrap().database {
        Target::Sqlite(path) => path,
        Target::Postgres { .. } => panic!("{url}"),
    };
    assert_eq!(path("sqlite:///app.db"), std::path::Path::new("app.db"));
    assert_eq!(path("sqlite:////var/lib/app.db"), std::path::Path::new("/var/lib/app.db"));
}

#[test]
fn postgresql_needs_a_shared_secret_key() {
    let url = ("DATABASE_URL", "postgres://rolecall@localhost/rolecall");
    assert!(read(&[url]).unwrap_err()[0].starts_with("SECRET_KEY"));
    assert!(read(&[url, ("SECRET_KEY", &"k".repeat(32))]).unwrap().database.is_postgres());
}

#[test]
fn mail_is_as_flask_mail_names_it() {
    let smtp = |vars: &[(&str, &str)]| {
        read(&[&[("MAIL_SERVER", "mail.example.com"), ("MAIL_FROM", "Rolecall <roles@example.com>")], vars].concat())
            .unwrap()
            .smtp
            .unwrap()
    };
    assert_eq!((smtp(&[]).tls, smtp(&[]).port), (Tls::Start, 587));
    assert_eq!((smtp(&[("MAIL_USE_SSL", "true")]).tls, smtp(&[("MAIL_USE_SSL", "true")]).port), (Tls::Wrapped, 465));
    assert_eq!((smtp(&[("MAIL_USE_TLS", "False")]).tls, smtp(&[("MAIL_USE_TLS", "0")]).port), (Tls::None, 25));
    assert!(read(&[("MAIL_SERVER", "mail.example.com")]).unwrap_err()[0].starts_with("MAIL_FROM"));
    assert!(
        read(&[("MAIL_SERVER", "mail.example.com"), ("MAIL_USERNAME", "a@example.com")]).unwrap_err()[0]
            .starts_with("MAIL_USERNAME")
    );
}

#[test]
fn secrets_do_not_show_in_the_debug_form() {
    let config = read(&[
        ("SECRET_KEY", &"swordfish".repeat(5)),
        ("MAIL_SERVER", "m"),
        ("MAIL_USERNAME", "a@example.com"),
        ("MAIL_PASSWORD", "swordfish"),
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains("swordfish"));
}

#[test]
fn the_limits_of_sessions_and_trusted_devices_have_defaults_and_can_be_switched_off() {
    let default = read(&[]).unwrap().sign_in;
    assert_eq!((default.sessions_at_once, default.when_full), (Some(50), WhenFull::EndOldest));
    assert_eq!(default.trusted_device, 30 * 24 * 3600);
    let off = [("SESSIONS_AT_ONCE", "0"), ("SESSIONS_AT_ONCE_RULE", "refuse"), ("TRUSTED_DEVICE_DAYS", "0")];
    let set = read(&off).unwrap().sign_in;
    assert_eq!((set.sessions_at_once, set.when_full, set.trusted_device), (None, WhenFull::Refuse, 0));
}
