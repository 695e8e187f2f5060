//! What came of each user of a job, as a table to download.

use crate::{
    domain::{Error, csv, job::Outcome},
    web::{
        download,
        error::PageError,
        extract::{ListParams, Query, SignedIn},
    },
};
use actix_web::{HttpResponse, web::Path};

pub async fn index(
    visitor: SignedIn,
    id: Path<i64>,
    Query(params): Query<ListParams>,
) -> Result<HttpResponse, PageError> {
    let id = *id;
    let outcome = match params.filter.as_str() {
        "" => None,
        text => Some(Outcome::parse(text).ok_or(Error::not_found("result"))?),
    };
    visitor.run(move |app, actor| app.job(actor, id)).await?;
    let (app, actor, mut after) = (visitor.app.clone(), visitor.actor.clone(), 0);
    Ok(download::table(&format!("job-{id}.csv"), "user_id,username,result,why", move || {
        let rows = app.job_rows_after(&actor, id, outcome, after)?;
        after = rows.last().map_or(after, |row| row.user_id);
        let cells = rows.into_iter().map(|row| [row.user_id.to_string(), row.username, row.outcome, row.why]);
        Ok(cells.map(csv::row).collect())
    }))
}
