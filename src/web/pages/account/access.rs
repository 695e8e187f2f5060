//! What one may do, and by whom.

use super::super::Page;
use crate::{
    app::{
        activation::Activation,
        users::{AssignmentView, UserView},
    },
    domain::{FieldErrors, permission::ROLES_READ, policy::Holding, scope::Scope},
    web::{error::PageError, extract::SignedIn},
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "account/access.html")]
struct AccessPage {
    page: Page,
    assignments: Vec<AssignmentView>,
    /// What holds in each scope, everywhere first.
    rights: Vec<(Scope, Vec<Holding>)>,
    /// Which of the roles this session has active.
    activation: Activation,
    /// Whether roles have pages that this user may see.
    links: bool,
    errors: FieldErrors,
}

fn by_scope(rights: Vec<Holding>) -> Vec<(Scope, Vec<Holding>)> {
    let mut scopes: BTreeMap<Scope, Vec<Holding>> = BTreeMap::new();
    for holding in rights {
        scopes.entry(holding.scope.clone()).or_default().push(holding);
    }
    scopes.into_iter().collect()
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    show_with(&visitor, (StatusCode::OK, FieldErrors::default())).await
}

/// With what was wrong in a form of the page.
pub async fn show_with(
    visitor: &SignedIn,
    (status, errors): (StatusCode, FieldErrors),
) -> Result<HttpResponse, PageError> {
    let session = visitor.actor.session_id.unwrap_or_default();
    let (view, activation) =
        visitor.run(move |app, actor| Ok((app.me(actor)?, app.activation(actor, session)?))).await?;
    let UserView { assignments, .. } = view;
    visitor.show_with(
        status,
        &AccessPage {
            page: visitor.account_page("Access"),
            assignments,
            rights: by_scope(visitor.actor.rights.list()),
            activation,
            links: visitor.actor.can(ROLES_READ),
            errors,
        },
    )
}
