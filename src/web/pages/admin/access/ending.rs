//! What ends soon: roles that somebody may want to give for longer.

use super::{Tab, tabs};
use crate::{
    app::users::AssignmentView,
    domain::{FieldErrors, permission::USERS_READ},
    web::{
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        pages::{
            Page,
            admin::{list::List, user_roles::may_give},
        },
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

/// Days that are looked ahead when nothing else was asked, and at most.
const DAYS: i64 = 7;
const DAYS_MAX: i64 = 3660;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Within {
    days: String,
}

impl Within {
    /// The days that are looked ahead.
    pub fn days(&self) -> Result<i64, FieldErrors> {
        let typed = self.days.trim();
        let days = if typed.is_empty() { Some(DAYS) } else { typed.parse().ok() };
        days.filter(|days| (1..=DAYS_MAX).contains(days))
            .ok_or_else(|| FieldErrors::one("days", format!("Write a number of days from 1 to {DAYS_MAX}.")))
    }
}

#[derive(Template)]
#[template(path = "admin/access/ending.html")]
struct EndingPage {
    page: Page,
    tabs: Vec<Tab>,
    may_give: bool,
    days: String,
    list: List,
    rows: Vec<AssignmentView>,
    all_ticked: bool,
    errors: FieldErrors,
}

pub async fn index(
    visitor: SignedIn,
    Query(within): Query<Within>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_READ)?;
    let typed = within.days.trim().to_owned();
    let (days, status, errors) = match within.days() {
        Ok(days) => (days, StatusCode::OK, FieldErrors::default()),
        Err(errors) => (DAYS, StatusCode::UNPROCESSABLE_ENTITY, errors),
    };
    let (query, seconds) = (params.query()?, days * 24 * 3600);
    let rows = visitor.run(move |app, actor| app.ending(actor, seconds, &query)).await?;
    let list = List::new("/admin/access/ending", params, "ends", &rows).keep("days", &typed);
    let page = EndingPage {
        page: visitor.page("Ending soon · Access"),
        tabs: tabs(&visitor.actor, "Ending soon"),
        may_give: may_give(&visitor.actor),
        days: if typed.is_empty() { DAYS.to_string() } else { typed },
        list,
        rows: rows.items,
        all_ticked: visitor.req.query_string().split('&').any(|pair| pair == "tick=page"),
        errors,
    };
    visitor.show_with(status, &page)
}
