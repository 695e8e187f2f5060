//! What happens to every request: log, headers, drawing of errors, the wall against other sites.

use super::{
    api::limits,
    cookies,
    error::{Failure, Look, PageError, look_for, sentence},
    extract::keep_form,
    pages::{self, Page, account::reauthentication, held},
    session,
};
use crate::{
    app::{App, memory::Fresh},
    domain::Error,
};
use actix_session::SessionExt;
use actix_web::{
    Error as ActixError, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};
use anyhow::anyhow;
use std::{cell::Cell, time::Instant};
use tracing::Instrument;

/// The name of a request in the log, in answers and in the audit log.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const REQUEST_ID: &str = "x-request-id";

/// Names the request and logs it: method, route pattern, status, time. Never the address itself, which may hold a token.
pub async fn log(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    let id = req.app_data::<web::Data<App>>().map(|app| app.new_request_id()).unwrap_or_default();
    req.extensions_mut().insert(RequestId(id.clone()));
    let (method, started) = (req.method().clone(), Instant::now());
    let echo = (look_for(req.request()) == Look::Authzen).then(|| req.headers().get(REQUEST_ID).cloned()).flatten();
    let span = tracing::info_span!("request", id = %id);
    async move {
        let mut response = next.call(req).await?;
        if tracing::enabled!(tracing::Level::INFO) {
            let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
            let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
            if route.starts_with("/static") || route == "/healthz" {
                tracing::debug!(%method, route, status, ms, "answered");
            } else {
                tracing::info!(%method, route, status, ms, "answered");
            }
        }
        // AuthZEN has callers name their requests. In the log and in the audit log the name is ours all the same: theirs may
        // be anybody's.
        if let Some(value) = echo.or_else(|| header::HeaderValue::from_str(&id).ok()) {
            response.headers_mut().insert(header::HeaderName::from_static(REQUEST_ID), value);
        }
        Ok(response)
    }
    .instrument(span)
    .await
}

tokio::task_local! {
    /// That the memory was brought up to date for this request; `None`: the database could not be reached.
    static FRESH: Option<Fresh>;
}

/// The proof of freshness of the request that is being answered.
pub fn freshness() -> Option<Fresh> {
    FRESH.try_with(|fresh| *fresh).ok().flatten()
}

/// Brings the memory up to date before the session of a request is looked up; requests without one need nothing of it.
pub async fn fresh(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    let app = req.app_data::<web::Data<App>>().filter(|app| cookies::is_there(req.request(), app, cookies::SESSION));
    let fresh = match app {
        Some(app) => match super::freshen(app).await {
            Ok(fresh) => Some(fresh),
            Err(error) => {
                tracing::warn!(cause = error_cause(&error), "the memory could not be brought up to date");
                None
            }
        },
        None => None,
    };
    FRESH.scope(fresh, next.call(req)).await
}

fn error_cause(error: &Error) -> String {
    match error {
        Error::Unavailable(cause) | Error::Internal(cause) => format!("{cause:#}"),
        other => other.to_string(),
    }
}

/// What a page may load, but for scripts.
const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The word that a page and its Content-Security-Policy share, fresh for each answer: only a script that bears it runs
/// (CSP level 3, nonce sources).
struct Nonce(String);

/// The nonce of the page that answers this request.
pub fn nonce(req: &HttpRequest) -> String {
    if let Some(nonce) = req.extensions().get::<Nonce>() {
        return nonce.0.clone();
    }
    let nonce = req.app_data::<web::Data<App>>().map(|app| app.new_token()).unwrap_or_default();
    req.extensions_mut().insert(Nonce(nonce.clone()));
    nonce
}

fn content_security_policy(nonce: Option<&Nonce>) -> String {
    match nonce {
        Some(Nonce(nonce)) => format!("{CSP}; script-src 'nonce-{nonce}'"),
        // No page, no script.
        None => CSP.to_owned(),
    }
}

/// Security headers on every answer.
pub async fn headers(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    let https = req.app_data::<web::Data<App>>().is_some_and(|app| app.config.web.is_https());
    let mut response = next.call(req).await?;
    let policy = content_security_policy(response.request().extensions().get::<Nonce>());
    let headers = response.headers_mut();
    if let Ok(policy) = header::HeaderValue::from_str(&policy)
        // A page that is shown at another address has one of its own.
        && !headers.contains_key(header::CONTENT_SECURITY_POLICY)
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let mut set = |name, value| headers.insert(name, header::HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    set(header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    set(header::PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=()");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

tokio::task_local! {
    /// The request whose answer waits for its session to be written: what is left of it if that fails.
    static ANSWERED: Cell<Option<HttpRequest>>;
}

/// Draws failures in the look that the handler's type picked; those that reached no handler, in the look of the client.
pub async fn errors(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, ActixError> {
    let (answer, answered) = ANSWERED
        .scope(Cell::new(None), async {
            let answer = next.call(req).await;
            (answer, ANSWERED.with(Cell::take))
        })
        .await;
    let response = match (answer, answered) {
        (Ok(response), _) => response.map_into_left_body(),
        // Handlers' errors are answers already; what comes as an error is the session that could not be written.
        (Err(error), Some(http)) => {
            let lost = Error::Unavailable(anyhow!("the session could not be written: {error}"));
            let failure = Failure::new(look_for(&http), &lost);
            let mut drawn = draw(&failure, &http);
            if let Some(seconds) = failure.retry_after {
                drawn.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return Ok(ServiceResponse::new(http, drawn).map_into_right_body());
        }
        (Err(error), None) => {
            tracing::error!(cause = %error, "the session could not be written");
            let told = "The database cannot be reached; try again in a moment.";
            return Err(InternalError::new(told, StatusCode::SERVICE_UNAVAILABLE).into());
        }
    };
    let marked = response.response().extensions().get::<Failure>().cloned();
    let failure = match marked {
        Some(failure) => failure,
        None if is_bare(&response) => Failure::bare(look_for(response.request()), response.status()),
        None => return Ok(response),
    };
    if failure.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(error = ?response.response().error(), "answered with 500");
    }
    let (http, old) = response.into_parts();
    let mut drawn = draw(&failure, &http);
    // What was set on the way stays.
    for name in [header::SET_COOKIE, header::RETRY_AFTER, header::ALLOW, limits::POLICY, limits::LIMIT] {
        for value in old.headers().get_all(&name) {
            drawn.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(http, drawn).map_into_right_body())
}

/// In place of an act whose actor must first sign in again, or confirm that it is he: the page that asks for it, and that
/// keeps the form which was sent. In place of a page that somebody may not see: which permission he lacks. Within the session,
/// which those pages need.
pub async fn ask_first(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, ActixError> {
    let mut req = req;
    if held::is_for_members(req.request()) && session::current(&req.get_session()).is_ok_and(|id| id.is_none()) {
        keep_form(&mut req).await.map_err(PageError)?;
        let page = held::interpose(req.request()).await?;
        let response = req.into_response(page).map_into_right_body();
        let _ = ANSWERED.try_with(|answered| answered.set(Some(response.request().clone())));
        return Ok(response);
    }
    let response = next.call(req).await?;
    let _ = ANSWERED.try_with(|answered| answered.set(Some(response.request().clone())));
    let failure = response.response().extensions().get::<Failure>().filter(|one| one.look == Look::Page).cloned();
    let Some(failure) = failure else { return Ok(response.map_into_left_body()) };
    if reauthentication::mends(failure.code) {
        let (http, _) = response.into_parts();
        let page = reauthentication::interpose(&http).await?;
        return Ok(ServiceResponse::new(http, page).map_into_right_body());
    }
    let Some(lacks) = failure.lacks else { return Ok(response.map_into_left_body()) };
    match pages::forbidden::interpose(response.request(), &lacks).await {
        Ok(page) => {
            let (http, _) = response.into_parts();
            Ok(ServiceResponse::new(http, page).map_into_right_body())
        }
        // Then the plain page of the error tells it.
        Err(_) => Ok(response.map_into_left_body()),
    }
}

/// An error answer without a body of ours.
fn is_bare<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && (response.response().error().is_some()
            || matches!(
                response.response().body().size(),
                actix_web::body::BodySize::None | actix_web::body::BodySize::Sized(0)
            ))
}

fn draw(failure: &Failure, req: &HttpRequest) -> HttpResponse {
    let id = req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    if failure.look != Look::Page {
        return failure.json(&id);
    }
    let text =
        failure.fields.iter().next().map_or_else(|| sentence(&failure.message), |(_, message)| message.to_owned());
    let theme = req.app_data::<web::Data<App>>().and_then(|app| cookies::read(req, app, cookies::THEME));
    let page = Page::bare(pages::heading(failure.status), theme.as_deref(), req.path(), nonce(req));
    pages::error_page(page, failure, text, id)
}

/// Refuses unsafe methods that another site's page made the browser send, in the order of Fetch Metadata: safe methods
/// pass; a listed origin passes; if the browser tells the site, only our own (or the user himself) passes; an Origin
/// must be ours; neither of both: no browser, so no cookie was abused.
pub async fn wall(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, ActixError> {
    if is_ours(&req) {
        return Ok(next.call(req).await?.map_into_left_body());
    }
    let look = look_for(req.request());
    let response = match look {
        Look::Page => PageError(Error::CrossSite).error_response(),
        Look::Problem => super::error::ApiError(Error::CrossSite).error_response(),
        Look::Authzen => super::error::AuthzenError(Error::CrossSite).error_response(),
        Look::Legacy => super::error::LegacyError(Error::CrossSite).error_response(),
    };
    Ok(req.into_response(response).map_into_right_body())
}

fn is_ours(req: &ServiceRequest) -> bool {
    if matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| req.headers().get(name).and_then(|value| value.to_str().ok());
    let Some(app) = req.app_data::<web::Data<App>>() else { return false };
    let web = &app.config.web;
    let origin = text("origin");
    if origin.is_some_and(|origin| web.cors_origins.iter().any(|listed| listed == origin)) {
        return true;
    }
    match (text("sec-fetch-site"), origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == web.origin(),
        (None, None) => true,
    }
}
