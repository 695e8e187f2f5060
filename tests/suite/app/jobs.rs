//! Long work in the background.

use crate::support::Site;
use rolecall::{
    app::Actor,
    domain::{
        Error,
        job::{Job, LEASE},
        page::ListQuery,
        role::{Assign, NewGrant, RoleDraft},
    },
};

/// Makes bob an auditor, and nothing more.
fn auditor(site: &Site) -> (Actor, i64) {
    let operator = Actor::operator();
    let role = site.app.create_role(&operator, &RoleDraft::parse("auditor", "", "").unwrap()).unwrap().value.id;
    site.app.grant(&operator, role, &NewGrant::parse("rolecall.audit:read", "", "").unwrap()).unwrap();
    let assign = Assign::parse(site.id("bob"), role, "", "", "", "").unwrap();
    let given = site.app.give_role(&operator, &assign).unwrap().value;
    (site.actor("bob"), given.id)
}

fn begin(site: &Site, actor: &Actor) -> Job {
    site.app.begin_verifying_audit(actor).unwrap()
}

fn status(site: &Site, job: &Job) -> &'static str {
    site.app.job(&site.actor("ada"), job.id).unwrap().status(site.now())
}

/// Leaves the job as a node does that dies while it runs it.
fn die_with(site: &Site, job: &Job) {
    site.database.tamper(&format!(
        "UPDATE jobs SET state = 'running', claim = 'of a dead node', heartbeat_at = '2026-03-02 09:00:00' WHERE id = {}",
        job.id
    ));
}

#[test]
fn a_job_waits_for_a_worker_and_tells_what_came_of_it() {
    let site = Site::new();
    let ada = site.actor("ada");
    let job = begin(&site, &ada);
    assert_eq!((status(&site, &job), job.percent()), ("queued", Some(0)));
    assert!(site.app.work().unwrap() && !site.app.work().unwrap(), "one job, and then none");
    let job = site.app.job(&ada, job.id).unwrap();
    assert_eq!((job.status(site.now()), job.error.as_deref()), ("done", None));
    assert!(job.report.unwrap().contains("\"broken_at\":null"));
    assert!(job.done > 5 && job.finished_at == Some(site.now()));
}

#[test]
fn only_who_began_a_job_or_may_do_everything_sees_or_stops_it() {
    let site = Site::new();
    let (bob, _) = auditor(&site);
    let (ada, eve) = (site.actor("ada"), site.actor("eve"));
    let (of_bob, of_ada) = (begin(&site, &bob), begin(&site, &ada));
    let sees = |actor: &Actor| {
        let mut ids: Vec<i64> =
            site.app.jobs(actor, &ListQuery::default()).unwrap().items.iter().map(|job| job.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!((sees(&bob), sees(&eve), sees(&ada)), (vec![of_bob.id], vec![], vec![of_bob.id, of_ada.id]));
    for (actor, job) in [(&eve, &of_bob), (&bob, &of_ada)] {
        assert!(matches!(site.app.job(actor, job.id), Err(Error::NotFound { .. })));
        assert!(matches!(site.app.cancel_job(actor, job.id), Err(Error::NotFound { .. })));
        assert!(matches!(site.app.resume_job(actor, job.id), Err(Error::NotFound { .. })));
    }
    assert!(matches!(site.app.jobs(&Actor::operator(), &ListQuery::default()), Err(Error::SignInRequired)));
    site.app.cancel_job(&ada, of_bob.id).unwrap();
    assert_eq!(status(&site, &of_bob), "cancelled");
}

#[test]
fn a_person_has_one_job_of_a_kind_at_a_time() {
    let site = Site::new();
    let (bob, _) = auditor(&site);
    let ada = site.actor("ada");
    let first = begin(&site, &ada);
    match site.app.begin_verifying_audit(&ada) {
        Err(Error::Conflict { code: "job_under_way", message }) => {
            assert!(message.contains(&format!("job {}", first.id)), "{message}")
        }
        other => panic!("{other:?}"),
    }
    begin(&site, &bob);
    site.app.work().unwrap();
    begin(&site, &ada);
}

#[test]
fn a_cancelled_job_does_not_run() {
    let site = Site::new();
    let ada = site.actor("ada");
    let job = begin(&site, &ada);
    site.app.cancel_job(&ada, job.id).unwrap();
    assert!(!site.app.work().unwrap());
    assert_eq!(status(&site, &job), "cancelled");
    assert!(matches!(site.app.cancel_job(&ada, job.id), Err(Error::Conflict { code: "job_over", .. })));
}

#[test]
fn a_job_whose_node_died_is_told_as_interrupted_and_taken_up_again() {
    let site = Site::new();
    let ada = site.actor("ada");
    let job = begin(&site, &ada);
    die_with(&site, &job);
    assert_eq!(status(&site, &job), "running", "it may still live");
    assert!(matches!(site.app.resume_job(&ada, job.id), Err(Error::Conflict { code: "not_interrupted", .. })));
    site.pass(LEASE + 1);
    assert_eq!(status(&site, &job), "interrupted");
    assert!(!site.app.work().unwrap(), "nobody goes on with it unasked");
    site.app.resume_job(&ada, job.id).unwrap();
    assert!(site.app.work().unwrap());
    assert_eq!(status(&site, &job), "done");
}

#[test]
fn an_interrupted_job_keeps_nobody_from_a_new_one_and_can_be_cancelled() {
    let site = Site::new();
    let ada = site.actor("ada");
    let job = begin(&site, &ada);
    die_with(&site, &job);
    site.pass(LEASE + 1);
    begin(&site, &ada);
    site.app.cancel_job(&ada, job.id).unwrap();
    assert_eq!(status(&site, &job), "cancelled");
}

#[test]
fn a_job_acts_with_the_rights_that_its_beginner_has_while_it_runs() {
    let site = Site::new();
    let (bob, assignment) = auditor(&site);
    let job = begin(&site, &bob);
    site.app.take_role(&Actor::operator(), site.id("bob"), assignment, "").unwrap();
    site.app.work().unwrap();
    let job = site.app.job(&site.actor("ada"), job.id).unwrap();
    assert_eq!(job.status(site.now()), "failed");
    assert!(job.error.unwrap().contains("rolecall.audit:read"));
}

#[test]
fn the_job_of_somebody_who_was_disabled_does_not_go_on() {
    let site = Site::new();
    let (bob, _) = auditor(&site);
    let job = begin(&site, &bob);
    site.app.set_user_disabled(&Actor::operator(), site.id("bob"), true, "").unwrap();
    site.app.work().unwrap();
    let job = site.app.job(&site.actor("ada"), job.id).unwrap();
    assert!(job.error.unwrap().contains("may not sign in any more"));
}

#[test]
fn workers_of_several_nodes_take_each_job_once_and_stop_when_told() {
    let site = Site::new();
    let (bob, _) = auditor(&site);
    let jobs = [begin(&site, &site.actor("ada")), begin(&site, &bob)];
    let other = Site::on(site.database.share(), |_| {});
    let workers = [site.app.start_workers(), other.app.start_workers()];
    let done = || jobs.iter().all(|job| status(&site, job) == "done");
    for _ in 0..600 {
        if done() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(done());
    for workers in workers {
        workers.stop();
    }
    let late = begin(&site, &bob);
    assert_eq!(status(&site, &late), "queued", "nobody works any more");
}

#[test]
fn jobs_are_forgotten_a_month_after_they_ended() {
    let site = Site::new();
    let job = begin(&site, &site.actor("ada"));
    site.app.work().unwrap();
    site.pass(31 * 24 * 3600);
    let open = begin(&site, &site.actor("ada"));
    site.app.tidy().unwrap();
    let ada = site.actor("ada");
    assert!(matches!(site.app.job(&ada, job.id), Err(Error::NotFound { .. })));
    assert_eq!(site.app.job(&ada, open.id).unwrap().id, open.id);
}
