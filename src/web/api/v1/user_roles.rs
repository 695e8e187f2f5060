//! Which roles a user has: his assignments.

use super::{List, Revision, Written};
use crate::{
    app::users::AssignmentView,
    domain::{
        Error, FieldErrors, Result as DomainResult, Time,
        role::{Assign, UserAssignment},
    },
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, Reason},
    },
};
use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct AssignmentWire {
    id: i64,
    user_id: i64,
    role_id: i64,
    /// Empty: everywhere.
    scope: String,
    valid_from: Time,
    valid_to: Option<Time>,
    condition: Option<String>,
    reason: String,
    given_at: Time,
    /// `None`: Rolecall itself, or the operator at the machine.
    given_by: Option<i64>,
}

impl From<UserAssignment> for AssignmentWire {
    fn from(row: UserAssignment) -> Self {
        let UserAssignment {
            id,
            user_id,
            role_id,
            scope,
            valid_from,
            valid_to,
            condition,
            reason,
            given_at,
            given_by,
            ..
        } = row;
        Self { id, user_id, role_id, scope, valid_from, valid_to, condition, reason, given_at, given_by }
    }
}

/// An assignment as lists show it, with names.
#[derive(Serialize, JsonSchema)]
pub struct HoldingWire {
    #[serde(flatten)]
    assignment: AssignmentWire,
    role: String,
    /// Who gave it; empty where `given_by` is null.
    giver: String,
    /// `false`: it begins later.
    in_force: bool,
}

impl From<AssignmentView> for HoldingWire {
    fn from(view: AssignmentView) -> Self {
        Self { assignment: view.row.into(), role: view.role_name, giver: view.giver, in_force: view.in_force }
    }
}

/// Those in force and those to come.
pub async fn list(caller: Caller, id: Path<i64>) -> Result<Json<List<HoldingWire>>, ApiError> {
    let view = caller.run(move |app, actor| app.user(actor, *id)).await?;
    Ok(Json(List::whole(view.assignments.into_iter().map(HoldingWire::from).collect())))
}

pub async fn get(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<HoldingWire>, ApiError> {
    let (user_id, id) = path.into_inner();
    let view = caller.run(move |app, actor| app.user(actor, user_id)).await?;
    let found = view.assignments.into_iter().find(|assignment| assignment.row.id == id);
    Ok(Json(found.ok_or(Error::not_found("assignment"))?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "role_id": 2, "scope": "project/42", "valid_to": "2027-01-01T00:00:00Z", "reason": "stands in for Grace" }))]
pub struct NewAssignment {
    role_id: i64,
    /// Empty: everywhere.
    #[serde(default)]
    scope: String,
    /// Empty: from now on.
    #[serde(default)]
    valid_from: Option<String>,
    /// Empty: without end.
    #[serde(default)]
    valid_to: Option<String>,
    /// Only for requests that fulfil it; empty: for all.
    #[serde(default)]
    condition: String,
    #[serde(default)]
    reason: String,
}

impl NewAssignment {
    pub fn parse(self, user_id: i64) -> DomainResult<Assign> {
        let (from, to) = (self.valid_from.unwrap_or_default(), self.valid_to.unwrap_or_default());
        Assign::parse(user_id, self.role_id, &self.scope, &from, &to, &self.reason)?.under(&self.condition)
    }
}

pub async fn create(
    caller: Caller,
    id: Path<i64>,
    Body(new): Body<NewAssignment>,
) -> Result<Created<Written<AssignmentWire>>, ApiError> {
    let assign = new.parse(*id)?;
    let made = caller.run(move |app, actor| app.give_role(actor, &assign)).await?;
    let address = format!("/api/v1/users/{id}/roles/{}", made.value.id);
    Ok(Created { address, value: Written::new(made, AssignmentWire::from) })
}

/// Until when it is to hold; null: without end.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "valid_to": "2027-01-01T00:00:00Z", "reason": "the project ends" }))]
pub struct NewEnd {
    /// It must be there: what is left out is no wish for an assignment without end.
    #[serde(deserialize_with = "said")]
    valid_to: Option<String>,
    #[serde(default)]
    reason: String,
}

fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// The answer is a new assignment: the old one has ended.
pub async fn update(
    caller: Caller,
    path: Path<(i64, i64)>,
    Body(new): Body<NewEnd>,
) -> Result<Json<Written<AssignmentWire>>, ApiError> {
    let (user_id, id) = path.into_inner();
    let wrong = |message| Error::Invalid(FieldErrors::one("valid_to", message));
    let end = new.valid_to.as_deref().map(Time::parse).transpose().map_err(wrong)?;
    let change = caller.run(move |app, actor| app.set_role_end(actor, user_id, id, end, &new.reason)).await?;
    Ok(Json(Written::new(change, AssignmentWire::from)))
}

pub async fn delete(
    caller: Caller,
    path: Path<(i64, i64)>,
    Reason(reason): Reason,
) -> Result<Json<Revision>, ApiError> {
    let (user_id, id) = path.into_inner();
    let change = caller.run(move |app, actor| app.take_role(actor, user_id, id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
