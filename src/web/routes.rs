//! The whole map of addresses.

use super::{
    api, error::{Failure, look_for}, extract::HtmlForm, pages, statics,
};
use crate::app::App;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, ServiceConfig, get, post, resource, scope},
};

/// What needs no session: its cookie is not even looked at.
pub fn without_session(cfg: &mut ServiceConfig) {
    cfg.route("/static/{name}", get().to(statics::get))
        .route("/favicon.ico", get().to(|| async { HttpResponse::NoContent().finish() }))
        .route("/healthz", get().to(healthz))
        .route("/readyz", get().to(readyz));
}

pub fn with_session(cfg: &mut ServiceConfig) {
    public(cfg);
    account(cfg);
    admin(cfg);
    legacy(cfg);
    cfg.service(scope("/api/v1").configure(api_v1));
    cfg.default_service(web::to(nothing_here));
}

/// Pages for people who are not signed in.
fn public(cfg: &mut ServiceConfig) {
    cfg.route("/", get().to(pages::login::home))
        .service(
            resource("/login")
                .route(get().to(pages::login::new))
                .route(post().guard(HtmlForm).to(pages::login::create))
                // The same address for programs, with JSON or a form.
                .route(post().to(api::legacy::login::create)),
        )
        .service(resource("/login/code").route(get().to(pages::login::code)).route(post().to(pages::login::create_code)))
        .service(
            resource("/logout")
                .route(get().to(pages::login::logout))
                .route(post().guard(HtmlForm).to(pages::login::delete))
                .route(post().to(api::legacy::login::delete)),
        )
        .route("/theme", post().to(pages::theme::update));
}

/// One's own account.
fn account(_cfg: &mut ServiceConfig) {}

/// The panel.
fn admin(_cfg: &mut ServiceConfig) {}

/// The routes of the replaced system.
fn legacy(_cfg: &mut ServiceConfig) {}

/// `/api/v1`.
fn api_v1(_cfg: &mut ServiceConfig) {}

/// The process runs.
async fn healthz() -> &'static str {
    "ok"
}

/// The process can answer: the database is there.
async fn readyz(app: web::Data<App>) -> HttpResponse {
    match super::run(&app, App::ready).await {
        Ok(()) => HttpResponse::Ok().body("ready"),
        Err(_) => HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "2")).body("the database cannot be reached"),
    }
}

async fn nothing_here(req: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NOT_FOUND);
    response.extensions_mut().insert(Failure::bare(look_for(&req), StatusCode::NOT_FOUND));
    response
}
