//! Forward-auth: which permission a request to an application behind a proxy takes.

use super::{
    confirm::{Confirm, Reason},
    list::List,
};
use crate::{
    app::{
        Actor, App,
        forward_rules::{RuleRow, RuleView, Trial},
    },
    domain::{
        Error, FieldErrors, Result as DomainResult,
        forward::{ForwardRule, RuleDraft},
        permission::{PERMISSIONS_READ, SETTINGS_WRITE},
    },
    web::{
        error::PageError,
        extract::{Form, ListParams, Query as State, SignedIn, Visitor},
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

const LIST: &str = "/admin/forward-auth";

/// “Try it”: what would become of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TrialForm {
    address: String,
    method: String,
    /// A username or an e-mail address; empty: only the rule is of interest.
    user: String,
}

#[derive(Template)]
#[template(path = "admin/forward_auth/index.html")]
struct RulesPage {
    page: Page,
    may_change: bool,
    list: List,
    rows: Vec<RuleRow>,
    trial_form: TrialForm,
    trial: Option<Trial>,
    errors: FieldErrors,
    /// The domain whose applications know who signed in.
    domain: Option<String>,
}

pub async fn index(
    visitor: SignedIn,
    Query(params): Query<ListParams>,
    State(trial_form): State<TrialForm>,
) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let found = visitor.run(move |app, actor| app.forward_rules(actor, &query)).await?;
    let asked = trial_form.clone();
    let (mut status, mut trial, mut errors) = (StatusCode::OK, None, FieldErrors::default());
    if !asked.address.trim().is_empty() {
        let tried = visitor.run(move |app, actor| app.try_forward(actor, &asked.address, &asked.method, &asked.user));
        match tried.await {
            Ok(found) => trial = Some(found),
            Err(error) => (status, errors) = field_errors(error)?,
        }
    }
    let page = RulesPage {
        page: visitor.page("Forward-auth · Settings"),
        may_change: visitor.actor.can(SETTINGS_WRITE),
        list: List::new(LIST, params, "request", &found),
        rows: found.items,
        trial_form,
        trial,
        errors,
        domain: visitor.app.config.forward.domain.clone(),
    };
    visitor.show_with(status, &page)
}

#[derive(Template)]
#[template(path = "admin/forward_auth/show.html")]
struct RulePage {
    page: Page,
    may_change: bool,
    view: RuleView,
}

impl RulePage {
    /// Somebody by his id, if he is anybody.
    fn who(&self, id: &Option<i64>) -> Option<(i64, &str)> {
        let id = (*id)?;
        Some((id, self.view.people.get(&id)?))
    }
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let view = visitor.run(move |app, actor| app.forward_rule_view(actor, *id)).await?;
    visitor.show(&RulePage {
        page: visitor.page(&format!("{} · Forward-auth", view.row.rule)),
        may_change: visitor.actor.can(SETTINGS_WRITE),
        view,
    })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    host: String,
    path: String,
    methods: String,
    permission: String,
    scope: String,
    note: String,
    reason: String,
}

impl RuleForm {
    fn of(rule: &ForwardRule) -> Self {
        let RuleDraft { host, path, methods, permission, scope, note } = rule.draft();
        Self { host, path, methods, permission, scope, note, reason: String::new() }
    }

    /// The draft; for whoever may see permissions, a mistyped one with the nearest to choose from.
    fn draft(&self, app: &App, actor: &Actor) -> DomainResult<RuleDraft> {
        let Self { host, path, methods, permission, scope, note, .. } = self.clone();
        let named = !permission.trim().is_empty() && actor.can(PERMISSIONS_READ);
        let permission = if named { app.permission_named(actor, "permission", &permission)?.name } else { permission };
        Ok(RuleDraft { host, path, methods, permission, scope, note })
    }
}

/// The form of a new rule, or of one that there is.
#[derive(Template)]
#[template(path = "admin/forward_auth/edit.html")]
struct EditPage {
    page: Page,
    rule: Option<ForwardRule>,
    form: RuleForm,
    errors: FieldErrors,
}

fn ask(
    visitor: &Visitor,
    rule: Option<ForwardRule>,
    form: RuleForm,
    refused: Option<Error>,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(SETTINGS_WRITE)?;
    let (status, errors) = match refused {
        None => (StatusCode::OK, FieldErrors::default()),
        Some(error) => field_errors(error)?,
    };
    let title = rule.as_ref().map_or("Create rule".to_owned(), |rule| format!("Change {rule}"));
    let page = visitor.page(&format!("{title} · Forward-auth"));
    visitor.show_with(status, &EditPage { page, rule, form, errors })
}

/// What stands in the address fills the form in.
pub async fn new(visitor: SignedIn, State(form): State<RuleForm>) -> Result<HttpResponse, PageError> {
    ask(&visitor, None, form, None)
}

pub async fn create(visitor: SignedIn, Form(form): Form<RuleForm>) -> Result<HttpResponse, PageError> {
    let typed = form.clone();
    let act = move |app: &App, actor: &Actor| app.create_forward_rule(actor, &typed.draft(app, actor)?, &typed.reason);
    match visitor.run(act).await {
        Ok(change) => {
            let told = format!("The rule {} is in force.", change.value);
            Ok(visitor.done(&format!("{LIST}/{}", change.value.id), told, &change))
        }
        Err(error) => ask(&visitor, None, form, Some(error)),
    }
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let rule = visitor.run(move |app, actor| app.forward_rule(actor, *id)).await?;
    let form = RuleForm::of(&rule);
    ask(&visitor, Some(rule), form, None)
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<RuleForm>) -> Result<HttpResponse, PageError> {
    let (id, typed) = (*id, form.clone());
    let act = move |app: &App, actor: &Actor| {
        let draft = typed.draft(app, actor)?;
        app.update_forward_rule(actor, id, |_| draft, &typed.reason)
    };
    match visitor.run(act).await {
        Ok(change) => {
            let told = format!("The rule {} is changed.", change.value);
            Ok(visitor.done(&format!("{LIST}/{id}"), told, &change))
        }
        Err(error) => {
            let rule = visitor.run(move |app, actor| app.forward_rule(actor, id)).await?;
            ask(&visitor, Some(rule), form, Some(error))
        }
    }
}

async fn ask_delete(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(SETTINGS_WRITE)?;
    let view = visitor.run(move |app, actor| app.forward_rule_view(actor, id)).await?;
    let next = match &view.next {
        Some(rule) => format!("Its requests fall to the rule {rule}: {}.", who_passes(rule)),
        None => "No other rule is for its requests: nobody will pass.".to_owned(),
    };
    let rule = view.row.rule.to_string();
    Ok(Confirm::new(visitor, format!("Delete the rule {rule}?"), "Delete rule")
        .from("Forward-auth", LIST)
        .from(rule, format!("{LIST}/{id}"))
        .loses(next)
        .keeps("What it was stays in the audit log."))
}

/// `whoever has invoices:read may pass`.
fn who_passes(rule: &ForwardRule) -> String {
    match &rule.permission {
        None => "whoever is signed in may pass".to_owned(),
        Some(permission) => format!("whoever has {permission} may pass"),
    }
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask_delete(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.delete_forward_rule(actor, id, &reason)).await {
        Ok(change) => Ok(visitor.done(LIST, "The rule is deleted.", &change)),
        Err(error) => ask_delete(&visitor, id).await?.refused(&visitor, form, error),
    }
}
