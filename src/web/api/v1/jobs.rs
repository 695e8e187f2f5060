//! Long work in the background: one's own jobs, or all for who may do everything.

use super::List;
use crate::{
    domain::{Time, job::Job},
    web::{
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize, JsonSchema)]
pub struct JobWire {
    pub(super) id: i64,
    /// `bulk`, `verify_audit` …
    kind: String,
    /// What it does, in words.
    title: String,
    /// The number of the user who began it.
    begun_by: i64,
    /// `queued`, `running`, `interrupted` (its node has died), `done`, `failed` or `cancelled`.
    status: &'static str,
    /// How much of it is done.
    done: i64,
    /// How much there is to do; `null`: that is not known.
    total: Option<i64>,
    /// What came of it, when it is done; of a form of its kind.
    report: Option<Value>,
    /// Why it failed.
    error: Option<String>,
    created_at: Time,
    /// When it was begun.
    started_at: Option<Time>,
    /// When it ended.
    finished_at: Option<Time>,
}

impl JobWire {
    pub fn new(job: Job, now: Time) -> Self {
        Self {
            status: job.status(now),
            report: Job::read(job.report.as_deref()),
            id: job.id,
            kind: job.kind,
            title: job.title,
            begun_by: job.begun_by,
            done: job.done,
            total: job.total,
            error: job.error,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

impl JobWire {
    pub fn is_over(&self) -> bool {
        self.finished_at.is_some()
    }
}

/// What came of one user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobRow")]
pub struct RowWire {
    user_id: i64,
    username: String,
    /// `done`, `already`, `spared` or `refused`.
    outcome: String,
    /// Why it was not done.
    why: String,
}

/// What came of each user of a job, by their ids. `filter`: an outcome.
pub async fn rows(caller: Caller, id: Path<i64>, params: Query<ListParams>) -> Result<Json<List<RowWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.job_rows(actor, *id, &query)).await?;
    Ok(Json(List::page(page, |row| RowWire {
        user_id: row.user_id,
        username: row.username,
        outcome: row.outcome,
        why: row.why,
    })))
}

/// The latest first. `filter`: `open`.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<JobWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.jobs(actor, &query)).await?;
    let now = caller.app.now();
    Ok(Json(List::page(page, |job| JobWire::new(job, now))))
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<JobWire>, ApiError> {
    let job = caller.run(move |app, actor| app.job(actor, *id)).await?;
    Ok(Json(JobWire::new(job, caller.app.now())))
}

/// Stops it after its present step; what it has done stays.
pub async fn delete(caller: Caller, id: Path<i64>) -> Result<Json<JobWire>, ApiError> {
    let job = caller
        .run(move |app, actor| {
            app.cancel_job(actor, *id)?;
            app.job(actor, *id)
        })
        .await?;
    Ok(Json(JobWire::new(job, caller.app.now())))
}

/// Goes on with one whose node has died.
pub async fn resume(caller: Caller, id: Path<i64>) -> Result<Json<JobWire>, ApiError> {
    let job = caller
        .run(move |app, actor| {
            app.resume_job(actor, *id)?;
            app.job(actor, *id)
        })
        .await?;
    Ok(Json(JobWire::new(job, caller.app.now())))
}
