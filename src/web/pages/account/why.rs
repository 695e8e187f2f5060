//! Why one may do something: the way from oneself to the permission.

use super::super::{Page, admin::access::href};
use crate::{
    app::{
        checks::{Ask, Subject},
        explain::Explanation,
    },
    domain::{
        Error, FieldErrors,
        condition::Attributes,
        permission::{Pattern, ROLES_READ, USERS_READ},
        policy::Holding,
        scope::Scope,
    },
    web::{
        error::PageError,
        extract::{Query, SignedIn},
    },
};
use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

/// A permission or a pattern, and where: empty is everywhere.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    permission: String,
    scope: String,
}

#[derive(Template)]
#[template(path = "account/why.html")]
struct WhyPage {
    page: Page,
    permission: Pattern,
    scope: Scope,
    found: Explanation,
    /// Whether users and roles have pages that this user may see.
    sees_users: bool,
    sees_roles: bool,
}

/// The address that shows the way to a right of one's own.
pub fn address(right: &Holding) -> String {
    href("/account/access/why", &[("permission", &right.pattern.to_string()), ("scope", right.scope.as_str())])
}

pub async fn show(visitor: SignedIn, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let wrong = |field| move |message| Error::Invalid(FieldErrors::one(field, message));
    let permission = Pattern::parse(asked.permission.trim()).map_err(wrong("permission"))?;
    let scope = Scope::parse(&asked.scope).map_err(wrong("scope"))?;
    let ask = Ask {
        subject: Subject::Me,
        permission: permission.clone(),
        scope: scope.clone(),
        at: None,
        attributes: Attributes::default(),
    };
    let found = visitor.run(move |app, actor| app.explain(actor, &ask)).await?;
    visitor.show(&WhyPage {
        page: visitor.account_page("Access"),
        permission,
        scope,
        found,
        sees_users: visitor.actor.can(USERS_READ),
        sees_roles: visitor.actor.can(ROLES_READ),
    })
}
