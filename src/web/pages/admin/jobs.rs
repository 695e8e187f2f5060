//! Long work in the background: what is under way, how far it is, what came of it.

use super::{
    confirm::Reason,
    done_or_refused,
    list::{List, thousands},
};
use crate::{
    app::{Actor, App, audit_chain::Verified, bulk::RowView},
    domain::{
        Error, Result as DomainResult,
        bulk::{BulkDraft, Tally},
        job::{Job, Kind},
        page::{ListQuery, Page as Rows},
    },
    web::{
        error::{PageError, sentence},
        extract::{Form, ListParams, SignedIn},
        pages::Page,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "admin/jobs/index.html")]
struct JobsPage {
    page: Page,
    list: List,
    rows: Vec<Job>,
    /// Who began them, by id.
    names: HashMap<i64, String>,
}

impl JobsPage {
    fn name(&self, id: &i64) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let (rows, names) = visitor
        .run(move |app, actor| {
            let rows = app.jobs(actor, &query)?;
            let names = app.beginners(actor, &rows.items)?;
            Ok((rows, names))
        })
        .await?;
    let list = List::new("/admin/jobs", params, "-began", &rows).filters(&[("open", "Under way")]);
    visitor.show(&JobsPage { page: visitor.page("Jobs"), list, rows: rows.items, names })
}

#[derive(Template)]
#[template(path = "admin/jobs/show.html")]
struct JobPage {
    page: Page,
    job: Job,
    begun_by: String,
    /// What came of it, in a sentence, if it is done.
    result: String,
    /// What came of each user, if it is about users.
    rows: Option<(List, Vec<RowView>)>,
}

impl JobPage {
    fn status(&self) -> &'static str {
        self.job.status(self.page.now)
    }

    fn is_live(&self) -> bool {
        self.job.is_under_way(self.page.now)
    }

    /// `12,000 of 50,000`.
    fn how_far(&self) -> String {
        match self.job.total {
            Some(total) => format!("{} of {}", thousands(self.job.done), thousands(total)),
            None => thousands(self.job.done),
        }
    }

    /// What came of it so far.
    fn so_far(&self) -> String {
        Report::of(&self.job).map(|report| report.sentence()).unwrap_or_default()
    }

    /// Where it can be undone as a whole, if it can.
    fn undo(&self) -> Option<String> {
        let report = Report::of(&self.job).filter(|report| report.undoable)?;
        Some(super::audit_undo::address(report.revision?, &format!("/admin/jobs/{}", self.job.id)))
    }

    /// How many were refused, so that it can be tried again with them.
    fn refused(&self) -> i64 {
        Report::of(&self.job).map_or(0, |report| report.tally.refused)
    }

    /// The act on the refused again, with what was asked then.
    fn again(&self) -> String {
        let asked: BulkDraft = Job::read(Some(&self.job.asked)).unwrap_or_default();
        let fields = [
            ("act", &asked.act),
            ("role_id", &asked.role_id),
            ("scope", &asked.scope),
            ("valid_from", &asked.valid_from),
            ("valid_to", &asked.valid_to),
            ("due_at", &asked.due_at),
            ("reason", &asked.reason),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("retry", &self.job.id.to_string());
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        format!("/admin/users/bulk?{}", query.finish())
    }

    /// What a screen reader hears when the page is followed to the end of the job.
    fn over(&self) -> String {
        format!("{}: {}. {}", self.job.title, state(self.status()), self.result)
    }

    fn error(&self) -> String {
        self.job.error.as_deref().map(sentence).unwrap_or_default()
    }
}

/// A state in words.
fn state(status: &str) -> &'static str {
    match status {
        "queued" => "Waits for its turn",
        "running" => "Under way",
        "interrupted" => "Interrupted",
        "done" => "Done",
        "cancelled" => "Cancelled",
        _ => "Failed",
    }
}

/// What came of a job that is done.
fn result(job: &Job) -> String {
    match Kind::parse(&job.kind) {
        Some(Kind::VerifyAudit) => match Job::read(job.report.as_deref()) {
            Some(Verified { events, broken_at: None, .. }) => {
                format!("{} entries, each as it was written.", thousands(events))
            }
            Some(Verified { found: Some(finding), events, .. }) => {
                let (id, events) = (finding.id(), thousands(events));
                format!("Entry {id} is not what was written there. {finding} The {events} before hold.")
            }
            Some(Verified { broken_at: Some(id), .. }) => {
                format!("Entry {id} is not what was written there: the log was changed.")
            }
            None => String::new(),
        },
        Some(Kind::Bulk) => Report::of(job).map(|report| report.sentence()).unwrap_or_default(),
        None => String::new(),
    }
}

/// What came of an act on many users.
#[derive(Debug, Deserialize)]
struct Report {
    tally: Tally,
    /// Of what was done all at once.
    #[serde(default)]
    revision: Option<i64>,
    #[serde(default)]
    undoable: bool,
}

impl Report {
    fn of(job: &Job) -> Option<Self> {
        Job::read(job.report.as_deref()).or_else(|| Job::read(job.mark.as_deref()))
    }

    /// `18 changed, 1 so already, 1 refused.`
    fn sentence(&self) -> String {
        let Tally { done, already, spared, refused } = self.tally;
        let told = [(done, "changed"), (already, "so already"), (spared, "left out"), (refused, "refused")];
        let parts = told.into_iter().filter(|(n, word)| *n > 0 || *word == "changed");
        let parts: Vec<String> = parts.map(|(n, word)| format!("{} {word}", thousands(n))).collect();
        format!("{}.", parts.join(", "))
    }
}

/// A job, who began it, and a page of what came of its users if it is about users.
fn load(app: &App, actor: &Actor, id: i64, query: &ListQuery) -> DomainResult<(Job, String, Option<Rows<RowView>>)> {
    let job = app.job(actor, id)?;
    let name = app.beginners(actor, std::slice::from_ref(&job))?.remove(&job.begun_by).unwrap_or_default();
    let rows = match Kind::parse(&job.kind) {
        Some(Kind::Bulk) => Some(app.job_rows(actor, id, query)?),
        _ => None,
    };
    Ok((job, name, rows))
}

pub async fn show(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let (id, query) = (*id, params.query()?);
    let (job, begun_by, rows) = visitor.run(move |app, actor| load(app, actor, id, &query)).await?;
    let page = visitor.page(&format!("{} · Jobs", job.title));
    let rows = rows.map(|rows| {
        let list = List::new(format!("/admin/jobs/{id}"), params, "id", &rows).filters(&[
            ("done", "Changed"),
            ("already", "So already"),
            ("spared", "Left out"),
            ("refused", "Refused"),
        ]);
        (list, rows.items)
    });
    visitor.show(&JobPage { page, result: result(&job), job, begun_by, rows })
}

/// Stops it.
pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.cancel_job(actor, id)).await;
    let told = |()| "The job stops after its present step. What it has done stays.".to_owned();
    done_or_refused(&visitor, &format!("/admin/jobs/{id}"), done, told)
}

/// Goes on with one that was interrupted.
pub async fn update(visitor: SignedIn, id: Path<i64>, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done: Result<(), Error> = visitor.run(move |app, actor| app.resume_job(actor, id)).await;
    done_or_refused(&visitor, &format!("/admin/jobs/{id}"), done, |()| "The job goes on where it was.".to_owned())
}
