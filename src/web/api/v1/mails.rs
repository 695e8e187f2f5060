//! The outbox. Bodies are never shown here: they can hold live links.

use super::List;
use crate::{
    app::App,
    domain::{Time, mail::Mail},
    web::{
        api::answer::NoContent,
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
pub struct MailWire {
    id: i64,
    /// What it is about.
    kind: String,
    user_id: Option<i64>,
    /// The name of who gets it.
    to_name: String,
    /// Where it goes.
    to_address: String,
    /// Its subject.
    subject: String,
    /// `waiting`, `retrying`, `sent` or `failed`.
    status: &'static str,
    /// How often it was tried.
    tries: i64,
    /// Why it failed last.
    last_error: Option<String>,
    created_at: Time,
    /// When it is tried again.
    next_try_at: Option<Time>,
    /// When it was sent.
    sent_at: Option<Time>,
    /// When it was given up.
    failed_at: Option<Time>,
}

impl From<Mail> for MailWire {
    fn from(mail: Mail) -> Self {
        let status = mail.status();
        let Mail {
            id,
            kind,
            user_id,
            to_name,
            to_address,
            subject,
            tries,
            last_error,
            created_at,
            next_try_at,
            sent_at,
            failed_at,
            ..
        } = mail;
        Self {
            id,
            kind,
            user_id,
            to_name,
            to_address,
            subject,
            status,
            tries,
            last_error,
            created_at,
            next_try_at,
            sent_at,
            failed_at,
        }
    }
}

/// The latest first. `filter`: `waiting`, `sent`, `failed`.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<MailWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.mails(actor, &query)).await?;
    Ok(Json(List::page(page, MailWire::from)))
}

/// One of them, without its body.
pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<MailWire>, ApiError> {
    let view = caller.run(move |app, actor| app.mail(actor, *id)).await?;
    Ok(Json(view.mail.into()))
}

/// One that has failed.
pub async fn retry(caller: Caller, id: Path<i64>) -> Result<NoContent, ApiError> {
    caller.run(move |app, actor| app.retry_mail(actor, *id)).await?;
    Ok(NoContent)
}

#[derive(Serialize, JsonSchema)]
pub struct RetriedWire {
    /// How many are sent again.
    mails: usize,
}

/// All that have failed.
pub async fn retry_all(caller: Caller) -> Result<Json<RetriedWire>, ApiError> {
    Ok(Json(RetriedWire { mails: caller.run(App::retry_failed_mails).await? }))
}
