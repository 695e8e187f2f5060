//! Ending the sessions of all users at once.

use super::counted;
use crate::{
    domain::FieldErrors,
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::{Page, field_errors},
        session,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    reason: String,
    /// A box: not sent when it is empty.
    keep_own: String,
}

#[derive(Template)]
#[template(path = "admin/all_sessions/confirm.html")]
struct EndPage {
    page: Page,
    sessions: crate::domain::page::Total,
    form: EndForm,
    errors: FieldErrors,
}

async fn ask(
    visitor: &Visitor,
    status: StatusCode,
    form: EndForm,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let sessions = visitor.run(|app, actor| app.sessions_of_all(actor)).await?;
    visitor.show_with(status, &EndPage { page: visitor.page("End all sessions"), sessions, form, errors })
}

pub async fn confirm(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let form = EndForm { keep_own: "1".into(), ..EndForm::default() };
    ask(&visitor, StatusCode::OK, form, FieldErrors::default()).await
}

pub async fn delete(visitor: SignedIn, Form(form): Form<EndForm>) -> Result<HttpResponse, PageError> {
    let (keep, reason) = (!form.keep_own.is_empty(), form.reason.clone());
    match visitor.run(move |app, actor| app.end_all_sessions(actor, keep, &reason)).await {
        Ok(change) => {
            let text = format!("Ended {}.", counted(change.value, "session", "sessions"));
            if !keep {
                session::end(&visitor.req);
            }
            Ok(visitor.go_with(if keep { "/admin/sessions" } else { "/login" }, "ok", text))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            ask(&visitor, status, form, errors).await
        }
    }
}
