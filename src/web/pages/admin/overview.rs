//! The first page of the panel: numbers that lead somewhere, who signs in, and what was done last.

use super::{audit::Told, chart::Chart};
use crate::{
    app::{Actor, overview::Overview},
    domain::page::Total,
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
    log: Option<Log>,
}

impl OverviewPage {
    fn broken(&self) -> Total {
        Total::Exactly(i64::try_from(self.overview.broken_constraints).unwrap_or(i64::MAX))
    }
}

/// What the audit log tells.
struct Log {
    chart: Chart,
    latest: Vec<Told>,
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let mut overview = visitor.run(|app, actor| app.overview(actor)).await?;
    let log = match overview.log.take() {
        None => None,
        Some(log) => {
            let latest = Told::all(&visitor, log.latest, "/admin").await?;
            Some(Log { chart: Chart::new(log.days), latest })
        }
    };
    visitor.show(&OverviewPage { page: visitor.page("Overview"), actor: visitor.actor.clone(), overview, log })
}
