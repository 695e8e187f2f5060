//! One's own sessions.

use super::super::{Page, words};
use crate::{
    domain::{Error, session::Session},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

const INDEX: &str = "/account/sessions";

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage {
    page: Page,
    sessions: Vec<Session>,
    this: i64,
}

impl SessionsPage {
    fn others(&self) -> usize {
        self.sessions.iter().filter(|session| session.id != self.this).count()
    }
}

pub async fn index(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let sessions = visitor.run(|app, actor| app.my_sessions(actor)).await?;
    visitor.show(&SessionsPage {
        page: visitor.account_page("Sessions"),
        sessions,
        this: visitor.actor.session_id.unwrap_or_default(),
    })
}

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let id = id.into_inner();
    match visitor.run(move |app, actor| app.end_my_session(actor, id)).await {
        Ok(()) => Ok(visitor.go_with(INDEX, "ok", "The session has ended.")),
        Err(Error::NotFound { .. }) => Ok(visitor.go_with(INDEX, "info", "That session had ended already.")),
        Err(error) => Err(error.into()),
    }
}

pub async fn delete_others(visitor: SignedIn, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let text = match visitor.run(|app, actor| app.end_my_other_sessions(actor)).await? {
        0 => "There was no other session.".to_owned(),
        1 => "The other session has ended.".to_owned(),
        ended => format!("{ended} other sessions have ended."),
    };
    Ok(visitor.go_with(INDEX, "ok", text))
}
