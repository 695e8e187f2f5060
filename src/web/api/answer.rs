//! Answers that are more than a body, so that their types tell what they are.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{self, ContentType},
};
use serde::Serialize;
use std::marker::PhantomData;

/// 201: something was made, and where it is.
pub struct Created<T> {
    pub address: String,
    pub value: T,
}

/// 202: something will come of it, or 204: it is done and there is nothing to show.
pub enum Begun<T> {
    Later(T),
    Done,
}

/// 204.
pub struct NoContent;

/// JSON for the browser to keep as a file.
pub struct File<T> {
    pub name: String,
    pub value: T,
}

/// An answer of several shapes; `S` tells them to the reference.
pub struct Shaped<S> {
    answer: HttpResponse,
    shape: PhantomData<S>,
}

impl<S> From<HttpResponse> for Shaped<S> {
    fn from(answer: HttpResponse) -> Self {
        Self { answer, shape: PhantomData }
    }
}

impl<S> Responder for Shaped<S> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.answer
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().insert_header((header::LOCATION, self.address)).json(self.value)
    }
}

impl<T: Serialize> Responder for Begun<T> {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        match self {
            Self::Later(value) => HttpResponse::Accepted().json(value),
            Self::Done => NoContent.respond_to(req),
        }
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl<T: Serialize> Responder for File<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        // For people, too: each field on a line of its own.
        let json = serde_json::to_string_pretty(&self.value);
        json.map_or_else(
            |_| HttpResponse::InternalServerError().finish(),
            |json| {
                let mut answer = HttpResponse::Ok();
                answer
                    .content_type(ContentType::json())
                    .insert_header((header::CONTENT_DISPOSITION, disposition))
                    .body(json)
            },
        )
    }
}
