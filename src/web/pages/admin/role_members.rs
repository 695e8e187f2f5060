//! Giving a role from its own page.

use super::{
    roles::{Forms, show_with},
    user_roles::GiveForm,
};
use crate::{
    domain::{Error, FieldErrors},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::field_errors,
    },
};
use actix_web::{HttpResponse, web::Path};

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(form): Form<GiveForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let (name, parsed) = (form.user.clone(), form.parse(0, id));
    let given = visitor
        .run(move |app, actor| {
            let user = app.find_user(actor, &name).map_err(|error| match error {
                Error::NotFound { .. } => {
                    Error::Invalid(FieldErrors::one("user", "Nobody has this username or e-mail address."))
                }
                error => error,
            })?;
            app.give_role(actor, &crate::domain::role::Assign { user_id: user.id, ..parsed? })?;
            Ok(user)
        })
        .await;
    match given {
        Ok(user) => Ok(visitor.go_with(&format!("/admin/roles/{id}"), "ok", format!("{} has the role.", user.name()))),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            // Of the two that may be wrong, this form has chosen the user.
            show_with(&visitor, id, status, Forms { give: form, ..Forms::default() }, errors.rename("role_id", "user"))
                .await
        }
    }
}
