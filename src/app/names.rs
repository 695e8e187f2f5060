//! What people type to name a role, a user or a permission: resolved here and nowhere else, and completed while they type.

use super::{Actor, App, roles::single};
use crate::{
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result,
        error::Choice,
        permission::{GIVE, NewPermission, PERMISSIONS_READ, Pattern, Permission, ROLES_READ, USERS_READ},
        role::Role,
        text,
        user::User,
    },
};

/// How many names are suggested at once.
pub const SUGGESTED: i64 = 10;
/// How many are offered instead of one that is not known.
const OFFERED: usize = 5;

/// What a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Role,
    User,
    Permission,
    /// A permission, or a pattern with a `*`.
    Pattern,
}

impl Kind {
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "role" => Self::Role,
            "user" => Self::User,
            "permission" => Self::Permission,
            "pattern" => Self::Pattern,
            _ => return None,
        })
    }

    /// `role`, for sentences.
    fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Permission | Self::Pattern => "permission",
        }
    }
}

/// One name that fits what was typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The name: what the field takes.
    pub name: String,
    /// What else tells it from others; may be empty.
    pub note: String,
}

impl From<Role> for Suggestion {
    fn from(role: Role) -> Self {
        let note = if role.is_group() && role.description.is_empty() { "group".to_owned() } else { role.description };
        Self { name: role.name, note }
    }
}

impl From<User> for Suggestion {
    fn from(user: User) -> Self {
        let note = format!("{} · {}", user.name(), user.email);
        Self { name: user.username, note }
    }
}

impl From<Permission> for Suggestion {
    fn from(permission: Permission) -> Self {
        let note = if permission.label.is_empty() { permission.description } else { permission.label };
        Self { name: permission.name, note }
    }
}

impl App {
    /// Up to [`SUGGESTED`] names that fit what was typed; for whoever may see the list of that kind.
    pub fn suggestions(&self, actor: &Actor, kind: Kind, typed: &str) -> Result<Vec<Suggestion>> {
        require_sight(actor, kind)?;
        self.read(|conn| {
            let mut found = best(conn, kind, typed, SUGGESTED)?;
            if kind == Kind::Pattern {
                widen(&mut found, typed);
            }
            Ok(found)
        })
    }

    /// The role of this name, without case. If there is none: [`Error::Invalid`] at `field`, with the nearest names to
    /// choose from; and so for the others below.
    pub fn role_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Role> {
        require_sight(actor, Kind::Role)?;
        self.read(|conn| known(conn, Kind::Role, field, typed, db::roles::find_by_name))
    }

    /// The user of this username or e-mail address.
    pub fn user_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<User> {
        require_sight(actor, Kind::User)?;
        self.read(|conn| known(conn, Kind::User, field, typed, db::users::find_by_name))
    }

    /// The registered permission of this name, or of the free text it was made from.
    pub fn permission_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Permission> {
        require_sight(actor, Kind::Permission)?;
        self.read(|conn| known(conn, Kind::Permission, field, typed, permission))
    }

    /// The pattern that was typed: one with a `*`, or a registered permission.
    pub fn pattern_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Pattern> {
        require_sight(actor, Kind::Pattern)?;
        self.read(|conn| known(conn, Kind::Pattern, field, typed, pattern))
    }

    /// The roles in a text that has several: separated by commas or lines, in quotes if a name has a comma itself.
    pub fn roles_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Vec<Role>> {
        require_sight(actor, Kind::Role)?;
        self.read(|conn| all_known(conn, Kind::Role, field, typed, db::roles::find_by_name))
    }

    /// The users in a text that has several.
    pub fn users_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Vec<User>> {
        require_sight(actor, Kind::User)?;
        self.read(|conn| all_known(conn, Kind::User, field, typed, db::users::find_by_name))
    }

    /// The patterns in a text that has several.
    pub fn patterns_named(&self, actor: &Actor, field: &'static str, typed: &str) -> Result<Vec<Pattern>> {
        require_sight(actor, Kind::Pattern)?;
        self.read(|conn| all_known(conn, Kind::Pattern, field, typed, pattern))
    }
}

/// Names are told to whoever may see their list.
pub(super) fn require_sight(actor: &Actor, kind: Kind) -> Result<()> {
    actor.require_everywhere(match kind {
        Kind::Role => ROLES_READ,
        Kind::User => USERS_READ,
        Kind::Permission | Kind::Pattern => PERMISSIONS_READ,
    })
}

type Find<T> = fn(&mut Conn, &str) -> Result<Option<T>>;

fn known<T>(conn: &mut Conn, kind: Kind, field: &'static str, typed: &str, find: Find<T>) -> Result<T> {
    if let Some(found) = find(conn, typed)? {
        return Ok(found);
    }
    let choices = nearest(conn, kind, typed)?.into_iter().map(|name| Choice { value: name.clone(), label: name });
    Err(unknown(kind, field, typed, choices.collect()))
}

fn all_known<T>(conn: &mut Conn, kind: Kind, field: &'static str, typed: &str, find: Find<T>) -> Result<Vec<T>> {
    // A single one may have a comma without quotes.
    if let Some(found) = find(conn, typed)? {
        return Ok(vec![found]);
    }
    let names = text::names(typed);
    if names.is_empty() {
        return Err(unknown(kind, field, "", vec![]));
    }
    let mut all = vec![];
    for (place, name) in names.iter().enumerate() {
        let Some(found) = find(conn, name)? else {
            let mended = |right: &str| {
                text::join_names(names.iter().enumerate().map(|(n, old)| if n == place { right } else { old.as_str() }))
            };
            let near = nearest(conn, kind, name)?;
            let choices = near.into_iter().map(|right| Choice { value: mended(&right), label: right });
            return Err(unknown(kind, field, name, choices.collect()));
        };
        all.push(found);
    }
    Ok(all)
}

fn unknown(kind: Kind, field: &'static str, typed: &str, choices: Vec<Choice>) -> Error {
    Error::Invalid(FieldErrors::one(field, unknown_message(kind, typed)).offering(field, choices))
}

/// That there is nothing of this name, or what to write.
pub(super) fn unknown_message(kind: Kind, typed: &str) -> String {
    let typed = text::clean(typed);
    match (kind, typed.is_empty()) {
        (Kind::Role, true) => "Write the name of a role.".to_owned(),
        (Kind::User, true) => "Write a username or an e-mail address.".to_owned(),
        (Kind::Permission, true) => "Write a permission, such as invoices:approve.".to_owned(),
        (Kind::Pattern, true) => "Write a permission or a pattern, such as invoices:approve or invoices:*.".to_owned(),
        (Kind::User, false) => format!("Nobody has the username or e-mail address “{typed}”."),
        (kind, false) => format!("There is no {} “{typed}”.", kind.word()),
    }
}

pub(super) fn permission(conn: &mut Conn, typed: &str) -> Result<Option<Permission>> {
    match NewPermission::from_free_text(typed) {
        Ok(named) => db::permissions::find_by_name(conn, &named.name()),
        Err(_) => Ok(None),
    }
}

pub(super) fn pattern(conn: &mut Conn, typed: &str) -> Result<Option<Pattern>> {
    match Pattern::parse(typed) {
        // The right to give just one role is registered when it is first granted.
        Ok(pattern) if !pattern.is_single() || pattern.resource() == GIVE => Ok(Some(pattern)),
        _ => Ok(permission(conn, typed)?.map(|permission| single(&permission))),
    }
}

fn best(conn: &mut Conn, kind: Kind, typed: &str, limit: i64) -> Result<Vec<Suggestion>> {
    fn told<T: Into<Suggestion>>(found: Vec<T>) -> Vec<Suggestion> {
        found.into_iter().map(Into::into).collect()
    }
    Ok(match kind {
        Kind::Role => told(db::roles::best(conn, typed, limit)?),
        Kind::User => told(db::users::best(conn, typed, limit)?),
        Kind::Permission | Kind::Pattern => told(db::permissions::best(conn, typed, limit)?),
    })
}

fn neighbours(conn: &mut Conn, kind: Kind, typed: &str) -> Result<Vec<String>> {
    let few = SUGGESTED / 2;
    Ok(match kind {
        Kind::Role => db::roles::neighbours(conn, typed, few)?.into_iter().map(|role| role.name).collect(),
        Kind::User => db::user_names::neighbours(conn, typed, few)?.into_iter().map(|user| user.username).collect(),
        Kind::Permission | Kind::Pattern => {
            db::permissions::neighbours(conn, typed, few)?.into_iter().map(|permission| permission.name).collect()
        }
    })
}

/// Puts before permissions of one resource the pattern that covers them all, and the pattern itself that was typed.
fn widen(found: &mut Vec<Suggestion>, typed: &str) {
    let mut patterns: Vec<Suggestion> = vec![];
    let mut add = |name: String, note: &str| {
        if !patterns.iter().any(|one| one.name == name) {
            patterns.push(Suggestion { name, note: note.to_owned() });
        }
    };
    if let Ok(pattern) = Pattern::parse(typed)
        && !pattern.is_single()
    {
        add(pattern.to_string(), "a pattern");
    }
    let key = text::fold(typed);
    let resource = key.strip_suffix(':').unwrap_or(&key);
    if found.iter().any(|one| one.name.split(':').next() == Some(resource)) {
        add(format!("{resource}:*"), "everything with it, later permissions too");
    }
    found.retain(|one| !patterns.iter().any(|pattern| pattern.name == one.name));
    patterns.append(found);
    patterns.truncate(usize::try_from(SUGGESTED).unwrap_or_default());
    *found = patterns;
}

/// The names that may have been meant: those that have the words, and those that differ in few letters.
pub(super) fn nearest(conn: &mut Conn, kind: Kind, typed: &str) -> Result<Vec<String>> {
    let key = text::fold(typed);
    if key.is_empty() {
        return Ok(vec![]);
    }
    let name = |suggestion: Suggestion| suggestion.name;
    let mut near: Vec<String> = best(conn, kind, &key, SUGGESTED)?.into_iter().map(name).collect();
    let mut others = neighbours(conn, kind, &key)?;
    // One wrong letter leaves one half right.
    let middle = key.chars().count() / 2;
    if middle > 1 {
        let (left, right): (String, String) = (key.chars().take(middle).collect(), key.chars().skip(middle).collect());
        for half in [left, right] {
            others.extend(best(conn, kind, &half, 4 * SUGGESTED)?.into_iter().map(name));
        }
    }
    let few = 1 + key.chars().count() / 4;
    let mut ranked: Vec<(usize, String)> =
        others.into_iter().map(|name| (text::distance(&key, &text::fold(&name)), name)).collect();
    ranked.retain(|(letters, name)| *letters <= few && !near.contains(name));
    ranked.sort();
    ranked.dedup();
    near.extend(ranked.into_iter().map(|(_, name)| name));
    near.truncate(OFFERED);
    Ok(near)
}
