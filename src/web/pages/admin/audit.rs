//! The audit log, in words.

use super::list::List;
use crate::{
    app::audit::Filter,
    domain::{audit::AuditEvent, undo::Undoing},
    web::{
        error::PageError,
        extract::{ListParams, SignedIn, Visitor},
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
    let page = visitor.page("Audit");
    let events = Told::all(&visitor, events.items, &page.path).await?;
    visitor.show(&AuditPage { page, list, events })
}

/// An event in words, and as it is kept.
pub struct Told {
    pub event: AuditEvent,
    pub sentence: Sentence,
    /// The revision that undid its change, if one did.
    pub undone_by: Option<i64>,
    /// Where its change can be undone; empty: it cannot.
    pub undo: String,
}

impl Told {
    pub fn new(event: AuditEvent) -> Self {
        Self { sentence: Sentence::new(&event), event, undone_by: None, undo: String::new() }
    }

    /// As [`Told::new`], each with how it stands to being undone; from there the way leads to `back`.
    pub async fn all(visitor: &Visitor, events: Vec<AuditEvent>, back: &str) -> Result<Vec<Self>, PageError> {
        let revisions: Vec<i64> = events.iter().filter_map(|event| event.revision).collect();
        let undone = visitor.run(move |app, actor| app.undone_by(actor, &revisions)).await?;
        let tell = |event: AuditEvent| {
            let undone_by = event.revision.and_then(|revision| undone.get(&revision).copied());
            let open = event.revision.filter(|_| undone_by.is_none() && matches!(Undoing::of(&event), Undoing::By(_)));
            let undo = open.map(|revision| super::audit_undo::address(revision, back)).unwrap_or_default();
            Self { undone_by, undo, ..Self::new(event) }
        };
        Ok(events.into_iter().map(tell).collect())
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
