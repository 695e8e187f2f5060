//! What a role had and included, and who had it, and when.

use super::timelines::{Asked, Dates, Drawn};
use crate::{
    domain::{
        Time,
        permission::{CHECKS_READ, USERS_READ},
        role::Role,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/role_timeline/index.html")]
struct TimelinePage {
    page: Page,
    role: Role,
    deleted_at: Option<Time>,
    drawn: Drawn,
    asks: bool,
    sees_users: bool,
}

/// Kinds of rows, by which the list is filtered; the last one for whoever may see users.
const KINDS: [(&str, &str); 3] =
    [("permission", "Permissions"), ("inclusion", "Inclusions"), ("assignment", "Members")];

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, asked) = (*id, Asked::read(&visitor, dates, params)?);
    let (range, query, status) = (asked.range, asked.query.clone(), asked.status());
    let (role, timeline) = visitor.run(move |app, actor| app.role_timeline(actor, id, range, &query)).await?;
    let sees_users = visitor.actor.can(USERS_READ);
    let kinds = if sees_users { &KINDS[..] } else { &KINDS[..2] };
    let deleted_at = timeline.deleted_at;
    let page = TimelinePage {
        page: visitor.page(&format!("Time line of {} · Roles", role.name)),
        role,
        deleted_at,
        drawn: Drawn::new(format!("/admin/roles/{id}/timeline"), asked, timeline, None, kinds),
        asks: visitor.actor.require_somewhere(CHECKS_READ).is_ok(),
        sees_users,
    };
    visitor.show_with(status, &page)
}
