//! The audit log, in words.

use super::list::List;
use crate::{
    app::{Actor, App, audit::Filter},
    domain::{
        Error, FieldErrors, Result as DomainResult, Time,
        audit::{AuditEvent, Format},
        page::{Page as Rows, Total},
        permission::{ROLES_READ, USERS_READ},
        undo::Undoing,
    },
    web::{
        download,
        error::PageError,
        extract::{ListParams, SignedIn, Visitor},
        pages::{Page, words::Sentence},
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;

/// Beginnings of actions.
const FILTERS: [(&str, &str); 11] = [
    ("user", "Users"),
    ("role", "Roles"),
    ("permission", "Permissions"),
    ("constraint", "Constraints"),
    ("forward_rule", "Rules of forward-auth"),
    ("change", "Undoings"),
    ("session", "Sessions"),
    ("password", "Passwords"),
    ("factor", "Second factors"),
    ("device", "Trusted devices"),
    ("mail", "Mail"),
];

/// What the log is narrowed to, as it stands in the address. Users by id or username.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Narrow {
    /// Who did it.
    by: String,
    /// By or on this user.
    user: String,
    /// On this: `role:17`.
    on: String,
    /// The exact action.
    action: String,
    since: String,
    until: String,
    revision: String,
    request: String,
}

/// Spans that are offered: the value of `since`, in days.
const SPANS: [(i64, &str); 3] = [(1, "Last 24 hours"), (7, "Last 7 days"), (30, "Last 30 days")];

/// A filter that is on: the parameter, and what it says.
type Chips = Vec<(&'static str, String)>;

impl Narrow {
    fn own(&self) -> Vec<(&'static str, String)> {
        let Self { by, user, on, action, since, until, revision, request } = self.clone();
        vec![
            ("by", by),
            ("user", user),
            ("on", on),
            ("action", action),
            ("since", since),
            ("until", until),
            ("revision", revision),
            ("request", request),
        ]
    }

    /// The filter and the chips that tell it; `noun`: the beginning of the action.
    fn read(&self, app: &App, actor: &Actor, noun: &str) -> DomainResult<(Filter, Chips)> {
        let (mut filter, mut chips, mut errors) = (Filter::default(), vec![], FieldErrors::default());
        if !self.by.is_empty() {
            match person(app, actor, &self.by)? {
                Some((id, name)) => {
                    filter.actor_id = Some(id);
                    chips.push(("by", format!("By {name}")));
                }
                None => errors.add("by", "Nobody has this username or id."),
            }
        }
        if !self.user.is_empty() {
            match person(app, actor, &self.user)? {
                Some((id, name)) if self.by.is_empty() => {
                    filter.about_user = Some(id);
                    chips.push(("user", format!("By or on {name}")));
                }
                Some((id, name)) => {
                    filter.object = Some(("user".to_owned(), id));
                    chips.push(("user", format!("On {name}")));
                }
                None => errors.add("user", "Nobody has this username or id."),
            }
        }
        if !self.on.is_empty() {
            let parsed = self.on.split_once(':').and_then(|(kind, id)| Some((kind.to_owned(), id.parse().ok()?)));
            match parsed {
                Some((kind, id)) => {
                    chips.push(("on", format!("On {kind} {id}")));
                    filter.object = Some((kind, id));
                }
                None => errors.add("on", "Write a kind and an id, such as role:17."),
            }
        }
        if !noun.is_empty() {
            // With the dot, so that one beginning is not another's.
            filter.action = format!("{noun}.");
        }
        if !self.action.is_empty() {
            filter.action.clone_from(&self.action);
            chips.push(("action", format!("Only {}", self.action)));
        }
        let mut moment = |text: &str, field: &'static str, word: &str| match moment(app, text) {
            Ok(at) => {
                chips.extend(at.map(|at| (field, format!("{word} {at}"))));
                at
            }
            Err(message) => {
                errors.add(field, message);
                None
            }
        };
        (filter.since, filter.until) = (moment(&self.since, "since", "Since"), moment(&self.until, "until", "Before"));
        if !self.revision.is_empty() {
            match self.revision.parse() {
                Ok(revision) => {
                    filter.revision = Some(revision);
                    chips.push(("revision", format!("Revision {revision}")));
                }
                Err(_) => errors.add("revision", "The revision is a whole number."),
            }
        }
        if !self.request.is_empty() {
            filter.request_id.clone_from(&self.request);
            chips.push(("request", "One request".to_owned()));
        }
        errors.into_result().map(|()| (filter, chips))
    }
}

/// The moment in an address: `2026-11-18`, `2026-11-18T09:00`, or `7d`: so many days ago. Empty: none.
pub fn moment(app: &App, text: &str) -> Result<Option<Time>, String> {
    match text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()) {
        _ if text.is_empty() => Ok(None),
        Some(days) => Ok(Some(app.now().minus_seconds(days.saturating_mul(24 * 3600)))),
        None => Time::parse(text).map(Some),
    }
}

/// The id and the username of a user who is called so or has this id.
fn person(app: &App, actor: &Actor, text: &str) -> DomainResult<Option<(i64, String)>> {
    let found = match text.parse() {
        // A deleted user, too, has a history.
        Ok(id) => return Ok(Some((id, app.username(actor, id)?.unwrap_or_else(|| format!("user {id}"))))),
        Err(_) => app.find_user(actor, text),
    };
    match found {
        Ok(user) => Ok(Some((user.id, user.username))),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "admin/audit/index.html")]
struct AuditPage {
    page: Page,
    list: List,
    events: Vec<Told>,
    errors: FieldErrors,
}

impl AuditPage {
    fn sub(&self) -> String {
        let first = if self.list.sorted("at") == "ascending" { "oldest" } else { "latest" };
        format!("{}, the {first} first.", self.list.total.of("event", "events"))
    }

    /// Spans of time, with their addresses.
    fn spans(&self) -> Vec<(&'static str, String)> {
        let spans = SPANS.iter().map(|(days, label)| (*label, self.list.href("since", &format!("{days}d"))));
        spans.filter(|_| self.list.own("since").is_empty()).collect()
    }
}

pub async fn index(
    visitor: SignedIn,
    Query(params): Query<ListParams>,
    Query(narrow): Query<Narrow>,
) -> Result<HttpResponse, PageError> {
    let (query, noun, asked) = (params.query()?, params.filter.clone(), narrow.clone());
    let found = visitor
        .run(move |app, actor| {
            let (filter, chips) = asked.read(app, actor, &noun)?;
            Ok((app.audit_log(actor, &query, &filter)?, chips))
        })
        .await;
    let (events, chips, errors) = match found {
        Ok((events, chips)) => (events, chips, FieldErrors::default()),
        Err(Error::Invalid(errors)) => {
            let none = Rows { items: vec![], total: Total::Exactly(0), next: None, prev: None };
            (none, vec![], errors)
        }
        Err(error) => return Err(error.into()),
    };
    let mut list = List::with_own("/admin/audit", params, narrow.own(), "-at", &events).filters(&FILTERS);
    for (name, label) in chips {
        list = list.chip(name, label);
    }
    let page = visitor.page("Audit");
    let events = Told::all(&visitor, events.items, &page.path).await?;
    visitor.show(&AuditPage { page, list, events, errors })
}

/// One event with all that is known of it, and the others of its request and its revision.
#[derive(Template)]
#[template(path = "admin/audit/show.html")]
struct EventPage {
    page: Page,
    told: Told,
    around: Vec<Told>,
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (event, around) = visitor.run(move |app, actor| app.audit_event(actor, *id)).await?;
    let page = visitor.page(&format!("Event {} · Audit", event.id));
    let mut all = Told::all(&visitor, std::iter::once(event).chain(around).collect(), &page.path).await?;
    let around = all.split_off(1);
    let told = all.pop().ok_or(Error::not_found("audit event"))?;
    visitor.show(&EventPage { page, told, around })
}

/// `/admin/audit.csv`, `/admin/audit.jsonl`: what the address narrows the log to, as a stream.
pub async fn export(
    visitor: SignedIn,
    format: Path<String>,
    Query(params): Query<ListParams>,
    Query(narrow): Query<Narrow>,
) -> Result<HttpResponse, PageError> {
    let format = match format.as_str() {
        "csv" => Format::Csv,
        _ => Format::Jsonl,
    };
    let (query, noun) = (params.query()?, params.filter);
    let mut export = visitor
        .run(move |app, actor| {
            let (filter, _) = narrow.read(app, actor, &noun)?;
            app.export_audit(actor, &query, &filter, format)
        })
        .await?;
    let app = visitor.app.clone();
    let parts = download::parts(move || app.next_of_export(&mut export));
    let name = format!("audit-{}.{}", visitor.app.now().format("%Y-%m-%d"), format.as_str());
    let kind = if format == Format::Csv { download::CSV } else { "application/jsonl; charset=utf-8" };
    Ok(download::answer(&name, kind, parts))
}

/// An event in words, and as it is kept.
pub struct Told {
    pub event: AuditEvent,
    pub sentence: Sentence,
    /// The revision that undid its change, if one did.
    pub undone_by: Option<i64>,
    /// Where its change can be undone; empty: it cannot.
    pub undo: String,
    /// The time line of the user or role that it is about, be it deleted; empty: there is none, or not for this reader.
    pub timeline: String,
}

impl Told {
    pub fn new(event: AuditEvent) -> Self {
        Self { sentence: Sentence::new(&event), event, undone_by: None, undo: String::new(), timeline: String::new() }
    }

    /// As [`Told::new`], each with how it stands to being undone; from there the way leads to `back`.
    pub async fn all(visitor: &Visitor, events: Vec<AuditEvent>, back: &str) -> Result<Vec<Self>, PageError> {
        let revisions: Vec<i64> = events.iter().filter_map(|event| event.revision).collect();
        let undone = visitor.run(move |app, actor| app.undone_by(actor, &revisions)).await?;
        let tell = |event: AuditEvent| {
            let undone_by = event.revision.and_then(|revision| undone.get(&revision).copied());
            let open = event.revision.filter(|_| undone_by.is_none() && matches!(Undoing::of(&event), Undoing::By(_)));
            let undo = open.map(|revision| super::audit_undo::address(revision, back)).unwrap_or_default();
            let timeline = timeline_of(&visitor.actor, &event);
            Self { undone_by, undo, timeline, ..Self::new(event) }
        };
        Ok(events.into_iter().map(tell).collect())
    }

    /// The data before and after, as far as there is any, each with its heading.
    pub fn data(&self) -> Vec<(&'static str, String)> {
        let sides = [("Before", &self.event.before), ("After", &self.event.after)];
        sides.into_iter().filter_map(|(heading, json)| Some((heading, pretty(json.as_deref()?)))).collect()
    }
}

fn timeline_of(actor: &Actor, event: &AuditEvent) -> String {
    let (may, noun) = match event.object_kind.as_str() {
        "user" => (actor.can(USERS_READ), "users"),
        "role" => (actor.can(ROLES_READ), "roles"),
        _ => return String::new(),
    };
    event.object_id.filter(|_| may).map(|id| format!("/admin/{noun}/{id}/timeline")).unwrap_or_default()
}

fn pretty(json: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(json).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| json.to_owned())
}
