//! “It wasn't me”: by the link of the mail about a new device.

use super::{
    Page, field_errors,
    gone::{self, Way},
};
use crate::{
    domain::{Error, FieldErrors},
    web::{
        error::PageError,
        extract::{Form, Visitor},
        session,
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

const WAY: Way = Way {
    text: "You can still choose a new password: that ends all sessions too.",
    href: "/forgot",
    label: "Choose a new password",
};

/// The button has no fields of its own.
#[derive(Deserialize)]
pub struct Press {}

#[derive(Template)]
#[template(path = "public/not_me.html")]
struct NotMePage {
    page: Page,
    username: String,
    errors: FieldErrors,
}

/// Only asks: programs that scan mails open links too.
pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.disowning_link(&origin, &token)).await {
        Ok(user) => visitor.show(&NotMePage {
            page: visitor.page("It was not you?"),
            username: user.username,
            errors: FieldErrors::default(),
        }),
        Err(error) => gone::show(&visitor, error, WAY),
    }
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.disown(origin, &token)).await {
        Ok(reset) => {
            session::end(&visitor.req);
            Ok(visitor.go_with(
                &format!("/reset/{reset}"),
                "ok",
                "All sessions have ended, and the old password is useless. Choose a new one now.",
            ))
        }
        Err(error @ Error::Gone) => gone::show(&visitor, error, WAY),
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            let (page, username) = (visitor.page("It was not you?"), String::new());
            visitor.show_with(status, &NotMePage { page, username, errors })
        }
    }
}
