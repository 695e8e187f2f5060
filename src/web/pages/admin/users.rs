//! Users.

use super::{
    confirm::{Confirm, Reason},
    counted,
    list::{List, thousands},
};
use crate::{
    app::{
        Actor, App,
        users::{UserRow, UserView},
    },
    domain::{
        Error, FieldErrors,
        permission::{ROLES_READ, SESSIONS_READ, USERS_WRITE},
        user::{Profile, User},
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, SignedIn, Visitor},
        pages::{Page, field_errors},
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;

const FILTERS: [(&str, &str); 8] = [
    ("active", "Active"),
    ("disabled", "Disabled"),
    ("planned", "Disabled or enabled by date"),
    ("waiting", "Waits for approval"),
    ("leaving", "Will be deleted"),
    ("unverified", "E-mail not verified"),
    ("no-second-factor", "No second factor"),
    ("ending", "A role ends within 7 days"),
];

#[derive(Template)]
#[template(path = "admin/users/index.html")]
struct UsersPage {
    page: Page,
    actor: Actor,
    list: List,
    rows: Vec<UserRow>,
}

impl UsersPage {
    fn sub(&self) -> String {
        match self.list.total {
            1 => "1 user".to_owned(),
            n => format!("{} users", thousands(n)),
        }
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let role = match params.role.trim() {
        "" => None,
        text => Some(text.parse::<i64>().map_err(|_| Error::not_found("role"))?),
    };
    let (rows, role) = visitor
        .run(move |app, actor| {
            let rows = app.users(actor, &query, role)?;
            let name = match role {
                Some(id) if actor.can(ROLES_READ) => Some(app.role(actor, id)?.role.name),
                other => other.map(|id| id.to_string()),
            };
            Ok((rows, name))
        })
        .await?;
    let list = List::new("/admin/users", params, "username", &rows).filters(&FILTERS).role(role.as_deref());
    visitor.show(&UsersPage { page: visitor.page("Users"), actor: visitor.actor.clone(), list, rows: rows.items })
}

#[derive(Debug, Default, Deserialize)]
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

/// The form of a new user, or of the one that is changed.
#[derive(Template)]
#[template(path = "admin/users/form.html")]
struct FormPage {
    page: Page,
    user: Option<User>,
    form: UserForm,
    errors: FieldErrors,
}

impl FormPage {
    fn new(visitor: &Visitor, user: Option<User>, form: UserForm, errors: FieldErrors) -> Self {
        let title = user
            .as_ref()
            .map_or_else(|| "Create user · Users".to_owned(), |user| format!("Edit {} · Users", user.name()));
        Self { page: visitor.page(&title), user, form, errors }
    }

    /// Where the form goes, and where Cancel leads.
    fn action(&self) -> String {
        self.user.as_ref().map_or_else(|| "/admin/users".to_owned(), |user| format!("/admin/users/{}", user.id))
    }

    fn email_help(&self) -> &'static str {
        if self.user.is_some() {
            "Both addresses are told of a change; the new one must be verified, and the old one can undo it for 7 days."
        } else {
            "The invitation goes there."
        }
    }
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(USERS_WRITE)?;
    visitor.show(&FormPage::new(&visitor, None, UserForm::default(), FieldErrors::default()))
}

pub async fn create(visitor: SignedIn, Form(form): Form<UserForm>) -> Result<HttpResponse, PageError> {
    let parsed = form.parse();
    match visitor.run(move |app, actor| app.create_user(actor, &parsed?)).await {
        Ok(change) => {
            let user = change.value;
            let told = format!(
                "{} is created. An invitation to choose a password is on its way to {}.",
                user.name(),
                user.email
            );
            Ok(visitor.go_with(&format!("/admin/users/{}", user.id), "ok", told))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            visitor.show_with(status, &FormPage::new(&visitor, None, form, errors))
        }
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
    visitor.show(&FormPage::new(&visitor, Some(user), form, FieldErrors::default()))
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<UserForm>) -> Result<HttpResponse, PageError> {
    let (id, parsed) = (*id, form.parse());
    match visitor.run(move |app, actor| app.update_user(actor, id, &parsed?)).await {
        Ok(change) => {
            Ok(visitor.go_with(&format!("/admin/users/{id}"), "ok", format!("{} is changed.", change.value.name())))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let user = visitor.run(move |app, actor| app.user(actor, id)).await?.user;
            visitor.show_with(status, &FormPage::new(&visitor, Some(user), form, errors))
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
            app.delete_user(actor, id, &reason).map(|_| name)
        })
        .await;
    match deleted {
        Ok(name) => Ok(visitor.go_with("/admin/users", "ok", format!("{name} is deleted."))),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
