//! What one user may do: his roles, and the rights that follow.

use super::{
    access::{called, can_href, href, what_can},
    confirm::{Confirm, Reason},
};
use crate::{
    app::{
        Actor, App, Change,
        users::{AssignmentView, UserView},
    },
    domain::{
        Error, FieldErrors, Result as DomainResult,
        permission::{CHECKS_READ, ROLES_READ},
        policy::Holding,
        preview::Preview,
        role::{Assign, UserAssignment},
        scope::Scope,
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
use std::collections::BTreeMap;

/// Gives a role to a user; the page it stands on knows one of the two.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GiveForm {
    /// Its name.
    pub role: String,
    /// Username or e-mail address.
    pub user: String,
    pub scope: String,
    pub valid_from: String,
    pub valid_to: String,
    pub condition: String,
    /// Set by the button that only shows what would happen.
    pub preview: String,
    pub reason: String,
}

impl GiveForm {
    pub fn parse(&self, user_id: i64, role_id: i64) -> DomainResult<Assign> {
        Assign::parse(user_id, role_id, &self.scope, &self.valid_from, &self.valid_to, &self.reason)?
            .under(&self.condition)
    }

    /// Of the role that was named, all mistakes at once.
    fn give(&self, app: &App, actor: &Actor, user_id: i64) -> DomainResult<Change<UserAssignment>> {
        let role = app.role_named(actor, "role", &self.role);
        match (role, self.parse(user_id, 0)) {
            (Ok(role), Ok(assign)) => app.give_role(actor, &Assign { role_id: role.id, ..assign }),
            (Err(Error::Invalid(name)), Err(Error::Invalid(others))) => Err(Error::Invalid(name.and(others))),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

/// Whether the actor may give roles at least somewhere.
pub fn may_give(actor: &Actor) -> bool {
    actor.may_give_somewhere()
}

/// Rights that are shown beside the form; the page of the question has all.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "admin/user_roles/index.html")]
struct AccessPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    assignments: Vec<AssignmentView>,
    /// The first [`SHOWN`] rights by resource, each with where its way is shown, and how many more there are.
    rights: BTreeMap<String, Vec<(Holding, String)>>,
    more: usize,
    /// Where all of them are, if the reader may ask.
    all: Option<String>,
    may_give: bool,
    form: GiveForm,
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl AccessPage {
    fn new(visitor: &Visitor, view: UserView, form: GiveForm, preview: Option<Preview>, errors: FieldErrors) -> Self {
        let (user, mut held) = (called(&view.user), view.rights);
        let more = held.len().saturating_sub(SHOWN);
        held.sort_by_key(what_can::key);
        held.truncate(SHOWN);
        let mut rights: BTreeMap<String, Vec<(Holding, String)>> = BTreeMap::new();
        for one in held {
            let way = can_href(&user, &one.pattern, one.scope.as_str(), "");
            rights.entry(one.pattern.resource().to_owned()).or_default().push((one, way));
        }
        let asks = visitor.actor.require_somewhere(CHECKS_READ).is_ok();
        Self {
            page: visitor.page(&format!("{} · Users", view.user.name())),
            tab: "access",
            user: view.user,
            factors: view.factors,
            assignments: view.assignments,
            rights,
            more,
            all: asks.then(|| href("/admin/access/what-can", &[("user", &user)])),
            may_give: may_give(&visitor.actor) && visitor.actor.can(ROLES_READ),
            actor: visitor.actor.clone(),
            form,
            preview,
            errors,
        }
    }
}

async fn show(
    visitor: &Visitor,
    id: i64,
    status: StatusCode,
    form: GiveForm,
    preview: Option<Preview>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let view = visitor.run(move |app, actor| app.user(actor, id)).await?;
    visitor.show_with(status, &AccessPage::new(visitor, view, form, preview, errors))
}

/// The page with what the form would do.
async fn previewed(visitor: &Visitor, id: i64, form: GiveForm) -> Result<HttpResponse, PageError> {
    let given = form.clone();
    match visitor.preview(move |app, actor| given.give(app, actor, id)).await {
        Ok(preview) => show(visitor, id, StatusCode::OK, form, Some(preview), FieldErrors::default()).await,
        Err(error) => refused(visitor, id, form, error).await,
    }
}

async fn refused(visitor: &Visitor, id: i64, form: GiveForm, error: Error) -> Result<HttpResponse, PageError> {
    let (status, errors) = field_errors(error)?;
    show(visitor, id, status, form, None, errors.rename("role_id", "role")).await
}

/// The first page of a user: `/admin/users/{id}`. With `?role=approver&…&preview=1` the form is filled in, and shows what it
/// would do.
pub async fn index(visitor: SignedIn, id: Path<i64>, Query(form): Query<GiveForm>) -> Result<HttpResponse, PageError> {
    if form.preview.is_empty() {
        show(&visitor, *id, StatusCode::OK, form, None, FieldErrors::default()).await
    } else {
        previewed(&visitor, *id, form).await
    }
}

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<GiveForm>) -> Result<HttpResponse, PageError> {
    let (id, given) = (*id, form.clone());
    if !form.preview.is_empty() {
        return previewed(&visitor, id, form).await;
    }
    match visitor.run(move |app, actor| given.give(app, actor, id)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/users/{id}"), "The role is given.", &change)),
        Err(error) => refused(&visitor, id, form, error).await,
    }
}

async fn ask(visitor: &Visitor, id: i64, assignment_id: i64) -> Result<Confirm, PageError> {
    let view = visitor.run(move |app, actor| app.user(actor, id)).await?;
    let name = view.user.name();
    let taken = view
        .assignments
        .into_iter()
        .find(|assignment| assignment.row.id == assignment_id)
        .ok_or(Error::not_found("assignment"))?;
    let scope = Scope::parse(&taken.row.scope).unwrap_or_default();
    visitor.actor.require_giving(taken.row.role_id, &scope)?;
    let place = if taken.row.scope.is_empty() { String::new() } else { format!(" in {scope}") };
    let preview = visitor.preview(move |app, actor| app.take_role(actor, id, assignment_id, "")).await;
    Confirm::new(visitor, format!("Take {} from {name}?", taken.role_name), "Take role away")
        .from("Users", "/admin/users")
        .from(name.clone(), format!("/admin/users/{id}"))
        .loses(format!("{name} loses the role {}{place}, from now on.", taken.role_name))
        .keeps("What his other roles give stays.")
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    let (id, assignment_id) = *path;
    ask(&visitor, id, assignment_id).await?.show(&visitor)
}

pub async fn delete(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let ((id, assignment_id), reason) = (*path, form.reason.clone());
    match visitor.run(move |app, actor| app.take_role(actor, id, assignment_id, &reason)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/users/{id}"), "The role is taken away.", &change)),
        Err(error) => ask(&visitor, id, assignment_id).await?.refused(&visitor, form, error),
    }
}
