//! What the environment says. All mistakes are told at once, and nothing starts half configured.

mod audit;
mod breached;
mod forward;
pub mod settings;
mod tokens;
pub mod variables;

use crate::{
    db::Target,
    domain::{
        password::Policy,
        session::{Limits, WhenFull},
        sign_in_rules::Demand,
        sign_up::SignUpMode,
    },
};
pub use audit::Audit;
pub use breached::Breached;
pub use forward::Forward;
use ipnet::IpNet;
use secrecy::SecretString;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
pub use tokens::Tokens;
use url::Url;

#[derive(Debug, Clone)]
pub struct Config {
    pub database: Target,
    /// Connections in the pool: `DATABASE_POOL` (default 8).
    pub pool: u32,
    pub data_dir: PathBuf,
    /// `None`: made and kept in `DATA_DIR`.
    pub secret_key: Option<SecretString>,
    pub web: Web,
    pub sign_in: SignIn,
    /// `ROLE_HIERARCHY=limited`: a role includes at most one other (ANSI/INCITS 359, limited hierarchy). Default `general`.
    pub limited_hierarchy: bool,
    /// `None`: nothing is sent; mails stay in the outbox and are shown there and in the log.
    pub smtp: Option<Smtp>,
    pub audit: Audit,
    pub tokens: Tokens,
    pub forward: Forward,
    pub log: Log,
    /// Which variables are set, and where.
    pub given: variables::AllGiven,
}

#[derive(Debug, Clone)]
pub struct Web {
    /// `LISTEN`: address and port (default `127.0.0.1:8080`).
    pub listen: SocketAddr,
    /// `PUBLIC_URL`: how browsers reach Rolecall (default `http://localhost:<port>`).
    pub public_url: Url,
    /// `CORS_ALLOWED_ORIGINS`: exact origins that may call with credentials (default: none).
    pub cors_origins: Vec<String>,
    /// `TRUSTED_PROXIES`: addresses or networks whose `X-Forwarded-For` is believed (default: none).
    pub trusted_proxies: Vec<IpNet>,
}

impl Web {
    /// Whether browsers speak https to us: cookies are then `Secure` and have the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// `https://roles.example.com`, as browsers send it in `Origin`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The address of one of our pages: `path` begins with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Puts the port that the system chose into the public address, when `LISTEN` asked for any (`:0`).
    pub fn settle(&mut self, bound: SocketAddr) {
        if self.public_url.port() == Some(0) {
            // Fails only for addresses without a host.
            let _ = self.public_url.set_port(Some(bound.port()));
        }
    }

    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(&peer))
    }
}

#[derive(Debug, Clone)]
pub struct SignIn {
    /// `PASSWORD_POLICY`: `asvs` (default: at least 8 characters) or `nist` (at least 15).
    pub policy: Policy,
    /// `BREACHED_PASSWORDS`: stolen passwords that nobody may choose (default: none).
    pub breached: Option<Breached>,
    /// `BCRYPT_COST` (default 12; 10 to 16): each step doubles the work.
    pub bcrypt_cost: u32,
    /// `REQUIRE_VERIFIED_EMAIL`: sign-in only after the address was verified (default no).
    pub require_verified_email: bool,
    /// `SIGN_UP`: `open` (default), `invitation`, `approval` or `closed`: who may make an account by himself.
    pub sign_up: SignUpMode,
    /// `DELETE_ACCOUNT_DAYS` (default 14; 0 to 90), in seconds: so long can somebody keep his account after he asked for
    /// its end. 0: it ends at once.
    pub delete_account: i64,
    /// `SECOND_FACTOR`: `optional` (default), `any` or `app`: what is demanded of everybody. Roles may demand more.
    pub second_factor: Demand,
    /// `SECOND_FACTOR_GRACE_DAYS` (default 7; 0 to 90), in seconds: so long after a sign-in may who lacks it go on without.
    pub grace: i64,
    /// `EMAIL_CODES` (default yes): whether mailed codes can be a second factor.
    pub email_codes: bool,
    /// `REAUTHENTICATE_MINUTES` (default 10; 1 to 60), in seconds: so old may the last proof be for a sensitive act.
    pub reauthenticate: i64,
    /// `TRUSTED_DEVICE_DAYS` (default 30; 0 to 365), in seconds: so long may a device stand in for the second factor; 0: none may.
    pub trusted_device: i64,
    /// `SESSIONS_AT_ONCE` (default 50; 0: any number): sessions that one user may have at once. Roles may say fewer.
    pub sessions_at_once: Option<i64>,
    /// `SESSIONS_AT_ONCE_RULE`: what a sign-in beyond that does: `end_oldest` (default) or `refuse`.
    pub when_full: WhenFull,
    /// `SESSION_IDLE_MINUTES` (default 60) and `SESSION_HOURS` (default 24).
    pub limits: Limits,
    /// `SIGN_IN_NOTICE`: a line on the sign-in page (default: none).
    pub notice: String,
}

#[derive(Debug, Clone)]
pub struct Smtp {
    /// `MAIL_SERVER`, `MAIL_PORT` (default 587, 465 or 25 by the kind of TLS).
    pub server: String,
    pub port: u16,
    /// `MAIL_USE_TLS` (STARTTLS, default yes) or `MAIL_USE_SSL` (TLS from the first byte).
    pub tls: Tls,
    /// `MAIL_USERNAME`, `MAIL_PASSWORD`.
    pub credentials: Option<(String, SecretString)>,
    /// `MAIL_FROM`: `Rolecall <roles@example.com>` (default: the username, if it is an address).
    pub from: String,
    /// `MAIL_CA_FILE`: PEM of an authority to trust besides the public ones.
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    Start,
    Wrapped,
    None,
}

#[derive(Debug, Clone)]
pub struct Log {
    /// `LOG_LEVEL`: a tracing filter such as `info` or `rolecall=debug` (default `info`).
    pub filter: String,
    /// `LOG_FORMAT`: `text` (default) or `json`.
    pub json: bool,
}

impl Config {
    /// From the environment and, for what is not set there, from `.env` in the working directory.
    pub fn from_env() -> Result<Self, Vec<String>> {
        let mut vars: HashMap<String, String> = HashMap::new();
        match dotenvy::dotenv_iter() {
            Ok(pairs) => {
                for pair in pairs {
                    let (name, value) = pair.map_err(|error| vec![format!(".env: {error}")])?;
                    vars.insert(name, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(vec![format!(".env: {error}")]),
        }
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let set = std::env::vars_os();
        let set: HashMap<String, String> =
            set.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        vars.extend(set.clone());
        Self::read_from(&vars, |name| !set.contains_key(name))
    }

    /// From the given variables. An empty one counts as not set.
    pub fn read(vars: &HashMap<String, String>) -> Result<Self, Vec<String>> {
        Self::read_from(vars, |_| false)
    }

    fn read_from(vars: &HashMap<String, String>, is_dot_env: impl Fn(&str) -> bool) -> Result<Self, Vec<String>> {
        let mut reader = Reader { vars, mistakes: vec![] };
        let data_dir = PathBuf::from(reader.text("DATA_DIR").unwrap_or("data"));
        let web = reader.web();
        let config = Self {
            database: reader.database(&data_dir),
            pool: reader.number("DATABASE_POOL", 8, 1, 200),
            secret_key: reader.text("SECRET_KEY").map(SecretString::from),
            forward: Forward::read(&mut reader, &web),
            web,
            sign_in: reader.sign_in(),
            limited_hierarchy: reader.limited_hierarchy(),
            audit: Audit::read(&mut reader),
            tokens: Tokens::read(&mut reader),
            smtp: reader.smtp(),
            log: reader.log(),
            given: variables::given(vars, is_dot_env),
            data_dir,
        };
        reader.check_secret(&config);
        if reader.mistakes.is_empty() { Ok(config) } else { Err(reader.mistakes) }
    }
}

struct Reader<'a> {
    vars: &'a HashMap<String, String>,
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn wrong(&mut self, name: &str, expected: &str) {
        self.mistakes.push(format!("{name}: {expected}"));
    }

    fn number<N: TryFrom<u32> + PartialOrd + Copy + std::fmt::Display + std::str::FromStr>(
        &mut self,
        name: &str,
        default: N,
        min: N,
        max: N,
    ) -> N {
        match self.text(name).map(str::parse::<N>) {
            None => default,
            Some(Ok(value)) if value >= min && value <= max => value,
            Some(_) => {
                self.wrong(name, &format!("expected a whole number from {min} to {max}"));
                default
            }
        }
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(str::to_lowercase).as_deref() {
            None => default,
            Some("1" | "true" | "yes" | "on") => true,
            Some("0" | "false" | "no" | "off") => false,
            Some(_) => {
                self.wrong(name, "expected true or false");
                default
            }
        }
    }

    fn limited_hierarchy(&mut self) -> bool {
        match self.text("ROLE_HIERARCHY") {
            None | Some("general") => false,
            Some("limited") => true,
            Some(_) => {
                self.wrong("ROLE_HIERARCHY", "expected general or limited");
                false
            }
        }
    }

    fn policy(&mut self) -> Policy {
        match self.text("PASSWORD_POLICY") {
            None | Some("asvs") => Policy::Asvs,
            Some("nist") => Policy::Nist,
            Some(_) => {
                self.wrong("PASSWORD_POLICY", "expected asvs or nist");
                Policy::Asvs
            }
        }
    }

    /// One of a few words; not set: the default.
    fn choice<T: Default>(&mut self, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> T {
        self.text(name).map_or_else(|| Some(T::default()), parse).unwrap_or_else(|| {
            self.wrong(name, expected);
            T::default()
        })
    }

    fn breached(&mut self) -> Option<Breached> {
        match Breached::open(Path::new(self.text("BREACHED_PASSWORDS")?)) {
            Ok(list) => Some(list),
            Err(problem) => {
                self.wrong("BREACHED_PASSWORDS", &problem);
                None
            }
        }
    }

    fn file(&mut self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(name)?);
        if !path.is_file() {
            self.wrong(name, &format!("there is no file {}", path.display()));
        }
        Some(path)
    }

    /// SQLite addresses are as SQLAlchemy writes them, since the replaced system did: three slashes begin a relative
    /// path, four an absolute one.
    fn database(&mut self, data_dir: &Path) -> Target {
        let ca = self.file("DATABASE_CA_FILE");
        let default = Target::Sqlite(data_dir.join("rolecall.db"));
        let Some(url) = self.text("DATABASE_URL") else { return default };
        if let Some(path) = url.strip_prefix("sqlite:///") {
            if path.is_empty() || path == ":memory:" {
                self.wrong("DATABASE_URL", "name a file, such as sqlite:///data/rolecall.db");
            }
            return Target::Sqlite(PathBuf::from(path));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            if let Err(error) = url.parse::<tokio_postgres::Config>() {
                self.wrong("DATABASE_URL", &format!("this PostgreSQL address cannot be read ({error})"));
            }
            return Target::Postgres { url: url.to_owned(), ca };
        }
        self.wrong("DATABASE_URL", "expected sqlite:///path/to/file.db or postgres://user:password@host/database");
        default
    }

    fn web(&mut self) -> Web {
        let listen = self.text("LISTEN").unwrap_or("127.0.0.1:8080").parse().unwrap_or_else(|_| {
            self.wrong("LISTEN", "expected an address and a port, such as 0.0.0.0:8080");
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let default = format!("http://localhost:{}", listen.port());
        let public_url = match Url::parse(self.text("PUBLIC_URL").unwrap_or(&default)) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.path() == "/"
                    && url.query().is_none() =>
            {
                Some(url)
            }
            _ => {
                self.wrong(
                    "PUBLIC_URL",
                    "expected http:// or https:// and a host, without a path, such as https://roles.example.com",
                );
                None
            }
        };
        let cors_origins = self.list(
            "CORS_ALLOWED_ORIGINS",
            "expected exact origins such as https://app.example.com, separated by commas",
            |text| {
                let url = Url::parse(text).ok()?;
                let origin = url.origin().ascii_serialization();
                (matches!(url.scheme(), "http" | "https") && text.trim_end_matches('/') == origin).then_some(origin)
            },
        );
        let trusted_proxies = self.list(
            "TRUSTED_PROXIES",
            "expected addresses or networks such as 10.0.0.0/8, separated by commas",
            |text| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)),
        );
        #[expect(clippy::unwrap_used, reason = "a constant; and never used, since a mistake was noted")]
        let public_url = public_url.unwrap_or_else(|| Url::parse("http://localhost").unwrap());
        Web { listen, public_url, cors_origins, trusted_proxies }
    }

    fn list<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let parts = self.text(name).unwrap_or("").split(',').map(str::trim).filter(|part| !part.is_empty());
        let parsed: Option<Vec<T>> = parts.map(parse).collect();
        parsed.unwrap_or_else(|| {
            self.wrong(name, expected);
            vec![]
        })
    }

    fn smtp(&mut self) -> Option<Smtp> {
        let wrapped = self.flag("MAIL_USE_SSL", false);
        let start = self.flag("MAIL_USE_TLS", !wrapped);
        let tls = match (wrapped, start) {
            (true, false) => Tls::Wrapped,
            (false, true) => Tls::Start,
            (false, false) => Tls::None,
            (true, true) => {
                self.wrong(
                    "MAIL_USE_SSL",
                    "choose one of MAIL_USE_SSL (TLS from the first byte) and MAIL_USE_TLS (STARTTLS)",
                );
                Tls::Wrapped
            }
        };
        let port = self.number(
            "MAIL_PORT",
            match tls {
                Tls::Start => 587,
                Tls::Wrapped => 465,
                Tls::None => 25,
            },
            1,
            u16::MAX,
        );
        let ca = self.file("MAIL_CA_FILE");
        let server = self.text("MAIL_SERVER")?;
        let username = self.text("MAIL_USERNAME");
        let password = self.text("MAIL_PASSWORD");
        let credentials = match (username, password) {
            (Some(name), Some(password)) => Some((name.to_owned(), SecretString::from(password))),
            (None, None) => None,
            _ => {
                self.wrong("MAIL_USERNAME", "set both MAIL_USERNAME and MAIL_PASSWORD, or neither");
                None
            }
        };
        let from = self.text("MAIL_FROM").or(username.filter(|name| name.contains('@'))).unwrap_or_default().to_owned();
        if from.parse::<lettre::message::Mailbox>().is_err() {
            self.wrong("MAIL_FROM", "expected the sender, such as Rolecall <roles@example.com>");
        }
        Some(Smtp { server: server.to_owned(), port, tls, credentials, from, ca })
    }

    fn log(&mut self) -> Log {
        let json = match self.text("LOG_FORMAT") {
            None | Some("text") => false,
            Some("json") => true,
            Some(_) => {
                self.wrong("LOG_FORMAT", "expected text or json");
                false
            }
        };
        let filter = self.text("LOG_LEVEL").unwrap_or("info").to_owned();
        if tracing_subscriber::EnvFilter::try_new(&filter).is_err() {
            self.wrong("LOG_LEVEL", "expected error, warn, info, debug or trace");
        }
        Log { filter, json }
    }

    /// A key that is kept beside an embedded database is fine; several nodes on one PostgreSQL need the same one.
    fn check_secret(&mut self, config: &Config) {
        match self.text("SECRET_KEY") {
            Some(key) if key.len() < 32 => {
                self.wrong("SECRET_KEY", "needs at least 32 characters; `openssl rand -base64 48` makes a good one")
            }
            None if config.database.is_postgres() => self.wrong(
                "SECRET_KEY",
                "must be set with PostgreSQL, so that all nodes share it; `openssl rand -base64 48` makes a good one",
            ),
            _ => {}
        }
    }
}
