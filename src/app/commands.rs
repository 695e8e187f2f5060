//! What a command in words means: its names looked up, questions answered. Nothing is done; the page that it leads to asks.

use super::{
    Actor, App,
    checks::{Ask, Subject},
    explain::Explanation,
    names::{self, Kind, require_sight},
    users::{AssignmentView, name_assignments},
};
use crate::{
    db::{self, Conn},
    domain::{
        Error, Result, Time,
        command::{self, Command, Holders, Place, Read, Unfinished},
        condition::Attributes,
        permission::Pattern,
        role::Role,
        text,
        user::User,
    },
};

/// A command whose names are known.
#[derive(Debug, Clone)]
pub enum Meant {
    Can {
        user: User,
        permission: String,
        place: Place,
        answer: Box<Explanation>,
    },
    WhoCan {
        permission: String,
        place: Place,
    },
    WhatCan {
        user: User,
        place: Place,
    },
    Give {
        user: User,
        role: Role,
        command: Command,
    },
    /// From one who has it, by one assignment or several.
    TakeFromOne {
        user: User,
        role: Role,
        held: Vec<AssignmentView>,
        reason: String,
    },
    /// From several, or (`None`) from all.
    TakeFromMany {
        role: Role,
        users: Option<Vec<User>>,
        reason: String,
    },
    Disable {
        user: User,
        reason: String,
    },
    Enable {
        user: User,
    },
    EndSessions {
        user: User,
    },
    ResetFactors {
        user: User,
        reason: String,
    },
    CreateRole {
        name: String,
        group: bool,
        permissions: Vec<Pattern>,
    },
    CreateUser,
    History {
        user: User,
        since: Option<Time>,
    },
    Compare {
        one: User,
        other: User,
    },
}

/// What somebody may have wanted.
#[derive(Debug, Clone)]
pub enum Understood {
    /// No command, only words to search for.
    Words,
    Unfinished(Unfinished),
    /// A name in it is not known, or it asks what cannot be answered: why, and what may have been meant.
    Wrong {
        command: Command,
        message: String,
        perhaps: Vec<Command>,
    },
    /// What it needs that the actor has not.
    Forbidden {
        permission: String,
    },
    /// All ways to read it; mostly one.
    Meant(Vec<Meant>),
}

/// Readings that are looked up.
const READINGS: usize = 4;

/// Why a reading is none.
enum Not {
    Known { kind: Kind, name: String },
    Possible(Error),
}

impl From<Error> for Not {
    fn from(error: Error) -> Self {
        Self::Possible(error)
    }
}

impl App {
    /// What was typed as a command. For whoever may see the users, roles and permissions that it names.
    pub fn understand(&self, actor: &Actor, typed: &str) -> Result<Understood> {
        let readings = match command::read(typed, self.now()) {
            Read::NoCommand => return Ok(Understood::Words),
            Read::Unfinished(unfinished) => return Ok(Understood::Unfinished(unfinished)),
            Read::Readings(readings) => readings,
        };
        let (mut meant, mut first_wrong) = (vec![], None);
        for command in readings.into_iter().take(READINGS) {
            match self.meaning(actor, &command) {
                Ok(one) => meant.push(one),
                Err(Not::Possible(error @ (Error::Internal(_) | Error::Unavailable(_) | Error::Busy { .. }))) => {
                    return Err(error);
                }
                Err(wrong) => {
                    first_wrong.get_or_insert((command, wrong));
                }
            }
        }
        match first_wrong.filter(|_| meant.is_empty()) {
            None => Ok(Understood::Meant(meant)),
            Some((command, wrong)) => self.why_not(command, wrong),
        }
    }

    fn why_not(&self, command: Command, wrong: Not) -> Result<Understood> {
        let (message, perhaps) = match wrong {
            Not::Known { kind, name } => {
                let near = self.read(|conn| names::nearest(conn, kind, &name))?;
                let perhaps = near.iter().map(|right| command.renamed(&name, right)).collect();
                (names::unknown_message(kind, &name), perhaps)
            }
            Not::Possible(Error::Forbidden { permission }) => return Ok(Understood::Forbidden { permission }),
            Not::Possible(error) => {
                let told =
                    error.fields().and_then(|fields| fields.iter().next()).map(|(_, message)| message.to_owned());
                (told.unwrap_or_else(|| error.to_string()), vec![])
            }
        };
        Ok(Understood::Wrong { command, message, perhaps })
    }

    fn meaning(&self, actor: &Actor, command: &Command) -> Result<Meant, Not> {
        let user = |name: &str| self.called(actor, Kind::User, name, user_called);
        let role = |name: &str| self.called(actor, Kind::Role, name, db::roles::find_by_name);
        let permission = |name: &str| self.called(actor, Kind::Permission, name, names::permission);
        Ok(match command {
            Command::Can { user: name, permission: wanted, place } => {
                let (user, permission) = (user(name)?, permission(wanted)?.name);
                let ask = Ask {
                    subject: Subject::User(user.id),
                    permission: Pattern::parse(&permission).map_err(Error::Malformed)?,
                    scope: place.scope.clone().unwrap_or_default(),
                    at: place.on,
                    attributes: Attributes::default(),
                };
                let answer = Box::new(self.explain(actor, &ask)?);
                Meant::Can { user, permission, place: place.clone(), answer }
            }
            Command::WhoCan { permission: wanted, place } => {
                Meant::WhoCan { permission: permission(wanted)?.name, place: place.clone() }
            }
            Command::WhatCan { user: name, place } => Meant::WhatCan { user: user(name)?, place: place.clone() },
            Command::Give { user: name, role: wanted, .. } => {
                Meant::Give { user: user(name)?, role: role(wanted)?, command: command.clone() }
            }
            Command::Take { role: wanted, from, reason } => self.taking(actor, &role(wanted)?, from, reason)?,
            Command::Disable { user: name, reason } => Meant::Disable { user: user(name)?, reason: reason.clone() },
            Command::Enable { user: name } => Meant::Enable { user: user(name)? },
            Command::EndSessions { user: name } => Meant::EndSessions { user: user(name)? },
            Command::ResetFactors { user: name, reason } => {
                Meant::ResetFactors { user: user(name)?, reason: reason.clone() }
            }
            Command::CreateRole { name, group, permissions } => {
                let pattern = |name: &String| self.called(actor, Kind::Pattern, name, names::pattern);
                let permissions = permissions.iter().map(pattern).collect::<Result<_, Not>>()?;
                Meant::CreateRole { name: name.clone(), group: *group, permissions }
            }
            Command::CreateUser => Meant::CreateUser,
            Command::History { user: name, since } => Meant::History { user: user(name)?, since: *since },
            Command::Compare { one, other } => Meant::Compare { one: user(one)?, other: user(other)? },
        })
    }

    fn called<T>(
        &self,
        actor: &Actor,
        kind: Kind,
        name: &str,
        find: fn(&mut Conn, &str) -> Result<Option<T>>,
    ) -> Result<T, Not> {
        require_sight(actor, kind)?;
        self.read(|conn| find(conn, name))?.ok_or_else(|| Not::Known { kind, name: name.to_owned() })
    }

    fn taking(&self, actor: &Actor, role: &Role, from: &Holders, reason: &str) -> Result<Meant, Not> {
        let (role, reason) = (role.clone(), reason.to_owned());
        let Holders::These(names) = from else { return Ok(Meant::TakeFromMany { role, users: None, reason }) };
        let user = |name: &String| self.called(actor, Kind::User, name, user_called);
        let users: Vec<User> = names.iter().map(user).collect::<Result<_, Not>>()?;
        let [user] = users.as_slice() else { return Ok(Meant::TakeFromMany { role, users: Some(users), reason }) };
        let held = self.read(|conn| {
            let mut rows = db::user_assignments::of_user(conn, user.id, self.now())?;
            rows.retain(|row| row.role_id == role.id);
            name_assignments(conn, rows, self.now())
        })?;
        if held.is_empty() {
            let message = format!("The role {} is not one that {} has.", role.name, user.username);
            return Err(Not::Possible(Error::conflict("not_held", message)));
        }
        Ok(Meant::TakeFromOne { user: user.clone(), role, held, reason })
    }
}

/// By username, e-mail address, or the full name if only one has it.
fn user_called(conn: &mut Conn, name: &str) -> Result<Option<User>> {
    if let Some(user) = db::users::find_by_name(conn, name)? {
        return Ok(Some(user));
    }
    let key = text::fold(name);
    if !key.contains(' ') {
        return Ok(None);
    }
    let mut found = db::users::best(conn, &key, 10)?;
    found.retain(|user| text::fold(&user.name()) == key);
    Ok(if found.len() == 1 { found.pop() } else { None })
}
