//! Separation of duty and standing rules.

use super::{
    confirm::{Confirm, Reason},
    list::List,
};
use crate::{
    app::{
        Actor, App,
        constraints::{ConstraintView, Life},
        violations::Finding,
    },
    domain::{
        Error, FieldErrors, Result as DomainResult,
        constraint::{Constraint, ConstraintDraft, Rule},
        permission::CONSTRAINTS_WRITE,
        preview::Preview,
        text,
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, SignedIn, Visitor},
        pages::{
            Page,
            admin::audit::Told,
            field_errors,
            words::{Part, rule},
        },
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use askama::Template;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

const LIST: &str = "/admin/access/constraints";

#[derive(Template)]
#[template(path = "admin/constraints/index.html")]
struct ConstraintsPage {
    page: Page,
    tabs: Vec<super::access::Tab>,
    actor: Actor,
    list: List,
    rows: Vec<Finding>,
    broken: Vec<Finding>,
    roles: HashMap<i64, String>,
}

impl ConstraintsPage {
    fn words(&self, one: &Finding) -> Vec<Part> {
        rule::sentence(&one.constraint.rule, &self.roles)
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let found = visitor.run(move |app, actor| app.constraint_list(actor, &query)).await?;
    let kinds: Vec<(&str, &str)> = rule::KINDS.iter().map(|(kind, label, _)| (*kind, *label)).collect();
    visitor.show(&ConstraintsPage {
        page: visitor.page("Constraints · Access"),
        tabs: super::access::tabs(&visitor.actor, "Constraints"),
        actor: visitor.actor.clone(),
        list: List::new(LIST, params, "name", &found.page).filters(&kinds),
        rows: found.page.items,
        broken: found.broken,
        roles: found.roles,
    })
}

#[derive(Template)]
#[template(path = "admin/constraints/show.html")]
struct ConstraintPage {
    page: Page,
    may_change: bool,
    view: ConstraintView,
    words: Vec<Part>,
    history: Vec<Told>,
}

impl ConstraintPage {
    fn kind(&self) -> &'static str {
        rule::kind(self.view.constraint.rule.kind())
    }

    fn life(&self) -> &Life {
        &self.view.life
    }

    /// Somebody by his id, if he is anybody.
    fn who(&self, id: &Option<i64>) -> Option<(i64, &str)> {
        let id = (*id)?;
        Some((id, self.view.people.get(&id)?))
    }
}

/// Whether a rule has a number or a set of roles that can be changed.
fn can_be_edited(rule: &Rule) -> bool {
    matches!(rule, Rule::Ssd { .. } | Rule::Dsd { .. } | Rule::AtLeast { .. } | Rule::AtMost { .. })
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let mut view = visitor.run(move |app, actor| app.constraint_view(actor, *id)).await?;
    let history = std::mem::take(&mut view.history).into_iter().map(Told::new).collect();
    visitor.show(&ConstraintPage {
        page: visitor.page(&format!("{} · Constraints", view.constraint.name)),
        may_change: visitor.actor.can(CONSTRAINTS_WRITE) && view.life.ended_at.is_none(),
        words: rule::sentence(&view.constraint.rule, &view.roles),
        view,
        history,
    })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EditForm {
    n: String,
    /// Names, separated by commas.
    roles: String,
    reason: String,
    /// The button that was pressed: only look.
    preview: String,
}

#[derive(Template)]
#[template(path = "admin/constraints/edit.html")]
struct EditPage {
    page: Page,
    constraint: Constraint,
    words: Vec<Part>,
    form: EditForm,
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl EditPage {
    fn is_set(&self) -> bool {
        matches!(self.constraint.rule, Rule::Ssd { .. } | Rule::Dsd { .. })
    }
}

/// The form, as it was typed or, the first time, as things stand.
async fn ask_edit(
    visitor: &Visitor,
    id: i64,
    form: Option<EditForm>,
    found: DomainResult<Option<Preview>>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(CONSTRAINTS_WRITE)?;
    let view = visitor.run(move |app, actor| app.constraint_view(actor, id)).await?;
    if view.life.ended_at.is_some() || !can_be_edited(&view.constraint.rule) {
        return Err(PageError(Error::not_found("number or set of this constraint")));
    }
    let mut names: Vec<&str> = view.roles.values().map(String::as_str).collect();
    names.sort_unstable();
    let form = form.unwrap_or_else(|| EditForm {
        n: match &view.constraint.rule {
            Rule::Ssd { n, .. } | Rule::Dsd { n, .. } | Rule::AtLeast { n, .. } | Rule::AtMost { n, .. } => {
                n.to_string()
            }
            _ => String::new(),
        },
        roles: text::join_names(names),
        ..EditForm::default()
    });
    let (status, preview, errors) = match found {
        Ok(preview) => (StatusCode::OK, preview, FieldErrors::default()),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            (status, None, errors)
        }
    };
    let page = EditPage {
        page: visitor.page(&format!("Change {} · Constraints", view.constraint.name)),
        words: rule::sentence(&view.constraint.rule, &view.roles),
        constraint: view.constraint,
        form,
        preview,
        errors,
    };
    visitor.show_with(status, &page)
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask_edit(&visitor, *id, None, Ok(None)).await
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<EditForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let typed = form.clone();
    let act = move |app: &App, actor: &Actor| {
        let n = number(&typed.n)?.unwrap_or_default();
        let roles = if typed.roles.trim().is_empty() { None } else { Some(set(app, actor, &typed.roles)?) };
        app.update_constraint(actor, id, n, roles.as_ref(), &typed.reason)
    };
    if !form.preview.is_empty() {
        let found = visitor.preview(act).await.map(Some);
        return ask_edit(&visitor, id, Some(form), found).await;
    }
    match visitor.run(act).await {
        Ok(change) => {
            let told = format!("The constraint {} is changed.", change.value.name);
            Ok(visitor.done(&format!("{LIST}/{id}"), told, &change))
        }
        Err(error) => ask_edit(&visitor, id, Some(form), Err(error)).await,
    }
}

/// The ids of the roles that are named.
fn set(app: &App, actor: &Actor, names: &str) -> DomainResult<BTreeSet<i64>> {
    Ok(app.roles_named(actor, "roles", names)?.into_iter().map(|role| role.id).collect())
}

/// A number as typed; `None`: nothing.
fn number(text: &str) -> DomainResult<Option<i64>> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::Invalid(FieldErrors::one("n", "Write a whole number."))),
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewForm {
    kind: String,
    name: String,
    n: String,
    /// Names, separated by commas.
    roles: String,
    /// Names, though the API has ids: the errors stand at the same fields.
    role_id: String,
    required_id: String,
    permission: String,
    reason: String,
    /// The button that was pressed: only look.
    preview: String,
}

impl NewForm {
    fn draft(&self, app: &App, actor: &Actor) -> DomainResult<ConstraintDraft> {
        let one = |text: &str, field| match text.trim() {
            "" => Ok(None),
            name => app.role_named(actor, field, name).map(|role| Some(role.id)),
        };
        let set =
            if matches!(self.kind.as_str(), "ssd" | "dsd") { set(app, actor, &self.roles)? } else { BTreeSet::new() };
        Ok(ConstraintDraft {
            name: self.name.clone(),
            kind: self.kind.clone(),
            n: number(&self.n)?,
            roles: set,
            role_id: one(&self.role_id, "role_id")?,
            required_id: one(&self.required_id, "required_id")?,
            permission: self.permission.clone(),
            reason: self.reason.clone(),
        })
    }
}

/// The kinds to choose from or, once one is chosen, its form.
#[derive(Template)]
#[template(path = "admin/constraints/new.html")]
struct NewPage {
    page: Page,
    /// Kind, label and what it is for.
    kind: Option<(&'static str, &'static str, &'static str)>,
    form: NewForm,
    preview: Option<Preview>,
    errors: FieldErrors,
}

impl NewPage {
    fn is(&self, kinds: &str) -> bool {
        kinds.split(' ').any(|kind| kind == self.form.kind)
    }

    fn role_label(&self) -> &'static str {
        match self.form.kind.as_str() {
            "requires" => "Whoever has this role",
            "never" => "Nobody of",
            "only_within" => "Only who is in",
            _ => "Role",
        }
    }
}

fn show_new(visitor: &Visitor, form: NewForm, found: DomainResult<Option<Preview>>) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(CONSTRAINTS_WRITE)?;
    let (status, preview, errors) = match found {
        Ok(preview) => (StatusCode::OK, preview, FieldErrors::default()),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            (status, None, errors)
        }
    };
    let page = visitor.page("Create constraint · Constraints");
    let kind = rule::KINDS.iter().find(|known| known.0 == form.kind).copied();
    visitor.show_with(status, &NewPage { page, kind, form, preview, errors })
}

pub async fn new(visitor: SignedIn, Query(form): Query<NewForm>) -> Result<HttpResponse, PageError> {
    show_new(&visitor, form, Ok(None))
}

pub async fn create(visitor: SignedIn, Form(form): Form<NewForm>) -> Result<HttpResponse, PageError> {
    let typed = form.clone();
    let act = move |app: &App, actor: &Actor| app.create_constraint(actor, &typed.draft(app, actor)?);
    if !form.preview.is_empty() {
        return show_new(&visitor, form, visitor.preview(act).await.map(Some));
    }
    match visitor.run(act).await {
        Ok(change) => {
            let told = format!("The constraint {} is in force: every change is judged by it.", change.value.name);
            Ok(visitor.done(&format!("{LIST}/{}", change.value.id), told, &change))
        }
        Err(error) => show_new(&visitor, form, Err(error)),
    }
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(CONSTRAINTS_WRITE)?;
    let (constraint, view) =
        visitor.run(move |app, actor| Ok((app.constraint(actor, id)?, app.constraint_view(actor, id)?))).await?;
    let words: String = rule::sentence(&constraint.rule, &view.roles).into_iter().map(|part| part.text).collect();
    Ok(Confirm::new(visitor, format!("Delete the constraint {}?", constraint.name), "Delete constraint")
        .from("Constraints", LIST)
        .from(constraint.name, format!("{LIST}/{id}"))
        .loses(format!("This is demanded no more: {words}."))
        .keeps("Nobody gains or loses a right by it now.")
        .keeps("When it was in force, and why, stays on its page and in the audit log."))
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.delete_constraint(actor, id, &reason)).await {
        Ok(change) => Ok(visitor.done(LIST, "The constraint is deleted: it is demanded no more.", &change)),
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
