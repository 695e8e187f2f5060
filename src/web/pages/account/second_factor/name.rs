//! Calling an authenticator app otherwise.

use super::{
    super::super::{Page, field_errors},
    INDEX,
};
use crate::{
    domain::{Error, FieldErrors},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    name: String,
}

#[derive(Template)]
#[template(path = "account/second_factor/name.html")]
struct NamePage {
    page: Page,
    id: i64,
    name: String,
    errors: FieldErrors,
}

pub async fn edit(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (id, factors) = (*id, visitor.run(|app, actor| app.my_factors(actor)).await?);
    let app = factors.apps.into_iter().find(|app| app.id == id).ok_or(Error::not_found("second factor"))?;
    let (page, errors) = (visitor.account_page("Rename the authenticator app"), FieldErrors::default());
    visitor.show(&NamePage { page, id, name: app.name, errors })
}

pub async fn update(visitor: SignedIn, id: Path<i64>, Form(form): Form<NameForm>) -> Result<HttpResponse, PageError> {
    let (id, name) = (*id, form.name.clone());
    match visitor.run(move |app, actor| app.rename_factor(actor, id, &name)).await {
        Ok(app) => Ok(visitor.go_with(INDEX, "ok", format!("The authenticator app is called “{}” now.", app.name))),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let page = visitor.account_page("Rename the authenticator app");
            visitor.show_with(status, &NamePage { page, id, name: form.name, errors })
        }
    }
}
