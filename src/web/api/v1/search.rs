//! One question for everything, names for a field, and the numbers of the first page.

use super::{audit::EventWire, roles::RoleWire};
use crate::{
    app::{
        Actor, App,
        names::{Kind, Suggestion},
        overview::{Day, Overview, People},
    },
    domain::{Error, FieldErrors, Result as DomainResult, page::Total, permission::Permission},
    web::{error::ApiError, extract::Caller, wire::UserWire},
};
use actix_web::web::{Json, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// What was typed.
    q: String,
}

#[derive(Serialize, JsonSchema)]
pub struct FoundWire {
    /// The best six, of those whom one may see.
    users: Vec<UserWire>,
    /// The best six.
    roles: Vec<RoleWire>,
    /// The best six.
    permissions: Vec<FoundPermission>,
    /// The latest six.
    events: Vec<EventWire>,
}

/// A permission where only what it is called is of interest.
#[derive(Serialize, JsonSchema)]
struct FoundPermission {
    id: i64,
    name: String,
    /// Its name in words.
    label: String,
}

impl From<Permission> for FoundPermission {
    fn from(found: Permission) -> Self {
        Self { id: found.id, name: found.name, label: found.label }
    }
}

/// Of each kind only what one may see.
pub async fn list(caller: Caller, asked: Query<Asked>) -> Result<Json<FoundWire>, ApiError> {
    let found = caller.run(move |app, actor| app.search(actor, &asked.q)).await?;
    let now = caller.app.now();
    Ok(Json(FoundWire {
        users: found.users.iter().map(|user| UserWire::new(user, now)).collect(),
        roles: found.roles.into_iter().map(RoleWire::from).collect(),
        permissions: found.permissions.into_iter().map(FoundPermission::from).collect(),
        events: found.events.into_iter().map(EventWire::from).collect(),
    }))
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(default)]
pub struct Typed {
    /// `role`, `user`, `permission` or `pattern`.
    kind: String,
    /// What was typed so far.
    q: String,
}

#[derive(Serialize, JsonSchema)]
pub struct SuggestionsWire {
    /// The best first.
    suggestions: Vec<SuggestedWire>,
}

/// A name that fits.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suggestion")]
struct SuggestedWire {
    name: String,
    /// What else tells it from others; may be empty.
    note: String,
}

impl From<Suggestion> for SuggestedWire {
    fn from(found: Suggestion) -> Self {
        Self { name: found.name, note: found.note }
    }
}

impl Typed {
    /// Names that fit, for programs and for the pickers of pages.
    pub fn suggestions(&self, app: &App, actor: &Actor) -> DomainResult<SuggestionsWire> {
        let wrong = || Error::Invalid(FieldErrors::one("kind", "The kind is role, user, permission or pattern."));
        let kind = Kind::parse(&self.kind).ok_or_else(wrong)?;
        let found = app.suggestions(actor, kind, &self.q)?;
        Ok(SuggestionsWire { suggestions: found.into_iter().map(SuggestedWire::from).collect() })
    }
}

pub async fn suggest(caller: Caller, typed: Query<Typed>) -> Result<Json<SuggestionsWire>, ApiError> {
    Ok(Json(caller.run(move |app, actor| typed.suggestions(app, actor)).await?))
}

#[derive(Serialize, JsonSchema)]
pub struct OverviewWire {
    /// Null: one may not see users.
    people: Option<PeopleWire>,
    /// Roles and groups.
    roles: CountWire,
    /// Registered permissions.
    permissions: CountWire,
    /// Mails that were given up.
    failed_mails: CountWire,
    /// Constraints that are broken at present.
    broken_constraints: usize,
    /// Sign-ins of the last 30 days, today last; null: one may not read the log.
    days: Option<Vec<DayWire>>,
}

#[derive(Serialize, JsonSchema)]
struct PeopleWire {
    /// All of them.
    users: CountWire,
    /// Those who are disabled.
    disabled: CountWire,
    /// Who signed up and waits for an approval.
    waiting: CountWire,
    /// Who has no second factor.
    without_second_factor: CountWire,
    /// Live sessions.
    sessions: CountWire,
    /// Assignments that end within seven days.
    ending: CountWire,
}

/// A number of things.
#[derive(Serialize, JsonSchema)]
struct CountWire {
    /// How many; not `exact`: there are more.
    number: i64,
    /// Whether that is all of them.
    exact: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OverviewDay")]
struct DayWire {
    /// The day, in UTC.
    day: String,
    /// Sign-ins.
    signed_in: i64,
    /// Sign-ins that were refused.
    refused: i64,
}

impl From<Total> for CountWire {
    fn from(total: Total) -> Self {
        Self { number: total.number(), exact: total.is_exact() }
    }
}

impl From<People> for PeopleWire {
    fn from(people: People) -> Self {
        Self {
            users: people.users.into(),
            disabled: people.disabled.into(),
            waiting: people.waiting.into(),
            without_second_factor: people.without_second_factor.into(),
            sessions: people.sessions.into(),
            ending: people.ending.into(),
        }
    }
}

impl From<Day> for DayWire {
    fn from(day: Day) -> Self {
        Self { day: day.at.day(), signed_in: day.signed_in, refused: day.refused }
    }
}

pub async fn overview(caller: Caller) -> Result<Json<OverviewWire>, ApiError> {
    let Overview { people, roles, permissions, failed_mails, broken_constraints, log } =
        caller.run(|app, actor| app.overview(actor)).await?;
    Ok(Json(OverviewWire {
        people: people.map(PeopleWire::from),
        roles: roles.into(),
        permissions: permissions.into(),
        failed_mails: failed_mails.into(),
        broken_constraints,
        days: log.map(|log| log.days.into_iter().map(DayWire::from).collect()),
    }))
}
