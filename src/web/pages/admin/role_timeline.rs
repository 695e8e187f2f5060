//! What a role had and included, and who had it, and when.

use super::timelines::{Dates, Drawn};
use crate::{
    domain::{
        permission::{CHECKS_READ, USERS_READ},
        role::Role,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/role_timeline/index.html")]
struct TimelinePage {
    page: Page,
    role: Role,
    drawn: Drawn,
    asks: bool,
    sees_users: bool,
}

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, query, asked) = (*id, params.query()?, dates.clone());
    let (role, timeline, range, errors, now) = visitor
        .run(move |app, actor| {
            let now = app.now();
            let (range, errors) = asked.range(now);
            let (role, timeline) = app.role_timeline(actor, id, range, &query)?;
            Ok((role, timeline, range, errors, now))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let path = format!("/admin/roles/{id}/timeline");
    let mut drawn = Drawn::new(path, params, (dates, range, errors), timeline, now, None);
    let sees_users = visitor.actor.can(USERS_READ);
    let kinds = [("permission", "Permissions"), ("inclusion", "Inclusions"), ("assignment", "Members")];
    drawn.list = drawn.list.filters(kinds.get(..if sees_users { 3 } else { 2 }).unwrap_or_default());
    let page = TimelinePage {
        page: visitor.page(&format!("Time line of {} · Roles", role.name)),
        role,
        drawn,
        asks: visitor.actor.require_somewhere(CHECKS_READ).is_ok(),
        sees_users,
    };
    visitor.show_with(status, &page)
}
