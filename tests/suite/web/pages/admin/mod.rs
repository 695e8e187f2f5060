//! The panel, as ada (admin), bob (a member) and eve (nobody) see it.

mod access;
mod access_questions;
mod all_sessions;
mod audit;
mod bulk;
mod constraints;
mod exports;
mod forward_auth;
mod invitations;
mod jobs;
mod lists;
mod mails;
mod overview;
mod permission_matrix;
mod permissions;
mod pickers;
mod role_sign_in_rules;
mod roles;
mod search;
mod sessions;
mod settings;
mod timelines;
mod twice;
mod user_role_ends;
mod user_security;
mod users;

use crate::support::{Site, give, role};
use rolecall::{
    app::Actor,
    domain::{permission::NewPermission, user::Profile},
};

fn permission(site: &Site, resource: &str, action: &str) -> i64 {
    site.app
        .create_permission(&Actor::operator(), &NewPermission::parse(resource, action, "", "").unwrap())
        .unwrap()
        .value
        .id
}

fn user(site: &Site, username: &str) -> i64 {
    let profile = Profile::parse(username, "", username, &format!("{username}@example.com")).unwrap();
    site.app.create_user(&Actor::operator(), &profile).unwrap().value.id
}

/// What the browser is told after a redirect to `path`.
fn flash(browser: &mut crate::support::Browser, path: &str) -> String {
    browser.visit(path).text(".flash")
}
