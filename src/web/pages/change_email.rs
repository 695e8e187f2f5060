//! A new e-mail address, by the link that was mailed to it.

use super::{
    email_link::{EmailLink, Press},
    gone::Way,
};
use crate::{
    domain::link::Purpose,
    web::{
        error::PageError,
        extract::{Form, Visitor},
    },
};
use actix_web::{HttpResponse, web::Path};

static LINK: EmailLink = EmailLink {
    purpose: Purpose::ChangeEmail,
    title: "Confirm your new address",
    way: Way {
        text: "If you have pressed its button before, the address is changed and there is nothing to do. Otherwise ask for the change again.",
        href: "/account",
        label: "Go to my account",
    },
};

pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    LINK.ask(&visitor, token.into_inner()).await
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let (origin, key) = (visitor.origin(), token.clone());
    let done = crate::web::run(&visitor.app, move |app| app.confirm_email_change(origin, &key)).await;
    let then = |()| visitor.go_with("/", "ok", "This is your e-mail address now. We have told the old one.");
    LINK.answer(&visitor, token.into_inner(), done, then).await
}
