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
        .route("/theme", post().to(pages::theme::update))
        .service(resource("/signup").route(get().to(pages::signup::new)).route(post().guard(HtmlForm).to(pages::signup::create)))
        .route("/signup/done", get().to(pages::signup::show))
        .service(resource("/forgot").route(get().to(pages::forgot::new)).route(post().to(pages::forgot::create)))
        .route("/forgot/done", get().to(pages::forgot::show))
        .service(resource("/reset/{token}").route(get().to(pages::reset::edit)).route(post().to(pages::reset::update)))
        .service(resource("/verify/{token}").route(get().to(pages::verify::edit)).route(post().to(pages::verify::update)))
        .route("/setup", get().to(pages::setup::index))
        .service(resource("/setup/{token}").route(get().to(pages::setup::new)).route(post().to(pages::setup::create)));
}

/// One's own account.
fn account(cfg: &mut ServiceConfig) {
    use pages::account::{access, activity, password, profile, second_factor, sessions, verification};
    cfg.service(resource("/account").route(get().to(profile::edit)).route(post().to(profile::update)))
        .route("/account/verification", post().to(verification::create))
        .service(resource("/account/password").route(get().to(password::edit)).route(post().to(password::update)))
        .route("/account/second-factor", get().to(second_factor::index))
        .service(resource("/account/second-factor/totp").route(get().to(second_factor::totp::new)).route(post().to(second_factor::totp::create)))
        .service(resource("/account/second-factor/email").route(get().to(second_factor::email::new)).route(post().to(second_factor::email::create)))
        .service(resource("/account/second-factor/{method}/remove").route(get().to(second_factor::removal::new)).route(post().to(second_factor::removal::create)))
        .route("/account/sessions", get().to(sessions::index))
        .route("/account/sessions/others/end", post().to(sessions::delete_others))
        .route("/account/sessions/{id}/end", post().to(sessions::delete))
        .route("/account/access", get().to(access::show))
        .route("/account/activity", get().to(activity::index));
}

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
