//! What a command leads to: a page that answers, or one that is filled in, shows what it would do, and asks.

use super::{Hit, address};
use crate::{
    app::{
        commands::Meant,
        explain::{Explanation, Link},
        users::AssignmentView,
    },
    domain::{
        Time,
        command::{Command, Place},
        role::Role,
        text,
        user::User,
    },
};

/// The button that is left, on pages that a command leads to.
const ACT: &str = "#act";

fn hit(icon: &'static str, title: String, note: impl Into<String>, href: String) -> Hit {
    Hit { icon, title, note: note.into(), href, answer: "" }
}

fn user_path(user: &User, page: &str) -> String {
    format!("/admin/users/{}{page}", user.id)
}

/// The scope and the moment, as the pages of Access call them.
fn asked<'a>(place: &'a Place, at: &'a str) -> [(&'static str, &'a str); 2] {
    [("scope", place.scope.as_ref().map_or("", |scope| scope.as_str())), ("at", at)]
}

/// The way in a line: `ada → approver → invoices:*`.
fn way(path: &[Link]) -> String {
    let mut names: Vec<&str> = path.first().map(|link| link.from.as_str()).into_iter().collect();
    names.extend(path.iter().map(|link| link.to.as_str()));
    names.join(" → ")
}

fn why(answer: &Explanation) -> String {
    match answer.misses.first() {
        _ if answer.allowed => way(&answer.path),
        _ if answer.disabled => "he is disabled, or not let in".to_owned(),
        Some(miss) => format!("nearest: {}", miss.text),
        None => "none of his roles has it".to_owned(),
    }
}

fn can(user: &User, permission: &str, place: &Place, answer: &Explanation) -> Hit {
    let at = place.on.map(Time::input).unwrap_or_default();
    let [scope, at] = asked(place, &at);
    let whether = if answer.allowed { "Yes" } else { "No" };
    let title =
        format!("{whether}: {} {} {permission}{place}", user.username, if answer.allowed { "can" } else { "cannot" });
    let href = address("/admin/access", &[("user", &user.username), ("permission", permission), scope, at]);
    Hit { answer: if answer.allowed { "ok" } else { "danger" }, ..hit("permissions", title, why(answer), href) }
}

fn give(user: &User, role: &Role, command: &Command) -> Hit {
    let Command::Give { scope, until, reason, .. } = command else { return Hit::default() };
    let scope = scope.as_ref().map_or("", |scope| scope.as_str());
    let until = until.map(Time::input).unwrap_or_default();
    let fields =
        [("role", role.name.as_str()), ("scope", scope), ("valid_to", &until), ("reason", reason), ("preview", "1")];
    let place = if scope.is_empty() { String::new() } else { format!(" in {scope}") };
    let end = if until.is_empty() { String::new() } else { format!(" until {}", until.replace('T', " ") + " UTC") };
    let title = format!("Give {} the role {}{place}{end}", user.username, role.name);
    hit("roles", title, "shows what it does, then asks", address(&user_path(user, ""), &fields) + ACT)
}

fn take(user: &User, role: &Role, held: &AssignmentView, reason: &str) -> Hit {
    let place = if held.row.scope.is_empty() { String::new() } else { format!(" in {}", held.row.scope) };
    let title = format!("Take {}{place} from {}", role.name, user.username);
    let path = user_path(user, &format!("/roles/{}/delete", held.row.id));
    hit("trash", title, "shows who loses what, then asks", address(&path, &[("reason", reason)]) + ACT)
}

fn take_many(role: &Role, users: Option<&[User]>, reason: &str) -> Hit {
    let names = users.map(|users| users.iter().map(|user| user.username.as_str()).collect::<Vec<_>>().join(","));
    let whom = names.as_ref().map_or_else(|| "everybody who has it".to_owned(), |names| names.replace(',', ", "));
    let all = if names.is_none() { "1" } else { "" };
    let fields = [("all", all), ("users", names.as_deref().unwrap_or_default()), ("reason", reason)];
    let href = address(&format!("/admin/roles/{}/members/take", role.id), &fields) + ACT;
    hit("trash", format!("Take {} from {whom}", role.name), "shows who loses what, then asks", href)
}

/// One hit for each thing that it can mean.
pub fn answer(meant: &Meant) -> Vec<Hit> {
    let one = match meant {
        Meant::Can { user, permission, place, answer } => can(user, permission, place, answer),
        Meant::WhoCan { permission, place } => {
            let at = place.on.map(Time::input).unwrap_or_default();
            let [scope, at] = asked(place, &at);
            let href = address("/admin/access/who-can", &[("permission", permission), scope, at]);
            hit("users", format!("Who can {permission}{place}"), "everybody who has it, and how", href)
        }
        Meant::WhatCan { user, place } => {
            let at = place.on.map(Time::input).unwrap_or_default();
            let [scope, at] = asked(place, &at);
            let href = address("/admin/access/what-can", &[("user", &user.username), scope, at]);
            hit("permissions", format!("What {} can do{place}", user.username), "all that he has, and where", href)
        }
        Meant::Give { user, role, command } => give(user, role, command),
        Meant::TakeFromOne { user, role, held, reason } => {
            return held.iter().map(|held| take(user, role, held, reason)).collect();
        }
        Meant::TakeFromMany { role, users, reason } => take_many(role, users.as_deref(), reason),
        Meant::Disable { user, reason } => {
            let href = address(&user_path(user, "/disable"), &[("reason", reason)]) + ACT;
            hit("lock", format!("Disable {}", user.username), "and end his sessions; asks first", href)
        }
        Meant::Enable { user } => {
            hit("check", format!("Enable {}", user.username), "the button is on his page", user_path(user, "#enable"))
        }
        Meant::EndSessions { user } => {
            let title = format!("End all sessions of {}", user.username);
            hit("session", title, "says what ends, then asks", user_path(user, "/sessions/delete") + ACT)
        }
        Meant::ResetFactors { user, reason } => {
            let href = address(&user_path(user, "/second-factors/delete"), &[("reason", reason)]) + ACT;
            hit("lock", format!("Reset the second factors of {}", user.username), "asks first", href)
        }
        Meant::CreateRole { name, group, permissions } => {
            let kind = if *group { "group" } else { "role" };
            let patterns: Vec<String> = permissions.iter().map(ToString::to_string).collect();
            let patterns = text::join_names(patterns.iter().map(String::as_str));
            let fields = [("name", name.as_str()), ("kind", kind), ("permissions", &patterns), ("preview", "1")];
            let note = if patterns.is_empty() {
                "without permissions at first".to_owned()
            } else {
                format!("with {patterns}")
            };
            hit("plus", format!("Create the {kind} {name}"), note, address("/admin/roles/new", &fields) + ACT)
        }
        Meant::CreateUser => {
            hit("plus", "Create user".into(), "he gets an invitation by mail", "/admin/users/new".into())
        }
        Meant::History { user, since } => {
            let since_text = since.map(|at| format!(" since {} UTC", at.format("%Y-%m-%d"))).unwrap_or_default();
            let since = since.map(Time::input).unwrap_or_default();
            let href = address(&user_path(user, "/activity"), &[("since", &since)]);
            hit("audit", format!("What changed about {}{since_text}", user.username), "by him and by others", href)
        }
        Meant::Compare { one, other } => {
            let fields = [("user", one.username.as_str()), ("other", other.username.as_str())];
            let title = format!("Compare {} and {}", one.username, other.username);
            hit("users", title, "what one can and the other cannot", address("/admin/access/comparison", &fields))
        }
    };
    vec![one]
}
