//! Roles against the permissions of one resource: looked at, ticked, previewed and changed together.

use super::{access::href, counted, list::List};
use crate::{
    app::permission_matrix::{Matrix, MatrixQuery, NamedChange},
    domain::{
        Error, FieldErrors, Result as DomainResult,
        matrix::{Cell, MatrixChange, Place},
        page::ListQuery,
        permission::{Permission, ROLES_WRITE},
        preview::Preview,
        role::Role,
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, Query, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

const PATH: &str = "/admin/permissions/matrix";
/// Permissions that stand side by side.
const ACROSS: i64 = 12;

/// Which part is shown, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    resource: String,
    /// The cursor of the permissions across.
    columns: String,
}

/// What a form of the matrix sends: cells as `role.permission`.
#[derive(Debug, Clone, Default)]
struct Sent {
    asked: Asked,
    params: ListParams,
    /// Ticked as the page was drawn, and as it was sent.
    owned: Vec<Place>,
    own: Vec<Place>,
    seen: Option<i64>,
    reason: String,
    /// `preview`, `back` or `change`.
    act: String,
}

impl Sent {
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "resource" => sent.asked.resource = value,
                "columns" => sent.asked.columns = value,
                "q" => sent.params.q = value,
                "filter" => sent.params.filter = value,
                "cursor" => sent.params.cursor = value,
                "limit" => sent.params.limit = value,
                "owned" => sent.owned.extend(place(&value)),
                "own" => sent.own.extend(place(&value)),
                "revision" => sent.seen = value.parse().ok(),
                "reason" => sent.reason = value,
                "act" => sent.act = value,
                _ => {}
            }
        }
        sent
    }

    fn change(&self) -> MatrixChange {
        let only = |these: &[Place], others: &[Place]| {
            let mut only: Vec<Place> = these.iter().filter(|place| !others.contains(place)).copied().collect();
            only.sort();
            only.dedup();
            only
        };
        MatrixChange {
            give: only(&self.own, &self.owned),
            take: only(&self.owned, &self.own),
            reason: self.reason.clone(),
            seen: self.seen,
        }
    }

    fn here(&self) -> String {
        let ListParams { q, filter, cursor, limit, .. } = &self.params;
        let Asked { resource, columns } = &self.asked;
        let all = [("resource", resource), ("q", q), ("filter", filter), ("limit", limit), ("columns", columns)];
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        href(PATH, &[all.as_slice(), &[("cursor", cursor)]].concat())
    }
}

fn place(text: &str) -> Option<Place> {
    let (role, permission) = text.split_once('.')?;
    Some(Place { role: role.parse().ok()?, permission: permission.parse().ok()? })
}

#[derive(Template)]
#[template(path = "admin/permission_matrix/resources.html")]
struct ResourcesPage {
    page: Page,
    list: List,
    rows: Vec<(String, i64)>,
    errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "admin/permission_matrix/index.html")]
struct MatrixPage {
    page: Page,
    list: List,
    matrix: Matrix,
    sent: Sent,
    may_change: bool,
    errors: FieldErrors,
}

impl MatrixPage {
    fn may_change(&self, role: &Role) -> bool {
        self.may_change && !role.built_in && !role.is_group()
    }

    fn heading(&self) -> String {
        format!("Matrix of {}", self.sent.asked.resource)
    }

    /// The permission of a column.
    fn permission(&self, column: &usize) -> Option<&Permission> {
        self.matrix.permissions.items.get(*column)
    }

    /// Whether the box of a cell is ticked: as it is, unless something else was chosen.
    fn ticked(&self, cell: &Cell, role: &Role, permission: &Permission) -> bool {
        let place = Place { role: role.id, permission: permission.id };
        let change = self.sent.change();
        change.give.contains(&place) || cell.own.is_some() && !change.take.contains(&place)
    }

    /// How the role has it, in words.
    fn told(&self, cell: &Cell) -> String {
        let from = cell.inherited_from.and_then(|id| self.matrix.names.get(&id)).map_or("another role", String::as_str);
        let mut told = match (&cell.own, &cell.wildcard, cell.inherited_from) {
            (Some(_), None, None) => "its own".to_owned(),
            (Some(_), _, Some(_)) => format!("its own, and inherited from {from}"),
            (Some(_), Some(wild), None) => format!("its own, and by {}", wild.pattern),
            (None, Some(wild), _) => format!("by its pattern {}", wild.pattern),
            (None, None, Some(_)) => format!("inherited from {from}"),
            (None, None, None) => "none".to_owned(),
        };
        if cell.conditional && cell.kind() != "none" {
            told += ", under a condition";
        }
        told
    }

    fn across(&self, cursor: &Option<String>) -> Option<String> {
        let mut sent = self.sent.clone();
        sent.asked.columns = cursor.clone()?;
        Some(sent.here())
    }

    fn next_columns(&self) -> Option<String> {
        self.across(&self.matrix.permissions.next)
    }

    fn prev_columns(&self) -> Option<String> {
        self.across(&self.matrix.permissions.prev)
    }
}

#[derive(Template)]
#[template(path = "admin/permission_matrix/confirm.html")]
struct ConfirmPage {
    page: Page,
    sent: Sent,
    change: MatrixChange,
    named: NamedChange,
    preview: Preview,
}

impl ConfirmPage {
    /// The revision that was looked at.
    fn seen(&self) -> i64 {
        self.sent.seen.unwrap_or(self.preview.revision)
    }
}

pub async fn index(
    visitor: SignedIn,
    Query(asked): Query<Asked>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    if asked.resource.trim().is_empty() {
        return resources(&visitor, StatusCode::OK, params, FieldErrors::default()).await;
    }
    show(&visitor, StatusCode::OK, Sent { asked, params, ..Sent::default() }, FieldErrors::default()).await
}

async fn resources(
    visitor: &Visitor,
    status: StatusCode,
    params: ListParams,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let rows = visitor.run(move |app, actor| app.resources(actor, &query)).await?;
    let list = List::new(PATH, params, "", &rows);
    visitor.show_with(
        status,
        &ResourcesPage { page: visitor.page("Matrix · Permissions"), list, rows: rows.items, errors },
    )
}

/// The matrix as it is now, with what was chosen and why it was refused.
async fn show(
    visitor: &Visitor,
    status: StatusCode,
    sent: Sent,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    let query = MatrixQuery {
        resource: sent.asked.resource.trim().to_lowercase(),
        roles: sent.params.query()?,
        permissions: ListQuery { cursor: sent.asked.columns.clone(), limit: Some(ACROSS), ..ListQuery::default() },
    };
    let matrix = match visitor.run(move |app, actor| app.permission_matrix(actor, &query)).await {
        Ok(matrix) => matrix,
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let params = ListParams { q: sent.asked.resource, ..ListParams::default() };
            return resources(visitor, status, params, errors).await;
        }
    };
    let list = List::new(PATH, sent.params.clone(), "name", &matrix.rows)
        .keep("resource", &sent.asked.resource)
        .keep("columns", &sent.asked.columns)
        .filters(&[("having", "Has something here"), ("role", "Roles"), ("group", "Groups")]);
    let title = format!("Matrix of {} · Permissions", sent.asked.resource);
    let may_change = visitor.actor.can(ROLES_WRITE);
    visitor.show_with(status, &MatrixPage { page: visitor.page(&title), list, matrix, sent, may_change, errors })
}

pub async fn update(visitor: SignedIn, Form(fields): Form<Vec<(String, String)>>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let sent = Sent::read(fields);
    let change = sent.change();
    match sent.act.as_str() {
        "back" => show(&visitor, StatusCode::OK, sent, FieldErrors::default()).await,
        "change" => {
            let wanted = change.clone();
            match visitor.run(move |app, actor| app.change_matrix(actor, &wanted)).await {
                Ok(done) => {
                    let told = format!(
                        "{} changed.",
                        counted(done.value, "permission of a role is", "permissions of roles are")
                    );
                    Ok(visitor.done(&sent.here(), told, &done))
                }
                Err(error) => refused(&visitor, sent, error).await,
            }
        }
        _ => {
            let wanted = change.clone();
            match visitor.preview(move |app, actor| app.change_matrix(actor, &wanted)).await {
                Ok(preview) => confirm(&visitor, sent, change, preview).await,
                Err(error) => refused(&visitor, sent, error).await,
            }
        }
    }
}

async fn confirm(
    visitor: &Visitor,
    sent: Sent,
    change: MatrixChange,
    preview: Preview,
) -> Result<HttpResponse, PageError> {
    let wanted = change.clone();
    let named: DomainResult<NamedChange> = visitor.run(move |app, actor| app.name_matrix_change(actor, &wanted)).await;
    let page = visitor.page(&format!("Change the matrix of {} · Permissions", sent.asked.resource));
    visitor.show(&ConfirmPage { page, sent, change, named: named?, preview })
}

/// The matrix again, with all that was chosen, and the reason.
async fn refused(visitor: &Visitor, sent: Sent, error: Error) -> Result<HttpResponse, PageError> {
    let (status, errors) = match error {
        Error::NotFound { .. } => {
            let gone = "Something that you chose is not there any more. Look again: this is the present state.";
            (StatusCode::CONFLICT, FieldErrors::one("", gone))
        }
        error => field_errors(error)?,
    };
    show(visitor, status, sent, errors).await
}

impl ResourcesPage {
    fn matrix_of(&self, resource: &str) -> String {
        href(PATH, &[("resource", resource)])
    }
}
