//! Long work in the background: begun by a person, done by a worker of any node, left and come back to.
//!
//! A job is done in small steps. Each writes how far it is in the transaction of what it did (`Run::advance_in`), so a
//! run that is broken off, by a stop or a crash, is gone on with exactly where it was, by whatever node. A node that dies
//! leaves its job without a sign of life: after [`LEASE`](crate::domain::job::LEASE) seconds it is told as interrupted,
//! and can be taken up again.

use super::{Actor, App, Origin};
use crate::{
    db::{
        self, Conn,
        jobs::{End, NewJob},
    },
    domain::{
        Error, Result,
        job::{Job, Kind},
        page::{ListQuery, Page},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Jobs that one node does at once.
const WORKERS: usize = 2;
/// How long a worker sleeps when nothing waits: another node may have put something in.
const IDLE: Duration = Duration::from_secs(2);

/// Wakes the workers of this node, and stops them.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<bool>,
    wake: Condvar,
    stop: AtomicBool,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_one();
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn wait(&self) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |rung: &mut bool| !*rung && !self.is_stopped();
        let waited = self.wake.wait_timeout_while(rung, IDLE, quiet);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// The workers of a node.
pub struct Workers {
    app: Arc<App>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Lets the jobs that run come to the end of their step; other nodes, or the next start, go on with them.
    pub fn stop(self) {
        self.app.jobs.stop();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a worker had stopped by itself");
            }
        }
    }
}

/// One run of a job.
pub(super) struct Run<'a> {
    pub app: &'a App,
    pub job: Job,
    claim: String,
}

/// How far a job is: how much is done, of how much, and where to go on.
pub(super) struct Progress<'m, M> {
    pub done: i64,
    pub total: Option<i64>,
    pub mark: &'m M,
}

/// Who has a job, and what it is, for its beginning.
pub(super) struct Begin<'a> {
    pub kind: Kind,
    /// What it does, in words.
    pub title: String,
    pub asked: Value,
    pub subjects: Option<&'a [u8]>,
    pub total: Option<i64>,
}

impl App {
    /// Puts a job into the queue, on behalf of `actor`: it will act with the rights that he has while it runs, within the
    /// roles that are active in his session, or the limit of his token. At most one of a kind and person is under way. Authorise before.
    pub(super) fn begin_job(&self, actor: &Actor, begin: Begin<'_>) -> Result<Job> {
        let job = self.db.write(|conn| self.insert_job(conn, actor, &begin, None))?;
        self.jobs.ring();
        Ok(job)
    }

    /// Does a short job at once, while its beginner waits.
    pub(super) fn do_job(&self, actor: &Actor, begin: Begin<'_>) -> Result<Job> {
        let claim = self.rng.token();
        let job = self.db.write(|conn| self.insert_job(conn, actor, &begin, Some(&claim)))?;
        let id = job.id;
        self.run(Run { app: self, job, claim })?;
        self.read(|conn| db::jobs::get(conn, id))
    }

    /// `claim`: names the run that has it already.
    pub(super) fn insert_job(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        begin: &Begin<'_>,
        claim: Option<&str>,
    ) -> Result<Job> {
        let (begun_by, now) = (actor.user_id()?, self.now());
        if let Some(job) = db::jobs::under_way(conn, begin.kind, begun_by, now)? {
            let text =
                format!("You have one of these under way: “{}” (job {}). Let it end, or cancel it.", job.title, job.id);
            return Err(Error::conflict("job_under_way", text));
        }
        let chosen = match actor.session_id {
            Some(id) => self.active_roles_of(conn, id)?,
            None => None,
        };
        let active_roles = chosen.map(|roles| serde_json::json!(roles).to_string());
        let new = NewJob {
            kind: begin.kind,
            title: &begin.title,
            begun_by,
            ip: &actor.origin.ip,
            request_id: &actor.origin.request_id,
            active_roles: active_roles.as_deref(),
            token_id: actor.token.as_ref().map(|bearer| bearer.token.id),
            asked: &begin.asked.to_string(),
            subjects: begin.subjects,
            total: begin.total,
            claim,
        };
        db::jobs::insert(conn, &new, now)
    }

    fn active_roles_of(&self, conn: &mut Conn, session_id: i64) -> Result<Option<BTreeSet<i64>>> {
        let session = db::sessions::find(conn, session_id, self.sign_in_settings().limits, self.now())?;
        match session.ok_or(Error::SignInRequired)?.restricted {
            true => db::sessions::roles(conn, session_id).map(Some),
            false => Ok(None),
        }
    }

    /// A job that the actor began, or any for who may do everything. Nobody else learns that it is there.
    pub fn job(&self, actor: &Actor, id: i64) -> Result<Job> {
        let user_id = actor.user_id()?;
        let job = self.read(|conn| db::jobs::get(conn, id))?;
        // A token has to do only with what it began itself.
        let mine =
            job.begun_by == user_id && actor.token.as_ref().is_none_or(|bearer| job.token_id == Some(bearer.token.id));
        if mine || actor.holds_everything() { Ok(job) } else { Err(Error::not_found("job")) }
    }

    /// A page of the actor's jobs, the latest first; of all jobs for who may do everything.
    pub fn jobs(&self, actor: &Actor, query: &ListQuery) -> Result<Page<Job>> {
        let user_id = actor.user_id()?;
        let by = Some(user_id).filter(|_| !actor.holds_everything());
        self.read(|conn| db::jobs::list(conn, query, by))
    }

    /// The jobs of a kind that the actor may see and that are queued or running, for the page where they are begun.
    pub fn jobs_under_way(&self, actor: &Actor, kind: Kind) -> Result<Vec<Job>> {
        let query = ListQuery { filter: "open".into(), ..ListQuery::default() };
        let now = self.now();
        let open = self.jobs(actor, &query)?.items.into_iter();
        Ok(open.filter(|job| job.kind == kind.as_str() && job.is_under_way(now)).collect())
    }

    /// The names of those who began these jobs.
    pub fn beginners(&self, actor: &Actor, jobs: &[Job]) -> Result<std::collections::HashMap<i64, String>> {
        actor.user_id()?;
        let ids: Vec<i64> = jobs.iter().map(|job| job.begun_by).collect();
        self.read(|conn| db::users::names(conn, &ids))
    }

    /// Stops a job after its present step. What it has done stays.
    pub fn cancel_job(&self, actor: &Actor, id: i64) -> Result<()> {
        let job = self.job(actor, id)?;
        self.db.write(|conn| {
            let job = db::jobs::get(conn, job.id)?;
            if job.finished_at.is_some() {
                return Err(Error::conflict("job_over", "This job is over already."));
            }
            db::jobs::cancel(conn, &job, self.now())
        })
    }

    /// Lets another run go on with a job whose node died.
    pub fn resume_job(&self, actor: &Actor, id: i64) -> Result<()> {
        let job = self.job(actor, id)?;
        self.require_recent_proof(actor)?;
        self.db.write(|conn| {
            let job = db::jobs::get(conn, job.id)?;
            if job.status(self.now()) != "interrupted" {
                return Err(Error::conflict("not_interrupted", "This job is not interrupted."));
            }
            if actor.dry_run {
                return Err(Error::DryRun(Box::default()));
            }
            db::jobs::requeue(conn, job.id)
        })?;
        self.jobs.ring();
        Ok(())
    }

    /// Starts this node's workers.
    pub fn start_workers(self: &Arc<Self>) -> Workers {
        let start = |number| {
            let app = self.clone();
            thread::Builder::new().name(format!("job-{number}")).spawn(move || app.work_until_stopped())
        };
        let threads = (0..WORKERS).filter_map(|number| match start(number) {
            Ok(thread) => Some(thread),
            Err(error) => {
                tracing::error!(%error, "a worker could not start");
                None
            }
        });
        Workers { app: self.clone(), threads: threads.collect() }
    }

    fn work_until_stopped(&self) {
        while !self.jobs.is_stopped() {
            match self.work() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the jobs cannot be read"),
            }
            self.jobs.wait();
        }
    }

    /// Runs the job that waits the longest, to its end or until it is told to stop. `false`: none waits.
    pub fn work(&self) -> Result<bool> {
        if !self.read(db::jobs::waits)? {
            return Ok(false);
        }
        let claim = self.rng.token();
        let Some(job) = self.db.write(|conn| db::jobs::claim(conn, &claim, self.now()))? else { return Ok(false) };
        self.run(Run { app: self, job, claim })?;
        Ok(true)
    }

    fn run(&self, run: Run<'_>) -> Result<()> {
        let id = run.job.id;
        let done = match Kind::parse(&run.job.kind) {
            Some(Kind::Bulk) => self.bulk_job(&run),
            Some(Kind::VerifyAudit) => self.verify_audit_job(&run),
            None => Err(Error::conflict("unknown_job", "This version of Rolecall does not know this kind of job.")),
        };
        let cancelled = || self.read(|conn| Ok(db::jobs::get(conn, id)?.cancel_at.is_some()));
        let report;
        let failure;
        let end = match done {
            Ok(Some(value)) => {
                report = value.to_string();
                End::Done(&report)
            }
            Ok(None) if cancelled()? => End::Cancelled,
            Ok(None) => End::Queued,
            Err(Error::Conflict { code: LOST, .. }) => return Ok(()),
            // The database is away: the job stays as it is, and is told as interrupted.
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) => {
                if let Error::Internal(cause) = &error {
                    tracing::error!(job = id, error = ?cause, "a job failed");
                }
                failure = error.to_string();
                End::Failed(&failure)
            }
        };
        self.db.write(|conn| db::jobs::finish(conn, id, &run.claim, &end, self.now()))
    }
}

/// The job is another run's, or was ended: this run stops, and what its step did is taken back.
const LOST: &str = "job_lost";

impl Run<'_> {
    /// Where to go on; `None`: at the beginning.
    pub fn mark<M: DeserializeOwned>(&self) -> Option<M> {
        Job::read(self.job.mark.as_deref())
    }

    /// Notes how far the run is, in the transaction of the step. `false`: it is to stop after it.
    pub fn advance_in(&self, conn: &mut Conn, progress: &Progress<'_, impl Serialize>) -> Result<bool> {
        let mark = serde_json::to_string(progress.mark).map_err(anyhow::Error::from)?;
        let how_far = (progress.done, progress.total);
        let cancel = db::jobs::advance(conn, (self.job.id, &self.claim), how_far, &mark, self.app.now())?;
        let cancel = cancel.ok_or_else(|| Error::conflict(LOST, "Another run goes on with this job."))?;
        Ok(!cancel && !self.app.jobs.is_stopped())
    }

    /// As [`Run::advance_in`], for a step that only reads.
    pub fn advance(&self, progress: &Progress<'_, impl Serialize>) -> Result<bool> {
        self.app.db.write(|conn| self.advance_in(conn, progress))
    }

    /// Whoever began it, with the rights that he has now.
    pub fn actor(&self) -> Result<Actor> {
        let chosen: Option<BTreeSet<i64>> = Job::read(self.job.active_roles.as_deref());
        let (ip, request_id) = (self.job.ip.clone(), self.job.request_id.clone());
        let origin = Origin { ip, request_id, ..Origin::default() };
        let within = (chosen.as_ref(), self.job.token_id);
        let actor = self.app.actor_in_background(self.job.begun_by, within, origin)?;
        actor.ok_or_else(|| Error::conflict("barred", "Whoever began this job may not sign in any more."))
    }
}
