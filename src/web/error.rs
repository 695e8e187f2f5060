//! One error, three looks: a page, problem+json (RFC 9457), and the replaced system's `{"success": false, …}`.
//! The handler's return type picks one; [`super::middleware::errors`] draws it, since only there the request is known.

use super::wire::PreviewWire;
use crate::domain::{Error, FieldErrors};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Page,
    Problem,
    Legacy,
    /// A problem, whose status is 400 whatever is wrong with a body (AuthZEN Authorization API 1.0, section on transport).
    Authzen,
}

/// What is known of a failure when it is drawn.
#[derive(Debug, Clone)]
pub struct Failure {
    pub look: Look,
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub fields: FieldErrors,
    pub retry_after: Option<i64>,
    /// The permission that whoever asked lacks, if that is why.
    pub lacks: Option<String>,
}

/// An error of a page.
#[derive(Debug)]
pub struct PageError(pub Error);

/// An error of `/api/v1`.
#[derive(Debug)]
pub struct ApiError(pub Error);

/// An error of the AuthZEN API.
#[derive(Debug)]
pub struct AuthzenError(pub Error);

/// An error of the replaced system's JSON routes.
#[derive(Debug)]
pub struct LegacyError(pub Error);

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Malformed(_) => StatusCode::BAD_REQUEST,
        Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Precondition => StatusCode::PRECONDITION_FAILED,
        Error::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::Taken(_) | Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::SignInRequired
        | Error::InvalidToken
        | Error::BadCredentials
        | Error::BadCode
        | Error::SecondFactorRequired => StatusCode::UNAUTHORIZED,
        Error::UnverifiedEmail
        | Error::AwaitsApproval
        | Error::NotByToken
        | Error::TokenTooWide
        | Error::SignUpClosed { .. }
        | Error::Leaving { .. }
        | Error::EnrolmentRequired
        | Error::ReauthenticationRequired
        | Error::Forbidden { .. }
        | Error::Refused { .. }
        | Error::Escalation { .. }
        | Error::CrossSite => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Behind { .. } => StatusCode::CONFLICT,
        Error::DryRun(_) => StatusCode::OK,
        Error::Gone => StatusCode::GONE,
        Error::Throttled { .. } | Error::TooMany { .. } | Error::PasswordOff | Error::CodesOff => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Error::Busy { .. } | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Failure {
    /// How the error is answered in that look.
    pub fn new(look: Look, error: &Error) -> Self {
        let status = match (look, error) {
            // The replaced system answers every bad input and bad link with 400.
            (Look::Legacy, Error::Invalid(_) | Error::Gone) | (Look::Authzen, Error::Invalid(_)) => {
                StatusCode::BAD_REQUEST
            }
            // Its clients know only one way to prove who they are: to sign in again.
            (Look::Legacy, Error::ReauthenticationRequired) => StatusCode::UNAUTHORIZED,
            _ => status(error),
        };
        let retry_after = match error {
            Error::Throttled { retry_after } | Error::TooMany { retry_after } | Error::Busy { retry_after } => {
                Some(*retry_after)
            }
            Error::Unavailable(_) => Some(2),
            _ => None,
        };
        // Logged here, once, at the boundary where it is handled; the answer says nothing of the cause.
        if let Error::Internal(cause) | Error::Unavailable(cause) = error {
            tracing::error!(cause = format!("{cause:#}"), code = error.code(), "request failed");
        }
        Self {
            look,
            status,
            code: error.code(),
            message: error.to_string(),
            fields: error.fields().cloned().unwrap_or_default(),
            retry_after,
            lacks: match error {
                Error::Forbidden { permission } => Some(permission.clone()),
                _ => None,
            },
        }
    }

    /// An answer that no handler of ours made: an unknown address, a wrong method, a body that is too large.
    pub fn bare(look: Look, status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This address does not take that method."),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The request is larger than 64 kB."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupported_media_type",
                "Send JSON (application/json) or a form (application/x-www-form-urlencoded).",
            ),
            status if status.is_client_error() => ("malformed", "The request could not be read."),
            _ => ("internal", "Something went wrong on our side."),
        };
        let (message, fields) = (message.to_owned(), FieldErrors::default());
        Self { look, status, code, message, fields, retry_after: None, lacks: None }
    }

    /// The body of a program's answer.
    pub fn json(&self, request_id: &str) -> HttpResponse {
        let fields: BTreeMap<&str, &str> = self.fields.iter().collect();
        let sentence = sentence(&self.message);
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, challenge(self.code)));
        }
        if self.status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            // What would be taken instead (RFC 9110, section 15.5.16).
            response.insert_header((header::ACCEPT, "application/json"));
        }
        match self.look {
            Look::Legacy => {
                // Old clients show the message alone, so it says what is wrong with the first field.
                let message = self.fields.iter().next().map_or(sentence, |(_, message)| message.to_owned());
                let body =
                    LegacyProblem { success: false, message: &message, code: self.code, request_id, errors: fields };
                response.json(body)
            }
            _ => {
                let title = self.status.canonical_reason().unwrap_or("Error");
                let problem = Problem {
                    r#type: "about:blank",
                    title,
                    status: self.status.as_u16(),
                    detail: &sentence,
                    code: self.code,
                    request_id,
                    errors: fields,
                };
                response
                    .insert_header((header::CONTENT_TYPE, "application/problem+json"))
                    .body(serde_json::to_string(&problem).unwrap_or_default())
            }
        }
    }
}

/// How a program can prove who it is (RFC 6750).
fn challenge(code: &str) -> &'static str {
    match code {
        "invalid_token" => "Bearer realm=\"rolecall\", error=\"invalid_token\"",
        _ => "Bearer realm=\"rolecall\"",
    }
}

/// The replaced system's look, with what programs need besides.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub struct LegacyProblem<'a> {
    /// False.
    success: bool,
    /// What went wrong, for people.
    message: &'a str,
    /// Stable: programs decide by it.
    code: &'a str,
    /// By which the server's log and the audit log name the request.
    request_id: &'a str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<&'a str, &'a str>,
}

/// RFC 9457.
#[derive(Serialize, JsonSchema)]
pub struct Problem<'a> {
    /// `about:blank`: the status tells the kind.
    r#type: &'a str,
    /// The name of the status.
    title: &'a str,
    /// The status.
    status: u16,
    /// What went wrong, for people.
    detail: &'a str,
    /// Stable: programs decide by it.
    code: &'a str,
    /// By which the server's log and the audit log name the request; in the header `X-Request-Id` too.
    request_id: &'a str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<&'a str, &'a str>,
}

/// With a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

/// The look for requests that reached no handler: by the address, then by what the client accepts.
pub fn look_for(req: &HttpRequest) -> Look {
    if req.path().starts_with("/api/") {
        Look::Problem
    } else if req.path().starts_with("/access/") {
        Look::Authzen
    } else if accepts_html(req.headers()) {
        Look::Page
    } else {
        Look::Legacy
    }
}

/// Whether the client is a browser that shows a page.
pub fn accepts_html(headers: &header::HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/html"))
}

fn marked(failure: Failure) -> HttpResponse {
    let mut response = HttpResponse::new(failure.status);
    if let Some(seconds) = failure.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response.extensions_mut().insert(failure);
    response
}

macro_rules! look {
    ($name:ident, $look:expr) => {
        impl From<Error> for $name {
            fn from(error: Error) -> Self {
                Self(error)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl ResponseError for $name {
            fn status_code(&self) -> StatusCode {
                status(&self.0)
            }
            fn error_response(&self) -> HttpResponse {
                if let Error::DryRun(preview) = &self.0 {
                    return HttpResponse::Ok().json(PreviewWire::from(preview.as_ref()));
                }
                marked(Failure::new($look, &self.0))
            }
        }
    };
}

look!(PageError, Look::Page);
look!(ApiError, Look::Problem);
look!(LegacyError, Look::Legacy);
look!(AuthzenError, Look::Authzen);
