//! The answers to questions, as tables to download.

use super::{
    Asked,
    comparison::{self, Compared},
    ending::Within,
    what_can,
};
use crate::{
    app::{Actor, App, list_export::Listed, users::AssignmentView},
    domain::{Error, csv, page::ListQuery, permission::CHECKS_READ, policy::Holding, user::User},
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::admin::exports::{moment, send},
    },
};
use actix_web::HttpResponse;

/// What ends within the days that the address says.
pub async fn ending(
    visitor: SignedIn,
    Query(within): Query<Within>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let days = within.days().map_err(Error::Invalid)?;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| app.ending(actor, days * 24 * 3600, query);
    let line = |held: AssignmentView, _| {
        let row = held.row;
        let who = [moment(row.valid_to), row.user_id.to_string(), held.user_name, held.role_name, row.scope];
        csv::row(who.into_iter().chain([row.condition.unwrap_or_default(), held.giver, row.reason]))
    };
    let columns = "valid_to,user_id,username,role,scope,condition,given_by,reason";
    send(&visitor, "ending", columns, (Listed::Ending(days), &params), page, line).await
}

fn right(held: &Holding) -> [String; 3] {
    [held.pattern.to_string(), held.scope.as_str().to_owned(), held.conditional.to_string()]
}

/// The columns of [`right`].
const RIGHT: &str = "permission,scope,conditional";

pub async fn who_can(
    visitor: SignedIn,
    Query(asked): Query<Asked>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let listed = Listed::WhoCan([asked.permission.clone(), asked.scope.clone(), asked.at.clone()]);
    let page = move |app: &App, actor: &Actor, query: &ListQuery| Ok(asked.who_can(app, actor, query)?.1);
    let line = |(user, conditional): (User, bool), _| {
        let name = user.name();
        csv::row([user.id.to_string(), user.username, user.email, name, conditional.to_string()])
    };
    send(&visitor, "who-can", "user_id,username,email,name,conditional", (listed, &params), page, line).await
}

pub async fn what_can(
    visitor: SignedIn,
    Query(asked): Query<Asked>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    what_can::may_ask(&visitor)?;
    let (question, first) = (asked.clone(), ListQuery::default());
    let (user, _) = visitor.run(move |app, actor| question.what_can(app, actor, &first)).await?;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| Ok(asked.what_can(app, actor, query)?.1);
    let line = |held: Holding, _| csv::row(right(&held));
    let name = format!("user-{}-rights", user.id);
    send(&visitor, &name, RIGHT, (Listed::WhatCan(user.id), &params), page, line).await
}

/// What one may do oneself now, as far as this session goes.
pub async fn mine(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let user = visitor.actor.user_id()?;
    let page = |_: &App, actor: &Actor, query: &ListQuery| what_can::found(actor.rights.list(), query);
    let line = |held: Holding, _| csv::row(right(&held));
    send(&visitor, "my-rights", RIGHT, (Listed::WhatCan(user), &params), page, line).await
}

pub async fn comparison(
    visitor: SignedIn,
    Query(asked): Query<Compared>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_somewhere(CHECKS_READ)?;
    let question = asked.clone();
    let ([(first, _), _], _) = visitor.run(move |app, actor| question.compare(app, actor)).await?;
    let page = move |app: &App, actor: &Actor, query: &ListQuery| comparison::page(asked.compare(app, actor)?.1, query);
    let line = |(held, sides): comparison::Side, _| {
        csv::row(right(&held).into_iter().chain(sides.map(|has| if has { "yes" } else { "no" }.to_owned())))
    };
    let listed = (Listed::Comparison(first.id), &params);
    send(&visitor, "comparison", "permission,scope,conditional,first,second", listed, page, line).await
}
