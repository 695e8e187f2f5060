//! Files that are made while they are sent, part by part: however long one is, it needs the memory of a few parts.

use crate::domain::{Result, csv};
use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
    web::Bytes,
};
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// Parts that wait to be sent: no more are made before.
const WAITING: usize = 2;

/// A body that is made elsewhere.
pub struct Parts(mpsc::Receiver<Result<Bytes, std::io::Error>>);

/// Makes the body on a thread of its own by calling `next` until it gives `None`; after an error, or when nobody
/// listens any more, it ends. A broken-off file is seen by the browser, since its last part is missing.
pub fn parts(mut next: impl FnMut() -> Result<Option<String>> + Send + 'static) -> Parts {
    let (send, receive) = mpsc::channel(WAITING);
    drop(tokio::task::spawn_blocking(move || {
        loop {
            let part = match next() {
                Ok(None) => return,
                Ok(Some(text)) => Ok(Bytes::from(text)),
                Err(error) => {
                    tracing::error!(%error, "a download was broken off");
                    Err(std::io::Error::other(error.to_string()))
                }
            };
            let last = part.is_err();
            if send.blocking_send(part).is_err() || last {
                return;
            }
        }
    }));
    Parts(receive)
}

impl MessageBody for Parts {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Bytes, Self::Error>>> {
        self.0.poll_recv(cx)
    }
}

/// What a table is sent as.
pub const CSV: &str = "text/csv; charset=utf-8";

/// A table as a file of this name. `head`: its columns, with commas between; `rows`: asked for more until it gives none.
pub fn table(
    name: &str,
    head: &'static str,
    mut rows: impl FnMut() -> Result<Vec<String>> + Send + 'static,
) -> HttpResponse {
    let mut head = Some(csv::row(head.split(',')));
    let next = move || match head.take() {
        Some(head) => Ok(Some(head)),
        None => rows().map(|rows| Some(rows.concat()).filter(|text| !text.is_empty())),
    };
    answer(name, CSV, parts(next))
}

/// The answer that saves the body as a file of this name.
pub fn answer(name: &str, kind: &str, parts: Parts) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(actix_web::body::BoxBody::new(parts))
}
