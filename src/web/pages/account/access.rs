//! What one may do, and by whom.

use super::super::Page;
use crate::{
    app::users::{AssignmentView, UserView},
    domain::{
        permission::{Pattern, ROLES_READ},
        scope::Scope,
    },
    web::{error::PageError, extract::SignedIn},
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "account/access.html")]
struct AccessPage {
    page: Page,
    assignments: Vec<AssignmentView>,
    /// What holds in each scope, everywhere first.
    rights: Vec<(Scope, Vec<Pattern>)>,
    /// Whether roles have pages that this user may see.
    links: bool,
}

fn by_scope(mut rights: Vec<(Scope, Pattern)>) -> Vec<(Scope, Vec<Pattern>)> {
    rights.sort();
    let mut scopes: Vec<(Scope, Vec<Pattern>)> = vec![];
    for (scope, pattern) in rights {
        match scopes.last_mut() {
            Some((last, patterns)) if *last == scope => patterns.push(pattern),
            _ => scopes.push((scope, vec![pattern])),
        }
    }
    scopes
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
