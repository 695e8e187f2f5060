//! Which of one's roles this session runs with.

use crate::web::{
    error::PageError,
    extract::{Form, ListParams, SignedIn},
    pages::field_errors,
};
use actix_web::HttpResponse;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// A box for each role, named `role-17`; `all` is the button that gives everything back.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct RolesForm(HashMap<String, String>);

impl RolesForm {
    fn choice(&self) -> Option<BTreeSet<i64>> {
        let chosen = || self.0.keys().filter_map(|name| name.strip_prefix("role-")?.parse().ok()).collect();
        (!self.0.contains_key("all")).then(chosen)
    }
}

pub async fn update(visitor: SignedIn, Form(form): Form<RolesForm>) -> Result<HttpResponse, PageError> {
    let choice = form.choice();
    let text = match &choice {
        None => "This session runs with all your roles again.",
        Some(_) => "This session runs with just these roles.",
    };
    let session = visitor.actor.session_id.unwrap_or_default();
    match visitor.run(move |app, actor| app.activate(actor, session, choice)).await {
        Ok(_) => Ok(visitor.go_with("/account/access", "ok", text)),
        Err(error) => super::access::show_with(&visitor, ListParams::default(), field_errors(error)?).await,
    }
}
