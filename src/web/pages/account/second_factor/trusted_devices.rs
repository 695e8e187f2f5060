//! Devices on which no code is asked for: taking that back.

use super::INDEX;
use crate::{
    domain::Error,
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let id = id.into_inner();
    match visitor.run(move |app, actor| app.distrust_my_devices(actor, Some(id))).await {
        Ok(_) => Ok(visitor.go_with(INDEX, "ok", "A code is asked for on that device again.")),
        Err(Error::NotFound { .. }) => Ok(visitor.go_with(INDEX, "info", "That device was not trusted any more.")),
        Err(error) => Err(error.into()),
    }
}

pub async fn delete_all(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    visitor.run(|app, actor| app.distrust_my_devices(actor, None)).await?;
    Ok(visitor.go_with(INDEX, "ok", "A code is asked for on every device again."))
}
