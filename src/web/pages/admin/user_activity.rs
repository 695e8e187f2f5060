//! What was done by and to one user.

use super::{audit::Told, list::List};
use crate::{
    app::{Actor, audit::since},
    domain::user::User,
    web::{
        error::PageError,
        extract::{ListParams, SignedIn},
        pages::Page,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/user_activity/index.html")]
struct ActivityPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    list: List,
    events: Vec<Told>,
}

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, query) = (*id, params.query()?);
    let (view, events) =
        visitor.run(move |app, actor| Ok((app.user(actor, id)?, app.user_activity(actor, id, &query)?))).await?;
    let chip = since(&params.filter).map(|at| (params.filter.clone(), format!("Since {at}")));
    let mut list = List::new(format!("/admin/users/{id}/activity"), params, "", &events);
    if let Some((filter, label)) = &chip {
        list = list.filters(&[(filter, label)]);
    }
    let page = visitor.page(&format!("Activity of {} · Users", view.user.name()));
    let events = Told::all(&visitor, events.items, &page.path).await?;
    visitor.show(&ActivityPage {
        page,
        actor: visitor.actor.clone(),
        tab: "activity",
        user: view.user,
        factors: view.factors,
        list,
        events,
    })
}
