//! The outbox.

use super::{confirm::Reason, done_or_refused, list::List};
use crate::{
    app::{Actor, mails::MailView},
    domain::mail::Mail,
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
}

pub async fn index(visitor: SignedIn, Query(params): Query<ListParams>) -> Result<HttpResponse, PageError> {
    let query = params.query()?;
    let rows = visitor.run(move |app, actor| app.mails(actor, &query)).await?;
    let list = List::new("/admin/mails", params, "", &rows).filters(&[
        ("sent", "Sent"),
        ("failed", "Failed"),
        ("waiting", "Waiting"),
    ]);
    visitor.show(&MailsPage {
        page: visitor.page("Mail"),
        list,
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
