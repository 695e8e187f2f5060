//! The live sessions of everybody.

use super::{
    confirm::{Confirm, Reason},
    counted,
    list::List,
};
use crate::{
    app::{Actor, session_list::SessionRow},
    domain::{Error, FieldErrors, permission::SESSIONS_WRITE},
    web::{
        error::PageError,
        extract::{Form, ListParams, SignedIn, Visitor},
        pages::{Page, words},
    },
};
use actix_web::{HttpResponse, web::Query};
use askama::Template;

const LIST: &str = "/admin/sessions";

#[derive(Template)]
#[template(path = "admin/sessions/index.html")]
struct SessionsPage {
    page: Page,
    actor: Actor,
    list: List,
    rows: Vec<SessionRow>,
    may_end: bool,
}

impl SessionsPage {
    /// The session of whoever looks at the page.
    fn is_this(&self, row: &SessionRow) -> bool {
        self.actor.session_id == Some(row.session.id)
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let (rows, idle) =
        visitor.run(move |app, actor| Ok((app.session_list(actor, &query)?, app.idle_seconds()))).await?;
    let idle = format!("Not seen for {}", words::duration(idle));
    let list = List::new(LIST, params, "-seen", &rows).filters(&[
        ("mine", "Mine"),
        ("no-second-factor", "Without second factor"),
        ("idle", &idle),
        ("restricted", "With some roles only"),
    ]);
    visitor.show(&SessionsPage {
        page: visitor.page("Sessions"),
        may_end: visitor.actor.can(SESSIONS_WRITE),
        actor: visitor.actor.clone(),
        list,
        rows: rows.items,
    })
}

/// The sessions that the address names: `?id=3&id=4`, as the boxes of the list send them.
fn chosen(visitor: &Visitor) -> Result<Vec<i64>, Error> {
    let ids: Vec<i64> = url::form_urlencoded::parse(visitor.req.query_string().as_bytes())
        .filter(|(name, _)| name == "id")
        .filter_map(|(_, value)| value.parse().ok())
        .take(MOST)
        .collect();
    if ids.is_empty() {
        return Err(Error::Invalid(FieldErrors::one("", "Choose at least one session in the list.")));
    }
    Ok(ids)
}

/// Sessions that are ended at once: as many as a page of the list has.
const MOST: usize = 100;

async fn ask(visitor: &Visitor, ids: Vec<i64>) -> Result<Confirm, PageError> {
    let rows = visitor.run(move |app, actor| app.sessions_chosen(actor, &ids)).await?;
    let heading = match &rows[..] {
        [] => "These sessions have ended already".to_owned(),
        [(row, _)] => format!("End the session of {}?", row.username),
        rows => format!("End {}?", counted(rows.len(), "session", "sessions")),
    };
    let mut confirm = Confirm::new(visitor, heading, "End sessions").from("Sessions", LIST);
    for (row, beyond) in &rows {
        let session = &row.session;
        let own = if visitor.actor.session_id == Some(session.id) { " This is your own." } else { "" };
        let line = format!(
            "{}: {} from {}, last seen {}.{own}",
            row.username,
            session.device(),
            session.ip,
            session.last_seen_at
        );
        confirm = match beyond {
            true => confirm.keeps(format!("{line} He may do more than you: you cannot end it.")),
            false => confirm.loses(line),
        };
    }
    Ok(confirm.keeps("Their users can sign in again at once. To keep somebody out, disable him."))
}

pub async fn confirm(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    match chosen(&visitor) {
        Ok(ids) => ask(&visitor, ids).await?.show(&visitor),
        Err(_) => Ok(visitor.go_with(LIST, "error", "Choose at least one session in the list.")),
    }
}

pub async fn delete(visitor: SignedIn, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (ids, reason) = (chosen(&visitor)?, form.reason.clone());
    let again = ids.clone();
    match visitor.run(move |app, actor| app.end_sessions(actor, &ids, &reason)).await {
        Ok(change) => {
            Ok(visitor.go_with(LIST, "ok", format!("Ended {}.", counted(change.value, "session", "sessions"))))
        }
        Err(error) => ask(&visitor, again).await?.refused(&visitor, form, error),
    }
}
