//! `rolecall serve`.

use super::start;
use crate::{app::App, config::Config, mail::smtp::Sender, web};
use anyhow::{Context, Result};
use std::{net::TcpListener, sync::Arc, time::Duration};
use tokio::sync::oneshot;

const HOUR: Duration = Duration::from_secs(3600);
const USES: Duration = Duration::from_secs(10);
const HEADS: Duration = Duration::from_secs(5);
/// How long, after the last request, the outbox may finish the mail in its hands.
const LAST_MAIL: Duration = Duration::from_secs(25);

/// Serves until SIGTERM or Ctrl-C; running requests and the mail that is being sent are finished.
pub fn run(mut config: Config) -> Result<()> {
    start::log(&config);
    let listener = listen(&mut config)?;
    let app = Arc::new(start::open(config, start::clock())?);
    announce(&app)?;
    serve(app, listener)
}

/// Binds `LISTEN`; a port that the system chose goes into the public address.
pub(super) fn listen(config: &mut Config) -> Result<TcpListener> {
    let listener =
        TcpListener::bind(config.web.listen).with_context(|| format!("LISTEN {} cannot be used", config.web.listen))?;
    config.web.settle(listener.local_addr()?);
    Ok(listener)
}

/// Tidies up at the start and every hour.
async fn tidy(app: Arc<App>) {
    let mut hours = tokio::time::interval(HOUR);
    loop {
        hours.tick().await;
        let app = app.clone();
        match tokio::task::spawn_blocking(move || app.tidy()).await {
            Ok(Ok(rows)) => tracing::debug!(rows, "tidied up"),
            Ok(Err(error)) => tracing::warn!(%error, "could not tidy up; it is tried again in an hour"),
            Err(error) => tracing::warn!(%error, "tidying up was broken off"),
        }
    }
}

/// Writes, every few seconds, when permissions were last used.
async fn note_uses(app: Arc<App>) {
    let mut ticks = tokio::time::interval(USES);
    loop {
        ticks.tick().await;
        write_uses(app.clone()).await;
    }
}

async fn write_uses(app: Arc<App>) {
    match tokio::task::spawn_blocking(move || app.write_uses()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "could not write what was last used"),
        Err(error) => tracing::warn!(%error, "writing what was last used was broken off"),
    }
}

/// Keeps, every few seconds, a copy of the head of the audit chain beside the database.
async fn keep_heads(app: Arc<App>) {
    let mut ticks = tokio::time::interval(HEADS);
    loop {
        ticks.tick().await;
        let app = app.clone();
        match tokio::task::spawn_blocking(move || app.keep_audit_head()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "could not keep a copy of the audit log's head"),
            Err(error) => tracing::warn!(%error, "keeping a copy of the audit log's head was broken off"),
        }
    }
}

/// Says where it is and what to do first.
fn announce(app: &App) -> Result<()> {
    println!("Rolecall is at {}", app.config.web.origin());
    match app.setup_link()? {
        Some(link) => println!(
            "There is no admin yet. Open this link within 24 hours to become the first one; it works once:\n\n  {link}\n"
        ),
        None => println!("Sign in at {}", app.config.web.address("/login")),
    }
    if app.config.smtp.is_none() {
        println!("No MAIL_SERVER is set: mails are not sent; they are shown in the log and under Mail in the panel.");
    }
    Ok(())
}

/// The server and the outbox, until they are told to stop.
pub(super) fn serve(app: Arc<App>, listener: TcpListener) -> Result<()> {
    actix_web::rt::System::new().block_on(async move {
        // Made here: its pool of connections lives on this runtime.
        let sender = app.config.smtp.as_ref().map(Sender::new).transpose().context("mail")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = tokio::spawn(app.clone().deliver_mails(sender, async move { drop(stopped.await) }));
        let tidier = tokio::spawn(tidy(app.clone()));
        let noter = tokio::spawn(note_uses(app.clone()));
        let keeper = tokio::spawn(keep_heads(app.clone()));
        let workers = app.start_workers();
        web::server(app.clone(), listener)?.await?;
        tidier.abort();
        noter.abort();
        keeper.abort();
        write_uses(app).await;
        if tokio::task::spawn_blocking(move || workers.stop()).await.is_err() {
            tracing::error!("the workers did not stop");
        }
        drop(stop);
        if tokio::time::timeout(LAST_MAIL, worker).await.is_err() {
            tracing::warn!("a mail was still being sent; it will be tried again");
        }
        Ok(())
    })
}
