//! Constraints: SSD and DSD sets, and standing rules.

use super::{List, Revision, Written};
use crate::{
    domain::{
        Error, FieldErrors,
        constraint::{Constraint, ConstraintDraft, Rule},
        permission::Pattern,
    },
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, Reason},
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Serialize, JsonSchema)]
pub struct ConstraintWire {
    id: i64,
    name: String,
    /// `ssd`, `dsd`, `at_least`, `at_most`, `requires`, `never` or `only_within`.
    kind: &'static str,
    /// SSD, DSD: so many of the roles are too many. `at_least`, `at_most`: so many users.
    n: Option<i64>,
    /// SSD, DSD: the ids of the set.
    roles: BTreeSet<i64>,
    /// The role or group that a rule is about.
    role_id: Option<i64>,
    /// `requires`: the role that must be there too.
    required_id: Option<i64>,
    /// `never`, `only_within`.
    permission: Option<Pattern>,
}

impl From<Constraint> for ConstraintWire {
    fn from(Constraint { id, name, rule }: Constraint) -> Self {
        let kind = rule.kind();
        let mut wire = Self {
            id,
            name,
            kind,
            n: None,
            roles: BTreeSet::new(),
            role_id: None,
            required_id: None,
            permission: None,
        };
        match rule {
            Rule::Ssd { roles, n } | Rule::Dsd { roles, n } => (wire.roles, wire.n) = (roles, Some(n)),
            Rule::AtLeast { role, n } | Rule::AtMost { role, n } => (wire.role_id, wire.n) = (Some(role), Some(n)),
            Rule::Requires { role, required } => (wire.role_id, wire.required_id) = (Some(role), Some(required)),
            Rule::Never { group, pattern } | Rule::OnlyWithin { group, pattern } => {
                (wire.role_id, wire.permission) = (Some(group), Some(pattern));
            }
        }
        wire
    }
}

#[derive(Deserialize, JsonSchema)]
pub struct Kind {
    /// Only of this kind.
    #[serde(default)]
    kind: String,
}

/// `kind`: only of this kind.
pub async fn list(caller: Caller, kind: Query<Kind>) -> Result<Json<List<ConstraintWire>>, ApiError> {
    let all = caller.run(move |app, actor| app.constraints(actor, &kind.kind)).await?;
    Ok(Json(List::whole(all.into_iter().map(ConstraintWire::from).collect())))
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<ConstraintWire>, ApiError> {
    Ok(Json(caller.run(move |app, actor| app.constraint(actor, *id)).await?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "name": "at most nine members", "kind": "at_most", "role_id": 2, "n": 9 }))]
pub struct NewConstraint {
    name: String,
    /// `ssd`, `dsd`, `at_least`, `at_most`, `requires`, `never` or `only_within`.
    kind: String,
    /// SSD, DSD: so many of the roles are too many. `at_least`, `at_most`: so many users.
    n: Option<i64>,
    /// SSD, DSD: the ids of the set.
    #[serde(default)]
    roles: BTreeSet<i64>,
    /// The role or group that a rule is about.
    role_id: Option<i64>,
    /// `requires`: the role that must be there too.
    required_id: Option<i64>,
    /// `never`, `only_within`: a permission or a pattern.
    #[serde(default)]
    permission: String,
    #[serde(default)]
    reason: String,
}

pub async fn create(
    caller: Caller,
    Body(new): Body<NewConstraint>,
) -> Result<Created<Written<ConstraintWire>>, ApiError> {
    let NewConstraint { name, kind, n, roles, role_id, required_id, permission, reason } = new;
    let draft = ConstraintDraft { name, kind, n, roles, role_id, required_id, permission, reason };
    let made = caller.run(move |app, actor| app.create_constraint(actor, &draft)).await?;
    Ok(Created {
        address: format!("/api/v1/constraints/{}", made.value.id),
        value: Written::new(made, ConstraintWire::from),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "n": 2 }))]
pub struct NumberPatch {
    /// SSD, DSD: so many of the roles are too many. `at_least`, `at_most`: so many users.
    n: Option<i64>,
}

/// Changes the number.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(patch): Body<NumberPatch>,
) -> Result<Json<Written<ConstraintWire>>, ApiError> {
    let n = patch.n.ok_or_else(|| Error::Invalid(FieldErrors::one("n", "This field is missing.")))?;
    let change = caller.run(move |app, actor| app.set_constraint_number(actor, *id, n)).await?;
    Ok(Json(Written::new(change, ConstraintWire::from)))
}

pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.delete_constraint(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SetMember")]
#[schemars(example = json!({ "role_id": 2 }))]
pub struct Member {
    role_id: i64,
}

/// Adds a role to the set.
pub async fn create_role(
    caller: Caller,
    id: Path<i64>,
    Body(member): Body<Member>,
) -> Result<Json<Written<ConstraintWire>>, ApiError> {
    let change = caller.run(move |app, actor| app.add_constraint_role(actor, *id, member.role_id)).await?;
    Ok(Json(Written::new(change, ConstraintWire::from)))
}

/// Takes a role from the set.
pub async fn delete_role(caller: Caller, path: Path<(i64, i64)>) -> Result<Json<Written<ConstraintWire>>, ApiError> {
    let (id, role_id) = path.into_inner();
    let change = caller.run(move |app, actor| app.remove_constraint_role(actor, id, role_id)).await?;
    Ok(Json(Written::new(change, ConstraintWire::from)))
}
