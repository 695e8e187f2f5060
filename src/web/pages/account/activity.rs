//! What was done by and to oneself.

use super::super::{Page, words::Sentence};
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
    sentences: Vec<Sentence>,
    prev: Option<String>,
    next: Option<String>,
    shown: String,
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let (query, you) = (params.query()?, visitor.actor.user_id()?);
    let events = visitor.run(move |app, actor| app.my_activity(actor, &query)).await?;
    let address = |cursor: &String| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("cursor", cursor)
            .append_pair("limit", &params.limit)
            .finish();
        format!("/account/activity?{query}")
    };
    let sentences: Vec<Sentence> = events.items.iter().map(|event| Sentence::to_you(event, you)).collect();
    visitor.show(&ActivityPage {
        page: visitor.account_page("Activity"),
        prev: events.prev.as_ref().map(address),
        next: events.next.as_ref().map(address),
        shown: format!("{} of {}", sentences.len(), events.total),
        sentences,
    })
}
