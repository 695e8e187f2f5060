//! Tables to download. They are read while they are sent: whatever their length, no more than a part is in memory.

use crate::domain::{Error, Result};
use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
    web::Bytes,
};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The next lines; none: the table is at its end.
pub type Lines = Pin<Box<dyn Future<Output = Result<String>>>>;

/// The body of an answer.
pub struct Csv {
    /// The names of the columns, until they are sent.
    head: Option<&'static str>,
    next: Box<dyn FnMut() -> Lines>,
    lines: Option<Lines>,
}

impl Csv {
    /// `head`: the names of the columns; `next`: asked for more lines until there are none.
    pub fn new(head: &'static str, next: impl FnMut() -> Lines + 'static) -> Self {
        Self { head: Some(head), next: Box::new(next), lines: None }
    }

    /// The answer that a browser keeps as a file of this name.
    pub fn download(self, name: &str) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .body(self)
    }
}

impl MessageBody for Csv {
    type Error = Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = self.get_mut();
        if let Some(head) = this.head.take() {
            return Poll::Ready(Some(Ok(line(head.split(',')).into())));
        }
        let lines = this.lines.get_or_insert_with(&mut this.next);
        let lines = ready!(lines.as_mut().poll(cx));
        this.lines = None;
        Poll::Ready(match lines {
            Ok(lines) if lines.is_empty() => None,
            Ok(lines) => Some(Ok(lines.into())),
            Err(error) => Some(Err(error)),
        })
    }
}

/// One line of a table: RFC 4180, and no cell is a formula.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_ends_where_it_should_and_is_no_formula() {
        assert_eq!(line(["a", "b,c", "say \"so\"", "=1+1"]), "a,\"b,c\",\"say \"\"so\"\"\",'=1+1\r\n");
    }
}
