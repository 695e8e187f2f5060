//! What can somebody do, somewhere, at some moment?

use super::{Asked, Tab, answer, called, can_href, note, tabs, user};
use crate::{
    app::{Actor, App},
    domain::{
        FieldErrors, Result as DomainResult,
        page::{Cursor, ListQuery, Page as Rows},
        permission::{CHECKS_READ, USERS_READ},
        policy::Holding,
        text,
        user::User,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn, Visitor},
        pages::{Page, admin::list::List},
    },
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "admin/access/what_can.html")]
struct WhatCanPage {
    page: Page,
    tabs: Vec<Tab>,
    sees_users: bool,
    asked: Asked,
    found: Option<Found>,
    errors: FieldErrors,
}

struct Found {
    user: User,
    list: List,
    /// The rights of each resource, each with where its way is shown.
    groups: Vec<(String, Vec<(Holding, String)>)>,
}

/// Rights in order, a resource after the other.
pub type Key = (String, String, String, bool);

pub fn key(one: &Holding) -> Key {
    let pattern = &one.pattern;
    (pattern.resource().to_owned(), pattern.action().to_owned(), one.scope.as_str().to_owned(), one.conditional)
}

/// A page of the rights that have the words, by `permission`.
pub fn found(mut held: Vec<Holding>, query: &ListQuery) -> DomainResult<Rows<Holding>> {
    let (_, downward) = query.order("Rights", &["permission"], "permission")?;
    let words = text::fold(&query.q);
    held.retain(|one| words.split_whitespace().all(|word| one.pattern.to_string().contains(word)));
    Cursor::slice(held, query, downward, key)
}

impl Asked {
    pub(super) fn what_can(&self, app: &App, actor: &Actor, query: &ListQuery) -> DomainResult<(User, Rows<Holding>)> {
        let mut errors = FieldErrors::default();
        let (scope, at) = (self.scope(&mut errors), self.at(&mut errors));
        let user = note(&mut errors, user(app, actor, "user", &self.user))?;
        errors.into_result()?;
        let user = super::all(user)?;
        let narrowed = Some(&scope).filter(|_| !self.scope.trim().is_empty());
        let (held, _) = app.what_can(actor, user.id, narrowed, at)?;
        Ok((user, found(held, query)?))
    }

    fn rights(&self, params: ListParams, (user, rows): (User, Rows<Holding>)) -> Found {
        let list = List::new("/admin/access/what-can", params, "permission", &rows)
            .keep("user", &self.user)
            .keep("scope", &self.scope)
            .keep("at", &self.at);
        let mut groups: Vec<(String, Vec<(Holding, String)>)> = vec![];
        for one in rows.items {
            let way = can_href(&called(&user), &one.pattern, one.scope.as_str(), self.at.trim());
            match groups.last_mut() {
                Some((resource, of_it)) if resource == one.pattern.resource() => of_it.push((one, way)),
                _ => groups.push((one.pattern.resource().to_owned(), vec![(one, way)])),
            }
        }
        Found { user, list, groups }
    }
}

/// Who may ask about nobody but himself has a page of his own for it.
pub fn may_ask(visitor: &Visitor) -> DomainResult<()> {
    visitor.actor.require_somewhere(CHECKS_READ).or(visitor.actor.require_everywhere(USERS_READ))
}

pub async fn index(
    visitor: SignedIn,
    Query(asked): Query<Asked>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    may_ask(&visitor)?;
    let (question, query) = (asked.clone(), params.query()?);
    let whole = !asked.user.trim().is_empty();
    let (status, found, errors) =
        answer(&visitor, whole, move |app, actor| question.what_can(app, actor, &query)).await?;
    let found = found.map(|rights| asked.rights(params, rights));
    let title = match &found {
        Some(found) => format!("What can {} do? · Access", found.user.username),
        None => "What can · Access".to_owned(),
    };
    let page = WhatCanPage {
        page: visitor.page(&title),
        tabs: tabs(&visitor.actor, "What can"),
        sees_users: visitor.actor.can(USERS_READ),
        asked,
        found,
        errors,
    };
    visitor.show_with(status, &page)
}
