//! The link by which a user chooses a password.

use super::{confirm::Reason, done_or_refused};
use crate::web::{
    error::PageError,
    extract::{Form, SignedIn},
};
use actix_web::{HttpResponse, web::Path};

pub async fn create(visitor: SignedIn, id: Path<i64>, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = *id;
    let done = visitor.run(move |app, actor| app.start_password_reset(actor, id)).await;
    done_or_refused(&visitor, &format!("/admin/users/{id}"), done, |()| {
        "A link to choose a password is on its way to the user.".to_owned()
    })
}
