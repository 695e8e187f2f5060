//! Registered permissions.

use super::{
    access::{called, can_href, href},
    confirm::{Confirm, Reason},
    counted,
    list::List,
};
use crate::{
    app::{Actor, permission_reach::PermissionReach, permissions::PermissionRow},
    domain::{
        FieldErrors, Result as DomainResult,
        page::Total,
        permission::{AUDIT_READ, NewPermission, PERMISSIONS_WRITE, Pattern, Permission},
        scope::Scope,
        user::User,
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

#[derive(Template)]
#[template(path = "admin/permissions/index.html")]
struct PermissionsPage {
    page: Page,
    actor: Actor,
    list: List,
    /// The permissions of each resource.
    groups: Vec<(String, Vec<PermissionRow>)>,
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let rows = visitor.run(move |app, actor| app.permissions(actor, &query)).await?;
    let list = List::new("/admin/permissions", params, "name", &rows);
    let mut groups: Vec<(String, Vec<PermissionRow>)> = vec![];
    for row in rows.items {
        match groups.last_mut() {
            Some((resource, of_it)) if *resource == row.permission.resource => of_it.push(row),
            _ => groups.push((row.permission.resource.clone(), vec![row])),
        }
    }
    visitor.show(&PermissionsPage { page: visitor.page("Permissions"), actor: visitor.actor.clone(), list, groups })
}

#[derive(Template)]
#[template(path = "admin/permissions/show.html")]
struct PermissionPage {
    page: Page,
    actor: Actor,
    permission: Permission,
    reach: PermissionReach,
}

impl PermissionPage {
    /// Who can do it everywhere, as a question.
    fn who_can(&self) -> String {
        href("/admin/access/who-can", &[("permission", &self.permission.name)])
    }

    /// The way by which somebody can.
    fn way(&self, user: &User, scope: &Scope) -> String {
        let pattern = Pattern::from_parts(&self.permission.resource, &self.permission.action);
        can_href(&called(user), &pattern, scope.as_str(), "")
    }

    /// All roles that have it, beside the other permissions of its resource.
    fn matrix(&self) -> String {
        href("/admin/permissions/matrix", &[("resource", &self.permission.resource), ("filter", "having")])
    }

    /// What was done to it, and which roles got or lost it by name.
    fn history(&self) -> [(&'static str, String); 2] {
        let id = format!("permission:{}", self.permission.id);
        let grants = [("q", self.permission.name.as_str()), ("filter", "permission")];
        [
            ("Changes of it", href("/admin/audit", &[("on", &id)])),
            ("Given to and taken from roles", href("/admin/audit", &grants)),
        ]
    }

    /// `12 people can do it` as far as it was counted.
    fn people(&self) -> String {
        match self.reach.people {
            Total::Exactly(0) => "Nobody can do it.".to_owned(),
            people => format!("{} do it.", people.of("person can", "people can")),
        }
    }
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (permission, reach) =
        visitor.run(move |app, actor| Ok((app.permission(actor, *id)?, app.permission_reach(actor, *id)?))).await?;
    let page = visitor.page(&format!("{} · Permissions", permission.name));
    visitor.show(&PermissionPage { page, actor: visitor.actor.clone(), permission, reach })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PermissionForm {
    resource: String,
    action: String,
    label: String,
    description: String,
}

impl PermissionForm {
    fn parse(&self) -> DomainResult<NewPermission> {
        NewPermission::parse(&self.resource, &self.action, &self.label, &self.description)
    }
}

/// The form of a new permission, or of the one that is described.
#[derive(Template)]
#[template(path = "admin/permissions/form.html")]
struct FormPage {
    page: Page,
    permission: Option<Permission>,
    form: PermissionForm,
    errors: FieldErrors,
}

impl FormPage {
    fn new(visitor: &Visitor, permission: Option<Permission>, form: PermissionForm, errors: FieldErrors) -> Self {
        let title = permission.as_ref().map_or_else(
            || "Register permission · Permissions".to_owned(),
            |permission| format!("Edit {} · Permissions", permission.name),
        );
        Self { page: visitor.page(&title), permission, form, errors }
    }

    /// Where the form goes, and where Cancel leads.
    fn action(&self) -> String {
        self.permission.as_ref().map_or_else(
            || "/admin/permissions".to_owned(),
            |permission| format!("/admin/permissions/{}", permission.id),
        )
    }
}

pub async fn new(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(PERMISSIONS_WRITE)?;
    visitor.show(&FormPage::new(&visitor, None, PermissionForm::default(), FieldErrors::default()))
}

pub async fn create(visitor: SignedIn, Form(form): Form<PermissionForm>) -> Result<HttpResponse, PageError> {
    let parsed = form.parse();
    match visitor.run(move |app, actor| app.create_permission(actor, &parsed?)).await {
        Ok(change) => {
            let told = format!("{} is registered. Give it to a role next.", change.value.name);
            Ok(visitor.done(&format!("/admin/permissions/{}", change.value.id), told, &change))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            // The name is made of two fields; the action is the one that tells permissions of a resource apart.
            visitor.show_with(status, &FormPage::new(&visitor, None, form, errors.rename("name", "action")))
        }
    }
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(PERMISSIONS_WRITE)?;
    let permission = visitor.run(move |app, actor| app.permission(actor, *id)).await?;
    let form = PermissionForm {
        label: permission.label.clone(),
        description: permission.description.clone(),
        ..PermissionForm::default()
    };
    visitor.show(&FormPage::new(&visitor, Some(permission), form, FieldErrors::default()))
}

pub async fn update(
    visitor: SignedIn,
    id: Path<i64>,
    Form(form): Form<PermissionForm>,
) -> Result<HttpResponse, PageError> {
    let (id, label, description) = (*id, form.label.clone(), form.description.clone());
    match visitor.run(move |app, actor| app.describe_permission(actor, id, &label, &description)).await {
        Ok(change) => Ok(visitor.done(
            &format!("/admin/permissions/{id}"),
            format!("{} is described anew.", change.value.name),
            &change,
        )),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let permission = visitor.run(move |app, actor| app.permission(actor, id)).await?;
            visitor.show_with(status, &FormPage::new(&visitor, Some(permission), form, errors))
        }
    }
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(PERMISSIONS_WRITE)?;
    let (permission, reach) =
        visitor.run(move |app, actor| Ok((app.permission(actor, id)?, app.permission_reach(actor, id)?))).await?;
    let name = &permission.name;
    Ok(Confirm::new(visitor, format!("Delete {name}?"), "Delete permission")
        .from("Permissions", "/admin/permissions")
        .from(name.clone(), format!("/admin/permissions/{id}"))
        .loses(format!("{} it.", counted(reach.role_count, "role loses", "roles lose")))
        .loses(format!("Programs that ask for {name} are told no."))
        .keeps("Patterns with a * stay as they are; they cover it again if it is registered again."))
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.delete_permission(actor, id, &reason)).await {
        Ok(change) => Ok(visitor.done("/admin/permissions", "The permission is deleted.", &change)),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
