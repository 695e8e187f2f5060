//! Names that fit what is typed into a picker: for scripts.

use crate::{
    app::names::{Kind, Suggestion},
    domain::{Error, FieldErrors},
    web::{
        error::PageError,
        extract::{Query, SignedIn},
    },
};
use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Params {
    kind: String,
    q: String,
}

#[derive(Serialize)]
struct SuggestionWire {
    name: String,
    note: String,
}

impl From<Suggestion> for SuggestionWire {
    fn from(suggestion: Suggestion) -> Self {
        Self { name: suggestion.name, note: suggestion.note }
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<Params>) -> Result<HttpResponse, PageError> {
    let kind = Kind::parse(&params.kind);
    let kind =
        kind.ok_or(Error::Invalid(FieldErrors::one("kind", "The kind is role, user, permission or pattern.")))?;
    let found = visitor.run(move |app, actor| app.suggestions(actor, kind, &params.q)).await?;
    let found: Vec<SuggestionWire> = found.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(serde_json::json!({ "suggestions": found })))
}
