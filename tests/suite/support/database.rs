//! A fresh database for each test: a copy of one that was migrated once. SQLite, or PostgreSQL when
//! `TEST_DATABASE_URL` is set (and then nothing is skipped: a server that is not there fails the test).

use rolecall::db::{Target, migrate};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

static COUNTER: AtomicU32 = AtomicU32::new(0);

pub struct Database {
    pub target: Target,
    _folder: TempDir,
    drop: Option<String>,
}

impl Database {
    /// Migrated and otherwise empty.
    pub fn fresh() -> Self {
        let folder = TempDir::new().unwrap();
        match postgres_url() {
            None => {
                let path = folder.path().join("rolecall.db");
                std::fs::copy(sqlite_template(), &path).unwrap();
                Self { target: Target::Sqlite(path), _folder: folder, drop: None }
            }
            Some(url) => {
                let name = format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
                let template = postgres_template(&url);
                create(&url, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
                Self { target: postgres(&with_name(&url, &name)), _folder: folder, drop: Some(name) }
            }
        }
    }

    /// Without any table.
    pub fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        match postgres_url() {
            None => Self { target: Target::Sqlite(folder.path().join("rolecall.db")), _folder: folder, drop: None },
            Some(url) => {
                let name = format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
                create(&url, &format!("CREATE DATABASE {name}"));
                Self { target: postgres(&with_name(&url, &name)), _folder: folder, drop: Some(name) }
            }
        }
    }

    /// A folder that lives as long as the database.
    /// The same one, for a further server; the first one outlives it.
    pub fn share(&self) -> Self {
        Self { target: self.target.clone(), _folder: TempDir::new().unwrap(), drop: None }
    }

    pub fn folder(&self) -> &Path {
        self._folder.path()
    }

    /// What `DATABASE_URL` would say.
    pub fn url(&self) -> String {
        match &self.target {
            Target::Sqlite(path) => format!("sqlite:///{}", path.display()),
            Target::Postgres { url, .. } => url.clone(),
        }
    }

    /// Runs statements on the database behind the application's back.
    pub fn tamper(&self, sql: &str) {
        use diesel::connection::{Connection, SimpleConnection};
        match &self.target {
            Target::Sqlite(path) => {
                diesel::SqliteConnection::establish(&path.to_string_lossy()).unwrap().batch_execute(sql).unwrap()
            }
            Target::Postgres { url, .. } => execute(url, sql).unwrap(),
        }
    }
}

impl Database {
    /// Runs `f` while somebody else holds the one writer's lock.
    pub fn locked<T>(&self, f: impl FnOnce() -> T) -> T {
        use diesel::connection::{Connection, SimpleConnection};
        match &self.target {
            Target::Sqlite(path) => {
                let mut other = diesel::SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                other.batch_execute("BEGIN IMMEDIATE").unwrap();
                let done = f();
                other.batch_execute("ROLLBACK").unwrap();
                done
            }
            Target::Postgres { url, .. } => {
                let (url, (release, released)) = (url.clone(), std::sync::mpsc::channel::<()>());
                let (send, held) = std::sync::mpsc::channel();
                let holder = std::thread::spawn(move || {
                    with_client(&url, async |client| {
                        client
                            .batch_execute("BEGIN; SELECT 1 FROM revision FOR UPDATE")
                            .await
                            .map_err(|e| e.to_string())?;
                        send.send(()).unwrap();
                        let _ = tokio::task::spawn_blocking(move || released.recv()).await;
                        client.batch_execute("ROLLBACK").await.map_err(|e| e.to_string())
                    })
                    .unwrap();
                });
                held.recv().unwrap();
                let done = f();
                drop(release);
                holder.join().unwrap();
                done
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(url)) = (&self.drop, postgres_url()) {
            // The throw-away cluster goes anyway.
            let _ = execute(&url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

pub fn postgres_url() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

pub fn ca() -> Option<PathBuf> {
    std::env::var_os("TEST_DATABASE_CA").map(PathBuf::from)
}

fn postgres(url: &str) -> Target {
    Target::Postgres { url: url.to_owned(), ca: ca() }
}

fn with_name(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(name);
    url.to_string()
}

fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &TEMPLATE
        .get_or_init(|| {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("template.db");
            migrate::run(&Target::Sqlite(path.clone())).unwrap();
            (folder, path)
        })
        .1
}

fn postgres_template(url: &str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("template_{}", std::process::id());
        create(url, &format!("CREATE DATABASE {name}"));
        migrate::run(&postgres(&with_name(url, &name))).unwrap();
        name
    })
}

/// One at a time, and again while the template's last connection is still being closed by the server.
fn create(url: &str, sql: &str) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for _ in 0..100 {
        match execute(url, sql) {
            Ok(()) => return,
            Err(error) if error.contains("being accessed by other users") => {
                std::thread::sleep(Duration::from_millis(50))
            }
            Err(error) => panic!("{sql}: {error}"),
        }
    }
    panic!("{sql}: the template stays in use");
}

fn execute(url: &str, sql: &str) -> Result<(), String> {
    with_client(url, async |client| {
        client
            .batch_execute(sql)
            .await
            .map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), |db| db.message().to_owned()))
    })
}

fn with_client(url: &str, f: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<(), String>) -> Result<(), String> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    for certificate in ca().into_iter().flat_map(|path| CertificateDer::pem_file_iter(path).unwrap()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let (client, io) = tokio_postgres::connect(url, tokio_postgres_rustls::MakeRustlsConnect::new(tls))
            .await
            .map_err(|e| format!("{e}: {:?}", std::error::Error::source(&e)))?;
        let io = tokio::spawn(io);
        let done = f(&client).await;
        drop(client);
        let _ = io.await;
        done
    })
}
