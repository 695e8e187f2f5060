//! Light, dark, or as the system has it: remembered in a cookie.

use super::own_path;
use crate::web::{
    cookies,
    error::PageError,
    extract::{Form, Visitor},
};
use actix_web::{HttpResponse, cookie::time::Duration};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    return_to: String,
}

/// A theme of ours; anything else is `auto`.
pub fn known(theme: &str) -> &'static str {
    ["light", "dark"].into_iter().find(|known| *known == theme).unwrap_or("auto")
}

pub async fn update(visitor: Visitor, Form(form): Form<ThemeForm>) -> Result<HttpResponse, PageError> {
    let mut response = visitor.go(own_path(&form.return_to).unwrap_or("/"));
    let cookie = cookies::make(&visitor.app, cookies::THEME, known(&form.theme).to_owned(), Some(Duration::days(365)));
    response.add_cookie(&cookie).map_err(|error| crate::domain::Error::Internal(error.into()))?;
    Ok(response)
}
