//! Another e-mail address of one's own.

use crate::{
    app::App,
    domain::Time,
    web::{
        error::ApiError,
        extract::{Caller, Json as Body},
    },
};
use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    email: String,
    current_password: String,
}

#[derive(Serialize)]
struct PendingWire {
    /// Where the link was mailed to: it becomes the address when that is opened and its button pressed.
    address: String,
    until: Time,
}

/// 202: the link is on its way. 204: only other letters of the same address, which are written at once.
pub async fn create(caller: Caller, Body(new): Body<NewEmail>) -> Result<HttpResponse, ApiError> {
    let asked =
        caller.run(move |app, actor| app.request_email_change(actor, &new.email, &new.current_password)).await?;
    Ok(match asked {
        Some(pending) => HttpResponse::Accepted().json(PendingWire { address: pending.address, until: pending.until }),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Leaves the address as it is.
pub async fn delete(caller: Caller) -> Result<HttpResponse, ApiError> {
    caller.run(App::cancel_email_change).await?;
    Ok(HttpResponse::NoContent().finish())
}
