//! One box for everything. The top bar's form asks to `go`: to the one thing that is meant, if that is sure.

mod answers;
mod pages;

use crate::{
    app::{
        commands::Understood,
        search::{Found, Named},
    },
    domain::{command::EXAMPLES, permission::Permission, role::Role, user::User},
    web::{
        error::{PageError, sentence},
        extract::{Query, SignedIn},
        pages::{Page, words::Sentence},
    },
};
use actix_web::HttpResponse;
use answers::answer;
use askama::Template;
use serde::Deserialize;

/// Letters that are looked at.
const LONGEST: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Params {
    q: String,
    /// Not empty: straight to what is meant, if it is one thing.
    go: String,
}

/// Something that was found, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hit {
    pub icon: &'static str,
    pub title: String,
    /// What else there is to say of it.
    pub note: String,
    pub href: String,
    /// `ok` or `danger`: the answer to a question.
    pub answer: &'static str,
}

/// Hits of one kind.
struct Group {
    heading: &'static str,
    hits: Vec<Hit>,
    /// The list that has all of them; empty: these are all.
    more: String,
}

#[derive(Template)]
#[template(path = "admin/search/index.html")]
struct SearchPage {
    page: Page,
    q: String,
    /// What is to be said of a command that cannot be followed.
    told: String,
    example: &'static str,
    groups: Vec<Group>,
}

/// An address with these fields; those that are empty are left out.
fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

fn user_hit(user: &User) -> Hit {
    let href = format!("/admin/users/{}", user.id);
    Hit { icon: "user", title: user.name(), note: format!("{} · {}", user.username, user.email), href, answer: "" }
}

fn role_hit(role: &Role) -> Hit {
    let href = format!("/admin/roles/{}", role.id);
    let icon = if role.is_group() { "group" } else { "roles" };
    Hit { icon, title: role.name.clone(), note: role.description.clone(), href, answer: "" }
}

fn permission_hit(permission: &Permission) -> Hit {
    let href = format!("/admin/permissions/{}", permission.id);
    let note = if permission.label.is_empty() { &permission.description } else { &permission.label };
    Hit { icon: "permissions", title: permission.name.clone(), note: note.clone(), href, answer: "" }
}

/// The groups of what was found, each with the way to all of its kind.
fn found_groups(found: &Found, pages: Vec<Hit>, q: &str) -> Vec<Group> {
    let all = |path: &str, n: usize| {
        let full = i64::try_from(n).is_ok_and(|n| n >= crate::app::search::SHOWN);
        if full { address(path, &[("q", q)]) } else { String::new() }
    };
    let events = found.events.iter().map(|event| {
        let what = event.revision.map_or_else(|| event.request_id.clone(), |revision| revision.to_string());
        Hit {
            icon: "audit",
            title: sentence(&Sentence::new(event).to_string()),
            note: event.at.to_string(),
            href: address("/admin/audit", &[("q", &what)]),
            answer: "",
        }
    });
    let group = |heading, hits: Vec<Hit>, path| Group { more: all(path, hits.len()), heading, hits };
    vec![
        group("Users", found.users.iter().map(user_hit).collect(), "/admin/users"),
        group("Roles", found.roles.iter().map(role_hit).collect(), "/admin/roles"),
        group("Permissions", found.permissions.iter().map(permission_hit).collect(), "/admin/permissions"),
        Group { heading: "Pages", hits: pages, more: String::new() },
        group("Audit", events.collect(), "/admin/audit"),
    ]
}

fn named_hit(found: &Found, q: &str) -> Option<Hit> {
    Some(match found.named(q)? {
        Named::User(user) => user_hit(user),
        Named::Role(role) => role_hit(role),
        Named::Permission(permission) => permission_hit(permission),
    })
}

/// The hits of a command, and what is to be said of one that is not whole: a sentence and an example.
fn command_group(understood: Understood) -> (Group, String, &'static str) {
    let group = |heading, hits| Group { heading, hits, more: String::new() };
    match understood {
        Understood::Words => (group("Command", vec![]), String::new(), ""),
        Understood::Unfinished(unfinished) => {
            let told = format!("“{}”: {}.", unfinished.understood, unfinished.missing.trim_end_matches('.'));
            (group("Command", vec![]), told, unfinished.example)
        }
        Understood::Wrong { command, message, perhaps } => {
            let hits = perhaps.iter().map(|command| Hit {
                icon: "search",
                title: command.to_string(),
                href: address("/admin/search", &[("q", &command.to_string()), ("go", "1")]),
                ..Hit::default()
            });
            (group("Did you mean", hits.collect()), format!("“{command}”: {}", sentence(&message)), "")
        }
        Understood::Forbidden { permission } => {
            (group("Command", vec![]), format!("That needs the permission {permission}, which you do not have."), "")
        }
        Understood::Meant(meant) => (group("Command", meant.iter().flat_map(answer).collect()), String::new(), ""),
    }
}

pub async fn index(visitor: SignedIn, Query(params): Query<Params>) -> Result<HttpResponse, PageError> {
    let q: String = params.q.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let typed = q.clone();
    let (understood, found) =
        visitor.run(move |app, actor| Ok((app.understand(actor, &typed)?, app.search(actor, &typed)?))).await?;
    let (command, told, example) = command_group(understood);
    let pages = pages::matching(&visitor.actor, &q);
    if !params.go.is_empty() {
        let sure = match command.hits.as_slice() {
            [only] if told.is_empty() => Some(only.clone()),
            [] if told.is_empty() => named_hit(&found, &q),
            _ => None,
        };
        if let Some(hit) = sure {
            return Ok(visitor.go(&hit.href));
        }
    }
    let mut groups = vec![command];
    groups.extend(found_groups(&found, pages, &q));
    groups.retain(|group| !group.hits.is_empty());
    let title = if q.is_empty() { "Search".to_owned() } else { format!("{q} · Search") };
    visitor.show(&SearchPage { page: visitor.page(&title), q, told, example, groups })
}
