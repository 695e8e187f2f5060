//! JSON: the wire structs and the handler together.

pub mod answer;
pub mod auth;
pub mod authzen;
pub mod conditional;
pub mod idempotency;
pub mod legacy;
pub mod limits;
pub mod noun;
pub mod openapi;
pub mod v1;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

/// The answer of what lies further in, of one type whatever it is.
async fn boxed(next: Next<impl MessageBody + 'static>, req: ServiceRequest) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(next.call(req).await?.map_into_boxed_body())
}
