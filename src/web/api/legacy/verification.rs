//! `GET /verify_email/{token}`, which mails of the replaced system's clients may still name.

use super::{Nothing, Said, done};
use crate::web::{error::LegacyError, extract::Caller};
use actix_web::{
    HttpResponse,
    http::header,
    web::{Json, Path},
};

/// Uses the link up.
pub async fn get(caller: Caller, token: Path<String>) -> Result<Json<Said<Nothing>>, LegacyError> {
    let origin = caller.origin();
    crate::web::run(&caller.app, move |app| app.verify_email(origin, &token)).await?;
    Ok(done("Your account has been verified"))
}

/// Sends a browser to the page, which asks before it uses the link up.
pub async fn redirect(token: Path<String>) -> HttpResponse {
    let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/verify/{token}"))).finish()
}
