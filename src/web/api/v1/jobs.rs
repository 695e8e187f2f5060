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
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
pub struct JobWire {
    id: i64,
    /// `verify_audit` …
    kind: String,
    /// What it does, in words.
    title: String,
    begun_by: i64,
    /// `queued`, `running`, `interrupted` (its node has died), `done`, `failed` or `cancelled`.
    status: &'static str,
    done: i64,
    /// How much there is to do; `null`: that is not known.
    total: Option<i64>,
    /// What came of it, when it is done; of a form of its kind.
    report: Option<Value>,
    /// Why it failed.
    error: Option<String>,
    created_at: Time,
    started_at: Option<Time>,
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
