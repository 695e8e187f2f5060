//! What was sent, read and judged: forms and JSON.

use super::{Pending, strict};
use crate::{
    app::App,
    domain::{Error, FieldErrors, Result},
    web::{
        BODY_LIMIT, cookies,
        error::{ApiError, AuthzenError, LegacyError, PageError},
        session,
    },
};
use actix_session::SessionExt;
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    http::header,
    web,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::{borrow::Cow, future::Future};

/// Bytes of the body of an AuthZEN request, at most: a batch is long.
const OBJECT_LIMIT: usize = 256 * 1024;

/// A form of ours: read only if its token belongs to this browser, so protection against other sites is part of reading.
pub struct Form<T>(pub T);

/// The form as it came, for a page that must ask something first.
#[derive(Clone)]
pub struct Posted(pub web::Bytes);

/// Reads the form before any handler could, and keeps it with the request.
pub async fn keep_form(req: &mut ServiceRequest) -> Result<()> {
    let body = buffer(req).await?;
    req.extensions_mut().insert(Posted(body));
    Ok(())
}

/// The body of a request that was read before its handler.
pub struct Buffered(pub web::Bytes);

/// Reads the whole body of a request, for what must know it before a handler does; put back as [`Buffered`].
pub async fn buffer(req: &mut ServiceRequest) -> Result<web::Bytes> {
    let (http, payload) = req.parts_mut();
    read(http, payload).await
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    form_token: String,
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = PageError;
    type Future = Pending<Self, PageError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, body) = (req.clone(), read(req, payload));
        Box::pin(async move {
            let body = body.await?;
            req.extensions_mut().insert(Posted(body.clone()));
            let app = req
                .app_data::<web::Data<App>>()
                .ok_or_else(|| anyhow::anyhow!("the server has no App"))
                .map_err(Error::from)?;
            let bad = |error: &dyn std::fmt::Display| Error::Malformed(format!("The form could not be read: {error}"));
            let Token { form_token } = decode(&body).map_err(|error| bad(&error))?;
            let pre = cookies::read(&req, app, cookies::PRE);
            let bound = session::binding(session::current(&req.get_session())?, pre.as_deref());
            if !bound.is_some_and(|bound| app.keys.is_form_token(&bound, &form_token)) {
                return Err(Error::CrossSite.into());
            }
            Ok(Self(decode(&chosen(&body)).map_err(|error| bad(&error))?))
        })
    }
}

/// The state of a page that stands in its address, with what was chosen in pickers.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = PageError;
    type Future = std::future::Ready<std::result::Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = decode(&chosen(req.query_string().as_bytes()));
        std::future::ready(
            read.map(Self).map_err(|error| Error::Malformed(format!("The address could not be read: {error}")).into()),
        )
    }
}

/// What a picker offered in place of its text: `role.choice=approver` becomes `role=approver`; an empty one leaves the text.
fn chosen(form: &[u8]) -> Cow<'_, [u8]> {
    const CHOICE: &str = ".choice";
    if !form.windows(CHOICE.len()).any(|bytes| bytes == CHOICE.as_bytes()) {
        return Cow::Borrowed(form);
    }
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(form).collect();
    let choice = |field: &str| {
        let chosen = pairs.iter().find(|(name, value)| name.strip_suffix(CHOICE) == Some(field) && !value.is_empty());
        chosen.map(|(_, value)| value)
    };
    let mut put_right = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(name, _)| !name.ends_with(CHOICE)) {
        put_right.append_pair(name, choice(name).unwrap_or(value));
    }
    Cow::Owned(put_right.finish().into_bytes())
}

/// JSON of the replaced system's routes, or the same fields as a form. Errors in their look.
pub struct LegacyBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for LegacyBody<T> {
    type Error = LegacyError;
    type Future = Pending<Self, LegacyError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (form, body) = (is_form(req), read(req, payload));
        let json = is_json(req);
        Box::pin(async move {
            let body = body.await?;
            match (form, json) {
                (true, _) => Ok(Self(
                    decode(&body).map_err(|error| Error::Malformed(format!("The form could not be read: {error}")))?,
                )),
                (_, true) => Ok(Self(json_from(&body)?)),
                _ => Err(not_json().into()),
            }
        })
    }
}

/// JSON of `/api/v1`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pending<Self, ApiError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (json, body) = (is_json(req), read(req, payload));
        Box::pin(async move {
            let body = body.await?;
            if json { Ok(Self(json_from(&body)?)) } else { Err(Error::MediaType.into()) }
        })
    }
}

/// A JSON object of the AuthZEN API: unknown fields are left alone, twice the same key is refused (I-JSON, RFC 7493).
/// `T` tells the reference what it is like.
pub struct Object<T> {
    pub fields: serde_json::Map<String, serde_json::Value>,
    shape: std::marker::PhantomData<T>,
}

impl<T> FromRequest for Object<T> {
    type Error = AuthzenError;
    type Future = Pending<Self, AuthzenError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (json, body) = (is_json(req), read_up_to(req, payload, OBJECT_LIMIT));
        Box::pin(async move {
            let body = body.await?;
            if !json {
                return Err(not_json().into());
            }
            match strict::parse(&body) {
                Ok(serde_json::Value::Object(fields)) => Ok(Self { fields, shape: std::marker::PhantomData }),
                Ok(_) => Err(Error::Malformed("The body must be a JSON object.".into()).into()),
                Err(wrong) => Err(unreadable(&wrong).into()),
            }
        })
    }
}

/// Why something is done: a JSON body `{"reason": …}` or, without a body, `?reason=…`. Neither: no reason.
pub struct Reason(pub String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct ReasonQuery {
    #[serde(default)]
    reason: String,
}

impl FromRequest for Reason {
    type Error = ApiError;
    type Future = Pending<Self, ApiError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (json, body) = (is_json(req), read(req, payload));
        let query = decode::<ReasonQuery>(req.query_string().as_bytes())
            .map_err(|error| Error::Malformed(format!("The address could not be read: {error}")));
        Box::pin(async move {
            let body = body.await?;
            match (body.is_empty(), json) {
                (true, _) => Ok(Self(query?.reason)),
                (false, true) => Ok(Self(json_from::<ReasonBody>(&body)?.reason)),
                (false, false) => Err(Error::MediaType.into()),
            }
        })
    }
}

/// What an act takes besides its address, none of which is a must: a JSON body or, without a body, the query.
pub struct BodyOrQuery<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for BodyOrQuery<T> {
    type Error = ApiError;
    type Future = Pending<Self, ApiError>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (json, body) = (is_json(req), read(req, payload));
        let pairs = url::form_urlencoded::parse(req.query_string().as_bytes()).filter(|(name, _)| name != "dry_run");
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Box::pin(async move {
            let body = body.await?;
            match (body.is_empty(), json) {
                (true, _) => Ok(Self(
                    decode(query.as_bytes())
                        .map_err(|error| Error::Malformed(format!("The address could not be read: {error}")))?,
                )),
                (false, true) => Ok(Self(json_from(&body)?)),
                (false, false) => Err(Error::MediaType.into()),
            }
        })
    }
}

/// For the routes whose clients know 400 for it: those of AuthZEN by its specification, those of the replaced system by habit.
fn not_json() -> Error {
    Error::Malformed("Send the body as JSON, with the header Content-Type: application/json.".into())
}

pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> std::result::Result<T, impl std::fmt::Display + use<T>> {
    web::Query::<T>::from_query(std::str::from_utf8(body).unwrap_or("%")).map(web::Query::into_inner)
}

/// A wrong or missing field is named, like every other mistake in a field.
fn json_from<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let value = strict::parse(body).map_err(|wrong| {
        let path = wrong.path().to_string();
        let told = wrong.inner().to_string();
        if told.starts_with("number out of range") && path != "." {
            return field_error(&path, "This number is too large.");
        }
        unreadable(&wrong)
    })?;
    strict::read(value).map_err(|wrong| {
        let (path, text) = (wrong.path().to_string(), wrong.inner().to_string());
        let missing = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match (missing, path.as_str()) {
            (Some(field), ".") => field_error(field, "This field is missing."),
            (Some(field), within) => field_error(&format!("{within}.{field}"), "This field is missing."),
            (None, ".") => unreadable(&wrong),
            (None, path) => field_error(path, &text),
        }
    })
}

fn unreadable(wrong: &strict::Wrong) -> Error {
    Error::Malformed(format!("The body is not the JSON that is expected here: {}", wrong.inner()))
}

fn field_error(field: &str, message: &str) -> Error {
    // Field names come from our own wire structs or, for unknown ones, from the body: few enough to keep.
    Error::Invalid(FieldErrors::named(field, crate::web::error::sentence(message)))
}

fn content_type(req: &HttpRequest) -> &str {
    req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Declared as JSON, in the one encoding that it has (RFC 8259, section 8.1).
fn is_json(req: &HttpRequest) -> bool {
    let mut parts = content_type(req).split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let is_utf_8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    (kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json"))
        && parts.all(is_utf_8)
}

fn is_form(req: &HttpRequest) -> bool {
    content_type(req).trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// The whole body, at most [`BODY_LIMIT`] bytes.
fn read(req: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<web::Bytes>> + use<> {
    read_up_to(req, payload, BODY_LIMIT)
}

/// The whole body, at most `limit` bytes.
fn read_up_to(
    req: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<web::Bytes>> + use<> {
    let declared =
        req.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let before = req.extensions().get::<Buffered>().map(|Buffered(body)| body.clone());
    let body = web::Payload::from_request(req, payload);
    async move {
        if let Some(body) = before {
            return Ok(body);
        }
        if declared.is_some_and(|length| length > limit) {
            return Err(Error::TooLarge);
        }
        let body = body.await.map_err(|error| Error::Malformed(error.to_string()))?;
        match body.to_bytes_limited(limit).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(Error::Malformed(format!("The body could not be read: {error}"))),
            Err(_) => Err(Error::TooLarge),
        }
    }
}
