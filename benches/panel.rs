//! How long the pages of the panel take with very many users, beside a demo company: `cargo bench --bench panel` prints the table.
//!
//! The databases are filled by `rolecall demo`: SQLite in a file, PostgreSQL in a cluster of the bench's own, or in databases
//! `panel_…` of the server of `TEST_DATABASE_URL`. Each page is asked over a socket by an admin who is signed in, one at a time;
//! what counts is the median from the first byte sent to the last one read, compression and drawing included.
//!
//! `-- --users N` (default 1,000,000), `-- --keep FOLDER` keeps and reuses the files, `-- --rounds N`, `-- --short` only shows
//! that it runs.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and may fail loudly"
)]

#[path = "../tests/suite/support/cluster.rs"]
#[expect(dead_code, reason = "the tests restart it too")]
mod cluster;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cluster::Cluster;
use rolecall::{
    app::{Actor, App, entropy::Rng, names::Kind},
    cli::{
        demo::{HandClock, PASSWORD, company, crowd},
        start,
    },
    config::Config,
    db::{Db, Target, migrate},
    domain::{keys::Keys, page::ListQuery},
    web,
};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// No page may take longer, in milliseconds; nor so many times as long as with the demo, if it takes longer than [`NOISE`].
const MOST: f64 = 100.0;
const RATIO: f64 = 5.0;
const NOISE: f64 = 10.0;

struct Options {
    users: i64,
    rounds: usize,
    keep: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

impl Options {
    fn read(words: &[String]) -> Self {
        let after = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1));
        let short = words.iter().any(|word| word == "--short");
        let number = |name: &str, default: i64| after(name).map_or(default, |text| text.parse().unwrap());
        let folder = after("--keep").is_none().then(|| tempfile::tempdir().unwrap());
        let keep = after("--keep").map_or_else(|| folder.as_ref().unwrap().path().to_owned(), PathBuf::from);
        std::fs::create_dir_all(&keep).unwrap();
        Self {
            users: number("--users", if short { 2000 } else { 1_000_000 }),
            rounds: number("--rounds", if short { 1 } else { 5 }) as usize,
            keep,
            _folder: folder,
        }
    }
}

fn open(target: &Target, clock: rolecall::app::Clock) -> App {
    let vars =
        HashMap::from([("LISTEN".to_owned(), "127.0.0.1:0".to_owned()), ("LOG_LEVEL".to_owned(), "warn".to_owned())]);
    let mut config = Config::read(&vars).unwrap();
    config.database = target.clone();
    config.sign_in.bcrypt_cost = 4;
    config.sign_in.require_verified_email = false;
    // A database that is kept has its sessions tomorrow, too.
    config.sign_in.limits = rolecall::domain::session::Limits { idle: 24 * 3600, absolute: 48 * 3600 };
    migrate::run(target).unwrap();
    let db = Db::open(target, 8).unwrap();
    let app = App::new(config, Keys::derive(b"the key of a bench, which guards nothing"), db, clock, Rng::from_os());
    app.prepare().unwrap();
    app
}

/// A demo company, or so many users, if the database is empty.
fn fill(target: &Target, users: Option<i64>) {
    let real = start::clock();
    let (end, clock) = (real(), HandClock::default());
    if users.is_none() {
        clock.set(company::first_day(end));
    }
    let app = open(target, clock.clock(real));
    if !app.is_unused().unwrap() {
        return;
    }
    let began = Instant::now();
    match users {
        None => company::fill(&app, &clock, company::SEED, end).unwrap(),
        Some(users) => {
            let mut bar = crowd::Bar::new();
            crowd::fill_app(&app, users, &mut |what, done, all| bar.show(what, done, all)).unwrap();
        }
    }
    println!("filled in {:.0} s", began.elapsed().as_secs_f64());
}

struct Site {
    port: u16,
    cookie: String,
    app: Arc<App>,
}

impl Site {
    fn start(target: &Target) -> Self {
        let app = Arc::new(open(target, start::clock()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = app.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move { web::server(served, listener).unwrap().await.unwrap() });
        });
        let body = format!(r#"{{"username_or_email":"{}","password":"{PASSWORD}"}}"#, company::ADMIN);
        let mut site = Self { port, cookie: String::new(), app };
        let answer = site.ask(&format!(
            "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let set =
            answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
        site.cookie = set.split(';').next().unwrap().to_owned();
        site
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = vec![];
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> (f64, String) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\nCookie: {}\r\n\r\n",
            self.cookie
        );
        let began = Instant::now();
        let answer = self.ask(&request);
        (began.elapsed().as_secs_f64() * 1e3, answer)
    }

    /// The median of so many rounds after one that is not counted.
    fn time(&self, path: &str, rounds: usize) -> f64 {
        let (first, answer) = self.get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {}", answer.lines().next().unwrap_or_default());
        // What takes seconds takes them each time.
        let rounds = if first > 2000.0 { 1 } else { rounds };
        let mut times: Vec<f64> = (0..rounds).map(|_| self.get(path).0).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    /// The pages that are asked for: what they are, and where.
    fn pages(&self) -> Vec<(String, String)> {
        let operator = Actor::operator();
        let user = self.app.users(&operator, &ListQuery::default(), None).unwrap().items[3].user.id;
        let roles = self.app.roles(&operator, &ListQuery { limit: Some(100), ..ListQuery::default() }).unwrap().items;
        let first = self.app.role_by_name(&operator, "employee").map_or(roles[1].role.id, |role| role.id);
        let least = roles.iter().min_by_key(|row| row.members.number()).unwrap().role.id;
        let permission = self.app.permissions(&operator, &ListQuery::default()).unwrap().items[2].permission.id;
        let events = rolecall::app::audit::Filter::default();
        let events = self.app.audit_log(&operator, &ListQuery::default(), &events).unwrap().total.number();
        let deep = |key: &str| BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"k":{key},"b":false}}"#));
        let mut pages = vec![("overview".to_owned(), "/admin".to_owned())];
        let mut page = |what: &str, path: String| pages.push((what.to_owned(), path));
        for sort in ["username", "-username", "email", "-email", "created", "-created", "last_sign_in", "-last_sign_in"]
        {
            page(&format!("users by {sort}"), format!("/admin/users?sort={sort}"));
        }
        page("users, deep", format!("/admin/users?cursor={}", deep(r#"["m",0]"#)));
        page(
            "users by -created, deep",
            format!("/admin/users?sort=-created&cursor={}", deep(r#"["2025-03-01T00:00:00.000000Z",0]"#)),
        );
        for filter in [
            "active",
            "disabled",
            "planned",
            "waiting",
            "invited",
            "leaving",
            "unverified",
            "no-second-factor",
            "ending",
        ] {
            page(&format!("users: {filter}"), format!("/admin/users?filter={filter}"));
            page(
                &format!("users: {filter}, by -last_sign_in"),
                format!("/admin/users?filter={filter}&sort=-last_sign_in"),
            );
        }
        for (what, q) in [
            ("frequent", "aino"),
            ("in all", "example"),
            ("rare", "laine4711"),
            ("absent", "xyzzyq"),
            ("absent, of frequent parts", "examplemai"),
            ("one letter", "a"),
            ("two letters", "so"),
            ("two words", "aino mail"),
            ("rare and frequent", "4711 example"),
            ("odd signs", "@we"),
        ] {
            page(&format!("users searched, {what}"), format!("/admin/users?q={}", q.replace(' ', "+")));
            page(
                &format!("users searched, {what}, by -created"),
                format!("/admin/users?sort=-created&q={}", q.replace(' ', "+")),
            );
        }
        page("users searched and filtered", "/admin/users?q=aino&filter=disabled".to_owned());
        page("users of a large role", format!("/admin/users?role={first}"));
        page("users of a large role, by -created", format!("/admin/users?role={first}&sort=-created"));
        page("users of a small role", format!("/admin/users?role={least}"));
        page("users of a large role, searched", format!("/admin/users?role={first}&q=laine"));
        page("one user", format!("/admin/users/{user}"));
        page("activity of a user", format!("/admin/users/{user}/activity"));
        page("activity of the busiest", "/admin/users/1/activity".to_owned());
        page("roles", "/admin/roles".to_owned());
        page("roles by -name", "/admin/roles?sort=-name".to_owned());
        page("roles: groups", "/admin/roles?filter=group".to_owned());
        page("roles searched", "/admin/roles?q=lead".to_owned());
        page("roles searched, absent", "/admin/roles?q=xyzzyq".to_owned());
        page("a large role", format!("/admin/roles/{first}"));
        page("a small role", format!("/admin/roles/{least}"));
        page("permissions", "/admin/permissions".to_owned());
        page("permissions searched", "/admin/permissions?q=read".to_owned());
        page("permissions searched, absent", "/admin/permissions?q=xyzzyq".to_owned());
        page("one permission", format!("/admin/permissions/{permission}"));
        page("audit", "/admin/audit".to_owned());
        page("audit, deep", format!("/admin/audit?cursor={}", deep(&(events / 2).to_string())));
        for filter in ["user", "role", "permission", "session", "factor", "mail"] {
            page(&format!("audit: {filter}"), format!("/admin/audit?filter={filter}"));
        }
        for (what, q) in [("frequent", "ada"), ("rare", "laine4711"), ("absent", "xyzzyq"), ("a reason", "ticket")] {
            page(&format!("audit searched, {what}"), format!("/admin/audit?q={q}"));
        }
        for (what, address) in [
            ("sessions", ""),
            ("sessions by user", "?sort=user"),
            ("sessions by began", "?sort=began"),
            ("sessions: without second factor", "?filter=no-second-factor"),
            ("sessions: idle", "?filter=idle"),
            ("sessions searched, a frequent name", "?q=aino"),
            ("sessions searched, a rare name", "?q=laine4711"),
            ("sessions searched, an address", "?q=192.0.2.1"),
        ] {
            page(what, format!("/admin/sessions{address}"));
        }
        page("search, a frequent name", "/admin/search?q=aino".to_owned());
        page("search, a question", "/admin/search?q=can+ada+rolecall.users:read".to_owned());
        page("what ends soon", "/admin/access/ending".to_owned());
        page("who can", "/admin/access/who-can?permission=rolecall.users:read".to_owned());
        page("what can", "/admin/access/what-can?user=ada".to_owned());
        page("constraints", "/admin/access/constraints".to_owned());
        page("mail", "/admin/mails".to_owned());
        page("mail: failed", "/admin/mails?filter=failed".to_owned());
        pages
    }

    /// Suggestions for what is typed, asked of the App.
    fn suggestions(&self, rounds: usize) -> Vec<(String, f64)> {
        let operator = Actor::operator();
        let ask = |typed: &str| {
            let began = Instant::now();
            self.app.suggestions(&operator, Kind::User, typed).unwrap();
            self.app.suggestions(&operator, Kind::Role, typed).unwrap();
            self.app.suggestions(&operator, Kind::Permission, typed).unwrap();
            began.elapsed().as_secs_f64() * 1e3
        };
        let median = |typed: &str| {
            let mut times: Vec<f64> = (0..=rounds).map(|_| ask(typed)).collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        ["a", "ai", "aino", "aino la", "laine4711", "example", "xyzzyq", "approve", "ada"]
            .map(|typed| (format!("suggestions for “{typed}”"), median(typed)))
            .to_vec()
    }
}

fn show(kind: &str, users: i64, small: &Site, large: &Site, rounds: usize) {
    println!("\n{kind}: median of {rounds}, in ms\n\n| page | demo | {users} users | ratio |\n|---|---|---|---|");
    let mut bad = vec![];
    let mut row = |what: &str, demo: f64, full: f64| {
        let slow = full > MOST || (full > NOISE && full > RATIO * demo);
        if slow {
            bad.push(what.to_owned());
        }
        println!("| {what} | {demo:.1} | {full:.1} | {:.1}{} |", full / demo, if slow { " **slow**" } else { "" });
    };
    for ((what, there), (_, here)) in large.pages().into_iter().zip(small.pages()) {
        row(&what, small.time(&here, rounds), large.time(&there, rounds));
    }
    for ((what, demo), (_, full)) in small.suggestions(rounds).into_iter().zip(large.suggestions(rounds)) {
        row(&what, demo, full);
    }
    println!(
        "\n{} of the rows take more than {MOST} ms, or more than {NOISE} ms and {RATIO} times as long as with the demo.",
        bad.len()
    );
    for what in bad {
        println!("- {what}");
    }
}

/// A database of this name in the server of `url`.
fn postgres(url: &str, name: &str) -> Target {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, io) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the server of PostgreSQL");
        let io = tokio::spawn(io);
        let there = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
        if there.is_empty() {
            client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        }
        drop(client);
        let _ = io.await;
    });
    let mut named = url::Url::parse(url).unwrap();
    named.set_path(name);
    Target::Postgres { url: named.to_string(), ca: None }
}

fn sqlite(folder: &Path, name: &str) -> Target {
    Target::Sqlite(folder.join(format!("{name}.db")))
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    // `cargo bench` says so; `cargo test --benches` runs this too, and there is nothing to test in it.
    if !words.iter().any(|word| word == "--short" || word == "--bench") {
        return;
    }
    let only = |kind: &str| !words.iter().any(|word| word == "--only") || words.iter().any(|word| word == kind);
    let options = Options::read(&words);
    let crowd = format!("panel_{}", options.users);
    let run = |kind: &str, small: Target, large: Target| {
        println!("\n{kind}");
        fill(&small, None);
        fill(&large, Some(options.users));
        show(kind, options.users, &Site::start(&small), &Site::start(&large), options.rounds);
    };
    if only("sqlite") {
        run("SQLite", sqlite(&options.keep, "panel_demo"), sqlite(&options.keep, &crowd));
    }
    let server = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty());
    let cluster =
        (only("postgres") && server.is_none() && Path::new("/usr/lib/postgresql").exists()).then(Cluster::start);
    match server.or_else(|| cluster.as_ref().map(Cluster::url)) {
        Some(url) if only("postgres") => run("PostgreSQL", postgres(&url, "panel_demo"), postgres(&url, &crowd)),
        _ => println!("PostgreSQL's programs are not on this machine, or it was not asked for."),
    }
}
