//! Undoing a change: what it did, what would be done now, and doing it.

use super::confirm::Reason;
use crate::{
    app::undo::Done,
    domain::{FieldErrors, permission::AUDIT_READ, preview::Preview},
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::{Page, field_errors, own_path, words::Sentence},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;

/// Events that are told one by one.
const TOLD: usize = 20;

/// Where a change can be undone; from there the way leads to `back`.
pub fn address(revision: i64, back: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("back", back).finish();
    format!("/admin/audit/undo/{revision}?{query}")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    back: String,
}

impl Back {
    fn path(&self) -> String {
        own_path(&self.back).unwrap_or("/admin/audit").to_owned()
    }
}

#[derive(Template)]
#[template(path = "admin/audit_undo/confirm.html")]
struct UndoPage {
    page: Page,
    revision: i64,
    /// The first that was done, and how much more.
    done: Vec<Sentence>,
    more: usize,
    undone_by: Option<i64>,
    may_read_log: bool,
    /// What would be done; `None`: it is refused.
    preview: Option<Preview>,
    back: String,
    form: Reason,
    errors: FieldErrors,
}

impl UndoPage {
    /// What the log would say, without the undoing itself, which the heading tells.
    fn to_do(&self) -> Vec<Sentence> {
        let log = self.preview.as_ref().map(|preview| preview.log.as_slice()).unwrap_or_default();
        let acts = log.iter().filter(|event| event.action != crate::domain::undo::UNDO);
        acts.take(TOLD).map(Sentence::new).collect()
    }
}

/// The fields of the acts are no fields of this form, but for the reason.
fn of_the_form(errors: &FieldErrors) -> FieldErrors {
    let mut all = FieldErrors::default();
    for (field, message) in errors.iter() {
        all.add(if field == "reason" { "reason" } else { "" }, message);
    }
    all
}

async fn ask(visitor: &Visitor, revision: i64, back: &Back) -> Result<(StatusCode, UndoPage), PageError> {
    let Done { events, undone_by } = visitor.run(move |app, actor| app.done_by(actor, revision)).await?;
    let found = visitor.preview(move |app, actor| app.undo(actor, revision, "")).await;
    let (status, preview, errors) = match found {
        Ok(preview) => (StatusCode::OK, Some(preview), FieldErrors::default()),
        Err(error) => {
            let (_, errors) = field_errors(error)?;
            (StatusCode::OK, None, of_the_form(&errors))
        }
    };
    let page = UndoPage {
        page: visitor.page(&format!("Undo revision {revision} · Audit")),
        revision,
        done: events.iter().take(TOLD).map(Sentence::new).collect(),
        more: events.len().saturating_sub(TOLD),
        undone_by,
        may_read_log: visitor.actor.can(AUDIT_READ),
        preview,
        back: back.path(),
        form: Reason::default(),
        errors,
    };
    Ok((status, page))
}

pub async fn confirm(
    visitor: SignedIn,
    revision: Path<i64>,
    Query(back): Query<Back>,
) -> Result<HttpResponse, PageError> {
    let (status, page) = ask(&visitor, *revision, &back).await?;
    visitor.show_with(status, &page)
}

pub async fn create(
    visitor: SignedIn,
    revision: Path<i64>,
    Query(back): Query<Back>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let (revision, reason) = (*revision, form.reason.clone());
    match visitor.run(move |app, actor| app.undo(actor, revision, &reason)).await {
        Ok(change) => Ok(visitor.done(&back.path(), format!("Revision {revision} is undone."), &change)),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let (_, page) = ask(&visitor, revision, &back).await?;
            visitor.show_with(status, &UndoPage { form, errors: of_the_form(&errors), ..page })
        }
    }
}
