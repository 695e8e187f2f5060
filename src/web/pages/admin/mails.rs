//! The outbox.

use super::{
    confirm::{Confirm, Reason},
    counted, done_or_refused,
    list::List,
};
use crate::{
    app::{Actor, App, mails::MailView},
    domain::{mail::Mail, permission::MAILS_WRITE},
    web::{
        error::PageError,
        extract::{Form, ListParams, SignedIn},
        pages::Page,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/mails/index.html")]
struct MailsPage {
    page: Page,
    list: List,
    rows: Vec<Mail>,
    /// Whether there is a mail server.
    sends: bool,
    /// Whether those that have failed are shown and can be sent again.
    can_retry: bool,
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let can_retry = query.filter == "failed" && visitor.actor.can(MAILS_WRITE);
    let rows = visitor.run(move |app, actor| app.mails(actor, &query)).await?;
    let list = List::new("/admin/mails", params, "-written", &rows).filters(&[
        ("sent", "Sent"),
        ("failed", "Failed"),
        ("waiting", "Waiting"),
    ]);
    visitor.show(&MailsPage {
        page: visitor.page("Mail"),
        list,
        can_retry: can_retry && !rows.items.is_empty(),
        rows: rows.items,
        sends: visitor.app.config.smtp.is_some(),
    })
}

#[derive(Template)]
#[template(path = "admin/mails/show.html")]
struct MailPage {
    page: Page,
    actor: Actor,
    view: MailView,
    sends: bool,
}

impl MailPage {
    fn why_hidden(&self) -> &'static str {
        if self.view.mail.body.is_none() {
            "The text was erased when the mail was sent: it may have held links and codes."
        } else if self.sends {
            "The text is not shown: it may hold links and codes that only its reader may use."
        } else {
            "The text is not shown to you: it may hold links, and its reader may do more than you."
        }
    }
}

pub async fn show(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let view = visitor.run(move |app, actor| app.mail(actor, *id)).await?;
    let page = visitor.page(&format!("{} · Mail", view.mail.subject));
    visitor.show(&MailPage { page, actor: visitor.actor.clone(), view, sends: visitor.app.config.smtp.is_some() })
}

/// Sends a failed one again.
pub async fn update(visitor: SignedIn, id: Path<i64>, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.retry_mail(actor, id)).await;
    done_or_refused(&visitor, &format!("/admin/mails/{id}"), done, |()| "The mail is due again.".to_owned())
}

const FAILED: &str = "/admin/mails?filter=failed";

/// Asks before all that have failed are sent again.
pub async fn confirm_all(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(MAILS_WRITE)?;
    let failed = visitor.run(App::failed_mails).await?;
    Confirm::new(&visitor, "Send the failed mails again?", "Send again")
        .from("Mail", "/admin/mails")
        .from("Failed", FAILED)
        .keeps(format!("{} due again, each with all its tries.", failed.of("mail becomes", "mails become")))
        .keeps("Links and codes in them that have run out meanwhile stay so.")
        .show(&visitor)
}

pub async fn update_all(visitor: SignedIn, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let done = visitor.run(App::retry_failed_mails).await;
    let told = |count| match count {
        0 => "No mail has failed.".to_owned(),
        1 => "1 mail is due again.".to_owned(),
        _ => format!("{} are due again.", counted(count, "mail", "mails")),
    };
    done_or_refused(&visitor, "/admin/mails", done, told)
}
