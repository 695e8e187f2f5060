//! The page before an act that takes something away: what will happen, and why.

use crate::{
    domain::{Error, FieldErrors, preview::Preview},
    web::{
        error::PageError,
        extract::Visitor,
        pages::{Page, field_errors},
    },
};
use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    pub reason: String,
}

/// Asks before an act; the form goes to the page's own address. A reason in the address fills the field in.
#[derive(Template)]
#[template(path = "admin/confirm.html")]
pub struct Confirm {
    page: Page,
    /// The way here: label and address.
    trail: Vec<(String, String)>,
    heading: String,
    /// What will be gone, a line each.
    loses: Vec<String>,
    /// What stays, a line each.
    keeps: Vec<String>,
    /// Who loses what by name, unless it is refused anyway.
    preview: Option<Preview>,
    reason_required: bool,
    /// From when until when, as typed, where that can be chosen.
    when: Option<(String, String)>,
    /// The act, in the words of the button.
    act: &'static str,
    form: Reason,
    errors: FieldErrors,
}

impl Confirm {
    pub fn new(visitor: &Visitor, heading: impl Into<String>, act: &'static str) -> Self {
        let heading = heading.into();
        let in_address = url::form_urlencoded::parse(visitor.req.query_string().as_bytes());
        let reason = in_address.into_owned().find(|(name, _)| name == "reason").map(|(_, reason)| reason);
        Self {
            page: visitor.page(&heading),
            trail: vec![],
            heading,
            loses: vec![],
            keeps: vec![],
            preview: None,
            reason_required: false,
            when: None,
            act,
            form: Reason { reason: reason.unwrap_or_default() },
            errors: FieldErrors::default(),
        }
    }

    /// One step of the way here; the last one is the way back.
    pub fn from(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.trail.push((label.into(), href.into()));
        self
    }

    pub fn loses(mut self, what: impl Into<String>) -> Self {
        self.loses.push(what.into());
        self
    }

    pub fn keeps(mut self, what: impl Into<String>) -> Self {
        self.keeps.push(what.into());
        self
    }

    /// Shows what a dry run found; what it was refused by stands at the top, before anything is confirmed.
    pub fn preview(mut self, found: Result<Preview, Error>) -> Result<Self, PageError> {
        match found {
            Ok(preview) => self.preview = Some(preview),
            Err(error) => self.errors = field_errors(error)?.1,
        }
        Ok(self)
    }

    /// How many sessions end; `None`: he may not know.
    pub fn ends_sessions(self, sessions: Option<usize>) -> Self {
        match sessions {
            Some(0) => self.keeps("He is not signed in anywhere."),
            Some(n) => self.loses(format!("Ends {}.", super::counted(n, "session", "sessions"))),
            None => self.loses("Ends all his sessions."),
        }
    }

    /// The act needs a reason.
    pub fn reason_required(self) -> Self {
        Self { reason_required: true, ..self }
    }

    /// Asks from when until when it is to be so.
    pub fn when(self, from: impl Into<String>, until: impl Into<String>) -> Self {
        Self { when: Some((from.into(), until.into())), ..self }
    }

    /// The page's own address, whole: what is to be ended may stand in its query.
    fn action(&self) -> &str {
        &self.page.path
    }

    fn back(&self) -> &str {
        self.trail.last().map_or("/admin", |(_, href)| href)
    }

    pub fn show(self, visitor: &Visitor) -> Result<HttpResponse, PageError> {
        visitor.show(&self)
    }

    /// The page again, with why the act was refused and the reason that was typed.
    pub fn refused(self, visitor: &Visitor, form: Reason, error: Error) -> Result<HttpResponse, PageError> {
        let (status, errors) = field_errors(error)?;
        visitor.show_with(status, &Self { form, errors, ..self })
    }
}
