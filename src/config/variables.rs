//! Every variable that is read: for the page that tells what is configured, and from where.

use std::collections::HashMap;

/// A variable of the environment.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    pub group: &'static str,
    /// What holds when it is not set, in words; empty: nothing.
    pub default: &'static str,
    pub about: &'static str,
    /// Its value is told to nobody.
    pub secret: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Environment,
    /// The file `.env` in the working directory.
    DotEnv,
}

/// A variable that is set.
#[derive(Debug, Clone)]
pub struct Given {
    pub source: Source,
    /// As it may be shown: empty for a secret, without the password of an address.
    pub shown: String,
}

/// The variables that are set, by name.
pub type AllGiven = HashMap<&'static str, Given>;

const fn open(group: &'static str, name: &'static str, default: &'static str, about: &'static str) -> Variable {
    Variable { name, group, default, about, secret: false }
}

const fn secret(group: &'static str, name: &'static str, default: &'static str, about: &'static str) -> Variable {
    Variable { name, group, default, about, secret: true }
}

const DATA: &str = "Data";
const WEB: &str = "Web";
const ACCOUNTS: &str = "Accounts";
const PASSWORDS: &str = "Passwords";
const FACTORS: &str = "Second factor";
const SESSIONS: &str = "Sessions";
const MAIL: &str = "Mail";
const LOG: &str = "Log";

/// By group, in the order of README's table.
pub const VARIABLES: [Variable; 40] = [
    open(DATA, "DATABASE_URL", "SQLite in DATA_DIR", "Where the data is: SQLite, or PostgreSQL for several nodes."),
    open(DATA, "DATABASE_CA_FILE", "the public ones", "The authority of PostgreSQL's certificate."),
    open(DATA, "DATABASE_POOL", "8", "Connections to the database."),
    open(DATA, "DATA_DIR", "data", "Where the database and the secret key are kept."),
    secret(DATA, "SECRET_KEY", "made and kept in DATA_DIR", "What cookies, links, codes and secrets are sealed with."),
    open(DATA, "ROLE_HIERARCHY", "general", "Whether a role may include more than one other."),
    open(DATA, "AUDIT_RETENTION_DAYS", "0: for ever", "Audit events that are older are removed."),
    open(WEB, "LISTEN", "127.0.0.1:8080", "Address and port."),
    open(WEB, "PUBLIC_URL", "http://localhost and the port", "How browsers reach Rolecall."),
    open(WEB, "TRUSTED_PROXIES", "none", "Whose word on where a request came from is believed."),
    open(WEB, "CORS_ALLOWED_ORIGINS", "none", "Other sites whose pages may call with credentials."),
    open(WEB, "FORWARD_AUTH_DOMAIN", "none: Rolecall's own host", "Below which applications learn who signed in here."),
    open(ACCOUNTS, "SIGN_UP", "open", "Who may make an account by himself."),
    open(ACCOUNTS, "REQUIRE_VERIFIED_EMAIL", "false", "Whether a sign-in needs a verified address."),
    open(ACCOUNTS, "SIGN_IN_NOTICE", "", "A line on the sign-in page: whom to ask, or what is planned."),
    open(
        ACCOUNTS,
        "DELETE_ACCOUNT_DAYS",
        "14",
        "So many days can somebody keep his account after he asked for its end.",
    ),
    open(PASSWORDS, "PASSWORD_POLICY", "asvs", "How long a new password must be."),
    open(PASSWORDS, "BREACHED_PASSWORDS", "none", "A list of stolen passwords that nobody may choose."),
    open(PASSWORDS, "BCRYPT_COST", "12", "How much work a password's hash is."),
    open(FACTORS, "SECOND_FACTOR", "optional", "What is demanded of everybody. Roles may demand more."),
    open(FACTORS, "SECOND_FACTOR_GRACE_DAYS", "7", "So many days may who lacks it go on without."),
    open(FACTORS, "EMAIL_CODES", "true", "Whether mailed codes are a second factor."),
    open(FACTORS, "TRUSTED_DEVICE_DAYS", "30", "So many days may a trusted device stand in for the code; 0: none may."),
    open(FACTORS, "REAUTHENTICATE_MINUTES", "10", "So old may the proof for a sensitive act be."),
    open(SESSIONS, "SESSION_IDLE_MINUTES", "60", "So many minutes without a request end a session."),
    open(SESSIONS, "SESSION_HOURS", "24", "So many hours does a session last at most."),
    open(SESSIONS, "SESSIONS_AT_ONCE", "50", "Sessions that one user may have at once; 0: any number."),
    open(SESSIONS, "SESSIONS_AT_ONCE_RULE", "end_oldest", "What one sign-in more does."),
    open(SESSIONS, "TOKEN_DAYS", "366", "So many days may an API token live."),
    open(SESSIONS, "API_RATE_LIMIT", "3000", "Requests that one caller may make in a minute; 0: any number."),
    open(MAIL, "MAIL_SERVER", "none: mails stay in the outbox", "Who sends the mails."),
    open(MAIL, "MAIL_PORT", "587, 465 or 25, by the kind of TLS", "The mail server's port."),
    open(MAIL, "MAIL_USE_TLS", "true", "STARTTLS."),
    open(MAIL, "MAIL_USE_SSL", "false", "TLS from the first byte."),
    open(MAIL, "MAIL_USERNAME", "none", "Who signs in to the mail server."),
    secret(MAIL, "MAIL_PASSWORD", "none", "His password."),
    open(MAIL, "MAIL_FROM", "the username, if it is an address", "The sender."),
    open(MAIL, "MAIL_CA_FILE", "the public ones", "The authority of the mail server's certificate."),
    open(LOG, "LOG_LEVEL", "info", "What is logged."),
    open(LOG, "LOG_FORMAT", "text", "Lines of text or of JSON."),
];

/// What of these variables is set; `dot_env`: those that only the file sets.
pub fn given(vars: &HashMap<String, String>, is_dot_env: impl Fn(&str) -> bool) -> AllGiven {
    let set = VARIABLES.iter().filter_map(|variable| {
        let value = vars.get(variable.name).map(|value| value.trim()).filter(|value| !value.is_empty())?;
        let source = if is_dot_env(variable.name) { Source::DotEnv } else { Source::Environment };
        let shown = if variable.secret { String::new() } else { without_password(value) };
        Some((variable.name, Given { source, shown }))
    });
    set.collect()
}

/// An address of a database may hold a password.
fn without_password(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(mut url) if url.password().is_some() || url.query().is_some_and(|query| query.contains("password")) => {
            // Fails only for addresses without a host, which have no password.
            let _ = url.set_password(None);
            if url.query().is_some_and(|query| query.contains("password")) {
                url.set_query(None);
            }
            url.to_string()
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_of_each_variable_and_of_no_other() {
        let rows: Vec<&str> = include_str!("../../README.md").lines().filter(|line| line.starts_with("| `")).collect();
        let told: Vec<&str> = rows
            .iter()
            .flat_map(|row| {
                row.split('|')
                    .nth(1)
                    .unwrap()
                    .split('`')
                    .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_') && word.len() > 3)
            })
            .collect();
        let known: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
        for name in &known {
            assert!(told.contains(name), "README lacks {name}");
        }
        for name in told {
            assert!(known.contains(&name), "the settings page lacks {name}");
        }
    }

    #[test]
    fn secrets_and_passwords_are_not_kept_to_be_shown() {
        let vars = HashMap::from(
            [
                ("SECRET_KEY", "a-secret-key-of-many-characters-indeed"),
                ("DATABASE_URL", "postgres://rolecall:hunter2@db.example.com/rolecall?sslmode=require"),
                ("MAIL_PASSWORD", "hunter2"),
                ("MAIL_SERVER", "mail.example.com"),
                ("LOG_LEVEL", " "),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let given = given(&vars, |name| name == "MAIL_SERVER");
        assert!(given.values().all(|one| !one.shown.contains("hunter2") && !one.shown.contains("a-secret")));
        assert_eq!(given["DATABASE_URL"].shown, "postgres://rolecall@db.example.com/rolecall?sslmode=require");
        assert_eq!((given["MAIL_SERVER"].source, given["SECRET_KEY"].source), (Source::DotEnv, Source::Environment));
        assert!(!given.contains_key("LOG_LEVEL"), "an empty one counts as not set");
    }
}
