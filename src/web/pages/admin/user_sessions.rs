//! How one user signs in, and where he is signed in.

use super::{
    confirm::{Confirm, Reason},
    counted,
    users::with_sessions,
};
use crate::{
    app::{Actor, user_security::UserSecurity},
    domain::{permission::SESSIONS_WRITE, session::Session, user::User},
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::{Page, words},
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/user_sessions/index.html")]
struct SecurityPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    security: UserSecurity,
}

impl SecurityPage {
    /// The session of whoever looks at the page.
    fn is_this(&self, session: &Session) -> bool {
        self.actor.session_id == Some(session.id)
    }

    /// What went wrong at sign-ins as this user, and what follows from it.
    fn failures(&self) -> String {
        let failures = &self.security.failures;
        let mut told = match failures.lately {
            0 => "None since the last sign-in.".to_owned(),
            n => format!("{} refused since the last sign-in.", counted(n, "sign-in was", "sign-ins were")),
        };
        if failures.wait > 0 {
            told += &format!(
                " From a device that he has not used, the next try must wait {}.",
                words::duration(failures.wait)
            );
        }
        if failures.password_off {
            told += " After too many wrong ones the password is off for devices that he has not used, until he sets a new one: send him a password link.";
        }
        if failures.codes_off {
            told +=
                " After too many wrong ones his codes are off, until he sets a new password: send him a password link.";
        }
        told
    }
}

pub async fn index(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let (view, security) =
        visitor.run(move |app, actor| Ok((app.user(actor, *id)?, app.user_security(actor, *id)?))).await?;
    let page = visitor.page(&format!("Security of {} · Users", view.user.name()));
    visitor.show(&SecurityPage {
        page,
        actor: visitor.actor.clone(),
        tab: "security",
        user: view.user,
        factors: view.factors,
        security,
    })
}

async fn ask(visitor: &Visitor, id: i64) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(SESSIONS_WRITE)?;
    let (view, sessions) = visitor.run(move |app, actor| with_sessions(app, actor, id)).await?;
    Ok(Confirm::new(visitor, format!("End all sessions of {}?", view.user.name()), "End sessions")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}/sessions"))
        .ends_sessions(sessions)
        .keeps("He can sign in again at once. To keep him out, disable him."))
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id).await?.show(&visitor)
}

pub async fn delete(visitor: SignedIn, id: Path<i64>, Form(form): Form<Reason>) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.end_user_sessions(actor, id, None, &reason)).await {
        Ok(change) => {
            let told = format!("Ended {}.", counted(change.value, "session", "sessions"));
            Ok(visitor.go_with(&format!("/admin/users/{id}/sessions"), "ok", told))
        }
        Err(error) => ask(&visitor, id).await?.refused(&visitor, form, error),
    }
}
