//! May this request go on? For nginx `auth_request`, Caddy `forward_auth` and Traefik `forwardAuth`: see docs/forward-auth.md.

use crate::{
    app::{
        App,
        forward_auth::{Demand, Passed},
    },
    domain::{
        Error, FieldErrors, Result,
        forward::{self, Address},
        permission::Pattern,
        scope::Scope,
    },
    web::{
        self,
        error::{Failure, Look, accepts_html, sentence},
        extract,
        middleware::RequestId,
    },
};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Bytes of `Remote-Groups`, at most: nginx reads all headers of this answer into one page of 4 kB.
const GROUPS: usize = 2048;
/// Headers by which some applications take another address or method than that of the request.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"];

/// The query of the proxy's own question.
#[derive(Default)]
struct Params {
    permissions: Vec<Pattern>,
    scope: Scope,
    /// 401 with `Location` in place of a redirect.
    stay: bool,
}

impl Params {
    fn read(req: &HttpRequest) -> Result<Self> {
        let (mut params, mut errors) = (Self::default(), FieldErrors::default());
        for (name, value) in url::form_urlencoded::parse(req.query_string().as_bytes()) {
            match (&*name, &*value) {
                ("permission", name) => match Pattern::parse(name) {
                    Ok(pattern) if pattern.is_single() => params.permissions.push(pattern),
                    Ok(_) => {
                        errors.add("permission", "Ask for single permissions; a pattern with * is given, not asked.")
                    }
                    Err(message) => errors.add("permission", message),
                },
                ("scope", scope) => params.scope = errors.keep("scope", Scope::parse(scope)),
                ("redirect", "no") => params.stay = true,
                ("redirect", _) => errors.add("redirect", "Write redirect=no, or leave it out."),
                // Not to be taken for a weaker question than it was meant to be.
                _ => errors.add("query", "Write permission, scope and redirect only."),
            }
        }
        if params.permissions.is_empty() && params.scope != Scope::root() {
            errors.add("scope", "A scope is that of a permission: name one.");
        }
        errors.into_result()?;
        Ok(params)
    }

    fn demand(&self, asked: &Asked<'_>) -> Result<Demand> {
        if !self.permissions.is_empty() {
            return Ok(Demand::Permissions(self.permissions.clone(), self.scope.clone()));
        }
        asked.address().map(Demand::Rule)
    }
}

/// The request that the proxy asks about, as it tells it.
struct Asked<'r>(&'r HttpRequest);

impl Asked<'_> {
    /// A header that stands there once; `None`: not at all, or several times.
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.0.headers().get_all(name);
        let only = values.next().filter(|_| values.next().is_none())?;
        std::str::from_utf8(only.as_bytes()).ok()
    }

    /// That the question's query is the proxy's own. Caddy passes on that of the client if there is no `?` in its
    /// configuration: then the client would choose the permission.
    fn keeps_its_query(&self, own: &str) -> Result<()> {
        let pairs = |query: &str| -> Vec<(String, String)> {
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
        };
        let theirs = self.header("x-forwarded-uri").and_then(|uri| uri.split('#').next()?.split_once('?'));
        let theirs = theirs.map(|(_, query)| pairs(query)).unwrap_or_default();
        let mut own = pairs(own).into_iter().filter(|(name, _)| name != "redirect").peekable();
        if own.peek().is_none() || !own.all(|pair| theirs.contains(&pair)) {
            return Ok(());
        }
        Err(Error::Refused {
            code: "query_passed_on",
            message: "the proxy passes the client's query on to /auth/verify: write /auth/verify? in its configuration"
                .into(),
        })
    }

    fn address(&self) -> Result<Address> {
        if let Some(name) = OVERRIDES.into_iter().find(|name| self.0.headers().contains_key(*name)) {
            return Err(Error::Refused {
                code: forward::AMBIGUOUS,
                message: format!("this request can be read in two ways: it has the header {name}"),
            });
        }
        let all = ("x-forwarded-host", "x-forwarded-uri", "x-forwarded-method");
        match (self.header(all.0), self.header(all.1), self.header(all.2)) {
            (Some(host), Some(uri), Some(method)) => Address::read(host, uri, method),
            _ => Err(Error::Refused {
                code: "no_address",
                message: "the proxy must send X-Forwarded-Host, X-Forwarded-Uri and X-Forwarded-Method, each once"
                    .into(),
            }),
        }
    }

    /// Somebody who sees pages: he is sent to sign in.
    fn is_browser(&self) -> bool {
        matches!(self.header("x-forwarded-method"), None | Some("GET" | "HEAD")) && accepts_html(self.0.headers())
    }

    /// Where one signs in and comes back to what was asked for.
    fn sign_in(&self, app: &App) -> String {
        let https = app.config.web.is_https();
        let scheme = match self.header("x-forwarded-proto") {
            Some(scheme @ ("http" | "https")) => scheme,
            _ if https => "https",
            _ => "http",
        };
        let page = app.config.web.address("/auth/sign-in");
        match (self.header("x-forwarded-host"), self.header("x-forwarded-uri")) {
            (Some(host), Some(uri)) => {
                let to = format!("{scheme}://{host}{uri}");
                format!("{page}?to={}", url::form_urlencoded::byte_serialize(to.as_bytes()).collect::<String>())
            }
            _ => page,
        }
    }
}

/// 200 with who it is; 401 or 302 to the sign-in for strangers; 403 for whoever may not; 503 if nobody can tell.
pub async fn show(req: HttpRequest) -> HttpResponse {
    let asked = Asked(&req);
    match decide(&req, &asked).await {
        Ok(passed) => pass(&passed),
        Err(error) => refuse(&req, &asked, &error),
    }
}

async fn decide(req: &HttpRequest, asked: &Asked<'_>) -> Result<Passed> {
    asked.keeps_its_query(req.query_string())?;
    let demand = Params::read(req)?.demand(asked)?;
    let (app, actor, fresh) = extract::forwarded(req).await?;
    let fresh = fresh.ok_or(Error::SignInRequired)?;
    web::run(&app, move |app| app.verify(&actor, fresh, &demand)).await
}

/// All four headers always: a proxy that only copies what is there lets no header of the client's own through.
fn pass(passed: &Passed) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let groups = forward::groups(&passed.roles, GROUPS);
    let all = [
        ("Remote-User", &passed.username),
        ("Remote-Name", &passed.name),
        ("Remote-Email", &passed.email),
        ("Remote-Groups", &groups),
    ];
    for (name, text) in all {
        // Names have no control characters; if one had, it would be left empty.
        let value = header::HeaderValue::from_bytes(text.as_bytes());
        answer.insert_header((name, value.unwrap_or(header::HeaderValue::from_static(""))));
    }
    answer.finish()
}

/// The look of [`Refused`]. Nothing of it is loaded; its hash stands in the Content-Security-Policy (level 3, hash sources).
const STYLE: &str = include_str!("../../../../templates/auth/refused.css");

/// What that page may do: show itself in this style, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// The page of somebody who may not. It is shown at the application's address, where nothing else of ours can be loaded.
#[derive(Template)]
#[template(path = "auth/refused.html")]
struct Refused<'a> {
    heading: &'static str,
    text: &'a str,
    next: &'static str,
    style: &'static str,
    code: &'a str,
    request_id: &'a str,
    home: &'a str,
}

/// What to do next, at the application's address.
fn next(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "If you need it, ask whoever looks after roles here, and tell him this address.",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "Wait a moment, and load the page anew.",
        _ => "If it happens again, tell whoever looks after this application the number below.",
    }
}

fn refuse(req: &HttpRequest, asked: &Asked<'_>, error: &Error) -> HttpResponse {
    let Some(app) = req.app_data::<actix_web::web::Data<App>>() else {
        return HttpResponse::InternalServerError().finish();
    };
    let failure = Failure::new(Look::Problem, error);
    let wait = failure.retry_after;
    let id = req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    // Who must first set up a second factor, or keep his account, is told by the pages of the sign-in.
    let can_be_mended = matches!(error, Error::EnrolmentRequired | Error::Leaving { .. }) && asked.is_browser();
    let mut answer = if matches!(error, Error::SignInRequired | Error::InvalidToken) || can_be_mended {
        let stay = Params::read(req).is_ok_and(|params| params.stay);
        if asked.is_browser() && !stay {
            return HttpResponse::Found().insert_header((header::LOCATION, asked.sign_in(app))).finish();
        }
        let mut answer = Failure { status: StatusCode::UNAUTHORIZED, ..failure }.json(&id);
        if let Ok(way) = header::HeaderValue::from_str(&asked.sign_in(app))
            && asked.is_browser()
        {
            answer.headers_mut().insert(header::LOCATION, way);
        }
        answer
    } else if asked.is_browser() {
        let home = app.config.web.address("/");
        let page = Refused {
            heading: web::pages::heading(failure.status),
            text: &sentence(&failure.message),
            next: next(failure.status),
            style: STYLE,
            code: failure.code,
            request_id: &id,
            home: &home,
        };
        HttpResponse::build(failure.status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
            .body(page.render().unwrap_or_default())
    } else {
        failure.json(&id)
    };
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
