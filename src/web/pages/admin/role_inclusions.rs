//! Roles that a role includes.

use super::{
    confirm::{Confirm, Reason},
    roles::{Forms, previewed, show_with},
};
use crate::{
    app::{Actor, App, Change},
    domain::{Error, FieldErrors, Result as DomainResult, permission::ROLES_WRITE, role::RoleInclusion},
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::field_errors,
    },
};
use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IncludeForm {
    /// Its name.
    pub junior: String,
    pub junior_reason: String,
    /// Set by the button that only shows what would happen.
    pub preview: String,
}

impl IncludeForm {
    fn include(&self, app: &App, actor: &Actor, senior: i64) -> DomainResult<Change<RoleInclusion>> {
        let junior = app.role_named(actor, "junior", &self.junior)?;
        app.include_role(actor, senior, junior.id, &self.junior_reason)
    }
}

pub async fn create(
    visitor: SignedIn,
    id: Path<i64>,
    Form(form): Form<IncludeForm>,
) -> Result<HttpResponse, PageError> {
    let (id, given) = (*id, form.clone());
    if !form.preview.is_empty() {
        let found = visitor.preview(move |app, actor| given.include(app, actor, id)).await;
        return previewed(&visitor, id, found, Forms { include: form, ..Forms::default() }, named).await;
    }
    match visitor.run(move |app, actor| given.include(app, actor, id)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/roles/{id}"), "The role is included.", &change)),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let forms = Forms { include: form, ..Forms::default() };
            show_with(&visitor, id, status, forms, named(errors)).await
        }
    }
}

/// The fields as this form calls them: the page has several.
fn named(errors: FieldErrors) -> FieldErrors {
    errors.rename("reason", "junior_reason").rename("junior_id", "junior")
}

async fn ask(visitor: &Visitor, id: i64, inclusion_id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let view = visitor.run(move |app, actor| app.role(actor, id)).await?;
    let (name, members) = (&view.role.name, view.member_count);
    let junior = view
        .juniors
        .iter()
        .find(|(row, _)| *row == inclusion_id)
        .map(|(_, role)| &role.name)
        .ok_or(Error::not_found("inclusion"))?;
    let preview = visitor.preview(move |app, actor| app.exclude_role(actor, id, inclusion_id, "")).await;
    Confirm::new(visitor, format!("Let {name} no longer include {junior}?"), "Remove the inclusion")
        .from("Roles", "/admin/roles")
        .from(name.clone(), format!("/admin/roles/{id}"))
        .loses(format!("{} what {junior} gives.", members.of("user loses", "users lose")))
        .keeps(format!("The role {junior} stays, and so does who has it otherwise."))
        .preview(preview)
}

pub async fn confirm(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    let (id, inclusion_id) = *path;
    ask(&visitor, id, inclusion_id).await?.show(&visitor)
}

pub async fn delete(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let ((id, inclusion_id), reason) = (*path, form.reason.clone());
    match visitor.run(move |app, actor| app.exclude_role(actor, id, inclusion_id, &reason)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/roles/{id}"), "The role is no longer included.", &change)),
        Err(error) => ask(&visitor, id, inclusion_id).await?.refused(&visitor, form, error),
    }
}
