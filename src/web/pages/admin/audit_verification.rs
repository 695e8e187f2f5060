//! Walking along the chain of the audit log.

use super::{confirm::Reason, list::thousands};
use crate::web::{
    error::PageError,
    extract::{Form, SignedIn},
};
use actix_web::HttpResponse;

pub async fn create(visitor: SignedIn, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let found = visitor.run(|app, actor| app.verify_audit(actor)).await?;
    Ok(match found.broken_at {
        None => visitor.go_with(
            "/admin/audit",
            "ok",
            format!("The chain holds: all {} events are as they were written.", thousands(found.events)),
        ),
        Some(id) => {
            let told = format!(
                "The chain is broken at event {id}: it, or one before it, is not what was written there. The {} before hold.",
                thousands(found.events)
            );
            visitor.go_with("/admin/audit", "error", told)
        }
    })
}
