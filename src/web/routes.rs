//! The whole map of addresses.

use super::{
    api,
    error::{Failure, look_for},
    extract::{Html, HtmlForm, signed_in},
    pages, statics,
};
use crate::app::App;
use actix_web::{
    HttpRequest, HttpResponse, Route, guard,
    http::StatusCode,
    middleware::from_fn,
    web::{self, ServiceConfig, get, post, resource, scope},
};

/// What needs no session: its cookie is not even looked at.
pub fn without_session(cfg: &mut ServiceConfig) {
    cfg.route("/static/{name}", get().to(statics::get))
        .route("/favicon.ico", get().to(|| async { HttpResponse::NoContent().finish() }))
        .route("/healthz", get().to(healthz))
        .route("/readyz", get().to(readyz));
}

/// What programs ask a thousand times as often as anything else. The caller is told by his cookie alone: nothing here begins
/// or ends a session, so the layers for that are left out.
pub fn questions(cfg: &mut ServiceConfig) {
    for noun in api::v1::routes::questions() {
        cfg.service(noun.resource("/api/v1", for_callers));
    }
    for noun in api::authzen::routes::all() {
        let layers = if noun.is_open() { for_everybody } else { for_callers };
        cfg.service(noun.resource("", layers));
    }
    cfg.route("/api/openapi.json", get().to(api::openapi::get));
    // For proxies: whatever the method of the request that they ask about.
    cfg.route("/auth/verify", web::to(api::auth::verify::show));
}

fn for_everybody(route: Route) -> Route {
    route
}

/// Whoever asks is looked up before anything of the request is judged.
fn for_callers(route: Route) -> Route {
    route.wrap(from_fn(signed_in))
}

/// As [`for_callers`], counted; what is sent twice is done once, and only to what the caller has seen.
fn for_writers(route: Route) -> Route {
    let once = route.wrap(from_fn(api::conditional::judge)).wrap(from_fn(api::idempotency::once));
    for_callers(once.wrap(from_fn(api::limits::count)))
}

pub fn with_session(cfg: &mut ServiceConfig) {
    cfg.service(scope("/api/v1").configure(api_v1));
    // Before the pages too, since its guards leave to them what is theirs.
    legacy(cfg);
    public(cfg);
    account(cfg);
    admin(cfg);
    cfg.default_service(web::to(nothing_here));
}

/// Pages for people who are not signed in.
fn public(cfg: &mut ServiceConfig) {
    cfg.route("/", get().to(pages::login::home))
        .service(
            resource("/login")
                .route(get().to(pages::login::new))
                .route(post().guard(HtmlForm).to(pages::login::create)),
        )
        .service(
            resource("/login/code").route(get().to(pages::login::code)).route(post().to(pages::login::create_code)),
        )
        .service(
            resource("/logout")
                .route(get().to(pages::login::logout))
                .route(post().guard(HtmlForm).to(pages::login::delete)),
        )
        .route("/auth/sign-in", get().to(pages::auth::sign_in::show))
        .route("/api/docs", get().to(pages::api_docs::index))
        .route("/api/docs/{section}", get().to(pages::api_docs::show))
        .route("/theme", post().to(pages::theme::update))
        .service(
            resource("/signup")
                .route(get().to(pages::signup::new))
                .route(post().guard(HtmlForm).to(pages::signup::create)),
        )
        .route("/signup/done", get().to(pages::signup::show))
        .service(resource("/forgot").route(get().to(pages::forgot::new)).route(post().to(pages::forgot::create)))
        .route("/forgot/done", get().to(pages::forgot::show))
        .service(resource("/reset/{token}").route(get().to(pages::reset::edit)).route(post().to(pages::reset::update)))
        .service(
            resource("/verify/{token}").route(get().to(pages::verify::edit)).route(post().to(pages::verify::update)),
        )
        .service(
            resource("/not-me/{token}").route(get().to(pages::not_me::edit)).route(post().to(pages::not_me::update)),
        )
        .service(
            resource("/change-email/{token}")
                .route(get().to(pages::change_email::edit))
                .route(post().to(pages::change_email::update)),
        )
        .service(
            resource("/undo-email/{token}")
                .route(get().to(pages::undo_email::edit))
                .route(post().to(pages::undo_email::update)),
        )
        .route("/setup", get().to(pages::setup::index))
        .service(resource("/setup/{token}").route(get().to(pages::setup::new)).route(post().to(pages::setup::create)));
}

/// One's own account.
fn account(cfg: &mut ServiceConfig) {
    use pages::account::{
        access, activity, data, deletion, email, password, profile, reauthentication, role_return, second_factor,
        session_roles, sessions, tokens, verification, why,
    };
    cfg.service(resource("/account").route(get().to(profile::edit)).route(post().to(profile::update)))
        .route("/account/verification", post().to(verification::create))
        .service(resource("/account/data").route(get().to(data::show)).route(post().to(data::create)))
        .service(resource("/account/deletion").route(get().to(deletion::new)).route(post().to(deletion::create)))
        .route("/account/deletion/cancel", post().to(deletion::delete))
        .route("/account/email", post().to(email::update))
        .route("/account/email/cancel", post().to(email::delete))
        .service(resource("/account/password").route(get().to(password::edit)).route(post().to(password::update)))
        .service(
            resource("/account/reauthentication")
                .route(get().to(reauthentication::new))
                .route(post().to(reauthentication::create)),
        )
        .route("/account/second-factor", get().to(second_factor::index))
        .service(
            resource("/account/second-factor/totp")
                .route(get().to(second_factor::totp::new))
                .route(post().to(second_factor::totp::create)),
        )
        .service(
            resource("/account/second-factor/email")
                .route(get().to(second_factor::email::new))
                .route(post().to(second_factor::email::create)),
        )
        .service(
            resource("/account/second-factor/recovery")
                .route(get().to(second_factor::recovery::new))
                .route(post().to(second_factor::recovery::create)),
        )
        .route("/account/second-factor/trusted-devices/end", post().to(second_factor::trusted_devices::delete_all))
        .route(
            r"/account/second-factor/trusted-devices/{id:\d+}/end",
            post().to(second_factor::trusted_devices::delete),
        )
        .service(
            resource(r"/account/second-factor/{id:\d+}/name")
                .route(get().to(second_factor::name::edit))
                .route(post().to(second_factor::name::update)),
        )
        .service(
            resource("/account/second-factor/{factor}/remove")
                .route(get().to(second_factor::removal::new))
                .route(post().to(second_factor::removal::create)),
        )
        .route("/account/sessions", get().to(sessions::index))
        .route("/account/sessions/others/end", post().to(sessions::delete_others))
        .route("/account/sessions/{id}/end", post().to(sessions::delete))
        .service(resource("/account/tokens").route(get().to(tokens::index)).route(post().to(tokens::create)))
        .route("/account/tokens/new", get().to(tokens::new))
        .service(
            resource(r"/account/tokens/{id:\d+}/rotation")
                .route(get().to(tokens::rotation))
                .route(post().to(tokens::rotate)),
        )
        .service(
            resource("/account/tokens/delete")
                .route(get().to(tokens::confirm_all))
                .route(post().to(tokens::delete_all)),
        )
        .service(
            resource(r"/account/tokens/{id:\d+}/name").route(get().to(tokens::name)).route(post().to(tokens::rename)),
        )
        .service(
            resource(r"/account/tokens/{id:\d+}/delete")
                .route(get().to(tokens::confirm))
                .route(post().to(tokens::delete)),
        )
        .route("/account/access", get().to(access::show))
        .route("/account/access/why", get().to(why::show))
        .route("/account/access/roles", post().to(session_roles::update))
        .service(
            resource(r"/account/access/roles/{id:\d+}/delete")
                .route(get().to(role_return::confirm))
                .route(post().to(role_return::delete)),
        )
        .route("/account/activity", get().to(activity::index));
}

/// The panel.
fn admin(cfg: &mut ServiceConfig) {
    use super::extract::Html;
    use pages::admin::*;
    cfg.route("/admin", get().to(overview::show))
        .route("/admin/search", get().to(search::index))
        .route("/admin/suggestions", get().to(suggestions::index))
        .route("/admin/sessions", get().to(sessions::index))
        .service(resource("/admin/sessions/delete").route(get().to(sessions::confirm)).route(post().to(sessions::delete)))
        .service(resource("/admin/sessions/end").route(get().to(all_sessions::confirm)).route(post().to(all_sessions::delete)))
        .service(resource("/admin/users").route(get().to(users::index)).route(post().to(users::create)))
        .route("/admin/users.csv", get().to(exports::users))
        .route("/admin/roles.csv", get().to(exports::roles))
        .route(r"/admin/roles/{id:\d+}/members.csv", get().to(exports::members))
        .route(r"/admin/roles/{id:\d+}/timeline.csv", get().to(exports::role_timeline))
        .route(r"/admin/users/{id:\d+}/details", get().to(user_details::index))
        .route(r"/admin/users/{id:\d+}/timeline.csv", get().to(exports::user_timeline))
        .route("/admin/permissions.csv", get().to(exports::permissions))
        .route("/admin/sessions.csv", get().to(exports::sessions))
        .route("/admin/users/new", get().to(users::new))
        .service(resource("/admin/users/bulk").route(get().to(bulk::confirm)).route(post().to(bulk::create)))
        .route(r"/admin/roles/{id:\d+}/members/take", get().to(bulk::take))
        .service(resource(r"/admin/users/{id:\d+}").route(get().to(user_roles::index)).route(post().to(users::update)))
        .route(r"/admin/users/{id:\d+}/edit", get().to(users::edit))
        .service(resource(r"/admin/users/{id:\d+}/disable").route(get().to(user_disabling::confirm)).route(post().to(user_disabling::create)))
        .route(r"/admin/users/{id:\d+}/enable", post().to(user_disabling::delete))
        .service(resource(r"/admin/users/{id:\d+}/delete").route(get().to(users::confirm)).route(post().to(users::delete)))
        .route(r"/admin/users/{id:\d+}/approval", post().to(user_approval::create))
        .service(resource(r"/admin/users/{id:\d+}/rejection").route(get().to(user_approval::confirm)).route(post().to(user_approval::delete)))
        .route(r"/admin/users/{id:\d+}/invitation", post().to(user_invitation::create))
        .service(resource(r"/admin/users/{id:\d+}/invitation/delete").route(get().to(user_invitation::confirm)).route(post().to(user_invitation::delete)))
        .route(r"/admin/users/{id:\d+}/password", post().to(user_passwords::create))
        .route(r"/admin/users/{id:\d+}/roles", post().to(user_roles::create))
        .service(resource(r"/admin/users/{id:\d+}/roles/{assignment_id:\d+}/delete").route(get().to(user_roles::confirm)).route(post().to(user_roles::delete)))
        .service(resource(r"/admin/users/{id:\d+}/roles/{assignment_id:\d+}/end").route(get().to(user_role_ends::edit)).route(post().to(user_role_ends::update)))
        .route(r"/admin/users/{id:\d+}/sessions", get().to(user_sessions::index))
        .service(resource(r"/admin/users/{id:\d+}/sessions/delete").route(get().to(user_sessions::confirm)).route(post().to(user_sessions::delete)))
        .service(resource(r"/admin/users/{id:\d+}/trusted-devices/delete").route(get().to(user_trusted_devices::confirm)).route(post().to(user_trusted_devices::delete)))
        .service(resource(r"/admin/users/{id:\d+}/second-factors/delete").route(get().to(user_factors::confirm)).route(post().to(user_factors::delete)))
        .service(resource(r"/admin/users/{id:\d+}/tokens").route(get().to(user_tokens::index)).route(post().to(user_tokens::create)))
        .route(r"/admin/users/{id:\d+}/tokens/new", get().to(user_tokens::new))
        .service(resource(r"/admin/users/{id:\d+}/tokens/{token_id:\d+}/rotation").route(get().to(user_tokens::rotation)).route(post().to(user_tokens::rotate)))
        .service(resource(r"/admin/users/{id:\d+}/tokens/delete").route(get().to(user_tokens::confirm_all)).route(post().to(user_tokens::delete_all)))
        .service(resource(r"/admin/users/{id:\d+}/tokens/{token_id:\d+}/name").route(get().to(user_tokens::name)).route(post().to(user_tokens::rename)))
        .service(resource(r"/admin/users/{id:\d+}/tokens/{token_id:\d+}/delete").route(get().to(user_tokens::confirm)).route(post().to(user_tokens::delete)))
        .route(r"/admin/users/{id:\d+}/activity", get().to(user_activity::index))
        .route(r"/admin/users/{id:\d+}/timeline", get().to(user_timeline::index))
        .route(r"/admin/roles/{id:\d+}/timeline", get().to(role_timeline::index))
        // The same two addresses answer programs with JSON: see `legacy`.
        .service(resource("/admin/roles").guard(Html).route(get().to(roles::index)).route(post().to(roles::create)))
        .service(resource("/admin/permissions").guard(Html).route(get().to(permissions::index)).route(post().to(permissions::create)))
        .route("/admin/roles/new", get().to(roles::new))
        .service(resource(r"/admin/roles/{id:\d+}").route(get().to(roles::show)).route(post().to(roles::update)))
        .route(r"/admin/roles/{id:\d+}/edit", get().to(roles::edit))
        .service(resource(r"/admin/roles/{id:\d+}/delete").route(get().to(roles::confirm)).route(post().to(roles::delete)))
        .route(r"/admin/roles/{id:\d+}/members", post().to(role_members::create))
        .route(r"/admin/roles/{id:\d+}/permissions", post().to(role_permissions::create))
        .service(resource(r"/admin/roles/{id:\d+}/permissions/{grant_id:\d+}/delete").route(get().to(role_permissions::confirm)).route(post().to(role_permissions::delete)))
        .route(r"/admin/roles/{id:\d+}/inclusions", post().to(role_inclusions::create))
        .service(resource(r"/admin/roles/{id:\d+}/inclusions/{inclusion_id:\d+}/delete").route(get().to(role_inclusions::confirm)).route(post().to(role_inclusions::delete)))
        .service(resource(r"/admin/roles/{id:\d+}/sign-in-rules").route(get().to(role_sign_in_rules::edit)).route(post().to(role_sign_in_rules::update)))
        .route("/admin/permissions/new", get().to(permissions::new))
        .service(resource("/admin/permissions/matrix").route(get().to(permission_matrix::index)).route(post().to(permission_matrix::update)))
        .service(resource(r"/admin/permissions/{id:\d+}").route(get().to(permissions::show)).route(post().to(permissions::update)))
        .route(r"/admin/permissions/{id:\d+}/edit", get().to(permissions::edit))
        .service(resource(r"/admin/permissions/{id:\d+}/delete").route(get().to(permissions::confirm)).route(post().to(permissions::delete)))
        .service(resource("/admin/access/constraints").route(get().to(constraints::index)).route(post().to(constraints::create)))
        .route("/admin/access/constraints/new", get().to(constraints::new))
        .service(resource(r"/admin/access/constraints/{id:\d+}").route(get().to(constraints::show)).route(post().to(constraints::update)))
        .route(r"/admin/access/constraints/{id:\d+}/edit", get().to(constraints::edit))
        .service(resource(r"/admin/access/constraints/{id:\d+}/delete").route(get().to(constraints::confirm)).route(post().to(constraints::delete)))
        .route("/admin/access", get().to(access::can::show))
        .route("/admin/access/who-can", get().to(access::who_can::index))
        .route("/admin/access/what-can", get().to(access::what_can::index))
        .route("/admin/access/comparison", get().to(access::comparison::show))
        .route("/admin/access/ending", get().to(access::ending::index))
        .route("/admin/access/ending.csv", get().to(access::exports::ending))
        .route("/admin/access/who-can.csv", get().to(access::exports::who_can))
        .route("/admin/access/what-can.csv", get().to(access::exports::what_can))
        .route("/admin/access/comparison.csv", get().to(access::exports::comparison))
        .route("/account/access.csv", get().to(access::exports::mine))
        .route("/admin/access/constraints.csv", get().to(exports::constraints))
        .route("/admin/forward-auth.csv", get().to(exports::forward_rules))
        .route("/admin/mails.csv", get().to(exports::mails))
        .service(resource("/admin/access/ending/bulk").route(get().to(access::ending_bulk::confirm)).route(post().to(access::ending_bulk::create)))
        .route("/admin/audit", get().to(audit::index))
        .route("/admin/audit.{format:csv|jsonl}", get().to(audit::export))
        .route(r"/admin/audit/{id:\d+}", get().to(audit::show))
        .service(resource(r"/admin/audit/undo/{revision:\d+}").route(get().to(audit_undo::confirm)).route(post().to(audit_undo::create)))
        .route("/admin/audit/verification", post().to(audit_verification::create))
        .route("/admin/jobs", get().to(jobs::index))
        .route("/admin/jobs.csv", get().to(exports::jobs))
        .route(r"/admin/jobs/{id:\d+}", get().to(jobs::show))
        .route(r"/admin/jobs/{id:\d+}/rows.csv", get().to(exports::job_rows))
        .route(r"/admin/jobs/{id:\d+}/cancel", post().to(jobs::delete))
        .route(r"/admin/jobs/{id:\d+}/resume", post().to(jobs::update))
        .service(resource("/admin/settings").route(get().to(settings::show)).route(post().to(settings::update)))
        .route("/admin/settings/edit", get().to(settings::edit))
        .route("/admin/settings/mail", post().to(settings::create_mail))
        .service(resource("/admin/forward-auth").route(get().to(forward_auth::index)).route(post().to(forward_auth::create)))
        .route("/admin/forward-auth/new", get().to(forward_auth::new))
        .service(resource(r"/admin/forward-auth/{id:\d+}").route(get().to(forward_auth::show)).route(post().to(forward_auth::update)))
        .route(r"/admin/forward-auth/{id:\d+}/edit", get().to(forward_auth::edit))
        .service(resource(r"/admin/forward-auth/{id:\d+}/delete").route(get().to(forward_auth::confirm)).route(post().to(forward_auth::delete)))
        .route("/admin/mails", get().to(mails::index))
        .service(
            resource("/admin/mails/retry").route(get().to(mails::confirm_all)).route(post().to(mails::update_all)),
        )
        .service(resource(r"/admin/mails/{id:\d+}").route(get().to(mails::show)).route(post().to(mails::update)));
}

/// The routes of the replaced system.
fn legacy(cfg: &mut ServiceConfig) {
    for noun in api::legacy::routes::open() {
        let path = noun.path;
        let resource = noun.resource("", for_everybody);
        cfg.service(match path {
            // A browser's form and a browser's link belong to the pages of the same address.
            "/signup" | "/login" | "/logout" => resource.guard(guard::Post()).guard(guard::Not(HtmlForm)),
            "/verify_email/{token}" => resource.guard(guard::Not(Html)),
            _ => resource,
        });
    }
    cfg.route("/verify_email/{token}", get().to(api::legacy::verification::redirect));
    for prefix in ["", "/admin"] {
        for noun in api::legacy::routes::admin() {
            let path = noun.path;
            let resource = noun.resource(prefix, for_everybody);
            cfg.service(match path {
                "/roles" | "/permissions" => resource.guard(guard::Not(Html)),
                _ => resource,
            });
        }
    }
}

/// `/api/v1`, but for the [`questions`].
fn api_v1(cfg: &mut ServiceConfig) {
    for noun in api::v1::routes::all() {
        cfg.service(noun.resource("", for_writers));
    }
}

/// The process runs.
async fn healthz() -> &'static str {
    "ok"
}

/// The process can answer: the database is there.
async fn readyz(app: web::Data<App>) -> HttpResponse {
    match super::run(&app, App::ready).await {
        Ok(()) => HttpResponse::Ok().body("ready"),
        Err(_) => HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "2"))
            .body("the database cannot be reached"),
    }
}

async fn nothing_here(req: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NOT_FOUND);
    response.extensions_mut().insert(Failure::bare(look_for(&req), StatusCode::NOT_FOUND));
    response
}
