//! One end for several assignments of what ends soon, or taking them away: looked at, then done, all or none.

use crate::{
    app::{Actor, App, Change, users::AssignmentView},
    domain::{Error, FieldErrors, Result as DomainResult, Time, permission::USERS_READ, preview::Preview},
    web::{
        error::PageError,
        extract::{Form, Query, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// Where the choice was made.
const BACK: &str = "/admin/access/ending";

/// What is chosen, and what is to be done.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndsForm {
    /// Assignments, with commas between.
    ids: String,
    /// `end` or `take`.
    act: String,
    valid_to: String,
    reason: String,
    preview: String,
}

impl EndsForm {
    fn takes(&self) -> bool {
        self.act == "take"
    }

    fn ids(&self) -> DomainResult<Vec<i64>> {
        let id = |text: &str| text.parse().map_err(|_| Error::not_found("assignment"));
        self.ids.split(',').filter(|id| !id.is_empty()).map(id).collect()
    }

    fn run(&self, app: &App, actor: &Actor) -> DomainResult<Change<usize>> {
        if self.takes() {
            return app.take_assignments(actor, &self.ids()?, &self.reason);
        }
        let mut errors = FieldErrors::default();
        let end = match self.valid_to.trim() {
            "" => None,
            text => Some(errors.keep("valid_to", Time::parse(text))),
        };
        errors.into_result()?;
        app.set_role_ends(actor, &self.ids()?, end, &self.reason)
    }

    /// The value of a date-time input, or what was typed if it is none.
    fn end(&self) -> String {
        Time::parse(&self.valid_to).map_or_else(|_| self.valid_to.clone(), Time::input)
    }

    fn end_kind(&self) -> &'static str {
        if self.valid_to.trim().is_empty() || Time::parse(&self.valid_to).is_ok() { "datetime-local" } else { "text" }
    }
}

#[derive(Template)]
#[template(path = "admin/access/ending_bulk.html")]
struct EndsPage {
    page: Page,
    form: EndsForm,
    rows: Vec<AssignmentView>,
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl EndsPage {
    fn heading(&self) -> String {
        let n = self.rows.len();
        let roles = if n == 1 { "1 role".to_owned() } else { format!("{n} roles") };
        if self.form.takes() { format!("Take away {roles}?") } else { format!("One end for {roles}") }
    }

    /// The words of the button.
    fn act(&self) -> &'static str {
        if self.form.takes() { "Take these roles away" } else { "Set this end" }
    }
}

async fn show(
    visitor: &Visitor,
    form: EndsForm,
    status: StatusCode,
    preview: Option<Preview>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_READ)?;
    let ids = form.ids()?;
    let rows = match ids.is_empty() {
        true => vec![],
        false => visitor.run(move |app, actor| app.assignments(actor, &ids)).await?,
    };
    let mut template = EndsPage { page: Page::default(), form, rows, preview, errors };
    template.page = visitor.page(&format!("{} · Ending soon", template.heading()));
    visitor.show_with(status, &template)
}

/// What is taken away is looked at without being asked; an end must be said first.
async fn look(visitor: &Visitor, form: EndsForm) -> Result<HttpResponse, PageError> {
    let asked = form.clone();
    match visitor.preview(move |app, actor| asked.run(app, actor)).await {
        Ok(preview) => show(visitor, form, StatusCode::OK, Some(preview), FieldErrors::default()).await,
        Err(error) => refused(visitor, form, error).await,
    }
}

async fn refused(visitor: &Visitor, form: EndsForm, error: Error) -> Result<HttpResponse, PageError> {
    let (status, errors) = field_errors(error)?;
    show(visitor, form, status, None, errors).await
}

pub async fn confirm(visitor: SignedIn, Query(mut form): Query<EndsForm>) -> Result<HttpResponse, PageError> {
    if form.ids.is_empty() {
        let pairs = url::form_urlencoded::parse(visitor.req.query_string().as_bytes());
        let ticked: Vec<String> = pairs.filter(|(name, _)| name == "id").map(|(_, id)| id.into_owned()).collect();
        form.ids = ticked.join(",");
    }
    if form.ids.is_empty() {
        return refused(&visitor, form, Error::conflict("nobody", "Nothing is chosen: tick rows in the list.")).await;
    }
    if form.takes() {
        return look(&visitor, form).await;
    }
    show(&visitor, form, StatusCode::OK, None, FieldErrors::default()).await
}

pub async fn create(visitor: SignedIn, Form(form): Form<EndsForm>) -> Result<HttpResponse, PageError> {
    if !form.preview.is_empty() {
        return look(&visitor, form).await;
    }
    let asked = form.clone();
    match visitor.run(move |app, actor| asked.run(app, actor)).await {
        Ok(change) => {
            let roles = super::super::counted(change.value, "role", "roles");
            let told = match (form.takes(), Time::parse(&form.valid_to)) {
                (true, _) => format!("{roles} taken away."),
                (false, Ok(end)) => format!("{roles} given until {end}."),
                (false, Err(_)) => format!("{roles} given without end."),
            };
            Ok(visitor.done(BACK, told, &change))
        }
        Err(error) => refused(&visitor, form, error).await,
    }
}
