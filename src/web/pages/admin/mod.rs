//! The panel.

pub mod access;
pub mod all_sessions;
pub mod audit;
pub mod audit_undo;
pub mod audit_verification;
pub mod bulk;
mod chart;
pub mod confirm;
pub mod constraints;
pub mod exports;
pub mod forward_auth;
pub mod jobs;
pub mod list;
pub mod mails;
pub mod overview;
pub mod permission_matrix;
pub mod permissions;
mod role_drawing;
pub mod role_inclusions;
pub mod role_members;
pub mod role_permissions;
pub mod role_sign_in_rules;
pub mod role_timeline;
pub mod roles;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod suggestions;
pub mod timelines;
pub mod user_activity;
pub mod user_approval;
pub mod user_details;
pub mod user_disabling;
pub mod user_factors;
pub mod user_invitation;
pub mod user_passwords;
pub mod user_role_ends;
pub mod user_roles;
pub mod user_sessions;
pub mod user_timeline;
pub mod user_tokens;
pub mod user_trusted_devices;
pub mod users;

use super::field_errors;
use crate::{
    app::{Actor, App, Change},
    domain::Error,
    web::{error::PageError, extract::Visitor},
};
use actix_web::HttpResponse;

/// After a one-button form: back to `path`, with what was done or why it was not.
fn done_or_refused<T>(
    visitor: &Visitor,
    path: &str,
    done: Result<T, Error>,
    told: impl FnOnce(T) -> String,
) -> Result<HttpResponse, PageError> {
    match done {
        Ok(value) => Ok(visitor.go_with(path, "ok", told(value))),
        Err(error) => {
            let (_, errors) = field_errors(error)?;
            let text: Vec<&str> = errors.iter().map(|(_, message)| message).collect();
            Ok(visitor.go_with(path, "error", text.join(" ")))
        }
    }
}

/// One of the buttons on the page of a user: does the act, and goes back there.
async fn press<T: Send + 'static>(
    visitor: &Visitor,
    user_id: i64,
    act: fn(&App, &Actor, i64) -> Result<T, Error>,
    told: &str,
) -> Result<HttpResponse, PageError> {
    let done = visitor.run(move |app, actor| act(app, actor, user_id)).await;
    done_or_refused(visitor, &format!("/admin/users/{user_id}"), done, |_| told.to_owned())
}

/// As [`done_or_refused`], after a change that can be undone.
fn changed_or_refused<T>(
    visitor: &Visitor,
    path: &str,
    done: Result<Change<T>, Error>,
    told: &str,
) -> Result<HttpResponse, PageError> {
    match done {
        Ok(change) => Ok(visitor.done(path, told, &change)),
        Err(error) => done_or_refused(visitor, path, Err::<(), _>(error), |()| String::new()),
    }
}

/// `1 role`, `3 roles`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    let word = if n == 1 { one } else { many };
    format!("{} {word}", list::thousands(i64::try_from(n).unwrap_or(i64::MAX)))
}
