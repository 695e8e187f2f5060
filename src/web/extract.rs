//! What handlers are given: who asks, and what was sent, read and judged.

mod body;
mod list;
mod strict;

use super::{
    api::openapi::query,
    cookies,
    error::{ApiError, AuthzenError, LegacyError, Look, PageError, accepts_html, look_for},
    middleware::{self, RequestId},
};
use crate::{
    app::{Actor, App, Origin, memory::Fresh, precondition::Precondition},
    domain::{Error, FieldErrors, Result, keys, preview::Preview, sign_in_rules::Enrolment},
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    guard::{Guard, GuardContext},
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};
pub use body::{BodyOrQuery, Buffered, Form, Json, LegacyBody, Object, Posted, Query, Reason, buffer, keep_form};
pub use list::ListParams;
use serde::Deserialize;
use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc};

/// Who asks, signed in or not. For pages.
pub struct Visitor {
    pub app: web::Data<App>,
    pub actor: Actor,
    pub req: HttpRequest,
}

/// A visitor who is signed in; others are sent to sign in and come back.
pub struct SignedIn(pub Visitor);

/// Who asks, for JSON: signed in or not.
pub struct Caller {
    pub app: web::Data<App>,
    pub actor: Actor,
    pub req: HttpRequest,
    /// That the memory was brought up to date for this request; `None`: it was not needed yet.
    fresh: Option<Fresh>,
}

/// How long a request waits for the revision that it asks for, and how often it looks.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
const STEP: std::time::Duration = std::time::Duration::from_millis(50);

type Pending<T, E> = Pin<Box<dyn Future<Output = std::result::Result<T, E>>>>;

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = Pending<Self, PageError>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let (app, actor, _) = by_cookie(&req).await?;
            Ok(Self { app, actor, req })
        })
    }
}

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = Pending<Self, actix_web::Error>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(req, payload);
        Box::pin(async move {
            let visitor = visitor.await?;
            if visitor.actor.leaves_at().is_some() && !super::pages::may_leave_at(visitor.req.path()) {
                return Err(super::pages::leaving_redirect());
            }
            if visitor.actor.enrolment == Enrolment::Overdue && !super::pages::may_enrol_at(visitor.req.path()) {
                return Err(super::pages::enrol_redirect());
            }
            if visitor.actor.id.is_some() {
                return Ok(Self(visitor));
            }
            // After a form of a session that has ended, the way back is the page, not the form's address.
            let back = if visitor.req.method() == Method::GET { visitor.req.uri().to_string() } else { String::new() };
            Err(super::pages::sign_in_redirect(&back))
        })
    }
}

impl FromRequest for Caller {
    type Error = actix_web::Error;
    type Future = Pending<Self, actix_web::Error>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let known = req.extensions_mut().remove::<Known>();
            let Known { app, actor, fresh } = match known {
                Some(known) => known,
                None => Known::ask(&req, true).await?,
            };
            Ok(Self { app, actor, req, fresh })
        })
    }
}

/// Who asks, for a handler to come: a [`Caller`] without its request, which would hold itself.
struct Known {
    app: web::Data<App>,
    actor: Actor,
    fresh: Option<Fresh>,
}

impl Known {
    /// `strangers`: whether somebody may ask who is not signed in.
    async fn ask(req: &HttpRequest, strangers: bool) -> std::result::Result<Self, actix_web::Error> {
        // Both kinds of JSON routes have callers; the address tells them apart before there is a handler.
        let look = look_for(req);
        let (app, actor, fresh) = who(req).await.map_err(|error| match look {
            Look::Problem => actix_web::Error::from(ApiError(error)),
            Look::Authzen => AuthzenError(error).into(),
            Look::Page | Look::Legacy => LegacyError(error).into(),
        })?;
        if !strangers && actor.id.is_none() {
            return Err(ApiError(Error::SignInRequired).into());
        }
        if actor.enrolment == Enrolment::Overdue && look == Look::Problem && !may_enrol_by(req.path()) {
            return Err(ApiError(Error::EnrolmentRequired).into());
        }
        let dry = look == Look::Problem && dry_run(req).map_err(ApiError)?;
        Ok(Self { app, actor: if dry { actor.dry() } else { actor }, fresh })
    }
}

/// Before anything of a request to `/api/v1` is judged: that somebody is signed in who may ask at all. Only the sign-in itself is
/// for strangers. Then the query, which the document says all of.
pub async fn signed_in(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let is_sign_in = req.method() == Method::POST && req.path() == "/api/v1/sessions";
    let known = match Known::ask(req.request(), is_sign_in).await {
        Ok(known) => known,
        Err(error) => return Ok(req.error_response(error).map_into_right_body()),
    };
    req.extensions_mut().insert(known);
    if req.query_string().is_empty() || look_for(req.request()) != Look::Problem {
        return next.call(req).await.map(ServiceResponse::map_into_left_body);
    }
    let judged = query::judge(req.request()).and_then(|()| query::fields(req.request()));
    match judged {
        Err(error) => Ok(req.error_response(ApiError(error)).map_into_right_body()),
        Ok(None) => next.call(req).await.map(ServiceResponse::map_into_left_body),
        Ok(Some(fields)) => {
            let answer = next.call(req).await?;
            match answer.status() {
                StatusCode::OK => Ok(query::narrow(answer, &fields).await?.map_into_boxed_body().map_into_right_body()),
                _ => Ok(answer.map_into_left_body()),
            }
        }
    }
}

/// Who asks, once [`signed_in`] has let him through and before a handler takes him.
pub fn known_actor(req: &HttpRequest) -> Option<Actor> {
    req.extensions().get::<Known>().map(|known| known.actor.clone())
}

/// What must hold of the thing that the request changes, for the handler to come.
pub fn put_condition(req: &HttpRequest, condition: Arc<Precondition>) {
    if let Some(known) = req.extensions_mut().get_mut::<Known>() {
        known.actor.precondition = Some(condition);
    }
}

/// What a program may ask whose user must set up a second factor first: who he is, and all that it takes.
fn may_enrol_by(path: &str) -> bool {
    ["/api/v1/me", "/api/v1/sessions/current"].iter().any(|open| path.starts_with(open)) || path == "/api/v1/sessions"
}

/// Who asks, and the proof that he was looked up in an up-to-date memory; `None`: nobody had to be looked up.
pub type Asker = (web::Data<App>, Actor, Option<Fresh>);

/// Who asks for JSON: by the token, if one is sent, whatever the cookie; else by the cookie.
async fn who(req: &HttpRequest) -> Result<Asker> {
    let Some(token) = bearer_token(req)? else { return by_cookie(req).await };
    let app = app(req)?;
    let fresh = freshness(&app).await?;
    let actor = match app.remembered_token_actor(fresh, token, origin(req, &app)) {
        Ok(actor) => actor,
        Err(origin) => {
            let token = token.to_owned();
            super::run(&app, move |app| app.actor_by_token(fresh, &token, origin)).await?
        }
    };
    Ok((app, actor, Some(fresh)))
}

/// The token of `Authorization: Bearer …` (RFC 6750). Other schemes are not ours: a proxy before us may ask for them.
fn bearer_token(req: &HttpRequest) -> Result<Option<&str>> {
    let mut sent = req.headers().get_all(header::AUTHORIZATION);
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(Error::Malformed("send the header Authorization once".into()));
    }
    let Ok(value) = value.to_str() else { return Err(Error::InvalidToken) };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()))
}

fn app(req: &HttpRequest) -> Result<web::Data<App>> {
    Ok(req.app_data::<web::Data<App>>().cloned().ok_or_else(|| anyhow::anyhow!("the server has no App"))?)
}

async fn freshness(app: &web::Data<App>) -> Result<Fresh> {
    match middleware::freshness() {
        Some(fresh) => Ok(fresh),
        None => super::freshen(app).await,
    }
}

/// Who asks, by the key in the cookie.
async fn by_cookie(req: &HttpRequest) -> Result<Asker> {
    let app = app(req)?;
    let origin = origin(req, &app);
    let Some(key) = cookies::session_key(req, &app) else { return Ok((app, Actor::anonymous(origin), None)) };
    let fresh = freshness(&app).await?;
    let origin = match app.remembered_actor(fresh, key, origin) {
        Ok(actor) => return Ok((app, actor, Some(fresh))),
        Err(origin) => origin,
    };
    // A key that is in memory needs no more proof than itself; no other reaches the database unless we signed it.
    let Some(key) = cookies::read_signed(req, &app, cookies::SESSION) else {
        return Ok((app, Actor::anonymous(origin), Some(fresh)));
    };
    let asked = origin.clone();
    match super::run(&app, move |app| app.actor_by_key(fresh, &key, asked)).await {
        Ok(actor) => Ok((app, actor, Some(fresh))),
        Err(Error::SignInRequired) => Ok((app, Actor::anonymous(origin), Some(fresh))),
        Err(error) => Err(error),
    }
}

/// As `who`, for a proxy's question: the cookie that applications are sent counts here, too. It does so beside a token that is
/// not ours, which may be the application's own.
pub async fn forwarded(req: &HttpRequest) -> Result<Asker> {
    let asked = who(req).await;
    if !matches!(&asked, Ok((_, Actor { id: None, .. }, _)) | Err(Error::InvalidToken)) {
        return asked;
    }
    let app = app(req)?;
    for token in cookies::forward_tokens(req, &app) {
        let (fresh, origin) = (freshness(&app).await?, origin(req, &app));
        match super::run(&app, move |app| app.forwarded_actor(fresh, &token, origin)).await {
            Err(Error::SignInRequired) => {}
            found => return found.map(|actor| (app, actor, Some(fresh))),
        }
    }
    asked
}

/// `dry_run=1` in the address: nothing is kept, and the answer is the preview.
fn dry_run(req: &HttpRequest) -> Result<bool> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(default)]
        dry_run: String,
    }
    let read = body::decode::<Params>(req.query_string().as_bytes());
    match read.as_ref().map(|params| params.dry_run.as_str()) {
        Ok("") | Ok("0" | "false") => Ok(false),
        Ok("1" | "true") => Ok(true),
        _ => Err(Error::Invalid(FieldErrors::one("dry_run", "Write dry_run=1, or leave it out."))),
    }
}

/// Address, browser and name of the request.
pub fn origin(req: &HttpRequest, app: &App) -> Origin {
    Origin {
        ip: client_ip(req, app),
        user_agent: req
            .headers()
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        devices: None,
        request_id: req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    }
}

/// The peer's address; if it is a trusted proxy, the last address in `X-Forwarded-For` that is not one.
fn client_ip(req: &HttpRequest, app: &App) -> String {
    let Some(peer) = req.peer_addr().map(|addr| addr.ip()) else { return String::new() };
    let web = &app.config.web;
    let hops: Vec<IpAddr> = req
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map_while(|hop| hop.trim().parse().ok())
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        if !web.trusts(client) {
            break;
        }
        client = hop;
    }
    client.to_string()
}

impl Visitor {
    /// What App work would do as this visitor, without doing it.
    pub async fn preview<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<Preview> {
        let actor = self.actor.clone().dry();
        match super::run(&self.app, move |app| f(app, &actor)).await {
            Err(Error::DryRun(preview)) => Ok(*preview),
            Err(error) => Err(error),
            Ok(_) => Err(anyhow::anyhow!("a dry run was kept").into()),
        }
    }

    /// Runs App work as this visitor, off the async threads.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = self.actor.clone();
        super::run(&self.app, move |app| f(app, &actor)).await
    }

    /// Takes over what was set on other nodes, for a page that needs nobody to be signed in. Without the database what was
    /// known last holds.
    pub async fn catch_up(&self) {
        let _ = super::freshen(&self.app).await;
    }

    pub fn origin(&self) -> Origin {
        self.actor.origin.clone()
    }

    /// As [`Visitor::origin`], with the devices that the browser says it is: for a sign-in.
    pub fn browser(&self) -> Origin {
        let devices = cookies::devices(&self.req, &self.app).iter().map(|token| keys::token_hash(token)).collect();
        Origin { devices: Some(devices), ..self.origin() }
    }
}

impl Caller {
    /// Waits shortly until the state is at least at this revision, and gives the caller as he is then.
    pub async fn at_least(&self, revision: Option<i64>) -> Result<(Fresh, Actor)> {
        let mut waited = std::time::Duration::ZERO;
        loop {
            let fresh = match self.fresh.filter(|_| revision.is_none()) {
                Some(fresh) => fresh,
                None => super::freshen(&self.app).await?,
            };
            let (Some(asked), current) = (revision, self.app.revision(fresh)) else {
                return Ok((fresh, self.actor.clone()));
            };
            if current >= asked {
                let actor = self.actor.clone();
                let dry_run = actor.dry_run;
                let actor = super::run(&self.app, move |app| app.same_actor(fresh, &actor)).await?;
                return Ok((fresh, if dry_run { actor.dry() } else { actor }));
            }
            if waited >= PATIENCE {
                return Err(Error::Behind { asked, current });
            }
            tokio::time::sleep(STEP).await;
            waited += STEP;
        }
    }

    /// Runs App work as this caller, off the async threads.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = self.actor.clone();
        super::run(&self.app, move |app| f(app, &actor)).await
    }

    pub fn origin(&self) -> Origin {
        self.actor.origin.clone()
    }
}

/// Routing guard: a browser that shows pages.
pub struct Html;

impl Guard for Html {
    fn check(&self, ctx: &GuardContext<'_>) -> bool {
        accepts_html(ctx.head().headers())
    }
}

/// Routing guard: a form that a browser's page sent.
pub struct HtmlForm;

impl Guard for HtmlForm {
    fn check(&self, ctx: &GuardContext<'_>) -> bool {
        is_html_form(ctx.head().headers())
    }
}

/// Whether a browser's page sent this form.
pub fn is_html_form(headers: &header::HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) && accepts_html(headers)
}
