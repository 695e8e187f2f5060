//! What came of each user of a job, as a table to download.

use crate::{
    app::{Actor, App, bulk::RowView},
    domain::{Error, Result as DomainResult, job::Outcome},
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        run,
    },
};
use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
    web::{Bytes, Data, Path},
};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

type Part = Pin<Box<dyn Future<Output = DomainResult<Vec<RowView>>>>>;

/// Reads some rows at a time, as the reader takes them.
struct Rows {
    app: Data<App>,
    actor: Actor,
    job: i64,
    outcome: Option<Outcome>,
    /// The names of the columns, until they are sent.
    head: Option<&'static str>,
    next: Part,
}

impl Rows {
    fn new(app: Data<App>, actor: Actor, job: i64, outcome: Option<Outcome>) -> Self {
        let next = part(&app, &actor, job, outcome, 0);
        Self { app, actor, job, outcome, head: Some("user_id,username,result,why\r\n"), next }
    }
}

fn part(app: &Data<App>, actor: &Actor, job: i64, outcome: Option<Outcome>, after: i64) -> Part {
    let (app, actor) = (app.clone(), actor.clone());
    Box::pin(async move { run(&app, move |app| app.job_rows_after(&actor, job, outcome, after)).await })
}

impl MessageBody for Rows {
    type Error = Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<DomainResult<Bytes>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Bytes::from_static(head.as_bytes()))));
        }
        let rows = match ready!(self.next.as_mut().poll(cx)) {
            Ok(rows) => rows,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let Some(last) = rows.last() else { return Poll::Ready(None) };
        self.next = part(&self.app, &self.actor, self.job, self.outcome, last.user_id);
        let lines: String = rows.iter().map(line).collect();
        Poll::Ready(Some(Ok(lines.into())))
    }
}

fn line(row: &RowView) -> String {
    format!("{},{},{},{}\r\n", row.user_id, cell(&row.username), row.outcome, cell(&row.why))
}

/// In quotes where it must be; never a formula.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let id = *id;
    let outcome = match params.filter.as_str() {
        "" => None,
        text => Some(Outcome::parse(text).ok_or(Error::not_found("result"))?),
    };
    visitor.run(move |app, actor| app.job(actor, id)).await?;
    let rows = Rows::new(visitor.app.clone(), visitor.actor.clone(), id, outcome);
    let name = format!("attachment; filename=\"job-{id}.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(rows))
}
