//! Users of another system, with the passwords that they have there.

use super::{Actor, App, Change, Entry, signup::profile_json};
use crate::{
    db,
    domain::{Error, FieldErrors, Result, foreign_hash, permission::USERS_WRITE, user::Profile},
};

/// A user as another system knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignUser {
    pub profile: Profile,
    /// In the form in which it is kept; `None`: he chooses a password by “I forgot it”.
    password_hash: Option<String>,
    /// The other system knows that the address is his.
    email_verified: bool,
}

impl ForeignUser {
    /// Judges all fields at once. An empty `password_hash` is none.
    pub fn parse(
        profile: Result<Profile, FieldErrors>,
        password_hash: &str,
        email_verified: bool,
    ) -> Result<Self, FieldErrors> {
        let (profile, mut errors) = match profile {
            Ok(profile) => (profile, FieldErrors::default()),
            Err(errors) => (Profile::default(), errors),
        };
        let hash = Some(password_hash).filter(|hash| !hash.is_empty()).map(foreign_hash::import);
        let password_hash = errors.keep("password_hash", hash.transpose());
        if errors.is_empty() { Ok(Self { profile, password_hash, email_verified }) } else { Err(errors) }
    }
}

impl App {
    /// Makes all of them, or none. They get no roles and no mail. Gives how many.
    ///
    /// Errors name the user by his place: `users[2].email`.
    pub fn import_users(&self, actor: &Actor, users: &[ForeignUser]) -> Result<Change<usize>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.change(actor, |tx| {
            for (place, new) in users.iter().enumerate() {
                let inserted = db::users::insert(tx.conn, &new.profile, new.password_hash.as_deref(), tx.now);
                let user = inserted.map_err(|error| match error {
                    Error::Taken(fields) => Error::Taken(fields.within(&format!("users[{place}]"))),
                    other => other,
                })?;
                if new.email_verified {
                    db::users::set_email_verified(tx.conn, user.id, tx.now)?;
                }
                tx.touch("user", user.id)?;
                tx.audit(Entry {
                    action: "user.create",
                    kind: "user",
                    id: Some(user.id),
                    name: &user.username,
                    after: Some(profile_json(&user)),
                    reason: "imported",
                    ..Entry::default()
                })?;
            }
            Ok(users.len())
        })
    }
}
