//! What one may do, and by whom.

use super::super::Page;
use crate::{
    app::users::{AssignmentView, UserView},
    domain::{permission::ROLES_READ, policy::Holding, scope::Scope},
    web::{error::PageError, extract::SignedIn},
};
use actix_web::HttpResponse;
use askama::Template;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "account/access.html")]
struct AccessPage {
    page: Page,
    assignments: Vec<AssignmentView>,
    /// What holds in each scope, everywhere first.
    rights: Vec<(Scope, Vec<Holding>)>,
    /// Whether roles have pages that this user may see.
    links: bool,
}

fn by_scope(rights: Vec<Holding>) -> Vec<(Scope, Vec<Holding>)> {
    let mut scopes: BTreeMap<Scope, Vec<Holding>> = BTreeMap::new();
    for holding in rights {
        scopes.entry(holding.scope.clone()).or_default().push(holding);
    }
    scopes.into_iter().collect()
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let UserView { assignments, rights, .. } = visitor.run(|app, actor| app.me(actor)).await?;
    visitor.show(&AccessPage {
        page: visitor.account_page("Access"),
        assignments,
        rights: by_scope(rights),
        links: visitor.actor.can(ROLES_READ),
    })
}
