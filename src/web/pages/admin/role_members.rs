//! Giving a role from its own page.

use super::{
    roles::{Forms, previewed, show_with},
    user_roles::GiveForm,
};
use crate::{
    app::{Actor, App, Change},
    domain::{FieldErrors, Result as DomainResult, role::Assign, user::User},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::field_errors,
    },
};
use actix_web::{HttpResponse, web::Path};

/// The field for the user is called by what this form has chosen.
fn named(errors: FieldErrors) -> FieldErrors {
    errors.rename("role_id", "user")
}

fn give(app: &App, actor: &Actor, name: &str, parsed: DomainResult<Assign>) -> DomainResult<Change<User>> {
    let user = app.user_named(actor, "user", name)?;
    Ok(app.give_role(actor, &Assign { user_id: user.id, ..parsed? })?.map(|_| user))
}

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<GiveForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let (name, parsed) = (form.user.clone(), form.parse(0, id));
    if !form.preview.is_empty() {
        let found = visitor.preview(move |app, actor| give(app, actor, &name, parsed)).await;
        return previewed(&visitor, id, found, Forms { give: form, ..Forms::default() }, named).await;
    }
    match visitor.run(move |app, actor| give(app, actor, &name, parsed)).await {
        Ok(change) => {
            let told = format!("{} has the role.", change.value.name());
            Ok(visitor.done(&format!("/admin/roles/{id}"), told, &change))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            show_with(&visitor, id, status, Forms { give: form, ..Forms::default() }, named(errors)).await
        }
    }
}
