//! The first page of the panel: numbers that lead somewhere, and what was done last.

use super::audit::Told;
use crate::{
    app::{Actor, overview::Overview},
    web::{error::PageError, extract::SignedIn, pages::Page},
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "admin/overview/show.html")]
struct OverviewPage {
    page: Page,
    actor: Actor,
    overview: Overview,
    latest: Option<Vec<Told>>,
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let mut overview = visitor.run(|app, actor| app.overview(actor)).await?;
    let latest = overview.latest.take().map(|events| events.into_iter().map(Told::new).collect());
    visitor.show(&OverviewPage { page: visitor.page("Overview"), actor: visitor.actor.clone(), overview, latest })
}
