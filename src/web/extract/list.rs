//! What every list takes.

use crate::domain::{Error, FieldErrors, Result, page::ListQuery};
use schemars::JsonSchema;
use serde::Deserialize;

/// The query of a list, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListParams {
    // What they mean each list says by itself: see `api::noun`.
    #[schemars(skip)]
    pub q: String,
    #[schemars(skip)]
    pub sort: String,
    /// `next` or `prev` of a page, with the rest of the query unchanged.
    pub cursor: String,
    /// How many there are on a page: 25 unless said.
    // Text, so that `limit=` of an empty form field is no error.
    #[schemars(with = "Option<i64>", range(min = 1, max = 100))]
    pub limit: String,
    #[schemars(skip)]
    pub filter: String,
    #[schemars(skip)]
    pub role: String,
}

impl ListParams {
    /// `limit` must be a number from 1 to 100 or empty.
    pub fn query(&self) -> Result<ListQuery> {
        let limit = match self.limit.trim() {
            "" => None,
            text => match text.parse::<i64>() {
                Ok(limit) if (1..=crate::domain::page::LIMIT_MAX).contains(&limit) => Some(limit),
                _ => return Err(Error::Invalid(FieldErrors::one("limit", "The limit is a number from 1 to 100."))),
            },
        };
        Ok(ListQuery {
            q: self.q.clone(),
            sort: self.sort.clone(),
            cursor: self.cursor.clone(),
            limit,
            filter: self.filter.clone(),
        })
    }
}
