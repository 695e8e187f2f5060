//! Proving an e-mail address by the link of a mail. Programs that scan mail open links, so only the button does it.

use super::{
    Page,
    email_link::Press,
    gone::{self, Way},
};
use crate::web::{
    error::PageError,
    extract::{Form, Visitor},
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;

const WAY: Way = Way {
    text: "If you have pressed its button before, your address is verified and there is nothing to do. Otherwise sign in and have a new link sent from your account.",
    href: "/account",
    label: "Go to my account",
};

#[derive(Template)]
#[template(path = "public/verify.html")]
struct VerifyPage {
    page: Page,
    email: String,
}

pub async fn edit(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.verification_link(&origin, &token)).await {
        Ok(user) => visitor.show(&VerifyPage { page: visitor.page("Verify your address"), email: user.email }),
        Err(error) => gone::show(&visitor, error, WAY),
    }
}

pub async fn update(visitor: Visitor, token: Path<String>, Form(_): Form<Press>) -> Result<HttpResponse, PageError> {
    let origin = visitor.origin();
    match crate::web::run(&visitor.app, move |app| app.verify_email(origin, &token)).await {
        Ok(false) => Ok(visitor.go_with("/", "ok", "Your e-mail address is verified.")),
        Ok(true) => Ok(visitor.go_with(
            "/login",
            "ok",
            "Your e-mail address is verified. An administrator must let you in now; you get a mail when that is done.",
        )),
        Err(error) => gone::show(&visitor, error, WAY),
    }
}
