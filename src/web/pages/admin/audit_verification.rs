//! Walking along the chain of the audit log: a short one at once, a long one in the background.

use super::{confirm::Reason, done_or_refused, list::thousands};
use crate::web::{
    error::PageError,
    extract::{Form, SignedIn},
};
use actix_web::HttpResponse;

/// As many events are verified within the request.
const AT_ONCE: i64 = 5000;

pub async fn create(visitor: SignedIn, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    if visitor.run(|app, actor| app.audit_length(actor)).await? > AT_ONCE {
        return match visitor.run(|app, actor| app.begin_verifying_audit(actor)).await {
            Ok(job) => Ok(visitor.go(&format!("/admin/jobs/{}", job.id))),
            // One is under way already.
            refused => done_or_refused(&visitor, "/admin/jobs?filter=open", refused, |_| String::new()),
        };
    }
    let found = visitor.run(|app, actor| app.verify_audit(actor)).await?;
    let events = thousands(found.events);
    Ok(match found.found {
        None => {
            let told = format!("The chain holds: all {events} events are as they were written.");
            visitor.go_with("/admin/audit", "ok", told)
        }
        Some(finding) => {
            let told = format!("The chain is broken. {finding} The {events} before hold.");
            visitor.go_with("/admin/audit", "error", told)
        }
    })
}
