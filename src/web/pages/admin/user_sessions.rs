//! How one user signs in, and where he is signed in.

use super::{counted, done_or_refused};
use crate::{
    app::Actor,
    domain::{Error, FieldErrors, session::Session, user::User},
    web::{
        error::PageError,
        extract::{Form, SignedIn},
        pages::Page,
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "admin/user_sessions/index.html")]
struct SecurityPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    sessions: Vec<Session>,
}

impl SecurityPage {
    /// The session of whoever looks at the page.
    fn is_this(&self, session: &Session) -> bool {
        self.actor.session_id == Some(session.id)
    }
}

pub async fn index(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (view, sessions) =
        visitor.run(move |app, actor| Ok((app.user(actor, *id)?, app.user_sessions(actor, *id)?))).await?;
    let page = visitor.page(&format!("Security of {} · Users", view.user.name()));
    visitor.show(&SecurityPage {
        page,
        actor: visitor.actor.clone(),
        tab: "security",
        user: view.user,
        factors: view.factors,
        sessions,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    /// Empty: all.
    session_id: String,
}

impl EndForm {
    fn which(&self) -> Result<Option<i64>, Error> {
        match self.session_id.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Error::Invalid(FieldErrors::one("session_id", "Choose a session from the list."))),
        }
    }
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<EndForm>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.end_user_sessions(actor, id, form.which()?)).await;
    done_or_refused(&visitor, &format!("/admin/users/{id}/sessions"), done, |change| {
        format!("Ended {}.", counted(change.value, "session", "sessions"))
    })
}
