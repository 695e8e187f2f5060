//! The routes of the system that Rolecall replaces, with its payloads: `{"success": bool, "message": str, …}`.

pub mod auth_status;
pub mod current_user;
pub mod login;
pub mod logs;
pub mod passwords;
pub mod permissions;
pub mod role_permissions;
pub mod roles;
pub mod routes;
pub mod signup;
pub mod twofa;
pub mod user_roles;
pub mod users;
pub mod verification;

use super::openapi::describe::{Answers, Draft};
use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, web::Json};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// What every answer begins with, and what this one adds.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Said{T}")]
pub struct Said<T> {
    /// Whether it was done.
    success: bool,
    /// In a sentence.
    message: Cow<'static, str>,
    #[serde(flatten)]
    more: T,
}

/// Nothing to add.
#[derive(Serialize, JsonSchema)]
pub struct Nothing {}

/// The number of the change; `None` where there was nothing to change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PerhapsRevision")]
pub struct Revision {
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
}

/// 201, in a sentence and with what was made.
pub struct Made<T>(Said<T>);

impl<T: Serialize> Responder for Made<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0)
    }
}

impl<T: JsonSchema> Answers for Made<T> {
    fn describe(draft: &mut Draft<'_>) {
        draft.answer::<Said<T>>(201, "Made.");
    }
}

/// What was made.
pub fn made<T>(message: impl Into<Cow<'static, str>>, more: T) -> Made<T> {
    Made(Said { success: true, message: message.into(), more })
}

/// A success, in a sentence and with what belongs to it.
pub fn said<T>(message: impl Into<Cow<'static, str>>, more: T) -> Json<Said<T>> {
    Json(Said { success: true, message: message.into(), more })
}

/// A success, in a sentence.
pub fn done(message: impl Into<Cow<'static, str>>) -> Json<Said<Nothing>> {
    said(message, Nothing {})
}
