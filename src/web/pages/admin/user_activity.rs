//! What was done by and to one user.

use super::{
    audit::{Told, moment},
    list::List,
};
use crate::{
    app::Actor,
    domain::{FieldErrors, user::User},
    web::{
        error::PageError,
        extract::{ListParams, SignedIn},
        pages::Page,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "admin/user_activity/index.html")]
struct ActivityPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    list: List,
    events: Vec<Told>,
    errors: FieldErrors,
}

impl ActivityPage {
    /// The same of the audit log, as a table.
    fn csv(&self) -> String {
        let (user, since) = (self.user.id.to_string(), self.list.own("since"));
        super::access::href("/admin/audit.csv", &[("user", &user), ("q", self.list.q()), ("since", since)])
    }
}

/// From when on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Narrow {
    since: String,
}

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(narrow): Query<Narrow>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, query) = (*id, params.query()?);
    let (since, errors) = match moment(&visitor.app, &narrow.since) {
        Ok(since) => (since, FieldErrors::default()),
        Err(message) => (None, FieldErrors::one("since", message)),
    };
    let (view, events) =
        visitor.run(move |app, actor| Ok((app.user(actor, id)?, app.user_activity(actor, id, since, &query)?))).await?;
    let own = vec![("since", narrow.since)];
    let mut list = List::with_own(format!("/admin/users/{id}/activity"), params, own, "-at", &events);
    if let Some(at) = since {
        list = list.chip("since", format!("Since {at}"));
    }
    let page = visitor.page(&format!("Activity of {} · Users", view.user.name()));
    let events = Told::all(&visitor, events.items, &page.path).await?;
    visitor.show(&ActivityPage {
        page,
        actor: visitor.actor.clone(),
        tab: "activity",
        user: view.user,
        factors: view.factors,
        list,
        events,
        errors,
    })
}
