//! What a role is given itself.

use super::{
    confirm::{Confirm, Reason},
    roles::{Forms, previewed, show_with},
};
use crate::{
    app::{Actor, App, Change},
    domain::{
        Error, FieldErrors, Result as DomainResult,
        permission::{PERMISSIONS_READ, ROLES_WRITE},
        role::{NewGrant, PermissionAssignment},
    },
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
pub struct GrantForm {
    pub permission: String,
    pub permission_condition: String,
    pub permission_reason: String,
    /// Set by the button that only shows what would happen.
    pub preview: String,
}

impl GrantForm {
    fn parse(&self) -> DomainResult<NewGrant> {
        NewGrant::parse(&self.permission, &self.permission_condition, &self.permission_reason)
    }

    /// Whoever may see permissions is told which one he may have meant.
    fn grant(&self, app: &App, actor: &Actor, role_id: i64) -> DomainResult<Change<PermissionAssignment>> {
        let grant = self.parse()?;
        if actor.can(PERMISSIONS_READ) {
            app.pattern_named(actor, "permission", &self.permission)?;
        }
        app.grant(actor, role_id, &grant)
    }
}

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<GrantForm>) -> Result<HttpResponse, PageError> {
    let (id, given) = (*id, form.clone());
    if !form.preview.is_empty() {
        let found = visitor.preview(move |app, actor| given.grant(app, actor, id)).await;
        return previewed(&visitor, id, found, Forms { grant: form, ..Forms::default() }, named).await;
    }
    match visitor.run(move |app, actor| given.grant(app, actor, id)).await {
        Ok(change) => Ok(visitor.done(
            &format!("/admin/roles/{id}"),
            format!("The role has {} now.", change.value.pattern()),
            &change,
        )),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let forms = Forms { grant: form, ..Forms::default() };
            show_with(&visitor, id, status, forms, named(errors)).await
        }
    }
}

/// The fields as this form calls them: the page has several.
fn named(errors: FieldErrors) -> FieldErrors {
    errors.rename("reason", "permission_reason").rename("condition", "permission_condition")
}

async fn ask(visitor: &Visitor, id: i64, grant_id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(ROLES_WRITE)?;
    let view = visitor.run(move |app, actor| app.role(actor, id)).await?;
    let (name, members) = (&view.role.name, view.member_count);
    let pattern =
        view.own.iter().find(|row| row.id == grant_id).ok_or(Error::not_found("permission of this role"))?.pattern();
    let preview = visitor.preview(move |app, actor| app.revoke(actor, id, grant_id, "")).await;
    let mut confirm = Confirm::new(visitor, format!("Take {pattern} from {name}?"), "Take permission away")
        .from("Roles", "/admin/roles")
        .from(name.clone(), format!("/admin/roles/{id}"))
        .loses(format!("{} it by this role.", members.of("user loses", "users lose")));
    if !view.seniors.is_empty() {
        let names: Vec<&str> = view.seniors.iter().map(|role| role.name.as_str()).collect();
        confirm = confirm.loses(format!("So do those of the roles that include it: {}.", names.join(", ")));
    }
    confirm.keeps("Whoever has it by another role keeps it.").preview(preview)
}

pub async fn confirm(visitor: SignedIn, path: Path<(i64, i64)>) -> Result<HttpResponse, PageError> {
    let (id, grant_id) = *path;
    ask(&visitor, id, grant_id).await?.show(&visitor)
}

pub async fn delete(
    visitor: SignedIn,
    path: Path<(i64, i64)>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let ((id, grant_id), reason) = (*path, form.reason.clone());
    match visitor.run(move |app, actor| app.revoke(actor, id, grant_id, &reason)).await {
        Ok(change) => Ok(visitor.done(&format!("/admin/roles/{id}"), "The permission is taken away.", &change)),
        Err(error) => ask(&visitor, id, grant_id).await?.refused(&visitor, form, error),
    }
}
