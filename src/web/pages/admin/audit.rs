//! The audit log, in words.

use super::list::List;
use crate::{
    app::audit::Filter,
    domain::audit::AuditEvent,
    web::{
        error::PageError,
        extract::{ListParams, SignedIn},
        pages::{Page, words::Sentence},
    },
};
use actix_web::{HttpResponse, web::Query};
use askama::Template;

/// Beginnings of actions.
const FILTERS: [(&str, &str); 8] = [
    ("user", "Users"),
    ("role", "Roles"),
    ("permission", "Permissions"),
    ("session", "Sessions"),
    ("password", "Passwords"),
    ("factor", "Second factors"),
    ("device", "Trusted devices"),
    ("mail", "Mail"),
];

#[derive(Template)]
#[template(path = "admin/audit/index.html")]
struct AuditPage {
    page: Page,
    list: List,
    events: Vec<Told>,
}

impl AuditPage {
    fn sub(&self) -> String {
        format!("{}, the latest first.", self.list.total.of("event", "events"))
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    // With the dot, so that one beginning is not another's.
    let action = if params.filter.is_empty() { String::new() } else { format!("{}.", params.filter) };
    let events =
        visitor.run(move |app, actor| app.audit_log(actor, &query, &Filter { action, ..Filter::default() })).await?;
    let list = List::new("/admin/audit", params, "", &events).filters(&FILTERS);
    visitor.show(&AuditPage {
        page: visitor.page("Audit"),
        list,
        events: events.items.into_iter().map(Told::new).collect(),
    })
}

/// An event in words, and as it is kept.
pub struct Told {
    pub event: AuditEvent,
    pub sentence: Sentence,
}

impl Told {
    pub fn new(event: AuditEvent) -> Self {
        Self { sentence: Sentence::new(&event), event }
    }

    /// The data before and after, as far as there is any, each with its heading.
    pub fn data(&self) -> Vec<(&'static str, String)> {
        let sides = [("Before", &self.event.before), ("After", &self.event.after)];
        sides.into_iter().filter_map(|(heading, json)| Some((heading, pretty(json.as_deref()?)))).collect()
    }
}

fn pretty(json: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(json).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| json.to_owned())
}
