//! One act on many users: looked at first, then done all at once or each for himself, in the background if they are many.

use super::{
    Actor, App, Change,
    jobs::{Begin, Progress, Run},
};
use crate::{
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result,
        bulk::{AT_ONCE, Act, Bulk, BulkDraft, INLINE, Mode, Row, Selection, Tally, pack, unpack},
        job::{Job, Kind, Outcome},
        keys,
        page::{ListQuery, Page},
        permission::{ROLES_READ, SESSIONS_WRITE, USERS_READ, USERS_WRITE},
        preview::Preview,
        text::thousands,
    },
};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, thread, time::Duration};

/// Users of one step of a job: it holds the one writer's lock while it lasts.
const STEP: usize = 500;
/// What other writers get between two steps.
const PAUSE: Duration = Duration::from_millis(20);
/// Of more than [`AT_ONCE`] users, a preview looks at so many.
const SAMPLE: usize = 1000;
/// Names that are told of each group.
const NAMED: usize = 5;

/// What an act would do, before it is done.
#[derive(Debug, Clone)]
pub struct BulkPreview {
    /// `Take approver from 20 users`.
    pub title: String,
    /// How many are chosen, and how many of them were looked at.
    pub chosen: usize,
    pub looked_at: usize,
    /// Which they are: another one when others match.
    pub seen: String,
    /// What would come of those who were looked at.
    pub groups: Vec<Group>,
    /// Who of them gains and who loses what.
    pub preview: Preview,
}

/// Users of whom the same would come.
#[derive(Debug, Clone)]
pub struct Group {
    pub outcome: Outcome,
    /// Empty: it would be done.
    pub why: String,
    pub count: usize,
    /// The first of them: id and name.
    pub first: Vec<(i64, String)>,
}

/// What came of one user.
#[derive(Debug, Clone)]
pub struct RowView {
    pub user_id: i64,
    pub username: String,
    /// Of [`Outcome`].
    pub outcome: String,
    /// Why it was not done.
    pub why: String,
}

/// Where a job is: how many it has looked at, and what came of them.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Mark {
    next: usize,
    tally: Tally,
}

impl App {
    /// What the act would do to the selected users. Of more than [`AT_ONCE`] the first ones are looked at.
    pub fn preview_bulk(&self, actor: &Actor, draft: &BulkDraft, selection: &Selection) -> Result<BulkPreview> {
        may_bulk(actor, &draft.parse()?.act)?;
        let bulk = draft.parse()?;
        let ids = self.selected(actor, selection)?;
        let most = if ids.len() > AT_ONCE { SAMPLE } else { AT_ONCE };
        let looked_at: Vec<i64> = ids.iter().copied().take(most).collect();
        let mut rows = vec![];
        let tried = self.change(&actor.clone().dry(), |tx| {
            rows = tx.bulk(&bulk, &looked_at)?;
            Ok(())
        });
        let preview = match tried {
            Err(Error::DryRun(preview)) => *preview,
            Err(error) => return Err(error),
            Ok(_) => return Err(anyhow::anyhow!("a dry run was kept").into()),
        };
        let (title, groups) = self.read(|conn| Ok((title(conn, &bulk.act, ids.len())?, grouped(conn, &rows)?)))?;
        Ok(BulkPreview { title, chosen: ids.len(), looked_at: looked_at.len(), seen: seen(&ids), groups, preview })
    }

    /// Does the act to the selected users. `seen`: those that a preview showed; others are not touched unseen. The job that
    /// is given tells what came of each: it is over, or goes on in the background.
    pub fn bulk(
        &self,
        actor: &Actor,
        draft: &BulkDraft,
        selection: &Selection,
        mode: Mode,
        seen_before: Option<&str>,
    ) -> Result<Change<Job>> {
        let bulk = draft.parse()?;
        may_bulk(actor, &bulk.act)?;
        self.require_recent_proof(actor)?;
        let ids = self.selected(actor, selection)?;
        if seen_before.is_some_and(|before| before != seen(&ids)) {
            return Err(Error::conflict(
                "selection_changed",
                "Meanwhile others are chosen by this search than those who were shown. Nothing was done: look at the preview again.",
            ));
        }
        let subjects = pack(&ids);
        let begin = Begin {
            kind: Kind::Bulk,
            title: self.read(|conn| title(conn, &bulk.act, ids.len()))?,
            asked: json!(draft),
            subjects: Some(&subjects),
            total: i64::try_from(ids.len()).ok(),
        };
        match mode {
            Mode::AllOrNothing => self.bulk_at_once(actor, &bulk, &ids, &begin),
            Mode::Each => {
                let job = if ids.len() > INLINE { self.begin_job(actor, begin)? } else { self.do_job(actor, begin)? };
                Ok(Change { value: job, revision: self.read(db::revision::current)?, undoable: false })
            }
        }
    }

    /// All of them in one transaction, under one revision, or none.
    fn bulk_at_once(&self, actor: &Actor, bulk: &Bulk, ids: &[i64], begin: &Begin<'_>) -> Result<Change<Job>> {
        if ids.len() > AT_ONCE {
            let text = format!("All or nothing goes up to {} users: change these each for himself.", thousands(most()));
            return Err(Error::Invalid(FieldErrors::one("mode", text)));
        }
        self.change(actor, |tx| {
            let rows = tx.bulk(bulk, ids)?;
            if rows.iter().any(|(_, outcome, _)| *outcome == Outcome::Refused) {
                let refused = grouped(tx.conn, &rows)?.into_iter().filter(|group| group.outcome == Outcome::Refused);
                let told: Vec<String> = refused.map(|group| group.sentence()).collect();
                let text = format!("Nothing was done, since it cannot be done to all: {}.", told.join("; "));
                return Err(Error::conflict("not_all", text));
            }
            let undoable = tx.revision.is_some() && tx.undoable.holds();
            let report =
                json!({ "tally": Tally::of(&rows), "revision": tx.revision, "undoable": undoable }).to_string();
            let job = self.insert_job(tx.conn, actor, begin, None)?;
            db::jobs::insert_rows(tx.conn, job.id, &rows)?;
            db::jobs::finish_at_once(tx.conn, job.id, begin.total.unwrap_or(0), &report, tx.now)
        })
    }

    /// The ids of the selected users, for a table of them.
    pub fn chosen_users(&self, actor: &Actor, selection: &Selection) -> Result<Vec<i64>> {
        self.selected(actor, selection)
    }

    /// The ids of the selected users, in rising order.
    fn selected(&self, actor: &Actor, selection: &Selection) -> Result<Vec<i64>> {
        actor.require_everywhere(USERS_READ)?;
        let now = self.now();
        let mut ids = match selection {
            Selection::Ids(ids) => ids.clone(),
            Selection::Matching { query, role } => {
                self.read(|conn| db::selections::matching(conn, &query.query(), *role, now))?
            }
            Selection::Members(role) => self.read(|conn| db::selections::members(conn, *role, now))?,
            Selection::RefusedBy(job) => {
                let id = self.job(actor, *job)?.id;
                self.read(|conn| db::jobs::subjects_of(conn, id, Outcome::Refused))?
            }
        };
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Err(Error::conflict(
                "nobody",
                "Nobody is chosen: tick users in the list, or choose all that match.",
            ));
        }
        Ok(ids)
    }

    /// The name of a role.
    pub fn role_name(&self, actor: &Actor, id: i64) -> Result<String> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| Ok(db::roles::get(conn, id)?.name))
    }

    /// A page of what came of the users of a job, whom the words are about. `filter`: an outcome.
    pub fn job_rows(&self, actor: &Actor, id: i64, query: &ListQuery) -> Result<Page<RowView>> {
        let job = self.job(actor, id)?;
        self.read(|conn| {
            let page = db::jobs::rows(conn, job.id, query, self.now())?;
            let ids: Vec<i64> = page.items.iter().map(|row| row.0).collect();
            let names = db::users::names(conn, &ids)?;
            Ok(page.map(|row| view(row, &names)))
        })
    }

    pub(super) fn bulk_job(&self, run: &Run<'_>) -> Result<Option<Value>> {
        let draft: BulkDraft = Job::read(Some(&run.job.asked)).unwrap_or_default();
        let bulk = draft.parse()?;
        let ids = unpack(&self.read(|conn| db::jobs::subjects(conn, run.job.id))?.unwrap_or_default());
        let mut mark: Mark = run.mark().unwrap_or_default();
        while let Some(part) = ids.get(mark.next..ids.len().min(mark.next + STEP)).filter(|part| !part.is_empty()) {
            let actor = run.actor()?;
            may_bulk(&actor, &bulk.act)?;
            if !self.bulk_step(run, &actor, &bulk, part, &mut mark)? {
                return Ok(None);
            }
            if mark.next < ids.len() {
                thread::sleep(PAUSE);
            }
        }
        Ok(Some(json!({ "tally": mark.tally })))
    }

    /// Does the act to some; one who stands in the way of all is found by halves. `false`: the run is to stop.
    fn bulk_step(&self, run: &Run<'_>, actor: &Actor, bulk: &Bulk, ids: &[i64], mark: &mut Mark) -> Result<bool> {
        let note = |conn: &mut Conn, rows: &[Row]| {
            let next = Mark { next: mark.next + rows.len(), tally: mark.tally.and(Tally::of(rows)) };
            db::jobs::insert_rows(conn, run.job.id, rows)?;
            let done = i64::try_from(next.next).unwrap_or(i64::MAX);
            let go_on = run.advance_in(conn, &Progress { done, total: run.job.total, mark: &next })?;
            Ok((next, go_on))
        };
        let tried = self.change(actor, |tx| {
            let rows = tx.bulk(bulk, ids)?;
            note(tx.conn, &rows)
        });
        let (next, go_on) = match (tried, ids) {
            (Ok(change), _) => change.value,
            (Err(error), [one]) if is_about_the_users(&error) => {
                let refused = [(*one, Outcome::Refused, error.to_string())];
                self.db.write(|conn| note(conn, &refused))?
            }
            (Err(error), many) if is_about_the_users(&error) => {
                let (first, second) = many.split_at(many.len() / 2);
                return Ok(
                    self.bulk_step(run, actor, bulk, first, mark)? && self.bulk_step(run, actor, bulk, second, mark)?
                );
            }
            (Err(error), _) => return Err(error),
        };
        *mark = next;
        Ok(go_on)
    }
}

impl Group {
    /// `may do more than you: bob, eve and 3 more`.
    pub fn sentence(&self) -> String {
        let names: Vec<&str> = self.first.iter().map(|(_, name)| name.as_str()).collect();
        let more = self.count.saturating_sub(names.len());
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}: {}{rest}", self.why, names.join(", "))
    }
}

/// Refusals that depend on who is changed; anything else would be so for everybody.
fn is_about_the_users(error: &Error) -> bool {
    matches!(error, Error::Conflict { code: "constraint" | "last_admin", .. })
}

/// The right to do the act to anybody at all; who it is done to is judged one by one.
fn may_bulk(actor: &Actor, act: &Act) -> Result<()> {
    match act {
        Act::GiveRole(assign) => actor.require_giving(assign.role_id, &assign.scope),
        Act::TakeRole(_) => actor.require_giving_somewhere(),
        Act::EndSessions => actor.require_everywhere(SESSIONS_WRITE),
        _ => actor.require_everywhere(USERS_WRITE),
    }
}

fn most() -> i64 {
    i64::try_from(AT_ONCE).unwrap_or(i64::MAX)
}

/// What tells one choice of users from another.
fn seen(ids: &[i64]) -> String {
    let text = HEXLOWER.encode(&pack(ids));
    format!("{}-{}", ids.len(), keys::token_hash(&text))
}

fn title(conn: &mut Conn, act: &Act, n: usize) -> Result<String> {
    let mut role = |id: i64| db::roles::get(conn, id).map(|role| role.name);
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let users = if n == 1 { "1 user".to_owned() } else { format!("{} users", thousands(n)) };
    Ok(match act {
        Act::GiveRole(assign) => {
            let place = match assign.scope.as_str() {
                "" => String::new(),
                place => format!(" in {place}"),
            };
            format!("Give {} to {users}{place}", role(assign.role_id)?)
        }
        Act::TakeRole(id) => format!("Take {} from {users}", role(*id)?),
        Act::Disable => format!("Disable {users}"),
        Act::Enable => format!("Enable {users}"),
        Act::EndSessions => format!("End the sessions of {users}"),
        Act::RequireSecondFactor(_) => format!("Require a second factor of {users}"),
        Act::WaiveSecondFactor => format!("Require no second factor of {users} any more"),
        Act::SendReset => format!("Send a link for a new password to {users}"),
    })
}

fn grouped(conn: &mut Conn, rows: &[Row]) -> Result<Vec<Group>> {
    let mut groups: BTreeMap<(Outcome, &str), Vec<i64>> = BTreeMap::new();
    for (id, outcome, why) in rows {
        groups.entry((*outcome, why)).or_default().push(*id);
    }
    let named: Vec<i64> = groups.values().flat_map(|ids| ids.iter().copied().take(NAMED)).collect();
    let names = db::users::names(conn, &named)?;
    let first = |ids: &[i64]| {
        let named = ids.iter().take(NAMED).filter_map(|id| Some((*id, names.get(id)?.clone())));
        named.collect()
    };
    Ok(groups
        .into_iter()
        .map(|((outcome, why), ids)| Group { outcome, why: why.to_owned(), count: ids.len(), first: first(&ids) })
        .collect())
}

fn view((user_id, outcome, why): (i64, String, String), names: &std::collections::HashMap<i64, String>) -> RowView {
    RowView { user_id, username: names.get(&user_id).cloned().unwrap_or_default(), outcome, why }
}
