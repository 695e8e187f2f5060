//! Which roles a user had, and when.

use super::timelines::{Asked, Dates, Drawn};
use crate::{
    app::Actor,
    domain::{permission::CHECKS_READ, user::User},
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, web::Path};
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

/// Kinds of rows, by which the list is filtered.
const KINDS: [(&str, &str); 2] = [("assignment", "Roles"), ("suspension", "Could not sign in")];

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(dates): Query<Dates>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, asked) = (*id, Asked::read(&visitor, dates, params)?);
    let (range, query, status) = (asked.range, asked.query.clone(), asked.status());
    let (user, factors, timeline) = visitor
        .run(move |app, actor| {
            let (user, timeline) = app.user_timeline(actor, id, range, &query)?;
            let factors = if user.deleted_at.is_none() { app.user(actor, id)?.factors } else { vec![] };
            Ok((user, factors, timeline))
        })
        .await?;
    let page = TimelinePage {
        page: visitor.page(&format!("Time line of {} · Users", user.name())),
        actor: visitor.actor.clone(),
        tab: "timeline",
        factors,
        drawn: Drawn::new(format!("/admin/users/{id}/timeline"), asked, timeline, Some(&user.username), &KINDS),
        user,
        asks: visitor.actor.require_somewhere(CHECKS_READ).is_ok(),
    };
    visitor.show_with(status, &page)
}
