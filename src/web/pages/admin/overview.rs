//! The first page of the panel: numbers that lead somewhere, and what was done last.

use crate::{
    app::{Actor, overview::Overview},
    web::{
        error::PageError,
        extract::SignedIn,
        pages::{Page, words::Sentence},
    },
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "admin/overview/show.html")]
struct OverviewPage {
    page: Page,
    actor: Actor,
    overview: Overview,
    latest: Option<Vec<Sentence>>,
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let overview = visitor.run(|app, actor| app.overview(actor)).await?;
    let latest = overview.latest.as_ref().map(|events| events.iter().map(Sentence::new).collect());
    visitor.show(&OverviewPage { page: visitor.page("Overview"), actor: visitor.actor.clone(), overview, latest })
}
