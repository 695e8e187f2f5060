//! What a user can see of the speed: answers of a running Rolecall on SQLite, as ratios to a bare handler that runs in
//! the same process and is asked in turn, so that a noisy machine slows both. `cargo bench --bench http` prints the table.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints, and may fail loudly"
)]

use actix_web::{App as Web, HttpResponse, HttpServer, web};
use rolecall::{
    app::{App, entropy::Rng, signup::SignUp},
    cli::start,
    config::Config,
    db::{Db, Target, migrate},
    domain::keys::Keys,
};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
    time::Instant,
};

const ROUNDS: usize = 9;
const REQUESTS: usize = 400;

/// One connection that is kept open.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Status, the cookie that was set, and how many bytes the body had.
    fn ask(&mut self, request: &str) -> (u16, Option<String>, usize) {
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut status, mut cookie, mut length) = (0, None, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let line = line.trim_end();
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "set-cookie" => cookie = value.split(';').next().map(str::to_owned),
                    _ => {}
                }
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status, cookie, length)
    }
}

fn rolecall(folder: &std::path::Path, listener: TcpListener) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    let vars = HashMap::from([("LISTEN".to_owned(), address.to_string()), ("LOG_LEVEL".to_owned(), "off".to_owned())]);
    let mut config = Config::read(&vars).unwrap();
    config.database = Target::Sqlite(folder.join("bench.db"));
    config.sign_in.bcrypt_cost = 4;
    migrate::run(&config.database).unwrap();
    let db = Db::open(&config.database, 8).unwrap();
    let app = App::new(config, Keys::derive(b"a bench"), db, start::clock(), Rng::seeded(1));
    app.prepare().unwrap();
    let (first_name, username, email) = ("Ada".into(), "ada".into(), "ada@example.com".into());
    app.create_admin(&SignUp {
        first_name,
        last_name: String::new(),
        username,
        email,
        password: "quiet herons".into(),
    })
    .unwrap();
    serve(move || rolecall::web::server(Arc::new(app), listener));
    address
}

fn bare(listener: TcpListener) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    let answer = || async { HttpResponse::Ok().content_type("application/json").body("{\"ok\":true,\"n\":1234}") };
    serve(move || Ok(HttpServer::new(move || Web::new().route("/", web::get().to(answer))).listen(listener)?.run()));
    address
}

/// Runs a server on a thread of its own; it ends with the process.
fn serve(make: impl FnOnce() -> std::io::Result<actix_web::dev::Server> + Send + 'static) {
    let (ready, wait) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = make().unwrap();
            ready.send(()).unwrap();
            server.await.unwrap();
        });
    });
    wait.recv().unwrap();
}

fn main() {
    // `cargo bench` says so; `cargo test --benches` runs this too, and there is nothing to test in it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (bare, site) = (bare(bind()), rolecall(folder.path(), bind()));
    let login = r#"{"username_or_email":"ada","password":"quiet herons"}"#;
    let head = "Host: localhost\r\n";
    let request = format!(
        "POST /login HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{login}",
        login.len()
    );
    let (status, cookie, _) = Client::to(site).ask(&request);
    assert_eq!(status, 200);
    let signed_in = format!("{head}Cookie: {}\r\n", cookie.unwrap());
    let get = |path: &str, head: &str| format!("GET {path} HTTP/1.1\r\n{head}\r\n");
    let html = format!("{signed_in}Accept: text/html\r\n");
    let cases = [
        ("bare handler, 20 bytes of JSON", bare, get("/", head)),
        ("/healthz", site, get("/healthz", head)),
        ("/static/app.css", site, get(&rolecall::web::statics::address("app.css"), head)),
        ("/login, the page", site, get("/login", &format!("{head}Accept: text/html\r\n"))),
        ("/check_auth_status, signed in", site, get("/check_auth_status", &signed_in)),
        ("/api/v1/me, signed in", site, get("/api/v1/me", &signed_in)),
        ("/admin/users, the page, signed in", site, get("/admin/users", &html)),
    ];
    let mut clients: Vec<Client> = cases.iter().map(|case| Client::to(case.1)).collect();
    let mut times = vec![vec![]; cases.len()];
    for _ in 0..ROUNDS {
        for (index, (name, _, request)) in cases.iter().enumerate() {
            let began = Instant::now();
            for _ in 0..REQUESTS {
                let (status, ..) = clients[index].ask(request);
                assert_eq!(status, 200, "{name}");
            }
            times[index].push(began.elapsed().as_secs_f64() * 1e6 / REQUESTS as f64);
        }
    }
    println!("median of {ROUNDS} rounds of {REQUESTS} requests, one connection each, asked in turn");
    println!("{:<36} {:>10} {:>14}", "", "µs", "times the bare");
    let median = |of: &mut Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    let reference = median(&mut times[0]);
    for ((name, ..), of) in cases.iter().zip(&mut times) {
        let time = median(of);
        println!("{name:<36} {time:>10.0} {:>14.1}", time / reference);
    }
}
