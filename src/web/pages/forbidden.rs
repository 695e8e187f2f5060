//! What somebody is shown in place of a page that he may not see: which permission he lacks, which roles have it, and who could
//! give them; all of it as he could ask it himself (`/api/v1/explain`).

use super::Page;
use crate::{
    app::{
        checks::{Ask, Subject},
        explain::Explanation,
    },
    domain::{
        Error,
        condition::Attributes,
        permission::{Pattern, ROLES_READ, USERS_READ},
        scope::Scope,
    },
    web::{error::PageError, extract::SignedIn, middleware::RequestId},
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "forbidden.html")]
struct ForbiddenPage {
    page: Page,
    permission: String,
    /// Where he reads why he lacks it.
    why: String,
    /// `None`: the permission is one that nobody can ask about.
    found: Option<Explanation>,
    sees_users: bool,
    sees_roles: bool,
    request_id: String,
}

/// The answer in place of one that says no more than that `permission` is missing.
pub async fn interpose(req: &HttpRequest, permission: &str) -> Result<HttpResponse, actix_web::Error> {
    let visitor = SignedIn::from_request(req, &mut actix_web::dev::Payload::None).await?;
    let pattern = Pattern::parse(permission).map_err(|message| PageError(Error::Malformed(message)))?;
    let why = super::admin::access::href("/account/access/why", &[("permission", permission)]);
    let ask = Ask {
        subject: Subject::Me,
        permission: pattern,
        scope: Scope::root(),
        at: None,
        attributes: Attributes::default(),
    };
    let found = visitor.run(move |app, actor| app.explain(actor, &ask)).await.ok().filter(|found| !found.allowed);
    let request_id = req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let page = ForbiddenPage {
        page: visitor.page("Not allowed"),
        permission: permission.to_owned(),
        why,
        found,
        sees_users: visitor.actor.can(USERS_READ),
        sees_roles: visitor.actor.can(ROLES_READ),
        request_id,
    };
    Ok(visitor.show_with(StatusCode::FORBIDDEN, &page)?)
}
