//! Can somebody do something, somewhere, at some moment? The answer with its way, or with what is missing.

use super::{Asked, Tab, all, answer, attributes, href, note, pattern, tabs, user};
use crate::{
    app::{
        Actor, App,
        checks::{Ask, Subject},
        explain::{Explanation, Missing},
    },
    domain::{
        FieldErrors, Result as DomainResult,
        permission::{CHECKS_READ, ROLES_READ, USERS_READ},
    },
    web::{
        error::PageError,
        extract::{Query, SignedIn},
        pages::Page,
    },
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "admin/access/can.html")]
struct CanPage {
    page: Page,
    tabs: Vec<Tab>,
    actor: Actor,
    asked: Asked,
    found: Option<Explanation>,
    errors: FieldErrors,
}

impl CanPage {
    /// Where the role can be given that would do, with the preview of it.
    fn give_href(&self, found: &Explanation, missing: &Missing) -> String {
        let path = format!("/admin/users/{}", found.user.id);
        href(&path, &[("role", &missing.role), ("scope", self.asked.scope.trim()), ("preview", "1")])
    }

    fn sees_users(&self) -> bool {
        self.actor.can(USERS_READ)
    }

    fn sees_roles(&self) -> bool {
        self.actor.can(ROLES_READ)
    }

    /// Whether roles can be given that hold from now on: the past stays as it was.
    fn may_give(&self, found: &Explanation) -> bool {
        self.asked.at.trim().is_empty() && found.user.deleted_at.is_none() && self.actor.may_give_somewhere()
    }
}

impl Asked {
    fn explain(&self, app: &App, actor: &Actor) -> DomainResult<Explanation> {
        let (mut errors, mut rest) = (FieldErrors::default(), FieldErrors::default());
        let (scope, at) = (self.scope(&mut rest), self.at(&mut rest));
        let attributes = rest.keep("attributes", attributes(&self.attributes));
        let user = note(&mut errors, user(app, actor, "user", &self.user))?;
        let permission = note(&mut errors, pattern(app, actor, &self.permission, at))?;
        errors.and(rest).into_result()?;
        let (user, permission) = (all(user)?, all(permission)?);
        app.explain(actor, &Ask { subject: Subject::User(user.id), permission, scope, at, attributes })
    }
}

pub async fn show(visitor: SignedIn, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_somewhere(CHECKS_READ)?;
    let whole = !asked.user.trim().is_empty() && !asked.permission.trim().is_empty();
    let question = asked.clone();
    let (status, found, errors) = answer(&visitor, whole, move |app, actor| question.explain(app, actor)).await?;
    let title = match &found {
        Some(found) => format!("Can {} do {}? · Access", found.user.username, asked.permission.trim()),
        None => "Can · Access".to_owned(),
    };
    let page = CanPage {
        page: visitor.page(&title),
        tabs: tabs(&visitor.actor, "Can"),
        actor: visitor.actor.clone(),
        asked,
        found,
        errors,
    };
    visitor.show_with(status, &page)
}
