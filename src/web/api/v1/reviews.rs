//! The review functions of ANSI/INCITS 359, and the questions "who can" and "what can", now or at another time.

use super::{List, Reviewed, permissions::PermissionWire, roles::RoleRef, user_permissions::HeldWire};
use crate::{
    domain::{
        Error, FieldErrors, Result as DomainResult, Time,
        page::{Cursor, ListQuery, Page},
        permission::{Pattern, Permission},
        policy::{Grant, Holding},
        scope::Scope,
        user::User,
    },
    web::{
        self,
        error::ApiError,
        extract::{Caller, ListParams},
        wire::UserWire,
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What narrows a review; texts, so that an empty one is no error.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Narrow {
    /// Empty: everywhere.
    scope: Option<String>,
    /// As of then; empty: now.
    at: String,
    /// Answer by this revision or a later one.
    #[schemars(with = "Option<i64>")]
    min_revision: String,
}

impl Narrow {
    fn scope(&self) -> DomainResult<Option<Scope>> {
        let wrong = |message| Error::Invalid(FieldErrors::one("scope", message));
        self.scope.as_deref().map(Scope::parse).transpose().map_err(wrong)
    }

    fn min_revision(&self) -> DomainResult<Option<i64>> {
        super::id("min_revision", &self.min_revision)
    }
}

/// What narrows what somebody has.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct About {
    /// Only what is about this resource.
    resource: String,
}

/// As of when a role is looked at.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AsOf {
    /// As of then; empty: now.
    at: String,
}

fn moment(text: &str) -> DomainResult<Option<Time>> {
    match text.trim() {
        "" => Ok(None),
        text => Time::parse(text).map(Some).map_err(|message| Error::Invalid(FieldErrors::one("at", message))),
    }
}

/// A user who has what was asked.
#[derive(Serialize, JsonSchema)]
pub struct HolderWire {
    #[serde(flatten)]
    user: UserWire,
    /// Only for requests that fulfil a condition.
    conditional: bool,
}

/// Who can: `/permissions/{name}/users`. `scope` empty: everywhere.
pub async fn who_can(
    caller: Caller,
    name: Path<String>,
    narrow: Query<Narrow>,
    params: Query<ListParams>,
) -> Result<Json<Reviewed<HolderWire>>, ApiError> {
    let wrong = |message| Error::Invalid(FieldErrors::one("permission", message));
    let permission = Pattern::parse(&name).map_err(wrong)?;
    let (query, scope, at) = (params.query()?, narrow.scope()?.unwrap_or_default(), moment(&narrow.at)?);
    let (_, actor) = caller.at_least(narrow.min_revision()?).await?;
    let (page, revision) =
        web::run(&caller.app, move |app| app.who_can(&actor, &permission, &scope, at, &query)).await?;
    let now = caller.app.now();
    let wire = |(user, conditional): (User, bool)| HolderWire { user: UserWire::new(&user, now), conditional };
    Ok(Json(Reviewed { list: List::page(page, wire), revision }))
}

fn pages(held: Vec<Holding>, query: &ListQuery) -> DomainResult<Page<Holding>> {
    type Key = (String, String, bool);
    let key = |one: &Holding| -> Key { (one.pattern.to_string(), one.scope.as_str().to_owned(), one.conditional) };
    let (_, downward) = query.order("Rights", &["permission"], "permission")?;
    Cursor::<Key>::slice(held, query, downward, key)
}

async fn what(
    caller: Caller,
    user_id: i64,
    narrow: Narrow,
    about: About,
    params: &ListParams,
) -> Result<Json<Reviewed<HeldWire>>, ApiError> {
    let (query, scope, at) = (params.query()?, narrow.scope()?, moment(&narrow.at)?);
    let (_, actor) = caller.at_least(narrow.min_revision()?).await?;
    let (held, revision) = web::run(&caller.app, move |app| app.what_can(&actor, user_id, scope.as_ref(), at)).await?;
    let resource = about.resource;
    let about =
        |one: &Holding| resource.is_empty() || one.pattern.resource() == "*" || one.pattern.resource() == resource;
    let page = pages(held.into_iter().filter(about).collect(), &query)?;
    Ok(Json(Reviewed { list: List::page(page, HeldWire::from), revision }))
}

/// What can: `/users/{id}/permissions`, UserPermissions. `scope`: what holds there; `resource`: what is about it.
pub async fn what_can(
    caller: Caller,
    id: Path<i64>,
    narrow: Query<Narrow>,
    about: Query<About>,
    params: Query<ListParams>,
) -> Result<Json<Reviewed<HeldWire>>, ApiError> {
    what(caller, *id, narrow.into_inner(), about.into_inner(), &params).await
}

/// As [`what_can`], of oneself: by all roles, active or not.
pub async fn what_can_i(
    caller: Caller,
    narrow: Query<Narrow>,
    about: Query<About>,
    params: Query<ListParams>,
) -> Result<Json<Reviewed<HeldWire>>, ApiError> {
    let id = caller.actor.user_id()?;
    what(caller, id, narrow.into_inner(), about.into_inner(), &params).await
}

/// AssignedUsers.
pub async fn assigned_users(
    caller: Caller,
    id: Path<i64>,
    params: Query<ListParams>,
) -> Result<Json<List<UserWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.assigned_users(actor, *id, &query)).await?;
    let now = caller.app.now();
    Ok(Json(List::page(page, |user| UserWire::new(&user, now))))
}

/// AuthorizedUsers: through including roles too.
pub async fn authorized_users(
    caller: Caller,
    id: Path<i64>,
    params: Query<ListParams>,
) -> Result<Json<List<UserWire>>, ApiError> {
    let query = params.query()?;
    let page = caller.run(move |app, actor| app.authorized_users(actor, *id, &query)).await?;
    let now = caller.app.now();
    Ok(Json(List::page(page, |user| UserWire::new(&user, now))))
}

/// AuthorizedRoles.
pub async fn authorized_roles(caller: Caller, id: Path<i64>) -> Result<Json<List<RoleRef>>, ApiError> {
    let roles = caller.run(move |app, actor| app.authorized_roles(actor, *id)).await?;
    Ok(Json(List::whole(roles.into_iter().map(RoleRef::from).collect())))
}

/// A pattern that a role has, and by which role.
#[derive(Serialize, JsonSchema)]
pub struct EffectiveWire {
    permission: Pattern,
    /// Only for requests that fulfil it.
    condition: Option<String>,
    /// The id of the role that owns it: this one, or an included one.
    role_id: i64,
}

/// RolePermissions, with what included roles give.
pub async fn role_permissions(
    caller: Caller,
    id: Path<i64>,
    as_of: Query<AsOf>,
) -> Result<Json<List<EffectiveWire>>, ApiError> {
    let at = moment(&as_of.at)?;
    let all = caller.run(move |app, actor| app.role_permissions(actor, *id, at)).await?;
    let wire = |(grant, role_id): (Grant, i64)| EffectiveWire {
        permission: grant.pattern,
        condition: grant.condition.map(|condition| condition.as_str().to_owned()),
        role_id,
    };
    Ok(Json(List::whole(all.into_iter().map(wire).collect())))
}

/// RoleOperationsOnObject: `/roles/{id}/operations/{resource}`.
pub async fn role_operations(
    caller: Caller,
    path: Path<(i64, String)>,
) -> Result<Json<List<PermissionWire>>, ApiError> {
    let (id, resource) = path.into_inner();
    let found = caller
        .run(move |app, actor| {
            let all = app.role_permissions(actor, id, None)?;
            let patterns: Vec<Pattern> = all.into_iter().map(|(grant, _)| grant.pattern).collect();
            app.operations_on(&resource, &patterns)
        })
        .await?;
    Ok(operations(found))
}

/// UserOperationsOnObject: `/users/{id}/operations/{resource}`.
pub async fn user_operations(
    caller: Caller,
    path: Path<(i64, String)>,
) -> Result<Json<List<PermissionWire>>, ApiError> {
    let (id, resource) = path.into_inner();
    let found = caller
        .run(move |app, actor| {
            let (held, _) = app.what_can(actor, id, None, None)?;
            let patterns: Vec<Pattern> = held.into_iter().map(|one| one.pattern).collect();
            app.operations_on(&resource, &patterns)
        })
        .await?;
    Ok(operations(found))
}

fn operations(found: Vec<Permission>) -> Json<List<PermissionWire>> {
    Json(List::whole(found.into_iter().map(PermissionWire::from).collect()))
}

/// When a permission was last used.
#[derive(Serialize, JsonSchema)]
pub struct UseWire {
    permission: String,
    /// When it was used last.
    last_used_at: Time,
}

async fn uses(caller: Caller, id: i64) -> Result<Json<List<UseWire>>, ApiError> {
    let uses = caller.run(move |app, actor| app.last_uses(actor, id)).await?;
    let wire = |(permission, last_used_at)| UseWire { permission, last_used_at };
    Ok(Json(List::whole(uses.into_iter().map(wire).collect())))
}

/// What a user has used, the latest first.
pub async fn last_uses(caller: Caller, id: Path<i64>) -> Result<Json<List<UseWire>>, ApiError> {
    uses(caller, *id).await
}

/// What one has used oneself.
pub async fn my_last_uses(caller: Caller) -> Result<Json<List<UseWire>>, ApiError> {
    let id = caller.actor.user_id()?;
    uses(caller, id).await
}

#[derive(Deserialize, JsonSchema)]
pub struct Between {
    /// The first moment.
    from: String,
    /// The second; empty: now.
    #[serde(default)]
    to: String,
}

#[derive(Serialize, JsonSchema)]
pub struct ComparisonWire {
    /// What he has more at the second moment.
    gains: Vec<HeldWire>,
    /// What he had more at the first.
    losses: Vec<HeldWire>,
}

/// What each of two has.
#[derive(Serialize, JsonSchema)]
pub struct DifferenceWire {
    /// What the first has and the other has not.
    only_first: Vec<HeldWire>,
    /// What both have.
    both: Vec<HeldWire>,
    /// What the other has and the first has not.
    only_second: Vec<HeldWire>,
}

/// `at`: as of then.
pub async fn compare_users(
    caller: Caller,
    path: Path<(i64, i64)>,
    as_of: Query<AsOf>,
) -> Result<Json<DifferenceWire>, ApiError> {
    let ((first, second), at) = (path.into_inner(), moment(&as_of.at)?);
    let found = caller.run(move |app, actor| app.compare_users(actor, first, second, at)).await?;
    let wires = |held: Vec<Holding>| held.into_iter().map(HeldWire::from).collect();
    Ok(Json(DifferenceWire {
        only_first: wires(found.only_first),
        both: wires(found.both),
        only_second: wires(found.only_second),
    }))
}

/// What a user gained and lost between two moments; `to` empty: until now.
pub async fn compare(caller: Caller, id: Path<i64>, between: Query<Between>) -> Result<Json<ComparisonWire>, ApiError> {
    let mut errors = FieldErrors::default();
    let from = errors.keep("from", Time::parse(&between.from));
    let to = match between.to.trim() {
        "" => caller.app.now(),
        text => errors.keep("to", Time::parse(text)),
    };
    if errors.is_empty() && to < from {
        errors.add("to", "The second moment must not lie before the first.");
    }
    errors.into_result()?;
    let found = caller.run(move |app, actor| app.compare_times(actor, *id, Some(from), Some(to))).await?;
    let wires = |held: Vec<Holding>| held.into_iter().map(HeldWire::from).collect();
    Ok(Json(ComparisonWire { gains: wires(found.only_second), losses: wires(found.only_first) }))
}
