//! HTTP: parse → call one App method → answer.

pub mod api;
pub mod cookies;
pub mod download;
pub mod error;
pub mod extract;
pub mod middleware;
pub mod pages;
pub mod routes;
pub mod session;
pub mod statics;
pub mod wire;

use crate::{
    app::{App, memory::Fresh},
    domain::Result,
};
use actix_cors::Cors;
use actix_identity::IdentityMiddleware;
use actix_session::{
    SessionMiddleware,
    config::{BrowserSession, CookieContentSecurity},
};
use actix_web::{
    App as Web, HttpServer,
    cookie::{Key, SameSite},
    dev::Server,
    http::header,
    middleware::{Compress, NormalizePath, TrailingSlash, from_fn},
    web,
};
use std::{net::TcpListener, sync::Arc};

/// Bytes of a body that are read at most.
pub const BODY_LIMIT: usize = 64 * 1024;
/// How long running requests may take to end after a stop, in seconds.
const SHUTDOWN_SECONDS: u64 = 20;

/// The server on the listener, with everything; runs when awaited.
pub fn server(app: Arc<App>, listener: TcpListener) -> std::io::Result<Server> {
    let data = web::Data::from(app);
    let server = HttpServer::new(move || {
        let app: &Arc<App> = &data;
        // The outermost comes last.
        Web::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .configure(routes::questions)
            .configure(routes::without_session)
            .service(
                web::scope("")
                    .wrap(from_fn(middleware::ask_first))
                    .wrap(IdentityMiddleware::default())
                    .wrap(session_middleware(app))
                    .wrap(from_fn(middleware::fresh))
                    .configure(routes::with_session),
            )
            .wrap(from_fn(middleware::wall))
            .wrap(cors(app))
            .wrap(from_fn(middleware::errors))
            .wrap(from_fn(middleware::headers))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::log))
    });
    Ok(server.listen(listener)?.shutdown_timeout(SHUTDOWN_SECONDS).run())
}

fn session_middleware(app: &Arc<App>) -> SessionMiddleware<session::Store> {
    SessionMiddleware::builder(session::Store(app.clone()), Key::from(app.keys.cookie()))
        .cookie_name(cookies::name(app, cookies::SESSION))
        .cookie_secure(app.config.web.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(BrowserSession::default())
        .build()
}

/// Exact origins with credentials; without any, browsers let nobody else's page read our answers.
fn cors(app: &Arc<App>) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::AUTHORIZATION,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("x-csrftoken"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            header::HeaderName::from_static("idempotency-replayed"),
            header::HeaderName::from_static("ratelimit"),
            header::HeaderName::from_static("ratelimit-policy"),
            header::HeaderName::from_static("x-request-id"),
        ])
        .max_age(600);
    let origins = &app.config.web.cors_origins;
    let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
    if origins.is_empty() { cors } else { cors.supports_credentials() }
}

/// Brings the memory up to date by a look at the database that begins now.
pub async fn freshen(app: &web::Data<App>) -> Result<Fresh> {
    let seen = app.look().await?;
    match app.is_at(&seen) {
        Some(fresh) => Ok(fresh),
        None => run(app, move |app| app.catch_up(&seen)).await,
    }
}

/// Runs App work, which waits for the database and for hashes, off the async threads.
pub async fn run<T: Send + 'static>(
    app: &web::Data<App>,
    f: impl FnOnce(&App) -> Result<T> + Send + 'static,
) -> Result<T> {
    let app = app.clone();
    web::block(move || f(&app)).await.unwrap_or_else(|error| Err(anyhow::Error::from(error).into()))
}
