//! A form whose session had ended when it was sent: it is kept in the pages of the sign-in, and sent after it.

use super::{Page, own_path};
use crate::{
    app::Actor,
    web::{
        self,
        error::PageError,
        extract::{Posted, Visitor, is_html_form},
    },
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Where the form was to go, and what is in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Held {
    path: String,
    fields: Vec<(String, String)>,
}

/// The fields of the form that was sent, but for the token, and for passwords: no page ever has one in it.
pub fn fields(req: &HttpRequest) -> Vec<(String, String)> {
    let Some(Posted(body)) = req.extensions().get::<Posted>().cloned() else { return vec![] };
    url::form_urlencoded::parse(&body)
        .into_owned()
        .filter(|(name, _)| name != "form_token" && !name.contains("password"))
        .collect()
}

impl Held {
    /// The form of this request.
    pub fn of(req: &HttpRequest) -> Self {
        Self { path: req.uri().to_string(), fields: fields(req) }
    }

    /// For a hidden field.
    pub fn write(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// `None`: there is none, or it is no form of ours.
    pub fn read(text: &str) -> Option<Self> {
        let held: Self = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        own_path(&held.path).is_some().then_some(held)
    }
}

#[derive(Template)]
#[template(path = "login/held.html")]
struct HeldPage {
    page: Page,
    held: Held,
}

impl HeldPage {
    /// What was typed, each with a word for its field.
    fn shown(&self) -> Vec<(String, &str)> {
        let typed = self.held.fields.iter().filter(|(name, value)| !value.is_empty() && !name.ends_with("_id"));
        let label = |name: &str| web::error::sentence(&name.replace('_', " ")).trim_end_matches('.').to_owned();
        typed.map(|(name, value)| (label(name), value.as_str())).collect()
    }
}

/// After the sign-in that opened this session: what was kept, and the button that sends it.
pub async fn show(visitor: &Visitor, session_id: i64, held: Held) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    let actor: Actor = web::run(&visitor.app, move |app| app.actor(session_id, origin)).await?;
    let visitor = Visitor { app: visitor.app.clone(), actor, req: visitor.req.clone() };
    visitor.show(&HeldPage { page: visitor.page("Signed in again"), held })
}

/// In place of the answer to a form for somebody who is signed in, from somebody who is not (any more).
pub async fn interpose(req: &HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let visitor = Visitor::extract(req).await?;
    Ok(super::login::hold(&visitor, Held::of(req).write())?)
}

/// Whether the request is a form for somebody who is signed in.
pub fn is_for_members(req: &HttpRequest) -> bool {
    let path = req.path();
    req.method() == actix_web::http::Method::POST
        && (path == "/account" || path.starts_with("/account/") || path.starts_with("/admin/"))
        && is_html_form(req.headers())
}
