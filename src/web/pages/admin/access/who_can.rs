//! Who can do something, somewhere, at some moment?

use super::{Asked, Tab, answer, called, can_href, note, pattern, tabs};
use crate::{
    app::{Actor, App},
    domain::{
        FieldErrors, Result as DomainResult,
        page::{ListQuery, Page as Rows},
        permission::{CHECKS_READ, Pattern, USERS_READ},
        user::User,
    },
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::{Page, admin::list::List},
    },
};
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "admin/access/who_can.html")]
struct WhoCanPage {
    page: Page,
    tabs: Vec<Tab>,
    asked: Asked,
    found: Option<Found>,
    errors: FieldErrors,
}

struct Found {
    permission: Pattern,
    list: List,
    /// Each with whether it is only under a condition, and where the way is shown.
    rows: Vec<(User, bool, String)>,
}

type Holders = (Pattern, Rows<(User, bool)>);

impl Asked {
    pub(super) fn who_can(&self, app: &App, actor: &Actor, query: &ListQuery) -> DomainResult<Holders> {
        let mut errors = FieldErrors::default();
        let (scope, at) = (self.scope(&mut errors), self.at(&mut errors));
        let permission = note(&mut errors, pattern(app, actor, &self.permission, at))?;
        errors.into_result()?;
        let permission = super::all(permission)?;
        let (rows, _) = app.who_can(actor, &permission, &scope, at, query)?;
        Ok((permission, rows))
    }

    fn holders(&self, params: ListParams, (permission, rows): Holders) -> Found {
        let list = List::new("/admin/access/who-can", params, "username", &rows)
            .keep("permission", &self.permission)
            .keep("scope", &self.scope)
            .keep("at", &self.at);
        let way = |user: &User| can_href(&called(user), &permission, self.scope.trim(), self.at.trim());
        let rows = rows.items.into_iter().map(|(user, conditional)| {
            let way = way(&user);
            (user, conditional, way)
        });
        Found { rows: rows.collect(), list, permission }
    }
}

pub async fn index(
    visitor: SignedIn,
    Query(asked): Query<Asked>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_somewhere(CHECKS_READ).and(visitor.actor.require_everywhere(USERS_READ))?;
    let (question, query) = (asked.clone(), params.query()?);
    let whole = !asked.permission.trim().is_empty();
    let (status, found, errors) =
        answer(&visitor, whole, move |app, actor| question.who_can(app, actor, &query)).await?;
    let found = found.map(|holders| asked.holders(params, holders));
    let title = match &found {
        Some(found) => format!("Who can do {}? · Access", found.permission),
        None => "Who can · Access".to_owned(),
    };
    let page = WhoCanPage { page: visitor.page(&title), tabs: tabs(&visitor.actor, "Who can"), asked, found, errors };
    visitor.show_with(status, &page)
}
