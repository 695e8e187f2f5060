//! A database that goes away while Rolecall runs: 503, never a wrong answer, and it recovers by itself.

use crate::support::{Database, Site, password};
use rolecall::db::Target;
use std::{
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Stands between Rolecall and PostgreSQL and can be cut.
struct Proxy {
    port: u16,
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn to(host: String, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), cut: Arc::default(), open: Arc::default() };
        let (cut, open) = (proxy.cut.clone(), proxy.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if cut.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect((host.as_str(), port)).unwrap();
                for (mut from, mut to) in [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server.try_clone().unwrap(), client.try_clone().unwrap()),
                ] {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                open.lock().unwrap().extend([client, server]);
            }
        });
        proxy
    }

    fn set(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[test]
fn a_lost_server_is_told_as_503_and_found_again() {
    let database = Database::fresh();
    let Target::Postgres { url, ca } = database.target.clone() else {
        // SQLite is a file of our own process: the next test holds its lock.
        return;
    };
    let mut url = url::Url::parse(&url).unwrap();
    let proxy = Proxy::to(url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
    url.set_port(Some(proxy.port)).unwrap();
    let site = Site::on(database, |config| config.database = Target::Postgres { url: url.to_string(), ca });
    site.people();
    let mut browser = site.browser_of("bob");
    let mut behind_a_proxy = site.program_of("bob");
    let verify = "/auth/verify?permission=posts:read";
    assert_eq!(behind_a_proxy.get(verify).status, 200);
    assert_eq!(browser.get("/").location(), "/account");
    proxy.set(true);
    assert_eq!(site.program().get("/readyz").status, 503);
    assert_eq!(behind_a_proxy.get(verify).status, 503);
    let answer = browser.get("/");
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, "2"),
        "not a way to sign in: {}",
        answer.location()
    );
    let answer =
        site.program().post("/login", serde_json::json!({ "username_or_email": "bob", "password": password("bob") }));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("unavailable")));
    assert_eq!(site.program().get("/healthz").status, 200);
    proxy.set(false);
    let began = Instant::now();
    while site.program().get("/readyz").status != 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "it did not recover");
    }
    assert_eq!(browser.get("/").location(), "/account");
}

#[test]
fn a_database_that_others_lock_for_long_is_told_as_503() {
    let site = Site::new();
    let answer = site.database.locked(|| {
        site.program().post("/login", serde_json::json!({ "username_or_email": "bob", "password": "wrong" }))
    });
    assert_eq!(answer.status, 503, "{}", answer.body);
    let answer = site.program().post("/login", serde_json::json!({ "username_or_email": "bob", "password": "wrong" }));
    assert_eq!(answer.status, 401, "{}", answer.body);
}
