//! Pages of the panel that are found by what they are about.

use super::Hit;
use crate::{
    app::Actor,
    domain::{permission as p, permission::Right, text},
};

/// Label, address, icon, the right that it needs, and other words for it.
const PAGES: [(&str, &str, &str, Option<Right>, &str); 15] = [
    ("Overview", "/admin", "overview", Some(p::USERS_READ), "home start dashboard numbers"),
    ("Users", "/admin/users", "users", Some(p::USERS_READ), "people accounts members"),
    ("Create user", "/admin/users/new", "plus", Some(p::USERS_WRITE), "new invite add person"),
    ("Roles", "/admin/roles", "roles", Some(p::ROLES_READ), "groups"),
    ("Create role", "/admin/roles/new", "plus", Some(p::ROLES_WRITE), "new add group"),
    ("Permissions", "/admin/permissions", "permissions", Some(p::PERMISSIONS_READ), "rights"),
    ("Register permission", "/admin/permissions/new", "plus", Some(p::PERMISSIONS_WRITE), "new add create"),
    ("Audit", "/admin/audit", "audit", Some(p::AUDIT_READ), "log history changes verify events"),
    ("Mail", "/admin/mails", "mail", Some(p::MAILS_READ), "outbox messages failed"),
    ("End all sessions", "/admin/sessions/end", "session", Some(p::SESSIONS_WRITE), "sign out everybody"),
    ("My account", "/account", "user", None, "profile name"),
    ("My password", "/account/password", "lock", None, "change account"),
    ("My second factor", "/account/second-factor", "lock", None, "2fa totp app recovery codes account"),
    ("My sessions", "/account/sessions", "session", None, "devices account"),
    ("My access", "/account/access", "roles", None, "rights what can i account"),
];

/// Those that the actor may open and for which every word is the beginning of one of theirs.
pub fn matching(actor: &Actor, q: &str) -> Vec<Hit> {
    let key = text::fold(q);
    if key.is_empty() {
        return vec![];
    }
    let fits = |label: &str, others: &str| {
        let all = format!("{} {others}", text::fold(label));
        key.split_whitespace().all(|word| all.split(' ').any(|own| own.starts_with(word)))
    };
    PAGES
        .iter()
        .filter(|(label, _, _, right, others)| right.is_none_or(|right| actor.can(right)) && fits(label, others))
        .map(|(label, href, icon, ..)| Hit {
            icon,
            title: (*label).to_owned(),
            href: (*href).to_owned(),
            ..Hit::default()
        })
        .collect()
}
