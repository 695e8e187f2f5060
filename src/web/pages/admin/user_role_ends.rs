//! Until when a user has a role: for longer, without end, or less long.

use crate::{
    app::{Actor, App, Change, users::AssignmentView},
    domain::{
        Error, FieldErrors, Result as DomainResult, Time, preview::Preview, role::UserAssignment, scope::Scope,
        user::User,
    },
    web::{
        error::PageError,
        extract::{Form, Query, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use serde::Deserialize;

/// Whoever came from the list of what ends soon goes back there.
const ENDING: &str = "/admin/access/ending";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    valid_to: String,
    reason: String,
    /// `ending`: the list of what ends soon.
    back: String,
    preview: String,
}

impl EndForm {
    fn set(&self, app: &App, actor: &Actor, (user, assignment): (i64, i64)) -> DomainResult<Change<UserAssignment>> {
        let mut errors = FieldErrors::default();
        let end = match self.valid_to.trim() {
            "" => None,
            text => Some(errors.keep("valid_to", Time::parse(text))),
        };
        errors.into_result()?;
        app.set_role_end(actor, user, assignment, end, &self.reason)
    }

    /// The value of a date-time input, or what was typed if it is none: nothing typed is lost.
    fn end(&self) -> String {
        Time::parse(&self.valid_to).map_or_else(|_| self.valid_to.clone(), Time::input)
    }

    fn end_kind(&self) -> &'static str {
        if self.valid_to.trim().is_empty() || Time::parse(&self.valid_to).is_ok() { "datetime-local" } else { "text" }
    }

    fn back(&self, user: i64) -> String {
        if self.back == "ending" { ENDING.to_owned() } else { format!("/admin/users/{user}") }
    }
}

#[derive(Template)]
#[template(path = "admin/user_role_ends/edit.html")]
struct EndPage {
    page: Page,
    user: User,
    held: AssignmentView,
    form: EndForm,
    preview: Option<Preview>,
    errors: FieldErrors,
}

async fn show(
    visitor: &Visitor,
    (id, assignment_id): (i64, i64),
    status: StatusCode,
    form: EndForm,
    preview: Option<Preview>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let view = visitor.run(move |app, actor| app.user(actor, id)).await?;
    let held = view.assignments.into_iter().find(|held| held.row.id == assignment_id);
    let held = held.ok_or(Error::not_found("assignment"))?;
    visitor.actor.require_giving(held.row.role_id, &Scope::from_stored(&held.row.scope))?;
    let page = visitor.page(&format!("Until when {} has {} · Users", view.user.name(), held.role_name));
    visitor.show_with(status, &EndPage { page, user: view.user, held, form, preview, errors })
}

pub async fn edit(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Query(mut form): Query<EndForm>,
) -> Result<HttpResponse, PageError> {
    let (id, assignment_id) = *path;
    if form.valid_to.is_empty() {
        let view = visitor.run(move |app, actor| app.user(actor, id)).await?;
        let end = view.assignments.into_iter().find(|held| held.row.id == assignment_id);
        form.valid_to = end.and_then(|held| held.row.valid_to).map(Time::input).unwrap_or_default();
    }
    show(&visitor, *path, StatusCode::OK, form, None, FieldErrors::default()).await
}

pub async fn update(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<EndForm>,
) -> Result<HttpResponse, PageError> {
    let (path, asked) = (*path, form.clone());
    if !form.preview.is_empty() {
        let found = visitor.preview(move |app, actor| asked.set(app, actor, path)).await;
        return match found {
            Ok(preview) => show(&visitor, path, StatusCode::OK, form, Some(preview), FieldErrors::default()).await,
            Err(error) => refused(&visitor, path, form, error).await,
        };
    }
    match visitor.run(move |app, actor| asked.set(app, actor, path)).await {
        Ok(change) => {
            let until = match change.value.valid_to {
                Some(end) => format!("The role is given until {end}."),
                None => "The role is given without end.".to_owned(),
            };
            Ok(visitor.done(&form.back(path.0), until, &change))
        }
        Err(error) => refused(&visitor, path, form, error).await,
    }
}

async fn refused(visitor: &Visitor, path: (i64, i64), form: EndForm, error: Error) -> Result<HttpResponse, PageError> {
    let (status, errors) = field_errors(error)?;
    show(visitor, path, status, form, None, errors).await
}
