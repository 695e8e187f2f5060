//! One's own data, to take along.

use super::super::Page;
use crate::web::{
    api::v1::my_data,
    error::PageError,
    extract::{Form, SignedIn},
};
use actix_web::{HttpResponse, Responder};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/data.html")]
struct DataPage {
    page: Page,
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    visitor.show(&DataPage { page: visitor.account_page("My data") })
}

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

/// The file.
pub async fn create(visitor: SignedIn, Form(_): Form<Press>) -> Result<impl Responder + use<>, PageError> {
    Ok(visitor.run(my_data::file).await?)
}
