//! Long work in the background: what is under way, how far it is, what came of it.

use super::{
    confirm::Reason,
    done_or_refused,
    list::{List, thousands},
};
use crate::{
    app::{Actor, App, audit::Verified},
    domain::{
        Error, Result as DomainResult,
        job::{Job, Kind},
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
    let list = List::new("/admin/jobs", params, "", &rows).filters(&[("open", "Under way")]);
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
            Some(Verified { events, broken_at: None }) => {
                format!("{} entries, each as it was written.", thousands(events))
            }
            Some(Verified { broken_at: Some(id), .. }) => {
                format!("Entry {id} is not what was written there: the log was changed.")
            }
            None => String::new(),
        },
        None => String::new(),
    }
}

fn load(app: &App, actor: &Actor, id: i64) -> DomainResult<(Job, String)> {
    let job = app.job(actor, id)?;
    let name = app.beginners(actor, std::slice::from_ref(&job))?.remove(&job.begun_by).unwrap_or_default();
    Ok((job, name))
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (job, begun_by) = visitor.run(move |app, actor| load(app, actor, *id)).await?;
    let page = visitor.page(&format!("{} · Jobs", job.title));
    visitor.show(&JobPage { page, result: result(&job), job, begun_by })
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
