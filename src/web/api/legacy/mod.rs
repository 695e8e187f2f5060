//! The routes of the system that Rolecall replaces, with its payloads: `{"success": bool, "message": str, …}`.

pub mod auth_status;
pub mod current_user;
pub mod login;
pub mod logs;
pub mod passwords;
pub mod permissions;
pub mod role_permissions;
pub mod roles;
pub mod signup;
pub mod twofa;
pub mod user_roles;
pub mod users;
pub mod verification;

use actix_web::web::Json;
use serde::Serialize;
use std::borrow::Cow;

/// What every answer begins with, and what this one adds.
#[derive(Serialize)]
pub struct Said<T> {
    success: bool,
    message: Cow<'static, str>,
    #[serde(flatten)]
    more: T,
}

/// Nothing to add.
#[derive(Serialize)]
pub struct Nothing {}

/// The number of the change; `None` where there was nothing to change.
#[derive(Serialize)]
pub struct Revision {
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
}

/// A success, in a sentence and with what belongs to it.
pub fn said<T>(message: impl Into<Cow<'static, str>>, more: T) -> Json<Said<T>> {
    Json(Said { success: true, message: message.into(), more })
}

/// A success, in a sentence.
pub fn done(message: impl Into<Cow<'static, str>>) -> Json<Said<Nothing>> {
    said(message, Nothing {})
}
