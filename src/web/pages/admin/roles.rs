//! Roles and groups.

use super::{
    confirm::{Confirm, Reason},
    counted,
    list::{List, thousands},
    role_drawing::Drawing,
    role_inclusions::IncludeForm,
    role_permissions::GrantForm,
    user_roles::{GiveForm, may_give},
};
use crate::{
    app::{
        Actor, App, Change,
        role_members::{RoleMember, RoleReach},
        roles::{RoleRow, RoleView},
        users::AssignmentView,
    },
    domain::{
        Error, FieldErrors, Result as DomainResult,
        page::{ListQuery, Page as Rows, Total},
        permission::{Pattern, ROLES_WRITE, USERS_READ},
        preview::Preview,
        role::{PermissionAssignment, ROLE, Role, RoleDraft},
        text,
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, Query as Filled, SignedIn, Visitor},
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

#[derive(Template)]
#[template(path = "admin/roles/index.html")]
struct RolesPage {
    page: Page,
    actor: Actor,
    list: List,
    rows: Vec<RoleRow>,
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let rows = visitor.run(move |app, actor| app.roles(actor, &query)).await?;
    let list = List::new("/admin/roles", params, "name", &rows).filters(&[("role", "Roles"), ("group", "Groups")]);
    visitor.show(&RolesPage { page: visitor.page("Roles"), actor: visitor.actor.clone(), list, rows: rows.items })
}

/// One role, with the forms that change it.
#[derive(Template)]
#[template(path = "admin/roles/show.html")]
struct RolePage {
    page: Page,
    actor: Actor,
    view: RoleView,
    reach: RoleReach,
    /// For whoever may see users.
    members: Option<Members>,
    may_change: bool,
    may_give: bool,
    forms: Forms,
    errors: FieldErrors,
}

/// What was typed into the forms of the page.
#[derive(Default)]
pub struct Forms {
    pub grant: GrantForm,
    pub include: IncludeForm,
    pub give: GiveForm,
    pub preview: Option<Preview>,
}

/// The page of the role with what one of its forms would do. `named`: fields as that form calls them.
pub async fn previewed(
    visitor: &Visitor,
    id: i64,
    found: DomainResult<Preview>,
    forms: Forms,
    named: fn(FieldErrors) -> FieldErrors,
) -> Result<HttpResponse, PageError> {
    match found {
        Ok(preview) => {
            let forms = Forms { preview: Some(preview), ..forms };
            show_with(visitor, id, StatusCode::OK, forms, FieldErrors::default()).await
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show_with(visitor, id, status, forms, named(errors)).await
        }
    }
}

/// Permissions and roles that are named in a sentence, and rows of the tables of permissions, at most.
const NAMED: usize = 5;
const SHOWN: usize = 100;

impl RolePage {
    /// `Whoever has it may approve invoices and read ledgers; 12 people have it, 3 of them through manager.`
    fn sentence(&self) -> String {
        let view = &self.view;
        let mut patterns: Vec<Pattern> = view.own.iter().map(PermissionAssignment::pattern).collect();
        patterns.extend(view.inherited.iter().map(|(pattern, _)| pattern.clone()));
        patterns.sort();
        patterns.dedup();
        let mut deeds: Vec<String> = patterns.iter().take(NAMED).map(deed).collect();
        if patterns.len() > NAMED {
            deeds.push(counted(patterns.len() - NAMED, "other thing", "other things"));
        }
        let may = if deeds.is_empty() {
            "Whoever has it may do nothing yet".to_owned()
        } else {
            format!("Whoever has it may {}", listed(&deeds))
        };
        let through = match (self.reach.direct, self.reach.all) {
            (Total::Exactly(direct), Total::Exactly(all)) if all > direct => {
                let seniors: Vec<String> = view.seniors.iter().take(NAMED).map(|role| role.name.clone()).collect();
                let by = if view.seniors.len() > NAMED { "other roles".to_owned() } else { listed(&seniors) };
                format!(", {} of them through {by}", thousands(all - direct))
            }
            _ => String::new(),
        };
        let people = match self.reach.all {
            Total::Exactly(0) => "nobody has it".to_owned(),
            all => format!("{} it{through}", all.of("person has", "people have")),
        };
        format!("{may}; {people}.")
    }

    fn own(&self) -> &[PermissionAssignment] {
        self.view.own.get(..SHOWN).unwrap_or(&self.view.own)
    }

    fn inherited(&self) -> &[(Pattern, Role)] {
        self.view.inherited.get(..SHOWN).unwrap_or(&self.view.inherited)
    }

    /// Whether there are more permissions than the tables show.
    fn has_more(&self) -> bool {
        self.view.own.len() > SHOWN || self.view.inherited.len() > SHOWN
    }

    fn members_csv(&self) -> String {
        format!("/admin/roles/{}/members.csv", self.view.role.id)
    }

    fn drawing(&self) -> Drawing {
        let juniors: Vec<&Role> = self.view.juniors.iter().map(|(_, role)| role).collect();
        Drawing::new(&self.view.role, &self.view.seniors.iter().collect::<Vec<_>>(), &juniors)
    }
}

/// `invoices:approve` as something that one may do: `approve invoices`.
fn deed(pattern: &Pattern) -> String {
    let plain = |text: &str| text.replace(['-', '_'], " ");
    match (pattern.resource(), pattern.action()) {
        ("*", "*") => "do everything".to_owned(),
        ("*", action) => format!("{} everything", plain(action)),
        (resource, "*") => format!("do everything with {}", plain(resource)),
        (resource, action) => format!("{} {}", plain(action), plain(resource)),
    }
}

/// `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Who has the role.
struct Members {
    list: List,
    rows: Vec<RoleMember>,
    to_come: Vec<AssignmentView>,
}

type Loaded = (RoleView, RoleReach, Option<(Rows<RoleMember>, Vec<AssignmentView>)>);

fn load(app: &App, actor: &Actor, id: i64, query: &ListQuery) -> DomainResult<Loaded> {
    let (view, reach) = (app.role(actor, id)?, app.role_reach(actor, id)?);
    let members = match actor.can(USERS_READ) {
        false => None,
        true => Some((app.role_members(actor, id, query)?, app.role_members_to_come(actor, id)?)),
    };
    Ok((view, reach, members))
}

/// The page of the role, with the status and the errors of one of its forms.
pub async fn show_with(
    visitor: &Visitor,
    id: i64,
    status: StatusCode,
    forms: Forms,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    show_members(visitor, id, status, (forms, errors), ListParams::default()).await
}

async fn show_members(
    visitor: &Visitor,
    id: i64,
    status: StatusCode,
    (forms, errors): (Forms, FieldErrors),
    params: ListParams,
) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let (view, reach, members) = visitor.run(move |app, actor| load(app, actor, id, &query)).await?;
    let members = members.map(|(rows, to_come)| {
        let list =
            List::new(format!("/admin/roles/{id}"), params, "username", &rows).filters(&[("direct", "Only by itself")]);
        Members { list, rows: rows.items, to_come }
    });
    let page = RolePage {
        page: visitor.page(&format!("{} · Roles", view.role.name)),
        may_change: visitor.actor.can(ROLES_WRITE) && !view.role.built_in,
        may_give: may_give(&visitor.actor),
        actor: visitor.actor.clone(),
        view,
        reach,
        members,
        forms,
        errors,
    };
    visitor.show_with(status, &page)
}

pub async fn show(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    show_members(&visitor, *id, StatusCode::OK, (Forms::default(), FieldErrors::default()), params).await
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    name: String,
    kind: String,
    description: String,
    /// Of a new role: what it has from the beginning, separated by commas.
    permissions: String,
    /// Set by the button that only shows what would happen.
    preview: String,
}

impl RoleForm {
    fn parse(&self) -> DomainResult<RoleDraft> {
        RoleDraft::parse(&self.name, &self.kind, &self.description)
    }

    /// Makes the role with what it is to have, or tells all mistakes at once.
    fn make(&self, app: &App, actor: &Actor) -> DomainResult<Change<Role>> {
        let patterns = match self.permissions.trim() {
            "" => Ok(vec![]),
            typed => app.patterns_named(actor, "permissions", typed),
        };
        match (self.parse(), patterns) {
            (Ok(draft), Ok(patterns)) => app.create_role_having(actor, &draft, &patterns),
            (Err(Error::Invalid(one)), Err(Error::Invalid(other))) => Err(Error::Invalid(one.and(other))),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

/// The form of a new role, or of the one that is changed.
#[derive(Template)]
#[template(path = "admin/roles/form.html")]
struct FormPage {
    page: Page,
    role: Option<Role>,
    form: RoleForm,
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl FormPage {
    fn new(visitor: &Visitor, role: Option<Role>, form: RoleForm, errors: FieldErrors) -> Self {
        let title = role
            .as_ref()
            .map_or_else(|| "Create role · Roles".to_owned(), |role| format!("Edit {} · Roles", role.name));
        Self { page: visitor.page(&title), role, form, preview: None, errors }
    }

    /// Where the form goes, and where Cancel leads.
    fn action(&self) -> String {
        self.role.as_ref().map_or_else(|| "/admin/roles".to_owned(), |role| format!("/admin/roles/{}", role.id))
    }
}

/// The page with what the form would make.
async fn previewed_new(visitor: &Visitor, form: RoleForm) -> Result<HttpResponse, PageError> {
    let asked = form.clone();
    match visitor.preview(move |app, actor| asked.make(app, actor)).await {
        Ok(preview) => {
            let page = FormPage::new(visitor, None, form, FieldErrors::default());
            visitor.show(&FormPage { preview: Some(preview), ..page })
        }
        Err(error) => refused_new(visitor, form, error),
    }
}

fn refused_new(visitor: &Visitor, form: RoleForm, error: Error) -> Result<HttpResponse, PageError> {
    let (status, errors) = field_errors(error)?;
    visitor.show_with(status, &FormPage::new(visitor, None, form, errors.rename("permission", "permissions")))
}

/// With `?name=auditor&permissions=…&preview=1` the form is filled in, and shows what it would make.
pub async fn new(visitor: SignedIn, Filled(mut form): Filled<RoleForm>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    if form.kind.is_empty() {
        form.kind = ROLE.to_owned();
    }
    if form.preview.is_empty() {
        visitor.show(&FormPage::new(&visitor, None, form, FieldErrors::default()))
    } else {
        previewed_new(&visitor, form).await
    }
}

pub async fn create(visitor: SignedIn, Form(form): Form<RoleForm>) -> Result<HttpResponse, PageError> {
    if !form.preview.is_empty() {
        return previewed_new(&visitor, form).await;
    }
    let asked = form.clone();
    match visitor.run(move |app, actor| asked.make(app, actor)).await {
        Ok(change) => {
            let has = match text::names(&form.permissions).len() {
                0 => "It has nothing yet.".to_owned(),
                n => format!("It has {}.", counted(n, "permission", "permissions")),
            };
            let told = format!("The {} {} is created. {has}", change.value.kind, change.value.name);
            Ok(visitor.done(&format!("/admin/roles/{}", change.value.id), told, &change))
        }
        Err(error) => refused_new(&visitor, form, error),
    }
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let role = visitor.run(move |app, actor| app.role(actor, *id)).await?.role;
    let form = RoleForm {
        name: role.name.clone(),
        kind: role.kind.clone(),
        description: role.description.clone(),
        ..RoleForm::default()
    };
    visitor.show(&FormPage::new(&visitor, Some(role), form, FieldErrors::default()))
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<RoleForm>) -> Result<HttpResponse, PageError> {
    let (id, draft) = (*id, form.parse());
    match visitor.run(move |app, actor| app.update_role(actor, id, &draft?)).await {
        Ok(change) => Ok(visitor.done(
            &format!("/admin/roles/{id}"),
            format!("The {} {} is changed.", change.value.kind, change.value.name),
            &change,
        )),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let role = visitor.run(move |app, actor| app.role(actor, id)).await?.role;
            visitor.show_with(status, &FormPage::new(&visitor, Some(role), form, errors))
        }
    }
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let view = visitor.run(move |app, actor| app.role(actor, id)).await?;
    let name = &view.role.name;
    let members = view.member_count;
    let all = view.own.len() + view.inherited.len();
    let mut confirm = Confirm::new(visitor, format!("Delete the {} {name}?", view.role.kind), "Delete role")
        .from("Roles", "/admin/roles")
        .from(name.clone(), format!("/admin/roles/{id}"))
        .loses(format!(
            "{} it, and with it {}.",
            members.of("user loses", "users lose"),
            counted(all, "permission", "permissions")
        ));
    if !view.seniors.is_empty() {
        let names: Vec<&str> = view.seniors.iter().map(|role| role.name.as_str()).collect();
        confirm = confirm.loses(format!("These include it and lose what it gives them: {}.", names.join(", ")));
    }
    let preview = visitor.preview(move |app, actor| app.delete_role(actor, id, "")).await;
    confirm.keeps("Who had it, and when, stays in the audit log.").preview(preview)
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.delete_role(actor, id, &reason)).await {
        Ok(change) => Ok(visitor.done("/admin/roles", "The role is deleted.", &change)),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
