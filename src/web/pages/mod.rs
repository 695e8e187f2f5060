//! HTML: the form, the template and the handler of a page stand together.

pub mod account;
pub mod admin;
pub mod api_docs;
pub mod auth;
pub mod change_email;
pub mod email_link;
pub mod forbidden;
pub mod forgot;
pub mod gone;
pub mod held;
pub mod login;
pub mod not_me;
pub mod reset;
pub mod setup;
pub mod signup;
pub mod theme;
pub mod tokens;
pub mod undo_email;
pub mod verify;
pub mod words;

use super::{
    cookies,
    error::{Failure, PageError},
    extract::{SignedIn, Visitor},
    middleware, session, statics,
};
use crate::{
    app::{Actor, Change},
    domain::{Error, Time, permission, sign_in_rules::Enrolment},
};
use actix_web::{
    HttpResponse,
    body::BoxBody,
    cookie::time::Duration,
    error::InternalError,
    http::{StatusCode, header},
};
use askama::Template;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// What every page shows around its content.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Whole: `Ada Lovelace · Users · Rolecall`.
    pub title: String,
    pub me: Option<Me>,
    pub nav: Vec<NavItem>,
    pub flash: Option<Flash>,
    /// For the hidden field `form_token` of forms.
    pub token: String,
    pub theme: &'static str,
    pub css: String,
    pub js: String,
    /// By which the browser knows our script: see [`middleware::nonce`].
    pub nonce: String,
    pub icons: String,
    pub favicon: String,
    /// Until when a second factor must be set up, while one is demanded that is missing.
    pub enrol_by: Option<Time>,
    /// What a new password must be like.
    pub password_help: String,
    /// When it was made.
    pub now: Time,
    /// Address of this page, for forms that come back to it.
    pub path: String,
}

#[derive(Debug, Clone)]
pub struct Me {
    pub name: String,
    pub username: String,
    pub admin: bool,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub href: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub current: bool,
}

/// What the page after a redirect tells once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    /// `ok`, `error` or `info`.
    pub kind: String,
    pub text: String,
    /// Where what was done can be undone, if it can.
    #[serde(default)]
    pub undo: Option<String>,
}

impl Flash {
    /// As base64: a cookie's value must not hold what ends it, such as a semicolon.
    fn write(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

impl Page {
    /// A page about nobody, for errors.
    pub fn bare(title: &str, theme: Option<&str>, path: &str, nonce: String) -> Self {
        Self {
            title: format!("{title} · Rolecall"),
            theme: theme::known(theme.unwrap_or_default()),
            css: statics::address("app.css"),
            js: statics::address("app.js"),
            icons: statics::address("icons.svg"),
            favicon: statics::address("favicon.svg"),
            path: path.to_owned(),
            nonce,
            ..Self::default()
        }
    }
}

/// The side bar: only what the actor may open. The order leaves room for what is still to come.
fn nav(actor: &Actor, path: &str) -> Vec<NavItem> {
    let access = admin::access::first(actor);
    let entries = [
        ("/admin", "Overview", "overview", actor.is_some_admin()),
        ("/admin/users", "Users", "users", actor.can(permission::USERS_READ)),
        ("/admin/roles", "Roles", "roles", actor.can(permission::ROLES_READ)),
        ("/admin/permissions", "Permissions", "permissions", actor.can(permission::PERMISSIONS_READ)),
        (access.unwrap_or("/admin/access"), "Access", "shield", access.is_some()),
        ("/admin/sessions", "Sessions", "session", actor.can(permission::SESSIONS_READ)),
        ("/admin/audit", "Audit", "audit", actor.can(permission::AUDIT_READ)),
        ("/admin/mails", "Mail", "mail", actor.can(permission::MAILS_READ)),
        ("/admin/settings", "Settings", "settings", actor.can(permission::SETTINGS_READ)),
        ("/account", "My account", "user", true),
    ];
    let here = |href: &str| path == href || (href != "/admin" && path.starts_with(&format!("{href}/")));
    entries
        .into_iter()
        .filter(|entry| entry.3)
        .map(|(href, label, icon, _)| {
            let whole = if label == "Access" { "/admin/access" } else { href };
            let current = here(whole) || (label == "Settings" && here("/admin/forward-auth"));
            NavItem { href, label, icon, current }
        })
        .collect()
}

/// What a new password must be like.
pub fn password_help(min: usize) -> String {
    format!("At least {min} characters; several words are best.")
}

/// A pre-session that this answer begins: kept in the request until the answer is made.
struct NewPre(String);

impl Visitor {
    /// The frame of a page; `title` is what stands before ` · Rolecall`.
    pub fn page(&self, title: &str) -> Page {
        let path = self.req.path();
        let mut page = Page::bare(
            title,
            cookies::read(&self.req, &self.app, cookies::THEME).as_deref(),
            self.req.uri().path_and_query().map_or(path, |all| all.as_str()),
            middleware::nonce(&self.req),
        );
        if let Ok(user) = self.actor.who() {
            page.me =
                Some(Me { name: user.name(), username: user.username.clone(), admin: self.actor.is_some_admin() });
            page.nav = nav(&self.actor, path);
            if let Enrolment::DueAt(at) = self.actor.enrolment {
                page.enrol_by = Some(at);
            }
        }
        page.now = self.app.now();
        page.token = self.form_token();
        page.password_help = password_help(self.app.config.sign_in.policy.min(true));
        page.flash = cookies::read_signed(&self.req, &self.app, cookies::FLASH).and_then(|text| Flash::read(&text));
        page
    }

    /// The token of this browser's forms. Begins a pre-session where there is neither a session nor one yet.
    fn form_token(&self) -> String {
        use actix_web::HttpMessage;
        let known = self.req.extensions().get::<NewPre>().map(|pre| pre.0.clone());
        let pre = known.or_else(|| cookies::read(&self.req, &self.app, cookies::PRE));
        let pre = match (self.actor.session_id, pre) {
            (None, None) => {
                let pre = self.app.new_token();
                self.req.extensions_mut().insert(NewPre(pre.clone()));
                Some(pre)
            }
            (_, pre) => pre,
        };
        let bound = session::binding(self.actor.session_id, pre.as_deref()).unwrap_or_default();
        self.app.keys.form_token(&bound, &self.app.new_token()[..16])
    }

    /// The page, with status 200.
    pub fn show(&self, template: &impl Template) -> Result<HttpResponse, PageError> {
        self.show_with(StatusCode::OK, template)
    }

    /// The page, with the status of the error that it tells.
    pub fn show_with(&self, status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
        use actix_web::HttpMessage;
        let html = template.render().map_err(|error| Error::Internal(error.into()))?;
        let mut response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html);
        let mut set = |cookie| response.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()));
        if let Some(pre) = self.req.extensions().get::<NewPre>() {
            set(cookies::make(&self.app, cookies::PRE, pre.0.clone(), None))?;
        }
        if self.req.cookie(&cookies::name(&self.app, cookies::FLASH)).is_some() {
            set(cookies::remove(&self.app, cookies::FLASH))?;
        }
        Ok(response)
    }

    /// After a POST: on to `path`, without a word.
    pub fn go(&self, path: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
    }

    /// After a POST: on to `path`, which tells what was done. `kind`: `ok`, `error` or `info`.
    pub fn go_with(&self, path: &str, kind: &str, text: impl Into<String>) -> HttpResponse {
        self.go_flashing(path, &Flash { kind: kind.to_owned(), text: text.into(), undo: None })
    }

    /// After a POST that changed rights: on to `path`, which tells what was done and offers to undo it.
    pub fn done<T>(&self, path: &str, text: impl Into<String>, change: &Change<T>) -> HttpResponse {
        let undo = change.undoable.then(|| admin::audit_undo::address(change.revision, path));
        self.go_flashing(path, &Flash { kind: "ok".to_owned(), text: text.into(), undo })
    }

    fn go_flashing(&self, path: &str, flash: &Flash) -> HttpResponse {
        let flash = flash.write();
        let mut response = self.go(path);
        // A cookie that cannot be written would lose the word, not the act.
        let _ =
            response.add_cookie(&cookies::make_signed(&self.app, cookies::FLASH, flash, Some(Duration::minutes(5))));
        response
    }
}

impl std::ops::Deref for SignedIn {
    type Target = Visitor;
    fn deref(&self) -> &Visitor {
        &self.0
    }
}

/// Splits an error into what a form shows at its fields, and what is no form's business (`Err`).
pub fn field_errors(error: Error) -> Result<(StatusCode, crate::domain::FieldErrors), PageError> {
    use crate::domain::FieldErrors;
    use actix_web::ResponseError;
    let status = PageError(Error::SignInRequired).status_code();
    match error {
        Error::Invalid(fields) => Ok((StatusCode::UNPROCESSABLE_ENTITY, fields)),
        Error::Taken(fields) => Ok((StatusCode::CONFLICT, fields)),
        error @ (Error::Conflict { .. }
        | Error::Escalation { .. }
        | Error::Throttled { .. }
        | Error::Busy { .. }
        | Error::BadCredentials
        | Error::PasswordOff
        | Error::CodesOff
        | Error::BadCode
        | Error::AwaitsApproval
        | Error::UnverifiedEmail) => {
            let text = super::error::sentence(&error.to_string());
            let status = match PageError(error).status_code() {
                // 401 would ask for a `WWW-Authenticate` header; the page itself is the way to sign in.
                other if other == status => StatusCode::UNPROCESSABLE_ENTITY,
                other => other,
            };
            Ok((status, FieldErrors::one("", text)))
        }
        other => Err(PageError(other)),
    }
}

/// Only a path of ours is a place to come back to.
pub fn own_path(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let local = bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && !text.contains(|c: char| c.is_control() || c == '\\');
    local.then_some(text)
}

/// Sends somebody to sign in; he comes back to `back`.
pub fn sign_in_redirect(back: &str) -> actix_web::Error {
    let next: String = url::form_urlencoded::byte_serialize(own_path(back).unwrap_or_default().as_bytes()).collect();
    let target = if next.is_empty() { "/login".to_owned() } else { format!("/login?next={next}") };
    let response: HttpResponse<BoxBody> = HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish();
    InternalError::from_response("sign in first", response).into()
}

/// Where a second factor that is overdue is set up.
const ENROL: &str = "/account/second-factor";

/// Whether the page may be opened by somebody who must set up a second factor first.
pub fn may_enrol_at(path: &str) -> bool {
    path.starts_with(ENROL) || path.starts_with(LEAVING) || path == "/account/reauthentication"
}

/// Where an account is kept whose end was asked for.
const LEAVING: &str = "/account/deletion";

/// Whether the page may be opened by somebody whose account will be deleted.
pub fn may_leave_at(path: &str) -> bool {
    path.starts_with(LEAVING) || path.starts_with("/account/data") || path == "/account/reauthentication"
}

/// Sends somebody whose account will be deleted to where he can keep it.
pub fn leaving_redirect() -> actix_web::Error {
    let response: HttpResponse<BoxBody> = HttpResponse::SeeOther().insert_header((header::LOCATION, LEAVING)).finish();
    InternalError::from_response("the account will be deleted", response).into()
}

/// Sends somebody to set up the second factor that is demanded of him.
pub fn enrol_redirect() -> actix_web::Error {
    let response: HttpResponse<BoxBody> = HttpResponse::SeeOther().insert_header((header::LOCATION, ENROL)).finish();
    InternalError::from_response("set up a second factor first", response).into()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    heading: String,
    text: String,
    next: &'static str,
    request_id: String,
}

/// The heading of an error page.
pub fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::GONE => "This link does not work any more",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::SERVICE_UNAVAILABLE => "Not available right now",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::METHOD_NOT_ALLOWED => "Not by this way",
        StatusCode::CONFLICT => "Not as things stand",
        StatusCode::PAYLOAD_TOO_LARGE => "Too much at once",
        _ => "This did not work",
    }
}

/// What to do next, at an address that is ours.
fn next(status: StatusCode, code: &str) -> &'static str {
    match status {
        StatusCode::FORBIDDEN if code == "cross_site" => {
            "Nothing was done. Open the page by its address here, and send the form from there."
        }
        StatusCode::FORBIDDEN => "If you need it, ask whoever gives roles here, and tell him what you wanted to open.",
        StatusCode::NOT_FOUND => {
            "Look at the address for a slip. What stood here may have been deleted: go to its list, or search for it."
        }
        StatusCode::METHOD_NOT_ALLOWED => "Go back to the page that you came from, and use its buttons and links.",
        StatusCode::CONFLICT => {
            "Somebody may have changed it meanwhile. Go back, load the page anew, and look before you try again."
        }
        StatusCode::GONE => "Ask for a new link where you asked for this one.",
        StatusCode::PAYLOAD_TOO_LARGE => {
            "Nothing was kept. Go back and send less: shorter texts, or fewer rows at once."
        }
        StatusCode::TOO_MANY_REQUESTS => {
            "Wait so long, and then try once more. Trying sooner makes the wait no shorter."
        }
        StatusCode::SERVICE_UNAVAILABLE => "Wait a moment, and load the page anew.",
        StatusCode::INTERNAL_SERVER_ERROR => {
            "Try once more. If it happens again, tell whoever runs this server the number below."
        }
        StatusCode::UNAUTHORIZED => "Sign in, and open the address again.",
        _ => "Go back, look at what was sent, and try again.",
    }
}

/// What happened, what to do, and the request's name.
pub fn error_page(page: Page, failure: &Failure, text: String, request_id: String) -> HttpResponse {
    let (status, next) = (failure.status, next(failure.status, failure.code));
    let template = ErrorPage { heading: heading(status).to_owned(), page, text, next, request_id };
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(template.render().unwrap_or_default())
}
