//! The outbox: what the panel shows of it, and its delivery.

use super::{Actor, App, Entry};
use crate::{
    db,
    domain::{
        Error, Result, Time,
        mail::{Body, Mail, TRIES, backoff},
        page::{ListQuery, Page, Total},
        permission::{MAILS_READ, MAILS_WRITE},
    },
    mail::smtp::Sender,
};
use serde_json::json;
use std::{future::Future, sync::Arc, time::Duration};

/// How long a worker keeps a mail from the others while it sends it, in seconds.
const CLAIM_SECONDS: i64 = 120;
/// How long the worker sleeps when nothing is due: other nodes may have put something in.
const IDLE: Duration = Duration::from_secs(15);

/// A mail, and its body where it may be shown.
#[derive(Debug, Clone)]
pub struct MailView {
    pub mail: Mail,
    /// Only where no mail server is configured, and only to who may do all that its reader may: it can hold live links.
    pub body: Option<Body>,
}

impl App {
    pub fn mails(&self, actor: &Actor, query: &ListQuery) -> Result<Page<Mail>> {
        actor.require_everywhere(MAILS_READ)?;
        self.read(|conn| db::mails::list(conn, query))
    }

    pub fn mail(&self, actor: &Actor, id: i64) -> Result<MailView> {
        actor.require_everywhere(MAILS_READ)?;
        self.read(|conn| {
            let mail = db::mails::get(conn, id)?;
            let theirs = self.rights(conn, mail.user_id.unwrap_or_default())?;
            let shown = self.config.smtp.is_none()
                && actor.can(crate::domain::permission::USERS_WRITE)
                && actor.rights.lacks_of(&theirs).is_empty();
            let body = if shown { self.open_mail(&mail) } else { None };
            Ok(MailView { mail, body })
        })
    }

    /// Makes a failed mail due again.
    pub fn retry_mail(&self, actor: &Actor, id: i64) -> Result<()> {
        actor.require_everywhere(MAILS_WRITE)?;
        self.change(actor, |tx| {
            let mail = db::mails::get(tx.conn, id)?;
            if !db::mails::retry(tx.conn, id, tx.now)? {
                return Err(Error::conflict("not_failed", "Only a mail that has failed can be sent again."));
            }
            tx.mailed = true;
            tx.audit(Entry {
                action: "mail.retry",
                kind: "mail",
                id: Some(id),
                name: &mail.subject,
                ..Entry::default()
            })
        })?;
        Ok(())
    }

    /// How many mails have failed.
    pub fn failed_mails(&self, actor: &Actor) -> Result<Total> {
        actor.require_everywhere(MAILS_READ)?;
        self.read(db::mails::count_failed)
    }

    /// Makes all failed mails due again, when the mail server is back; tells how many.
    pub fn retry_failed_mails(&self, actor: &Actor) -> Result<usize> {
        actor.require_everywhere(MAILS_WRITE)?;
        let change = self.change(actor, |tx| {
            let count = db::mails::retry_all(tx.conn, tx.now)?;
            if count > 0 {
                tx.mailed = true;
                tx.audit(Entry {
                    action: "mail.retry_all",
                    kind: "mail",
                    after: Some(json!({ "mails": count })),
                    ..Entry::default()
                })?;
            }
            Ok(count)
        })?;
        Ok(change.value)
    }

    fn open_mail(&self, mail: &Mail) -> Option<Body> {
        let body = self.keys.open(&Mail::seal_about(&mail.to_address, &mail.kind), mail.body.as_deref()?)?;
        serde_json::from_slice(&body).ok()
    }

    /// Delivers the outbox until `stop` is done; a mail that is being sent is finished first.
    pub async fn deliver_mails(self: Arc<Self>, sender: Option<Sender>, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut last_logged = 0;
        loop {
            let wait = match &sender {
                Some(sender) => match self.clone().deliver_one(sender).await {
                    Ok(Some(())) => continue,
                    Ok(None) => self.clone().until_due().await,
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the outbox cannot be read");
                        IDLE
                    }
                },
                None => {
                    last_logged = self.clone().log_new_mails(last_logged).await;
                    IDLE
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = self.mail_bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends the mail that is due the longest; `None` if none is.
    async fn deliver_one(self: Arc<Self>, sender: &Sender) -> Result<Option<()>> {
        let app = self.clone();
        let claimed = blocking(move || {
            app.db.write(|conn| db::mails::claim(conn, app.now(), app.now().plus_seconds(CLAIM_SECONDS)))
        })
        .await?;
        let Some(mail) = claimed else { return Ok(None) };
        let tries = mail.tries + 1;
        let outcome = match self.open_mail(&mail) {
            Some(body) => sender.send(&mail, body).await,
            None => Err(crate::mail::smtp::Failure {
                reason: "the body cannot be opened: SECRET_KEY was changed".into(),
                permanent: true,
            }),
        };
        blocking(move || {
            let now = self.now();
            self.db.write(|conn| match &outcome {
                Ok(()) => {
                    tracing::info!(mail = mail.id, kind = mail.kind, "mail sent");
                    db::mails::set_sent(conn, mail.id, now)
                }
                Err(failure) => {
                    let given_up = failure.permanent || tries >= TRIES;
                    tracing::warn!(
                        mail = mail.id,
                        kind = mail.kind,
                        reason = failure.reason,
                        given_up,
                        "mail not sent"
                    );
                    let next = (!given_up).then(|| now.plus_seconds(backoff(tries, self.rng.fraction())));
                    db::mails::set_error(conn, mail.id, &failure.reason, next, now)
                }
            })
        })
        .await?;
        Ok(Some(()))
    }

    /// How long until the next mail is due, at most [`IDLE`].
    async fn until_due(self: Arc<Self>) -> Duration {
        let due: Result<Option<Time>> = blocking({
            let app = self.clone();
            move || app.read(db::mails::next_due)
        })
        .await;
        match due {
            Ok(Some(at)) => Duration::from_secs(u64::try_from(at.seconds_since(self.now()) + 1).unwrap_or(1)).min(IDLE),
            _ => IDLE,
        }
    }

    /// Without a mail server: shows in the log what would have been sent since the mail `after`.
    async fn log_new_mails(self: Arc<Self>, after: i64) -> i64 {
        let app = self.clone();
        let mails = blocking(move || {
            app.read(|conn| {
                db::mails::list(conn, &ListQuery { limit: Some(20), filter: "waiting".into(), ..ListQuery::default() })
            })
        })
        .await;
        let Ok(page) = mails else { return after };
        let mut last = after;
        for mail in page.items.iter().rev().filter(|mail| mail.id > after) {
            if let Some(body) = self.open_mail(mail) {
                tracing::info!(
                    to = mail.to_address,
                    subject = mail.subject,
                    "no MAIL_SERVER: this mail stays in the outbox\n{}",
                    body.text
                );
            }
            last = mail.id;
        }
        last
    }
}

/// Runs database work off the async threads.
async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f).await.unwrap_or_else(|error| Err(anyhow::Error::from(error).into()))
}
