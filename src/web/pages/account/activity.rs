//! What was done by and to oneself.

use super::super::{Page, admin::list::List, words::Sentence};
use crate::web::{
    error::PageError,
    extract::{ListParams, SignedIn},
};
use actix_web::{HttpResponse, web::Query};
use askama::Template;

#[derive(Template)]
#[template(path = "account/activity.html")]
struct ActivityPage {
    page: Page,
    list: List,
    sentences: Vec<Sentence>,
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let (query, you) = (params.query()?, visitor.actor.user_id()?);
    let events = visitor.run(move |app, actor| app.my_activity(actor, &query)).await?;
    visitor.show(&ActivityPage {
        page: visitor.account_page("Activity"),
        list: List::new("/account/activity", params, "-at", &events),
        sentences: events.items.iter().map(|event| Sentence::to_you(event, you)).collect(),
    })
}
