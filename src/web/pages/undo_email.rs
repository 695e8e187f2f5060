//! Puts back the e-mail address that an account had, by the link that was mailed to it.

use super::{
    email_link::{EmailLink, Press},
    gone::Way,
};
use crate::{
    domain::link::Purpose,
    web::{
        error::PageError,
        extract::{Form, Visitor},
        session,
    },
};
use actix_web::{HttpResponse, web::Path};

static LINK: EmailLink = EmailLink {
    purpose: Purpose::UndoEmail,
    title: "Put the address back",
    way: Way {
        text: "If you have pressed its button before, this address is that of the account again: have a link for a new password mailed to it.",
        href: "/forgot",
        label: "Choose a new password",
    },
};

pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    LINK.ask(&visitor, token.into_inner()).await
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let (origin, key) = (visitor.origin(), token.clone());
    let done = crate::web::run(&visitor.app, move |app| app.undo_email_change(origin, &key)).await;
    let then = |reset: String| {
        session::end(&visitor.req);
        visitor.go_with(
            &format!("/reset/{reset}"),
            "ok",
            "The address is back, all sessions have ended, and the old password is useless. Choose a new one now.",
        )
    };
    LINK.answer(&visitor, token.into_inner(), done, then).await
}
