//! What is known of one user beside what he may do.

use crate::{
    app::{Actor, users::UserView},
    domain::{permission::MAILS_READ, user::User},
    web::{
        error::PageError,
        extract::SignedIn,
        pages::{Page, admin::access::href},
    },
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;

#[derive(Template)]
#[template(path = "admin/user_details/index.html")]
struct DetailsPage {
    page: Page,
    actor: Actor,
    tab: &'static str,
    user: User,
    factors: Vec<String>,
    view: UserView,
    /// What was mailed to him, for whoever may see mails.
    mails: Option<String>,
}

pub async fn index(visitor: SignedIn, id: Path<i64>) -> Result<HttpResponse, PageError> {
    let view = visitor.run(move |app, actor| app.user(actor, *id)).await?;
    let email = view.user.email.clone();
    visitor.show(&DetailsPage {
        page: visitor.page(&format!("Details of {} · Users", view.user.name())),
        actor: visitor.actor.clone(),
        tab: "details",
        user: view.user.clone(),
        factors: view.factors.clone(),
        mails: (visitor.actor.can(MAILS_READ) && !email.is_empty()).then(|| href("/admin/mails", &[("q", &email)])),
        view,
    })
}
