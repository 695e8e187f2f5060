//! The outbox. Bodies are never shown here: they can hold live links.

use super::List;
use crate::{
    domain::{Time, mail::Mail},
    web::{
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Query};
use serde::Serialize;

#[derive(Serialize)]
pub struct MailWire {
    id: i64,
    kind: String,
    user_id: Option<i64>,
    to_name: String,
    to_address: String,
    subject: String,
    /// `waiting`, `retrying`, `sent` or `failed`.
    status: &'static str,
    tries: i64,
    last_error: Option<String>,
    created_at: Time,
    next_try_at: Option<Time>,
    sent_at: Option<Time>,
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
