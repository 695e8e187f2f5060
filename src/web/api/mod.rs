//! JSON: the wire structs and the handler together.

pub mod auth;
pub mod authzen;
pub mod idempotency;
pub mod legacy;
pub mod v1;

use actix_web::{HttpResponse, Route, http::header, web};

/// A resource with its methods. Any other method is answered with 405 and the header `Allow`.
macro_rules! noun {
    ($path:expr, $($method:ident $handler:path),+ $(,)?) => {
        actix_web::web::resource($path)
            $(.route(actix_web::web::$method().to($handler)))+
            .default_service(crate::web::api::not_allowed(&[$(stringify!($method)),+]))
    };
}
pub(crate) use noun;

/// Answers the methods that a resource does not take.
pub fn not_allowed(taken: &'static [&'static str]) -> Route {
    web::to(move || async move {
        HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, taken.join(", ").to_uppercase())).finish()
    })
}
