//! Users.

use super::{
    List, Revision, Written, id,
    roles::RoleRef,
    user_roles::{HoldingWire, NewAssignment},
};
use crate::{
    app::users::UserRow,
    domain::{Error, FieldErrors, Time, user::Profile},
    web::{
        api::answer::Created,
        error::ApiError,
        extract::{Caller, Json as Body, ListParams, Reason},
        wire::UserWire,
    },
};
use actix_web::web::{Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, JsonSchema)]
pub struct UserRowWire {
    #[serde(flatten)]
    user: UserWire,
    /// Kinds of second factors that are on.
    factors: Vec<String>,
    /// Those in force, in whatever scope.
    roles: Vec<RoleRef>,
}

impl UserRowWire {
    fn new(row: UserRow, now: Time) -> Self {
        let roles = row.roles.into_iter().map(|(id, name)| RoleRef { id, name }).collect();
        Self { user: UserWire::new(&row.user, now), factors: row.factors, roles }
    }
}

/// `filter`: `active`, `disabled`, `waiting`, `leaving`, `planned`, `unverified`, `no-second-factor`, `service`. `role`: only who holds the role with this id now.
pub async fn list(caller: Caller, params: Query<ListParams>) -> Result<Json<List<UserRowWire>>, ApiError> {
    let (query, role) = (params.query()?, id("role", &params.role)?);
    let page = caller.run(move |app, actor| app.users(actor, &query, role)).await?;
    let now = caller.app.now();
    Ok(Json(List::page(page, |row| UserRowWire::new(row, now))))
}

#[derive(Serialize, JsonSchema)]
pub struct UserViewWire {
    #[serde(flatten)]
    user: UserWire,
    /// Kinds of second factors that are on.
    factors: Vec<String>,
    /// Those in force and those to come.
    roles: Vec<HoldingWire>,
}

pub async fn get(caller: Caller, id: Path<i64>) -> Result<Json<UserViewWire>, ApiError> {
    let view = caller.run(move |app, actor| app.user(actor, *id)).await?;
    let roles = view.assignments.into_iter().map(HoldingWire::from).collect();
    Ok(Json(UserViewWire { user: UserWire::new(&view.user, caller.app.now()), factors: view.factors, roles }))
}

#[derive(Deserialize, Default, PartialEq, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UserKind")]
enum Kind {
    #[default]
    Person,
    Service,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "first_name": "Grace", "last_name": "Hopper", "username": "grace", "email": "grace@example.com", "roles": [{ "role_id": 2, "scope": "project/42" }] }))]
pub struct NewUser {
    /// `service`: an account for a program; it has no last name and no address.
    #[serde(default)]
    kind: Kind,
    first_name: String,
    #[serde(default)]
    last_name: String,
    username: String,
    #[serde(default)]
    email: String,
    /// Given with the account, all or nothing.
    #[serde(default)]
    roles: Vec<NewAssignment>,
}

impl NewUser {
    fn profile(&self) -> Result<Profile, Error> {
        if self.kind == Kind::Person {
            return Profile::parse(&self.first_name, &self.last_name, &self.username, &self.email)
                .map_err(Error::Invalid);
        }
        let mut errors = FieldErrors::default();
        for (field, text) in [("last_name", &self.last_name), ("email", &self.email)] {
            if !text.is_empty() {
                errors.add(field, "A service account has none.");
            }
        }
        errors.into_result()?;
        Profile::of_service(&self.first_name, &self.username).map_err(Error::Invalid)
    }
}

/// The new user is mailed a link to choose a password; a service account is not.
pub async fn create(caller: Caller, Body(new): Body<NewUser>) -> Result<Created<Written<UserWire>>, ApiError> {
    let (profile, is_person) = (new.profile()?, new.kind == Kind::Person);
    let roles = new.roles.into_iter().enumerate().map(|(place, role)| {
        role.parse(0).map_err(|error| match error {
            Error::Invalid(fields) => Error::Invalid(fields.within(&format!("roles[{place}]"))),
            other => other,
        })
    });
    let roles = roles.collect::<Result<Vec<_>, _>>()?;
    let made = caller
        .run(move |app, actor| match is_person {
            true => app.invite_user(actor, &profile, &roles),
            false => app.create_service_account(actor, &profile, &roles),
        })
        .await?;
    let now = caller.app.now();
    Ok(Created {
        address: format!("/api/v1/users/{}", made.value.id),
        value: Written::new(made, |user| UserWire::new(&user, now)),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "first_name": "Evelyn" }))]
pub struct UserPatch {
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    email: Option<String>,
}

/// What is left out stays as it is.
pub async fn update(
    caller: Caller,
    id: Path<i64>,
    Body(patch): Body<UserPatch>,
) -> Result<Json<Written<UserWire>>, ApiError> {
    let change = caller
        .run(move |app, actor| {
            app.patch_user(actor, *id, |user| {
                let text = |new: &Option<String>, old: &str| new.as_deref().unwrap_or(old).to_owned();
                let (first, last) =
                    (text(&patch.first_name, &user.first_name), text(&patch.last_name, &user.last_name));
                user.revised(&first, &last, &text(&patch.username, &user.username), &text(&patch.email, &user.email))
            })
        })
        .await?;
    let now = caller.app.now();
    Ok(Json(Written::new(change, |user| UserWire::new(&user, now))))
}

pub async fn delete(caller: Caller, id: Path<i64>, Reason(reason): Reason) -> Result<Json<Revision>, ApiError> {
    let change = caller.run(move |app, actor| app.delete_user(actor, *id, &reason)).await?;
    Ok(Json(Revision::of(&change)))
}
