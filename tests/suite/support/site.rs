//! A running Rolecall.

use super::{Browser, Database, Program};
use rolecall::{
    app::{
        Actor, App, Origin,
        entropy::Rng,
        login::{Client, SignIn as SignedIn},
        signup::SignUp,
    },
    config::{Audit, Config, Forward, Log, SignIn, Tokens, Web},
    db::{Db, Target},
    domain::{
        Time, factor,
        keys::Keys,
        page::ListQuery,
        password::Policy,
        permission::NewPermission,
        role::{Assign, NewGrant, RoleDraft},
        session::{Limits, WhenFull},
        sign_in_rules::Demand,
        sign_up::SignUpMode,
        user::Profile,
    },
    web,
};
use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

/// The moment at which every test begins.
pub const START: &str = "2026-03-02T09:00";

pub struct Site {
    pub app: Arc<App>,
    pub database: Database,
    pub address: SocketAddr,
    now: Arc<Mutex<Time>>,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// A mail in the outbox.
#[derive(Debug, Clone)]
pub struct Mailed {
    pub kind: String,
    pub text: String,
}

impl Mailed {
    /// The path of the link in it, such as `/verify/…`.
    pub fn path(&self) -> String {
        let addresses = self
            .text
            .split_whitespace()
            .filter(|word| word.starts_with("http://"))
            .filter_map(|word| url::Url::parse(word).ok());
        addresses
            .map(|address| address.path().to_owned())
            .find(|path| path != "/")
            .unwrap_or_else(|| panic!("no link in {}", self.text))
    }

    /// The code in it: the line that has digits only.
    pub fn code(&self) -> String {
        self.text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && line.chars().all(|c| c.is_ascii_digit()))
            .unwrap()
            .to_owned()
    }
}

/// A configuration for tests: cheap hashes, nothing mailed.
pub fn config(target: Target, address: SocketAddr) -> Config {
    let public_url = url::Url::parse(&format!("http://localhost:{}", address.port())).unwrap();
    Config {
        database: target,
        pool: 8,
        data_dir: std::env::temp_dir(),
        secret_key: None,
        web: Web {
            listen: address,
            public_url,
            cors_origins: vec!["https://app.example.com".into()],
            trusted_proxies: vec![],
        },
        sign_in: SignIn {
            policy: Policy::Asvs,
            breached: None,
            bcrypt_cost: 4,
            require_verified_email: false,
            sign_up: SignUpMode::Open,
            delete_account: 14 * 24 * 3600,
            second_factor: Demand::Optional,
            grace: 7 * 24 * 3600,
            email_codes: true,
            reauthenticate: 600,
            trusted_device: 30 * 24 * 3600,
            sessions_at_once: None,
            when_full: WhenFull::EndOldest,
            limits: Limits { idle: 3600, absolute: 24 * 3600 },
            notice: String::new(),
        },
        limited_hierarchy: false,
        audit: Audit::default(),
        tokens: Tokens::default(),
        forward: Forward::default(),
        smtp: None,
        log: Log { filter: "off".into(), json: false },
        given: HashMap::new(),
    }
}

/// The password of one of the three people.
pub fn password(name: &str) -> String {
    format!("the long password of {name}")
}

impl Site {
    /// With ada (admin), bob (role `member`, which has `posts:read`) and eve (nothing).
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// As [`Site::new`], configured otherwise.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let site = Self::bare(change);
        site.people();
        site
    }

    /// Without anybody: before the first admin.
    pub fn bare(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Database::fresh(), change)
    }

    /// A (further) server on this database.
    pub fn on(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = config(database.target.clone(), address);
        change(&mut config);
        let now = Arc::new(Mutex::new(Time::parse(START).unwrap()));
        let clock = {
            let now = now.clone();
            Arc::new(move || *now.lock().unwrap())
        };
        let db = Db::open(&config.database, config.pool).unwrap();
        let seed = u64::from(address.port());
        let app = Arc::new(App::new(config, Keys::derive(b"a secret of the tests"), db, clock, Rng::seeded(seed)));
        app.prepare().unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let thread = std::thread::spawn({
            let app = app.clone();
            move || {
                actix_web::rt::System::new().block_on(async move {
                    let server = web::server(app, listener).unwrap();
                    send.send(server.handle()).unwrap();
                    server.await.unwrap();
                });
            }
        });
        let handle = receive.recv().unwrap();
        Self { app, database, address, now, handle, thread: Some(thread) }
    }

    /// Ada, bob and eve.
    pub fn people(&self) {
        let form = |name: &str, first: &str| SignUp {
            first_name: first.into(),
            last_name: "Example".into(),
            username: name.into(),
            email: format!("{name}@example.com"),
            password: password(name),
        };
        self.app.create_admin(&form("ada", "Ada")).unwrap();
        for (name, first) in [("bob", "Bob"), ("eve", "Eve")] {
            self.app.sign_up(Origin::default(), &form(name, first)).unwrap();
        }
        self.member();
    }

    /// As [`Site::people`], where bob and eve cannot sign up: ada invited them.
    pub fn people_by_invitation(&self) {
        let form = |name: &str| SignUp {
            first_name: name.into(),
            last_name: "Example".into(),
            username: name.into(),
            email: format!("{name}@example.com"),
            password: password(name),
        };
        self.app.create_admin(&form("ada")).unwrap();
        for name in ["bob", "eve"] {
            let profile = Profile::parse(name, "Example", name, &format!("{name}@example.com")).unwrap();
            self.app.create_user(&Actor::operator(), &profile).unwrap();
            let path = self.last_mail(&format!("{name}@example.com")).path();
            let token = path.rsplit('/').next().unwrap();
            self.app.reset_password(Origin::default(), token, &password(name), None).unwrap();
        }
        self.member();
    }

    /// The role `member`, which has `posts:read`, for bob.
    fn member(&self) {
        let (operator, app) = (Actor::operator(), &self.app);
        app.create_permission(&operator, &NewPermission::parse("posts", "read", "", "").unwrap()).unwrap();
        let role = app.create_role(&operator, &RoleDraft::parse("member", "", "Reads posts.").unwrap()).unwrap().value;
        app.grant(&operator, role.id, &NewGrant::parse("posts:read", "", "").unwrap()).unwrap();
        app.give_role(&operator, &Assign::parse(self.id("bob"), role.id, "", "", "", "a member").unwrap()).unwrap();
    }

    /// So many users more, `crowd1` and on, without passwords: made behind the application's back, since they are many.
    pub fn crowd(&self, n: usize) {
        let moment = START.replace('T', " ") + ":00";
        let row = |i: usize| {
            format!(
                "('crowd{i}', 'crowd{i}', 'crowd{i}@example.com', 'crowd{i}@example.com', 'Crowd', '{i}', 'crowd {i}\ncrowd{i}\ncrowd{i}@example.com', '{moment}', '{moment}')"
            )
        };
        for part in (1..=n).collect::<Vec<_>>().chunks(500) {
            let rows: Vec<String> = part.iter().map(|i| row(*i)).collect();
            self.database.tamper(&format!(
                "INSERT INTO users (username, username_key, email, email_key, first_name, last_name, search_key, created_at, updated_at) VALUES {}",
                rows.join(", ")
            ));
        }
    }

    /// The id of a user.
    pub fn id(&self, username: &str) -> i64 {
        let query = ListQuery { q: username.into(), limit: Some(100), ..ListQuery::default() };
        let page = self.app.users(&Actor::operator(), &query, None).unwrap();
        page.items
            .iter()
            .find(|row| row.user.username == username)
            .unwrap_or_else(|| panic!("no user {username}"))
            .user
            .id
    }

    /// The id of a role.
    pub fn role(&self, name: &str) -> i64 {
        self.app.role_by_name(&Actor::operator(), name).unwrap().id
    }

    /// User and assignment of the first of those who are assigned the role itself.
    pub fn first_assignment(&self, role: i64) -> Option<(i64, i64)> {
        let query = ListQuery { filter: "direct".into(), ..ListQuery::default() };
        let page = self.app.role_members(&Actor::operator(), role, &query).ok()?;
        page.items.first().and_then(|member| member.held.first()).map(|held| (held.row.user_id, held.row.id))
    }

    /// One of the people as the App sees him: signed in, without HTTP.
    pub fn actor(&self, name: &str) -> Actor {
        let origin = Origin { ip: "192.0.2.1".into(), ..Origin::default() };
        match self.app.sign_in(origin.clone(), name, &password(name), Client::Program).unwrap() {
            SignedIn::Done { session_id, .. } => self.app.actor(session_id, origin).unwrap(),
            SignedIn::SecondFactor { .. } => panic!("{name} has a second factor"),
        }
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A browser in which one of the three people is signed in.
    pub fn browser_of(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.submit("/login", &[("username_or_email", name), ("password", &password(name))]);
        assert_eq!(answer.status, 303, "{name} could not sign in: {}", answer.body);
        browser
    }

    /// A program that has not signed in.
    pub fn program(&self) -> Program {
        Program::new(self.address)
    }

    /// A program that has signed in as one of the three people.
    pub fn program_of(&self, name: &str) -> Program {
        let mut program = self.program();
        let answer =
            program.post("/login", serde_json::json!({ "username_or_email": name, "password": password(name) }));
        assert_eq!(answer.status, 200, "{name} could not sign in: {}", answer.body);
        program
    }

    pub fn now(&self) -> Time {
        *self.now.lock().unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }

    /// The mails to an address, the oldest first.
    pub fn mails(&self, to: &str) -> Vec<Mailed> {
        let operator = Actor::operator();
        let page =
            self.app.mails(&operator, &ListQuery { q: to.into(), limit: Some(100), ..ListQuery::default() }).unwrap();
        let mut mails: Vec<_> = page
            .items
            .into_iter()
            .map(|mail| {
                let view = self.app.mail(&operator, mail.id).unwrap();
                let body = view.body.expect("the body of a mail that was not sent");
                Mailed { kind: mail.kind, text: body.text }
            })
            .collect();
        mails.reverse();
        mails
    }

    /// The last mail to an address.
    pub fn last_mail(&self, to: &str) -> Mailed {
        self.mails(to).pop().unwrap_or_else(|| panic!("no mail to {to}"))
    }

    /// What an authenticator app with this secret (base32) shows now.
    pub fn totp(&self, secret: &str) -> String {
        factor::totp(&data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap(), self.now())
    }

    /// Turns TOTP on for one of the three people and gives the secret. Time passes, so that the next code is a new one.
    pub fn turn_on_totp(&self, name: &str) -> String {
        let mut program = self.program_of(name);
        let uri = program.get("/twofa_uri").json()["uri"].as_str().unwrap().to_owned();
        let secret = url::Url::parse(&uri).unwrap().query_pairs().collect::<HashMap<_, _>>()["secret"].to_string();
        let answer = program.post("/update_twofa", serde_json::json!({ "enabled": true, "token": self.totp(&secret) }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.pass(60);
        secret
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
