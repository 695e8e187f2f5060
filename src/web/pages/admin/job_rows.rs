//! What came of each user of a job, as a table to download.

use crate::{
    domain::{Error, job::Outcome},
    web::{
        csv::{Csv, line},
        error::PageError,
        extract::{ListParams, Query, SignedIn},
        run,
    },
};
use actix_web::{HttpResponse, web::Path};
use std::{cell::Cell, rc::Rc};

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
    let (app, actor, last) = (visitor.app.clone(), visitor.actor.clone(), Rc::new(Cell::new(0)));
    let table = Csv::new("user_id,username,result,why", move || {
        let (app, actor, last) = (app.clone(), actor.clone(), last.clone());
        Box::pin(async move {
            let after = last.get();
            let rows = run(&app, move |app| app.job_rows_after(&actor, id, outcome, after)).await?;
            last.set(rows.last().map_or(after, |row| row.user_id));
            let cells = rows.into_iter().map(|row| [row.user_id.to_string(), row.username, row.outcome, row.why]);
            Ok(cells.map(line).collect())
        })
    });
    Ok(table.download(&format!("job-{id}.csv")))
}
