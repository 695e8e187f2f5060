//! How long the pages of the panel take with very many users, beside a demo company: `cargo bench --bench panel` prints the table.
//!
//! The databases are filled by `rolecall demo`: SQLite in a file, PostgreSQL in a cluster of the bench's own, or in databases
//! `panel_…` of the server of `TEST_DATABASE_URL`. Each page is asked over a socket by an admin who is signed in, one at a time;
//! what counts is the median from the first byte sent to the last one read, compression and drawing included.
//!
//! `-- --users N` (default 1,000,000), `-- --keep FOLDER` keeps and reuses the files, `-- --rounds N`, `-- --only sqlite`,
//! `-- --best` takes the quickest round and not the median, for a machine with other work; `-- --pages WORD` asks only for those whose names have the word,
//! `-- --statements` tells what takes long in them; `-- --short` only shows that it runs.

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
#[path = "panel/pages.rs"]
mod pages;
#[path = "panel/statements.rs"]
mod statements;

use cluster::Cluster;
use rolecall::{
    app::{Actor, App, Origin, entropy::Rng, login::Client},
    cli::{
        demo::{HandClock, PASSWORD, company, crowd},
        start,
    },
    config::Config,
    db::{Db, Target, migrate},
    domain::{
        bulk::{BulkDraft, Filter, Selection},
        keys::Keys,
        page::ListQuery,
    },
    web,
};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// No page may take longer, in milliseconds; nor so many times as long as with the demo, if it takes longer than [`NOISE`].
const MOST: f64 = 100.0;
const RATIO: f64 = 5.0;
const NOISE: f64 = 10.0;

struct Options {
    users: i64,
    rounds: usize,
    /// What is compared with: so many users, or a demo company.
    few: Option<i64>,
    best: bool,
    pages: String,
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
            few: short.then_some(100),
            best: words.iter().any(|word| word == "--best"),
            pages: after("--pages").cloned().unwrap_or_default(),
            keep,
            _folder: folder,
        }
    }
}

impl Options {
    /// The median, or the least.
    fn of(&self, times: &mut [f64]) -> f64 {
        times.sort_by(f64::total_cmp);
        times[if self.best { 0 } else { times.len() / 2 }]
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

/// So many users, or a demo company, if the database is empty.
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

    /// Takes a file as it comes and forgets it: its bytes, the seconds, and by how many MB the process was larger at its worst.
    fn export(&self, path: &str) -> (u64, f64, f64) {
        // The most that the process ever held begins anew.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let (before, began) = (memory("VmRSS:"), Instant::now());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: identity\r\nCookie: {}\r\n\r\n",
            self.cookie
        );
        stream.write_all(request.as_bytes()).unwrap();
        let bytes = std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
        (bytes, began.elapsed().as_secs_f64(), memory("VmHWM:") - before)
    }

    /// The median or the quickest of the rounds after one that is not counted.
    fn time(&self, path: &str, options: &Options) -> f64 {
        let (first, answer) = self.get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {}", answer.lines().next().unwrap_or_default());
        // What takes seconds takes them each time.
        let rounds = if first > 2000.0 { 1 } else { options.rounds };
        let mut times: Vec<f64> = (0..rounds).map(|_| self.get(path).0).collect();
        options.of(&mut times)
    }
}

/// MB that the process holds now (`VmRSS:`), or held at its worst (`VmHWM:`).
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// What it takes to stream whole lists.
fn show_exports(kind: &str, sites: [(&str, &Site); 2]) {
    println!("\n{kind}: exports\n\n| file | users | MB | s | MB of memory more than before |\n|---|---|---|---|---|");
    for path in ["/admin/users.csv", "/admin/audit.csv", "/admin/audit.jsonl"] {
        for (users, site) in sites {
            let (bytes, seconds, more) = site.export(path);
            println!("| {path} | {users} | {:.1} | {seconds:.1} | {more:.1} |", bytes as f64 / 1e6);
        }
    }
}

/// What a preview of an act on many costs, and how long another writer waits meanwhile.
fn show_previews(kind: &str, site: &Site) {
    println!(
        "\n{kind}: previews of acts on many\n\n| act | chosen | looked at | ms | ms that others waited at most |\n|---|---|---|---|---|"
    );
    let operator = Actor::operator();
    let users = site.app.users(&operator, &ListQuery { limit: Some(1), ..ListQuery::default() }, None).unwrap();
    let first: Vec<i64> = (100..100 + 10_000.min(users.total.number() - 100)).collect();
    let all = || Selection::Matching { query: Filter::default(), role: None };
    let role = site.app.roles(&operator, &ListQuery::default()).unwrap().items[5].role.id.to_string();
    for (act, selection) in [
        ("disable", Selection::Ids(first.clone())),
        ("give_role", Selection::Ids(first.clone())),
        ("end_sessions", Selection::Ids(first)),
        ("disable", all()),
        ("give_role", all()),
    ] {
        let draft = BulkDraft { act: act.to_owned(), role_id: role.clone(), ..BulkDraft::default() };
        let (over, app) = (Arc::new(AtomicBool::new(false)), site.app.clone());
        let ended = over.clone();
        // A sign-in that is refused writes, too.
        let other = std::thread::spawn(move || {
            let mut worst = 0f64;
            while !ended.load(Ordering::Relaxed) {
                let began = Instant::now();
                app.sign_in(Origin::default(), "nobody", "nothing", Client::Program).unwrap_err();
                worst = worst.max(began.elapsed().as_secs_f64() * 1e3);
            }
            worst
        });
        let began = Instant::now();
        let shown = site.app.preview_bulk(&operator, &draft, &selection).unwrap();
        let took = began.elapsed().as_secs_f64() * 1e3;
        over.store(true, Ordering::Relaxed);
        let waited = other.join().unwrap();
        println!("| {act} | {} | {} | {took:.0} | {waited:.0} |", shown.chosen, shown.looked_at);
    }
}

fn show(kind: &str, small: &Site, large: &Site, options: &Options) {
    let (users, rounds) = (options.users, options.rounds);
    println!(
        "\n{kind}: {} of {rounds}, in ms\n\n| page | demo | {users} users | ratio |\n|---|---|---|---|",
        if options.best { "quickest" } else { "median" }
    );
    let mut bad = vec![];
    let mut row = |what: &str, demo: f64, full: f64| {
        let slow = full > MOST || (full > NOISE && full > RATIO * demo);
        if slow {
            bad.push(what.to_owned());
        }
        println!("| {what} | {demo:.1} | {full:.1} | {:.1}{} |", full / demo, if slow { " **slow**" } else { "" });
    };
    let asked = |what: &str| what.contains(&options.pages);
    for ((what, there), (_, here)) in large.pages().into_iter().zip(small.pages()).filter(|((what, _), _)| asked(what))
    {
        row(&what, small.time(&here, options), large.time(&there, options));
    }
    for ((what, demo), (_, full)) in small.suggestions(options).into_iter().zip(large.suggestions(options)) {
        if asked(&what) {
            row(&what, demo, full);
        }
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
    if words.iter().any(|word| word == "--statements") {
        statements::listen();
    }
    let only = |kind: &str| !words.iter().any(|word| word == "--only") || words.iter().any(|word| word == kind);
    let options = Options::read(&words);
    let crowd = format!("panel_{}", options.users);
    let few = if options.few.is_some() { "panel_few" } else { "panel_demo" };
    let run = |kind: &str, small: Target, large: Target| {
        println!("\n{kind}");
        fill(&small, options.few);
        fill(&large, Some(options.users));
        let (small, large) = (Site::start(&small), Site::start(&large));
        show(kind, &small, &large, &options);
        if "previews".contains(&options.pages) {
            show_previews(kind, &large);
        }
        if "exports".contains(&options.pages) {
            show_exports(kind, [("few", &small), (&options.users.to_string(), &large)]);
        }
    };
    if only("sqlite") {
        run("SQLite", sqlite(&options.keep, few), sqlite(&options.keep, &crowd));
    }
    let server = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty());
    let cluster =
        (only("postgres") && server.is_none() && Path::new("/usr/lib/postgresql").exists()).then(Cluster::start);
    match server.or_else(|| cluster.as_ref().map(Cluster::url)) {
        Some(url) if only("postgres") => run("PostgreSQL", postgres(&url, few), postgres(&url, &crowd)),
        _ => println!("PostgreSQL's programs are not on this machine, or it was not asked for."),
    }
}
