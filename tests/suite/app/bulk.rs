//! One act on many users.

use crate::support::{Site, give, listen, role, statements};
use rolecall::{
    app::{Actor, audit::Filter as AuditFilter, bulk::RowView},
    domain::{
        Error,
        bulk::{BulkDraft, Filter, Mode, Selection},
        constraint::ConstraintDraft,
        job::{Job, Outcome},
        page::ListQuery,
        role::Assign,
        sign_in_rules::Enrolment,
        user::Profile,
    },
};
use std::collections::BTreeMap;

fn act(act: &str, role: i64) -> BulkDraft {
    BulkDraft {
        act: act.into(),
        role_id: role.to_string(),
        reason: "spring cleaning".into(),
        tell: true,
        ..BulkDraft::default()
    }
}

fn these(site: &Site, names: &[&str]) -> Selection {
    Selection::Ids(names.iter().map(|name| site.id(name)).collect())
}

fn matching(q: &str) -> Selection {
    Selection::Matching { query: Filter { q: q.into(), filter: String::new() }, role: None }
}

/// What came of each, by name: the outcome and why.
fn rows(site: &Site, job: &Job) -> BTreeMap<String, (String, String)> {
    let ada = site.actor("ada");
    let query = ListQuery { limit: Some(100), ..ListQuery::default() };
    let page = site.app.job_rows(&ada, job.id, &query).unwrap();
    page.items.into_iter().map(|RowView { username, outcome, why, .. }| (username, (outcome, why))).collect()
}

fn outcome(site: &Site, job: &Job, name: &str) -> String {
    rows(site, job).remove(name).unwrap().0
}

/// How many came out how, over all rows.
fn count(site: &Site, job: &Job, outcome: Outcome) -> usize {
    let filter = outcome.as_str().to_owned();
    let (ada, mut n) = (site.actor("ada"), 0);
    let mut query = ListQuery { filter, limit: Some(1000), ..ListQuery::default() };
    loop {
        let part = site.app.job_rows(&ada, job.id, &query).unwrap();
        n += part.items.len();
        match part.next {
            Some(next) => query.cursor = next,
            None => return n,
        }
    }
}

fn job(site: &Site, id: i64) -> Job {
    site.app.job(&site.actor("ada"), id).unwrap()
}

fn holders(site: &Site, role: i64) -> i64 {
    site.app.assigned_users(&Actor::operator(), role, &ListQuery::default()).unwrap().total.number()
}

#[test]
fn a_role_is_given_to_many_under_one_revision_and_each_is_told() {
    let site = Site::new();
    let approver = role(&site, "approver", &["posts:read"]);
    give(&site, "eve", approver);
    let ada = site.actor("ada");
    let (draft, chosen) = (act("give_role", approver), these(&site, &["bob", "eve", "ada"]));
    let found = site.app.preview_bulk(&ada, &draft, &chosen).unwrap();
    assert_eq!((found.title.as_str(), found.chosen, found.looked_at), ("Give approver to 3 users", 3, 3));
    let told: Vec<_> = found.groups.iter().map(|group| (group.outcome, group.count)).collect();
    assert_eq!(told, [(Outcome::Done, 2), (Outcome::Already, 1)]);
    assert_eq!(found.groups[1].first, [(site.id("eve"), "eve".to_owned())]);
    assert_eq!(holders(&site, approver), 1, "a preview gives nothing");
    let mails = site.mails("bob@example.com").len();
    let before = site.app.revision(site.app.fresh().unwrap());
    let done = site.app.bulk(&ada, &draft, &chosen, Mode::AllOrNothing, Some(&found.seen)).unwrap();
    assert_eq!((done.revision, done.value.status(site.now())), (before + 1, "done"));
    assert_eq!(holders(&site, approver), 3);
    let rows = rows(&site, &done.value);
    assert_eq!((rows["bob"].0.as_str(), rows["eve"].0.as_str()), ("done", "already"));
    assert_eq!(site.mails("bob@example.com").len(), mails + 1);
    assert!(site.last_mail("bob@example.com").text.contains("ada gave you the role “approver”"));
    let filter = AuditFilter { action: "role.give".into(), ..AuditFilter::default() };
    let events = site.app.audit_log(&ada, &ListQuery::default(), &filter).unwrap().items;
    let new: Vec<_> = events.iter().filter(|event| event.revision == Some(done.revision)).collect();
    assert_eq!(new.len(), 2);
    assert!(new.iter().all(|event| event.reason == "spring cleaning" && event.actor_name == "ada"));
    assert!(site.app.verify_audit(&ada).unwrap().broken_at.is_none(), "the chain goes on through many");
}

#[test]
fn what_breaks_a_constraint_for_one_stops_all_or_is_left_out() {
    let site = Site::new();
    let (buyer, payer) = (role(&site, "buyer", &[]), role(&site, "payer", &[]));
    give(&site, "bob", buyer);
    let draft = ConstraintDraft {
        name: "four eyes".into(),
        kind: "ssd".into(),
        roles: [buyer, payer].into(),
        n: Some(2),
        ..ConstraintDraft::default()
    };
    site.app.create_constraint(&Actor::operator(), &draft).unwrap();
    let (ada, chosen) = (site.actor("ada"), these(&site, &["bob", "eve"]));
    let found = site.app.preview_bulk(&ada, &act("give_role", payer), &chosen).unwrap();
    let refused = found.groups.iter().find(|group| group.outcome == Outcome::Refused).unwrap();
    assert_eq!(refused.sentence(), "the constraint “four eyes” would be broken: bob");
    match site.app.bulk(&ada, &act("give_role", payer), &chosen, Mode::AllOrNothing, None) {
        Err(Error::Conflict { code: "not_all", message }) => assert!(message.contains("four eyes"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(holders(&site, payer), 0, "nothing of it is kept");
    let done = site.app.bulk(&ada, &act("give_role", payer), &chosen, Mode::Each, None).unwrap().value;
    assert_eq!((outcome(&site, &done, "bob").as_str(), outcome(&site, &done, "eve").as_str()), ("refused", "done"));
    assert_eq!(holders(&site, payer), 1);
    // Whoever was refused can be tried again, when the reason is gone.
    let taken = site.app.bulk(&ada, &act("take_role", buyer), &Selection::Members(buyer), Mode::AllOrNothing, None);
    assert_eq!(outcome(&site, &taken.unwrap().value, "bob"), "done");
    let again = site.app.bulk(&ada, &act("give_role", payer), &Selection::RefusedBy(done.id), Mode::Each, None);
    let again = again.unwrap().value;
    assert_eq!(rows(&site, &again).into_keys().collect::<Vec<_>>(), ["bob"]);
    assert_eq!(outcome(&site, &again, "bob"), "done");
}

#[test]
fn a_rule_about_all_refuses_only_those_who_would_break_it() {
    let site = Site::new();
    let seat = role(&site, "seat", &[]);
    let draft = ConstraintDraft {
        name: "two seats".into(),
        kind: "at_most".into(),
        role_id: Some(seat),
        n: Some(2),
        ..ConstraintDraft::default()
    };
    site.app.create_constraint(&Actor::operator(), &draft).unwrap();
    site.crowd(7);
    let ada = site.actor("ada");
    let done = site.app.bulk(&ada, &act("give_role", seat), &matching("crowd"), Mode::Each, None).unwrap().value;
    assert_eq!((count(&site, &done, Outcome::Done), count(&site, &done, Outcome::Refused)), (2, 5));
    assert_eq!(holders(&site, seat), 2);
}

#[test]
fn nobody_shuts_himself_out_and_the_last_admin_stays() {
    let site = Site::new();
    let ada = site.actor("ada");
    let all = these(&site, &["ada", "bob", "eve"]);
    let done = site.app.bulk(&ada, &act("disable", 0), &all, Mode::AllOrNothing, None).unwrap().value;
    assert_eq!((outcome(&site, &done, "ada").as_str(), outcome(&site, &done, "bob").as_str()), ("spared", "done"));
    assert!(site.app.actor(ada.session_id.unwrap(), ada.origin.clone()).is_ok(), "ada is still signed in");
    let again = site.app.bulk(&ada, &act("disable", 0), &all, Mode::Each, None).unwrap().value;
    assert_eq!(outcome(&site, &again, "bob"), "already");
    let enabled = site.app.bulk(&ada, &act("enable", 0), &all, Mode::AllOrNothing, None).unwrap().value;
    assert_eq!(
        (outcome(&site, &enabled, "ada").as_str(), outcome(&site, &enabled, "eve").as_str()),
        ("already", "done")
    );
    let admin = site.role("admin");
    let taken =
        site.app.bulk(&ada, &act("take_role", admin), &Selection::Members(admin), Mode::Each, None).unwrap().value;
    assert_eq!(outcome(&site, &taken, "ada"), "spared");
    // Another who holds everything could not take it from the last one either.
    give(&site, "bob", role(&site, "deputy", &["*:*"]));
    let bob = site.actor("bob");
    for draft in [act("take_role", admin), act("disable", 0)] {
        let refused = site.app.bulk(&bob, &draft, &these(&site, &["ada", "eve"]), Mode::Each, None).unwrap().value;
        let rows = rows(&site, &refused);
        assert!(rows["ada"].0 == "refused" && rows["ada"].1.contains("last who hold the role admin"), "{rows:?}");
    }
    assert_eq!(holders(&site, admin), 1);
}

#[test]
fn nobody_acts_on_those_who_may_do_more_nor_gives_what_he_lacks() {
    let site = Site::new();
    give(
        &site,
        "bob",
        role(&site, "helper", &["rolecall.users:*", "rolecall.sessions:*", "rolecall.assignments:write"]),
    );
    let (bob, all) = (site.actor("bob"), these(&site, &["ada", "eve"]));
    for draft in [act("disable", 0), act("end_sessions", 0), act("require_second_factor", 0), act("send_reset", 0)] {
        site.actor("ada");
        let found = site.app.preview_bulk(&bob, &draft, &all).unwrap();
        let refused = found.groups.iter().find(|group| group.outcome == Outcome::Refused).unwrap();
        assert_eq!(
            (refused.why.as_str(), refused.first[0].1.as_str()),
            ("may do more than you", "ada"),
            "{}",
            draft.act
        );
    }
    let strong = role(&site, "strong", &["*:*"]);
    let refused = site.app.bulk(&bob, &act("give_role", strong), &all, Mode::Each, None).unwrap().value;
    assert!(refused.error.unwrap().contains("*:*"));
    assert_eq!(holders(&site, strong), 0);
    assert!(matches!(
        site.app.bulk(&bob, &act("give_role", strong), &all, Mode::AllOrNothing, None),
        Err(Error::Escalation { .. })
    ));
    let eve = site.actor("eve");
    assert!(matches!(site.app.bulk(&eve, &act("disable", 0), &all, Mode::Each, None), Err(Error::Forbidden { .. })));
    site.pass(601);
    assert!(matches!(
        site.app.bulk(&bob, &act("disable", 0), &all, Mode::Each, None),
        Err(Error::ReauthenticationRequired)
    ));
}

#[test]
fn those_who_came_to_match_after_the_preview_are_not_touched_unseen() {
    let site = Site::new();
    let (ada, draft) = (site.actor("ada"), act("disable", 0));
    site.crowd(3);
    let found = site.app.preview_bulk(&ada, &draft, &matching("crowd")).unwrap();
    let profile = Profile::parse("Crowd", "Late", "crowdlate", "late@example.com").unwrap();
    site.app.create_user(&ada, &profile).unwrap();
    for mode in [Mode::AllOrNothing, Mode::Each] {
        let done = site.app.bulk(&ada, &draft, &matching("crowd"), mode, Some(&found.seen));
        assert!(matches!(done, Err(Error::Conflict { code: "selection_changed", .. })));
    }
    let again = site.app.preview_bulk(&ada, &draft, &matching("crowd")).unwrap();
    assert_eq!(again.chosen, 4);
    site.app.bulk(&ada, &draft, &matching("crowd"), Mode::Each, Some(&again.seen)).unwrap();
    let nobody = site.app.preview_bulk(&ada, &draft, &matching("nobodyhasthisname"));
    assert!(matches!(nobody, Err(Error::Conflict { code: "nobody", .. })));
}

#[test]
fn many_are_changed_in_the_background_and_a_stopped_job_is_gone_on_with_exactly_where_it_was() {
    let site = Site::new();
    site.crowd(1200);
    let (ada, reader) = (site.actor("ada"), role(&site, "reader", &["posts:read"]));
    let draft = BulkDraft { tell: false, ..act("give_role", reader) };
    let begun = site.app.bulk(&ada, &draft, &matching("crowd"), Mode::Each, None).unwrap().value;
    assert_eq!((begun.status(site.now()), begun.total), ("queued", Some(1200)));
    // Who comes to match after the beginning is not among those who were chosen.
    let profile = Profile::parse("Crowd", "Late", "crowdlate", "late@example.com").unwrap();
    site.app.create_user(&ada, &profile).unwrap();
    // A node that is stopped ends its step, and another goes on.
    let stopping = Site::on(site.database.share(), |_| {});
    stopping.app.start_workers().stop();
    // Its workers may have done a step before they were stopped; from now on it does one at a time.
    stopping.app.work().unwrap();
    let half = job(&site, begun.id);
    assert!(half.status(site.now()) == "queued" && [500, 1000].contains(&half.done), "{half:?}");
    assert_eq!(holders(&site, reader), half.done);
    assert!(site.app.work().unwrap());
    let done = job(&site, begun.id);
    assert_eq!((done.status(site.now()), done.done), ("done", 1200));
    assert_eq!(count(&site, &done, Outcome::Done), 1200, "each once, and none as done already");
    assert_eq!(holders(&site, reader), 1200);
    let again = site.app.bulk(&ada, &draft, &matching("crowd"), Mode::Each, None).unwrap().value;
    site.app.work().unwrap();
    assert_eq!((count(&site, &again, Outcome::Done), count(&site, &again, Outcome::Already)), (1, 1200));
}

#[test]
fn ten_thousand_are_given_a_role_at_once_within_seconds() {
    let site = Site::new();
    site.crowd(10_000);
    let (ada, reader) = (site.actor("ada"), role(&site, "reader", &["posts:read"]));
    let began = std::time::Instant::now();
    let found = site.app.preview_bulk(&ada, &act("give_role", reader), &matching("crowd")).unwrap();
    let looked = began.elapsed();
    assert_eq!((found.groups[0].count, found.preview.users.len()), (10_000, 10_000));
    let done =
        site.app.bulk(&ada, &act("give_role", reader), &matching("crowd"), Mode::AllOrNothing, Some(&found.seen));
    println!("10,000 users: looked at in {looked:?}, given the role in {:?}", began.elapsed() - looked);
    assert_eq!(count(&site, &done.unwrap().value, Outcome::Done), 10_000);
    assert!(began.elapsed() < std::time::Duration::from_secs(120), "{:?}", began.elapsed());
    let profile = Profile::parse("Crowd", "Late", "crowdlate", "late@example.com").unwrap();
    site.app.create_user(&ada, &profile).unwrap();
    let late = site.app.bulk(&ada, &act("give_role", reader), &matching("crowd"), Mode::AllOrNothing, None);
    assert!(matches!(late, Err(Error::Invalid(_))), "one more is too many for all or nothing");
}

#[test]
fn a_preview_holds_the_writers_lock_for_a_few_statements_and_writes_nothing_that_only_tells() {
    listen();
    let site = Site::new();
    site.crowd(1500);
    let (ada, reader) = (site.actor("ada"), role(&site, "reader", &["posts:read"]));
    give(&site, "bob", reader);
    for draft in [act("give_role", reader), act("take_role", reader), act("disable", 0)] {
        let look = |q: &str| {
            let (found, said) = statements(|| site.app.preview_bulk(&ada, &draft, &matching(q)).unwrap());
            assert!(found.chosen > 0);
            let begun = said.iter().position(|one| one == "BEGIN IMMEDIATE" || one.contains("FOR UPDATE")).unwrap();
            let found = said.iter().position(|one| one.contains("FROM") && one.contains("users"));
            assert!(found < Some(begun), "who is chosen is found before: {said:?}");
            let ended = said.iter().skip(begun).position(|one| one == "ROLLBACK").unwrap();
            said[begun..begun + ended].to_vec()
        };
        let (few, many) = (look("bob"), look("crowd"));
        for table in ["audit_events", "mails", "changes", "daily_counts"] {
            let told = many.iter().find(|one| one.contains("INSERT INTO") && one.contains(table));
            assert!(told.is_none(), "{}: {told:?}", draft.act);
        }
        // A thousand rows go into one statement.
        assert!(many.len() < few.len() + 8, "{}: {} and {}: {many:#?}", draft.act, few.len(), many.len());
    }
}

#[test]
fn a_cancelled_job_stops_after_its_step_and_what_it_did_stays() {
    let site = Site::new();
    site.crowd(700);
    let ada = site.actor("ada");
    let begun = site.app.bulk(&ada, &act("disable", 0), &matching("crowd"), Mode::Each, None).unwrap().value;
    site.database.tamper(&format!("UPDATE jobs SET cancel_at = '2026-03-02 09:00:00' WHERE id = {}", begun.id));
    site.app.work().unwrap();
    let stopped = job(&site, begun.id);
    assert_eq!((stopped.status(site.now()), stopped.done), ("cancelled", 500));
    let disabled = ListQuery { filter: "disabled".into(), ..ListQuery::default() };
    assert_eq!(site.app.users(&ada, &disabled, None).unwrap().total.number(), 500);
}

#[test]
fn a_role_that_is_deleted_meanwhile_ends_the_job_which_tells_why() {
    let site = Site::new();
    site.crowd(300);
    let (ada, reader) = (site.actor("ada"), role(&site, "reader", &[]));
    let begun = site.app.bulk(&ada, &act("give_role", reader), &matching("crowd"), Mode::Each, None).unwrap().value;
    site.app.delete_role(&ada, reader, "").unwrap();
    site.app.work().unwrap();
    let failed = job(&site, begun.id);
    assert_eq!((failed.status(site.now()), failed.error.as_deref()), ("failed", Some("there is no such role")));
    assert_eq!(failed.done, 0);
}

#[test]
fn two_admins_who_change_the_same_users_at_once_change_each_once() {
    let site = Site::new();
    site.crowd(150);
    give(&site, "bob", site.role("admin"));
    let reader = role(&site, "reader", &[]);
    let actors = [site.actor("ada"), site.actor("bob")];
    let draft = BulkDraft { tell: false, ..act("give_role", reader) };
    let jobs: Vec<Job> = std::thread::scope(|scope| {
        let act = |actor| {
            let (site, draft) = (&site, &draft);
            scope.spawn(move || site.app.bulk(actor, draft, &matching("crowd"), Mode::Each, None).unwrap().value)
        };
        actors.iter().map(act).collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).collect()
    });
    let sum = |outcome| jobs.iter().map(|job| count(&site, job, outcome)).sum::<usize>();
    assert_eq!((sum(Outcome::Done), sum(Outcome::Already), sum(Outcome::Refused)), (150, 150, 0));
    assert_eq!(holders(&site, reader), 150);
}

#[test]
fn a_second_factor_can_be_demanded_of_chosen_users_until_it_is_waived() {
    let site = Site::new();
    site.turn_on_totp("eve");
    let ada = site.actor("ada");
    let chosen = these(&site, &["bob", "eve"]);
    let draft = BulkDraft { due_at: "2026-03-05T09:00".into(), ..act("require_second_factor", 0) };
    let bob = site.actor("bob");
    let done = site.app.bulk(&ada, &draft, &chosen, Mode::AllOrNothing, None).unwrap().value;
    assert_eq!((outcome(&site, &done, "bob").as_str(), outcome(&site, &done, "eve").as_str()), ("done", "done"));
    let standing = |actor: &Actor| site.app.actor(actor.session_id.unwrap(), actor.origin.clone()).unwrap().enrolment;
    let due = rolecall::domain::Time::parse("2026-03-05T09:00").unwrap();
    assert_eq!(standing(&bob), Enrolment::DueAt(due), "at once, in the session that is there");
    assert_eq!(site.actor("bob").enrolment, Enrolment::DueAt(due), "and a sign-in gives no new time");
    site.pass(3 * 24 * 3600);
    assert_eq!(site.actor("bob").enrolment, Enrolment::Overdue);
    let ada = site.actor("ada");
    let again = site.app.bulk(&ada, &draft, &chosen, Mode::Each, None).unwrap().value;
    assert_eq!(outcome(&site, &again, "bob"), "already");
    site.app.bulk(&ada, &act("waive_second_factor", 0), &chosen, Mode::AllOrNothing, None).unwrap();
    assert_eq!(site.actor("bob").enrolment, Enrolment::Met);
}

#[test]
fn sessions_of_many_end_but_ones_own_and_links_go_to_those_who_can_use_them() {
    let site = Site::new();
    let (ada, bob) = (site.actor("ada"), site.actor("bob"));
    let all = these(&site, &["ada", "bob", "eve"]);
    let done = site.app.bulk(&ada, &act("end_sessions", 0), &all, Mode::AllOrNothing, None).unwrap().value;
    let rows = rows(&site, &done);
    assert_eq!([&rows["ada"].0, &rows["bob"].0, &rows["eve"].0], ["spared", "done", "already"]);
    assert!(site.app.actor(bob.session_id.unwrap(), bob.origin.clone()).is_err());
    site.app.set_user_disabled(&ada, site.id("bob"), true, "").unwrap();
    let sent =
        site.app.bulk(&ada, &act("send_reset", 0), &these(&site, &["bob", "eve"]), Mode::Each, None).unwrap().value;
    assert_eq!((outcome(&site, &sent, "bob").as_str(), outcome(&site, &sent, "eve").as_str()), ("refused", "done"));
    assert!(site.last_mail("eve@example.com").path().starts_with("/reset/"));
}

#[test]
fn a_role_is_taken_wherever_it_was_given_and_from_those_to_whom_it_is_to_come() {
    let site = Site::new();
    let reader = role(&site, "reader", &[]);
    let operator = Actor::operator();
    for (user, scope, from) in [("bob", "", ""), ("bob", "project/42", ""), ("eve", "", "2026-04-01")] {
        let assign = Assign::parse(site.id(user), reader, scope, from, "", "").unwrap();
        site.app.give_role(&operator, &assign).unwrap();
    }
    let ada = site.actor("ada");
    let done = site.app.bulk(&ada, &act("take_role", reader), &Selection::Members(reader), Mode::AllOrNothing, None);
    assert_eq!(rows(&site, &done.unwrap().value).into_keys().collect::<Vec<_>>(), ["bob", "eve"]);
    for user in ["bob", "eve"] {
        let left = site.app.user(&ada, site.id(user)).unwrap().assignments;
        assert!(left.iter().all(|one| one.row.role_id != reader), "{user}");
    }
    site.pass(60 * 24 * 3600);
    assert_eq!(holders(&site, reader), 0, "what was to come does not come");
}
