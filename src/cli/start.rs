//! From a configuration to an App that is ready.

use crate::{
    app::{App, Clock, entropy::Rng},
    config::Config,
    db::{Db, Target, migrate},
    domain::{Time, keys::Keys},
};
use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use secrecy::ExposeSecret;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    sync::Arc,
};

/// The real time.
#[expect(clippy::disallowed_methods, reason = "this is the Clock of the running program")]
pub fn clock() -> Clock {
    Arc::new(|| Time::from(chrono::Utc::now()))
}

/// Starts the log.
pub fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log.filter);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first log.
    let _ = if config.log.json {
        log.json().try_init()
    } else {
        log.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
    };
}

/// Brings the schema up to date; gives the names of the migrations that were run.
pub fn migrate(config: &Config) -> Result<Vec<String>> {
    if let Target::Sqlite(path) = &config.database
        && let Some(folder) = path.parent().filter(|folder| *folder == config.data_dir)
    {
        make_private(folder)?;
    }
    migrate::run(&config.database).with_context(|| format!("the database {} cannot be opened", name(&config.database)))
}

/// The database as it may be shown: without its password.
fn name(target: &Target) -> String {
    match target {
        Target::Sqlite(path) => path.display().to_string(),
        Target::Postgres { url, .. } => url::Url::parse(url)
            .map(|url| format!("{} on {}", url.path().trim_start_matches('/'), url.host_str().unwrap_or("-")))
            .unwrap_or_default(),
    }
}

/// An App on the migrated database, with all that must be there.
pub fn open(config: Config, clock: Clock) -> Result<App> {
    migrate(&config)?;
    let rng = Rng::from_os();
    let keys = Keys::derive(&secret(&config, &rng)?);
    let db = Db::open(&config.database, config.pool)
        .with_context(|| format!("the database {} cannot be opened", name(&config.database)))?;
    let app = App::new(config, keys, db, clock, rng);
    app.prepare()?;
    Ok(app)
}

/// `SECRET_KEY`, or the one that is kept in `DATA_DIR` and made at the first start.
fn secret(config: &Config, rng: &Rng) -> Result<Vec<u8>> {
    if let Some(key) = &config.secret_key {
        return Ok(key.expose_secret().as_bytes().to_vec());
    }
    make_private(&config.data_dir)?;
    let path = config.data_dir.join("secret_key");
    match create_private(&path) {
        Ok(mut file) => {
            let key = BASE64URL_NOPAD.encode(&rng.bytes::<48>());
            file.write_all(key.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| path.display().to_string())?;
            Ok(key.into_bytes())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let key = fs::read(&path).with_context(|| path.display().to_string())?;
            anyhow::ensure!(
                key.len() >= 32,
                "{} is damaged: it holds no key of at least 32 characters",
                path.display()
            );
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// A new file that only its owner can read.
fn create_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A folder that, if it is made now, only its owner can enter.
fn make_private(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("DATA_DIR {} cannot be made", folder.display()))
}
