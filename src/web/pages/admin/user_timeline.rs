//! Which roles a user had, and when.

use super::timelines::{Dates, Drawn};
use crate::{
    app::Actor,
    domain::{permission::CHECKS_READ, user::User},
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/user_timeline/index.html")]
struct TimelinePage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    drawn: Drawn,
    asks: bool,
}

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, query, asked) = (*id, params.query()?, dates.clone());
    let (view, timeline, range, errors, now) = visitor
        .run(move |app, actor| {
            let now = app.now();
            let (range, errors) = asked.range(now);
            let (_, timeline) = app.user_timeline(actor, id, range, &query)?;
            Ok((app.user(actor, id)?, timeline, range, errors, now))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let path = format!("/admin/users/{id}/timeline");
    let mut drawn = Drawn::new(path, params, (dates, range, errors), timeline, now, Some(&view.user.username));
    drawn.list = drawn.list.filters(&[("assignment", "Roles"), ("suspension", "Could not sign in")]);
    let page = TimelinePage {
        page: visitor.page(&format!("Time line of {} · Users", view.user.name())),
        actor: visitor.actor.clone(),
        tab: "timeline",
        user: view.user,
        factors: view.factors,
        drawn,
        asks: visitor.actor.require_somewhere(CHECKS_READ).is_ok(),
    };
    visitor.show_with(status, &page)
}
