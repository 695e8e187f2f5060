//! What one may do, and by whom.

use super::{
    super::{
        Page,
        admin::{access::what_can::found, list::List},
    },
    why,
};
use crate::{
    app::{activation::Activation, users::AssignmentView},
    domain::{
        FieldErrors,
        permission::{ROLES_READ, USERS_READ},
        policy::Holding,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "account/access.html")]
struct AccessPage {
    page: Page,
    assignments: Vec<AssignmentView>,
    /// Each with the address of its way.
    rights: Vec<(Holding, String)>,
    list: List,
    /// Which of the roles this session has active.
    activation: Activation,
    /// Whether roles have pages that this user may see.
    links: bool,
    /// Whether users have.
    links_users: bool,
    errors: FieldErrors,
}

pub async fn show(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    show_with(&visitor, params, (StatusCode::OK, FieldErrors::default())).await
}

/// With what was wrong in a form of the page.
pub async fn show_with(
    visitor: &SignedIn,
    params: ListParams,
    (status, errors): (StatusCode, FieldErrors),
) -> Result<HttpResponse, PageError> {
    let session = visitor.actor.session_id.unwrap_or_default();
    let (view, activation) =
        visitor.run(move |app, actor| Ok((app.me(actor)?, app.activation(actor, session)?))).await?;
    let rows = found(visitor.actor.rights.list(), &params.query()?)?;
    let page = AccessPage {
        page: visitor.account_page("Access"),
        assignments: view.assignments,
        list: List::new("/account/access", params, "permission", &rows),
        rights: rows.items.into_iter().map(|right| (right.clone(), why::address(&right))).collect(),
        activation,
        links: visitor.actor.can(ROLES_READ),
        links_users: visitor.actor.can(USERS_READ),
        errors,
    };
    visitor.show_with(status, &page)
}
