//! Users.

use super::{
    confirm::{Confirm, Reason},
    counted,
    list::List,
};
use crate::{
    app::{
        Actor, App,
        users::{UserRow, UserView},
    },
    domain::{
        Error, FieldErrors,
        job::{Job, Kind},
        permission::{ROLES_READ, SESSIONS_READ, USERS_WRITE},
        preview::Preview,
        role::{Assign, Role},
        user::{Profile, SERVICE, User},
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;

const FILTERS: [(&str, &str); 10] = [
    ("active", "Active"),
    ("disabled", "Disabled"),
    ("planned", "Disabled or enabled by date"),
    ("waiting", "Waits for approval"),
    ("invited", "Invited, not come yet"),
    ("leaving", "Will be deleted"),
    ("unverified", "E-mail not verified"),
    ("no-second-factor", "No second factor"),
    ("service", "Service accounts"),
    ("ending", "A role ends within 7 days"),
];

#[derive(Template)]
#[template(path = "admin/users/index.html")]
struct UsersPage {
    page: Page,
    actor: Actor,
    list: List,
    rows: Vec<UserRow>,
    /// What may be done to users who are ticked; and whether all of this page are.
    acts: Vec<(&'static str, &'static str)>,
    all_ticked: bool,
    /// Jobs that change users at this moment.
    under_way: Vec<Job>,
}

impl UsersPage {
    fn sub(&self) -> String {
        self.list.total.of("user", "users")
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let role = match params.role.trim() {
        "" => None,
        text => Some(text.parse::<i64>().map_err(|_| Error::not_found("role"))?),
    };
    let (rows, role, under_way) = visitor
        .run(move |app, actor| {
            let rows = app.users(actor, &query, role)?;
            let under_way = app.jobs_under_way(actor, Kind::Bulk)?;
            let name = match role {
                Some(id) if actor.can(ROLES_READ) => Some(app.role(actor, id)?.role.name),
                other => other.map(|id| id.to_string()),
            };
            Ok((rows, name, under_way))
        })
        .await?;
    let list = List::new("/admin/users", params, "username", &rows).filters(&FILTERS).role(role.as_deref());
    let all_ticked = visitor.req.query_string().split('&').any(|pair| pair == "tick=page");
    visitor.show(&UsersPage {
        page: visitor.page("Users"),
        actor: visitor.actor.clone(),
        list,
        rows: rows.items,
        acts: super::bulk::acts(&visitor.actor),
        all_ticked,
        under_way,
    })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct UserForm {
    first_name: String,
    last_name: String,
    username: String,
    email: String,
}

impl UserForm {
    fn parse(&self) -> Result<Profile, Error> {
        Profile::parse(&self.first_name, &self.last_name, &self.username, &self.email).map_err(Error::Invalid)
    }
}

/// A new user: who he is, and which roles he has from the beginning, all of them in one place and until one moment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewUserForm {
    #[serde(flatten)]
    person: UserForm,
    /// Their names, with commas between.
    roles: String,
    scope: String,
    valid_to: String,
    reason: String,
    /// Set by the button that only shows what would happen.
    preview: String,
    /// `service`: an account for a program.
    kind: String,
}

impl NewUserForm {
    fn is_service(&self) -> bool {
        self.kind == SERVICE
    }

    /// All mistakes at once.
    fn parse(&self, app: &App, actor: &Actor) -> Result<(Profile, Vec<Assign>), Error> {
        let person = if self.is_service() {
            Profile::of_service(&self.person.first_name, &self.person.username).map_err(Error::Invalid)
        } else {
            self.person.parse()
        };
        match (person, self.assignments(app, actor)) {
            (Ok(profile), Ok(roles)) => Ok((profile, roles)),
            (Err(Error::Invalid(person)), Err(Error::Invalid(roles))) => Err(Error::Invalid(person.and(roles))),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    fn assignments(&self, app: &App, actor: &Actor) -> Result<Vec<Assign>, Error> {
        if self.roles.trim().is_empty() {
            return Ok(vec![]);
        }
        let assign = |role: Role| Assign::parse(0, role.id, &self.scope, "", &self.valid_to, &self.reason);
        app.roles_named(actor, "roles", &self.roles)?.into_iter().map(assign).collect()
    }
}

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewPage {
    page: Page,
    form: NewUserForm,
    may_give: bool,
    preview: Option<Preview>,
    errors: FieldErrors,
}

async fn show_new(
    visitor: &Visitor,
    status: StatusCode,
    form: NewUserForm,
    preview: Option<Preview>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let may_give = visitor.actor.may_give_somewhere() && visitor.actor.can(ROLES_READ);
    let errors = errors.everywhere().rename("role_id", "roles");
    let title = if form.is_service() { "Create service account · Users" } else { "Create user · Users" };
    visitor.show_with(status, &NewPage { page: visitor.page(title), form, may_give, preview, errors })
}

#[derive(Deserialize)]
pub struct NewOf {
    #[serde(default)]
    kind: String,
}

/// `?kind=service`: of a service account.
pub async fn new(visitor: SignedIn, Query(of): Query<NewOf>) -> Result<HttpResponse, PageError> {
    show_new(
        &visitor,
        StatusCode::OK,
        NewUserForm { kind: of.kind, ..NewUserForm::default() },
        None,
        FieldErrors::default(),
    )
    .await
}

pub async fn create(visitor: SignedIn, Form(form): Form<NewUserForm>) -> Result<HttpResponse, PageError> {
    let asked = form.clone();
    let make = move |app: &App, actor: &Actor| {
        let (profile, roles) = asked.parse(app, actor)?;
        if asked.is_service() {
            app.create_service_account(actor, &profile, &roles)
        } else {
            app.invite_user(actor, &profile, &roles)
        }
    };
    let refused = if form.preview.is_empty() {
        match visitor.run(make).await {
            Ok(change) => {
                let user = &change.value;
                if user.is_service() {
                    let told = format!("{} is created. Programs act as it by a token: make one here.", user.name());
                    return Ok(visitor.done(&format!("/admin/users/{}/tokens", user.id), told, &change));
                }
                let told = format!(
                    "{} is created. An invitation to choose a password is on its way to {}.",
                    user.name(),
                    user.email
                );
                return Ok(visitor.done(&format!("/admin/users/{}", user.id), told, &change));
            }
            Err(error) => error,
        }
    } else {
        match visitor.preview(make).await {
            Ok(preview) => {
                return show_new(&visitor, StatusCode::OK, form, Some(preview), FieldErrors::default()).await;
            }
            Err(error) => error,
        }
    };
    let (status, errors) = field_errors(refused)?;
    show_new(&visitor, status, form, None, errors).await
}

/// The form of a user who is changed.
#[derive(Template)]
#[template(path = "admin/users/form.html")]
struct FormPage {
    page: Page,
    user: User,
    form: UserForm,
    errors: FieldErrors,
}

impl FormPage {
    fn new(visitor: &Visitor, user: User, form: UserForm, errors: FieldErrors) -> Self {
        Self { page: visitor.page(&format!("Edit {} · Users", user.name())), user, form, errors }
    }
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let user = visitor.run(move |app, actor| app.user(actor, *id)).await?.user;
    let form = UserForm {
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        username: user.username.clone(),
        email: user.email.clone(),
    };
    visitor.show(&FormPage::new(&visitor, user, form, FieldErrors::default()))
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<UserForm>) -> Result<HttpResponse, PageError> {
    let (id, asked) = (*id, form.clone());
    let revise = move |user: &User| user.revised(&asked.first_name, &asked.last_name, &asked.username, &asked.email);
    match visitor.run(move |app, actor| app.patch_user(actor, id, revise)).await {
        Ok(change) => {
            Ok(visitor.done(&format!("/admin/users/{id}"), format!("{} is changed.", change.value.name()), &change))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let user = visitor.run(move |app, actor| app.user(actor, id)).await?.user;
            visitor.show_with(status, &FormPage::new(&visitor, user, form, errors))
        }
    }
}

/// A user, and how many sessions he has, for whoever may know.
pub fn with_sessions(app: &App, actor: &Actor, id: i64) -> Result<(UserView, Option<usize>), Error> {
    let view = app.user(actor, id)?;
    let sessions = if actor.can(SESSIONS_READ) { Some(app.user_sessions(actor, id)?.len()) } else { None };
    Ok((view, sessions))
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    let (view, sessions) = visitor.run(move |app, actor| with_sessions(app, actor, id)).await?;
    let confirm = Confirm::new(visitor, format!("Delete {}?", view.user.name()), "Delete user")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}"))
        .ends_sessions(sessions)
        .loses(format!("Ends {}.", counted(view.assignments.len(), "role", "roles")))
        .loses(format!("Frees the username {} and the address {} for others.", view.user.username, view.user.email));
    let preview = visitor.preview(move |app, actor| app.delete_user(actor, id, "")).await;
    confirm.keeps("What he did and what he had stays in the audit log.").preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    let deleted = visitor
        .run(move |app, actor| {
            let name = app.user(actor, id)?.user.name();
            app.delete_user(actor, id, &reason).map(|change| change.map(|()| name))
        })
        .await;
    match deleted {
        Ok(change) => Ok(visitor.done("/admin/users", format!("{} is deleted.", change.value), &change)),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
