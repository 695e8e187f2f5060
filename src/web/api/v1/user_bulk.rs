//! One act on many users.

use super::jobs::JobWire;
use crate::{
    app::bulk::BulkPreview,
    domain::{
        bulk::{BulkDraft, Filter, Mode, Selection},
        job::Outcome,
    },
    web::{
        api::{
            answer::Shaped,
            openapi::describe::{Draft, Shape},
        },
        error::ApiError,
        extract::{Caller, Json as Body},
        wire::PreviewWire,
    },
};
use actix_web::{HttpResponse, http::header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Who is chosen: exactly one of these.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "Selection")]
enum Chosen {
    /// Those with these ids.
    Ids(Vec<i64>),
    /// As the list of users takes them: words, a filter, and the id of a role that they hold.
    Matching {
        /// Words in name, username or address.
        #[serde(default)]
        q: String,
        /// As `filter` of `/users`.
        #[serde(default)]
        filter: String,
        #[serde(default)]
        role: Option<i64>,
    },
    /// All members of the role with this id, those to come too.
    MembersOf(i64),
    /// Whom the job with this id refused.
    RefusedBy(i64),
}

impl From<Chosen> for Selection {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Ids(ids) => Self::Ids(ids),
            Chosen::Matching { q, filter, role } => Self::Matching { query: Filter { q, filter }, role },
            Chosen::MembersOf(role) => Self::Members(role),
            Chosen::RefusedBy(job) => Self::RefusedBy(job),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "users": { "ids": [2, 3] }, "act": "end_sessions", "mode": "all", "reason": "a lost laptop" }))]
pub struct NewBulk {
    /// Who is chosen: exactly one of these.
    users: Chosen,
    /// `give_role`, `take_role`, `disable`, `enable`, `end_sessions`, `require_second_factor`, `waive_second_factor` or
    /// `send_reset`.
    act: String,
    /// Of `give_role` and `take_role`.
    #[serde(default)]
    role_id: Option<i64>,
    /// Of `give_role`: where it holds.
    #[serde(default)]
    scope: String,
    /// Of `give_role`: from when on.
    #[serde(default)]
    valid_from: Option<String>,
    /// Of `give_role`: until when.
    #[serde(default)]
    valid_to: Option<String>,
    /// Of `give_role`: under which condition.
    #[serde(default)]
    condition: String,
    /// Until when who has no second factor must set one up.
    #[serde(default)]
    due_at: Option<String>,
    #[serde(default)]
    reason: String,
    /// Whoever gets or loses a role is told by mail.
    #[serde(default = "yes")]
    tell: bool,
    /// `all`: all or nothing; `each` (default): each for himself.
    #[serde(default)]
    mode: String,
    /// From the dry run: nothing is done if others are chosen by now.
    #[serde(default)]
    seen: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, JsonSchema)]
struct BulkPreviewWire<'a> {
    /// The act, in words.
    title: &'a str,
    /// How many are chosen.
    chosen: usize,
    /// Of more than 10,000 the first ones are looked at.
    looked_at: usize,
    /// A mark of who is chosen: send it with the act.
    seen: &'a str,
    /// What would come of them.
    groups: Vec<GroupWire<'a>>,
    #[serde(flatten)]
    preview: PreviewWire<'a>,
}

/// Users of whom the same would come.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BulkGroup")]
struct GroupWire<'a> {
    /// `done`, `already`, `spared` or `refused`.
    outcome: &'static str,
    /// Why.
    why: &'a str,
    /// How many they are.
    count: usize,
    /// The first of them.
    first: Vec<FirstWire<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BulkUser")]
struct FirstWire<'a> {
    id: i64,
    username: &'a str,
}

impl<'a> From<&'a BulkPreview> for BulkPreviewWire<'a> {
    fn from(found: &'a BulkPreview) -> Self {
        let groups = found.groups.iter().map(|group| GroupWire {
            outcome: Outcome::as_str(group.outcome),
            why: &group.why,
            count: group.count,
            first: group.first.iter().map(|(id, username)| FirstWire { id: *id, username }).collect(),
        });
        Self {
            title: &found.title,
            chosen: found.chosen,
            looked_at: found.looked_at,
            seen: &found.seen,
            groups: groups.collect(),
            preview: PreviewWire::from(&found.preview),
        }
    }
}

/// An act on many users, under way or over.
#[derive(Serialize, JsonSchema)]
struct BulkWire {
    /// It tells how far the act is; its rows tell of each user.
    job: JobWire,
    revision: i64,
}

/// What comes of an act on many users.
pub struct Bulk;

impl Shape for Bulk {
    fn describe(draft: &mut Draft<'_>) {
        draft.either::<BulkWire, BulkPreviewWire<'static>>(200, "It is over; with `dry_run`: what it would do.");
        draft.answer::<BulkWire>(202, "It goes on in the background.");
    }
}

/// 200 when it is over, 202 when it goes on in the background: either way with its job, whose rows tell of each user.
pub async fn create(caller: Caller, Body(new): Body<NewBulk>) -> Result<Shaped<Bulk>, ApiError> {
    let mode = Mode::parse(&new.mode)?;
    let draft = BulkDraft {
        act: new.act,
        role_id: new.role_id.map(|id| id.to_string()).unwrap_or_default(),
        scope: new.scope,
        valid_from: new.valid_from.unwrap_or_default(),
        valid_to: new.valid_to.unwrap_or_default(),
        condition: new.condition,
        due_at: new.due_at.unwrap_or_default(),
        reason: new.reason,
        tell: new.tell,
    };
    let (selection, seen) = (Selection::from(new.users), new.seen);
    if caller.actor.dry_run {
        let found = caller.run(move |app, actor| app.preview_bulk(actor, &draft, &selection)).await?;
        return Ok(HttpResponse::Ok().json(BulkPreviewWire::from(&found)).into());
    }
    let change = caller.run(move |app, actor| app.bulk(actor, &draft, &selection, mode, seen.as_deref())).await?;
    let (revision, job) = (change.revision, JobWire::new(change.value, caller.app.now()));
    let mut answer = if job.is_over() { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    answer.insert_header((header::LOCATION, format!("/api/v1/jobs/{}", job.id)));
    Ok(answer.json(BulkWire { job, revision }).into())
}
