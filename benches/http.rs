//! What a program can see of the speed: `POST /api/v1/check` of a running Rolecall beside a bare actix-web handler that
//! returns the same bytes. `cargo bench --bench http` prints the table.
//!
//! Servers and load are processes of their own (this program, started again); each has the workers that actix-web makes
//! by itself. They are asked in turn, three rounds, and medians are shown, so that a busy machine slows all alike.
//! `-- --short` only shows that it runs.

#![expect(
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

use actix_web::{App as Web, HttpResponse, HttpServer, rt::net::TcpStream, web};
use cluster::Cluster;
use rolecall::{
    app::{
        Actor, App,
        checks::{Ask, Subject},
        entropy::Rng,
        memory::Fresh,
        signup::SignUp,
    },
    cli::start,
    config::Config,
    db::{Db, Target, migrate},
    domain::{condition::Attributes, keys::Keys, permission::Pattern, scope::Scope},
};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What every server of the table answers.
const ANSWER: &str = r#"{"allowed":true,"revision":3,"valid_until":null}"#;
const QUESTION: &str = r#"{"permission":"rolecall.users:read","scope":"project/42"}"#;
const PASSWORD: &str = "quiet herons";
/// Connections, shared by the processes of the load.
const CONNECTIONS: usize = 32;

/// Nothing but actix-web.
fn bare(listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let answer = |_: web::Bytes| async { HttpResponse::Ok().content_type("application/json").body(ANSWER) };
    Ok(HttpServer::new(move || Web::new().route("/api/v1/check", web::post().to(answer))).listen(listener)?.run())
}

fn app(target: Target, address: SocketAddr) -> Arc<App> {
    let vars = HashMap::from([("LISTEN".to_owned(), address.to_string()), ("LOG_LEVEL".to_owned(), "warn".to_owned())]);
    let mut config = Config::read(&vars).unwrap();
    config.database = target;
    config.sign_in.bcrypt_cost = 4;
    migrate::run(&config.database).unwrap();
    let db = Db::open(&config.database, 8).unwrap();
    let app = App::new(config, Keys::derive(b"a bench"), db, start::clock(), Rng::from_os());
    app.prepare().unwrap();
    let (first_name, username, email) = ("Ada".into(), "ada".into(), "ada@example.com".into());
    let password = PASSWORD.into();
    app.create_admin(&SignUp { first_name, last_name: String::new(), username, email, password }).unwrap();
    Arc::new(app)
}

/// What the engine alone is asked, with what it needs in memory.
fn question(app: &App) -> (Fresh, Ask) {
    let id = app.find_user(&Actor::operator(), "ada").unwrap().id;
    let fresh = app.fresh().unwrap();
    let ask = Ask {
        subject: Subject::User(id),
        permission: Pattern::parse("rolecall.users:read").unwrap(),
        scope: Scope::parse("project/42").unwrap(),
        at: None,
        attributes: Attributes::default(),
    };
    app.check(&Actor::operator(), fresh, &ask).unwrap();
    (fresh, ask)
}

/// actix-web and the engine: no session, no freshness, none of the house's middleware.
fn engine(app: Arc<App>, (fresh, ask): (Fresh, Ask), listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let data = web::Data::new((app, ask));
    let answer = move |data: web::Data<(Arc<App>, Ask)>, _: web::Bytes| async move {
        let (app, ask) = data.get_ref();
        let answer = app.check(&Actor::operator(), fresh, ask).unwrap();
        HttpResponse::Ok()
            .content_type("application/json")
            .body(format!("{{\"allowed\":{},\"revision\":{},\"valid_until\":null}}", answer.allowed, answer.revision))
    };
    let make = move || Web::new().app_data(data.clone()).route("/api/v1/check", web::post().to(answer));
    Ok(HttpServer::new(make).listen(listener)?.run())
}

/// Serves as the child process that `kind` says, until it is killed.
fn serve(kind: &str, database: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let target = match database.strip_prefix("postgres:") {
        Some(_) => Target::Postgres { url: database.to_owned(), ca: None },
        None => Target::Sqlite(database.into()),
    };
    // Outside of the runtime: the database is waited for.
    let app = (kind != "bare").then(|| app(target, address));
    let question = app.as_ref().filter(|_| kind == "engine").map(|app| question(app));
    actix_web::rt::System::new().block_on(async move {
        let server = match (app, question) {
            (None, _) => bare(listener),
            (Some(app), Some(question)) => engine(app, question, listener),
            (Some(app), None) => rolecall::web::server(app, listener),
        };
        println!("{}", address.port());
        server.unwrap().await.unwrap();
    });
}

/// Asks for so long over all connections; prints how many answers came.
fn load(port: u16, cookie: &str, millis: u64, connections: usize) {
    let request = format!(
        "POST /api/v1/check HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{QUESTION}",
        QUESTION.len()
    );
    let answers: u64 = actix_web::rt::System::new().block_on(async move {
        let until = Instant::now() + Duration::from_millis(millis);
        let asking: Vec<_> =
            (0..connections).map(|_| actix_web::rt::spawn(keep_asking(port, request.clone(), until))).collect();
        let mut sum = 0;
        for one in asking {
            sum += one.await.unwrap();
        }
        sum
    });
    println!("{answers}");
}

async fn keep_asking(port: u16, request: String, until: Instant) -> u64 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut answers, mut buffer) = (0, vec![0; 4096]);
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = 0;
        // The answer ends with the JSON.
        while !buffer[..read].ends_with(b"}") {
            let more = stream.read(&mut buffer[read..]).await.unwrap();
            assert!(more > 0, "the connection was closed: {}", String::from_utf8_lossy(&buffer[..read]));
            read += more;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..read]));
        answers += 1;
    }
    answers
}

struct Server {
    name: &'static str,
    process: Child,
    port: u16,
    cookie: String,
    /// (answers a second, CPU of the server in µs an answer) of each round.
    rounds: Vec<(f64, f64)>,
}

impl Server {
    fn start(name: &'static str, kind: &str, database: &str) -> Self {
        let mut process = again(&["--serve", kind, database]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        let cookie = if kind == "site" { sign_in(port) } else { "rolecall=none".to_owned() };
        Self { name, process, port, cookie, rounds: vec![] }
    }

    /// CPU that the process has used so far, in clock ticks of 10 ms.
    fn ticks(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
    }

    fn round(&mut self, millis: u64, loads: usize) {
        let before = self.ticks();
        let connections = (CONNECTIONS / loads).to_string();
        let words = ["--load", &self.port.to_string(), &self.cookie, &millis.to_string(), &connections];
        let loads: Vec<Child> =
            (0..loads).map(|_| again(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
        let answers: f64 = loads
            .into_iter()
            .map(|load| {
                let output = load.wait_with_output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                text.trim().parse::<f64>().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
            })
            .sum();
        self.rounds.push((answers * 1e3 / millis as f64, (self.ticks() - before) * 1e4 / answers));
    }

    fn median(&self, of: fn(&(f64, f64)) -> f64) -> f64 {
        let mut all: Vec<f64> = self.rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn again(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments);
    command
}

fn sign_in(port: u16) -> String {
    let body = format!(r#"{{"username_or_email":"ada","password":"{PASSWORD}"}}"#);
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
    set.split(';').next().unwrap().to_owned()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["--serve", kind, database, ..] => return serve(kind, database),
        ["--load", port, cookie, millis, connections, ..] => {
            return load(port.parse().unwrap(), cookie, millis.parse().unwrap(), connections.parse().unwrap());
        }
        _ => {}
    }
    let short = words.contains(&"--short");
    // `cargo bench` says so; `cargo test --benches` runs this too, and there is nothing to test in it.
    if !short && !words.contains(&"--bench") {
        return;
    }
    let (rounds, millis) = if short { (1, 200) } else { (3, 5_000) };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let cluster = std::path::Path::new("/usr/lib/postgresql").exists().then(Cluster::start);
    let mut servers = vec![
        Server::start("bare handler, the same bytes", "bare", ""),
        Server::start("the engine, no session", "engine", &file("engine.db")),
        Server::start("check with a session, SQLite", "site", &file("site.db")),
    ];
    match &cluster {
        Some(cluster) => servers.push(Server::start("check with a session, PostgreSQL", "site", &cluster.url())),
        None => println!("PostgreSQL's programs are not on this machine: its row is left out."),
    }
    for (loads, what) in [(1, "a load of one process"), (2, "of two, for which the bare handler waits less")] {
        println!("\n{CONNECTIONS} connections, {what}; medians of {rounds} alternating rounds of {millis} ms\n");
        servers.iter_mut().for_each(|server| server.rounds.clear());
        for _ in 0..rounds {
            servers.iter_mut().for_each(|server| server.round(millis, loads));
        }
        show(&servers);
    }
}

fn show(servers: &[Server]) {
    println!("| | answers/s | of bare | server CPU an answer | of bare |\n|---|---|---|---|---|");
    let (rate, cpu) = (servers[0].median(|round| round.0), servers[0].median(|round| round.1));
    for server in servers {
        let (own, used) = (server.median(|round| round.0), server.median(|round| round.1));
        println!("| {} | {own:.0} | {:.2} | {used:.1} µs | {:.1} × |", server.name, own / rate, used / cpu);
    }
}
