//! Names that fit what is typed into a picker: for scripts.

use crate::web::{
    api::v1::search::Typed,
    error::PageError,
    extract::{Query, SignedIn},
};
use actix_web::HttpResponse;

pub async fn index(visitor: SignedIn, Query(typed): Query<Typed>) -> Result<HttpResponse, PageError> {
    Ok(HttpResponse::Ok().json(visitor.run(move |app, actor| typed.suggestions(app, actor)).await?))
}
