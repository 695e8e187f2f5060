//! The page of a one-time link that does not work (any more): what happened, and the way to a new one.

use super::{Page, heading};
use crate::{
    domain::Error,
    web::{error::PageError, extract::Visitor, middleware::RequestId},
};
use actix_web::{HttpMessage, HttpResponse, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "public/gone.html")]
struct GonePage {
    page: Page,
    heading: String,
    text: String,
    request_id: String,
    way: Way,
}

/// Where a new link is to be had.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// What to know; whole sentences.
    pub text: &'static str,
    pub href: &'static str,
    pub label: &'static str,
}

/// The page for [`Error::Gone`]; every other error is drawn like those of other pages.
pub fn show(visitor: &Visitor, error: Error, way: Way) -> Result<HttpResponse, PageError> {
    let Error::Gone = error else { return Err(error.into()) };
    let status = StatusCode::GONE;
    let request_id = visitor.req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let text = format!("{} {}", super::super::error::sentence(&error.to_string()), way.text);
    visitor.show_with(
        status,
        &GonePage { page: visitor.page(heading(status)), heading: heading(status).to_owned(), text, request_id, way },
    )
}
