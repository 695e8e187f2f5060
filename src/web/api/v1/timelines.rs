//! What a user or a role had, from when until when.

use super::List;
use crate::{
    app::timelines::{Stretch, Timeline},
    domain::{
        Result as DomainResult, Time,
        timeline::{Range, Turn},
    },
    web::{
        error::ApiError,
        extract::{Caller, ListParams},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The dates that are looked at; texts, so that an empty one is no error.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Dates {
    /// A moment or a day; empty: a year ago.
    from: String,
    /// A moment or a day after `from`; empty: in 90 days.
    to: String,
}

impl Dates {
    fn range(&self, now: Time) -> DomainResult<Range> {
        let (range, errors) = Range::read(&self.from, &self.to, now);
        errors.into_result().map(|()| range)
    }
}

/// The time line of a user or a role, deleted or not.
#[derive(Serialize, JsonSchema)]
pub struct TimelineWire {
    /// The id of the user or role.
    id: i64,
    /// The username, or the name of the role.
    name: String,
    /// When the user or role was deleted; null: it is there.
    deleted_at: Option<Time>,
    /// The beginning of the dates that were looked at.
    from: Time,
    /// The end of the dates that were looked at.
    to: Time,
    #[serde(flatten)]
    rows: List<StretchWire>,
    /// There are more than 2,000 rows in these dates: only the latest were looked at, and members were not counted.
    cut: bool,
    /// How many assignments held at 60 moments from `from` to `to`; empty: there were none, or too many.
    members: Vec<MembersWire>,
}

/// How many assignments held at a moment.
#[derive(Serialize, JsonSchema)]
struct MembersWire {
    /// The moment.
    at: Time,
    /// How many held at it.
    count: usize,
}

/// What held, from when until when, and what began and ended it.
#[derive(Serialize, JsonSchema)]
struct StretchWire {
    /// `assignment`: the user had the role; `suspension`: the user could not sign in; `permission`: the role had the permission;
    /// `inclusion`: the role included `junior`.
    kind: &'static str,
    /// Its id among those of its kind.
    id: i64,
    /// The user, for an assignment and a suspension.
    user: Option<NamedWire>,
    /// The role, for all but a suspension.
    role: Option<NamedWire>,
    /// The role that was included, for an inclusion.
    junior: Option<NamedWire>,
    /// The permission or pattern, for a permission; else empty.
    pattern: String,
    /// Where it held; empty: everywhere.
    scope: String,
    /// It held only for requests that fulfil this; null: for all.
    condition: Option<String>,
    /// From this moment on.
    valid_from: Time,
    /// Until before this moment; null: without end.
    valid_to: Option<Time>,
    /// What began it.
    begun: TurnWire,
    /// What ended it; null: nobody has, it ends by itself or not at all.
    ended: Option<TurnWire>,
}

/// A user or a role.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserOrRole")]
struct NamedWire {
    /// Its id.
    id: i64,
    /// The username, or the name of the role; a deleted one's, too.
    name: String,
}

/// An act that began or ended something.
#[derive(Serialize, JsonSchema)]
struct TurnWire {
    /// When it was done, which may be before it came into force.
    at: Time,
    /// Who did it; null: Rolecall itself, or the operator at the machine.
    by: Option<NamedWire>,
    /// Why; empty: nothing was said.
    reason: String,
    /// The id of the audit event that tells of it; null: there is none any more, or it may not be read.
    event_id: Option<i64>,
}

impl From<Stretch> for StretchWire {
    fn from(stretch: Stretch) -> Self {
        let named = |id: Option<i64>, name: String| id.map(|id| NamedWire { id, name });
        let turn = |turn: Turn, by: String, event_id: Option<i64>| TurnWire {
            at: turn.at,
            by: named(turn.by, by),
            reason: turn.reason,
            event_id,
        };
        let one = stretch.interval;
        Self {
            kind: one.kind.as_str(),
            id: one.id,
            user: named(one.user_id, stretch.user),
            role: named(one.role_id, stretch.role),
            junior: named(one.junior_id, stretch.junior),
            pattern: one.pattern,
            scope: one.scope,
            condition: one.condition,
            valid_from: one.from,
            valid_to: one.to,
            begun: turn(one.given, stretch.given_by, stretch.begun_in),
            ended: one.ended.map(|end| turn(end, stretch.ended_by, stretch.ended_in)),
        }
    }
}

impl TimelineWire {
    fn new(id: i64, name: String, range: Range, timeline: Timeline) -> Self {
        let members = timeline.members.into_iter().map(|(at, count)| MembersWire { at, count });
        Self {
            id,
            name,
            deleted_at: timeline.deleted_at,
            from: range.from,
            to: range.to,
            rows: List::page(timeline.rows, StretchWire::from),
            cut: timeline.cut,
            members: members.collect(),
        }
    }
}

/// The roles that a user had, and when he could not sign in. `filter`: a kind.
pub async fn of_user(
    caller: Caller,
    id: Path<i64>,
    dates: Query<Dates>,
    params: Query<ListParams>,
) -> Result<Json<TimelineWire>, ApiError> {
    let (range, query) = (dates.range(caller.app.now())?, params.query()?);
    let (user, found) = caller.run(move |app, actor| app.user_timeline(actor, *id, range, &query)).await?;
    Ok(Json(TimelineWire::new(user.id, user.username, range, found)))
}

/// What a role had and included, and, for whoever may see users, who had it. `filter`: a kind.
pub async fn of_role(
    caller: Caller,
    id: Path<i64>,
    dates: Query<Dates>,
    params: Query<ListParams>,
) -> Result<Json<TimelineWire>, ApiError> {
    let (range, query) = (dates.range(caller.app.now())?, params.query()?);
    let (role, found) = caller.run(move |app, actor| app.role_timeline(actor, *id, range, &query)).await?;
    Ok(Json(TimelineWire::new(role.id, role.name, range, found)))
}
