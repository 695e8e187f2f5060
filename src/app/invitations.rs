//! Users whom an admin makes: invited by mail, with roles from the beginning if he likes.

use super::{Actor, App, Change, Entry, Tx, deletion::Leave, signup::profile_json, users::reason_line};
use crate::{
    db,
    domain::{
        Error, Result,
        link::Purpose,
        permission::USERS_WRITE,
        role::Assign,
        user::{Profile, User},
    },
    mail::messages,
};

impl App {
    /// Makes a user without roles and mails him a link to choose his password.
    pub fn create_user(&self, actor: &Actor, profile: &Profile) -> Result<Change<User>> {
        self.invite_user(actor, profile, &[])
    }

    /// Makes a user with these roles, or nothing at all, and mails him a link to choose his password. `roles` name no
    /// user; each needs what [`App::give_role`] needs. Errors name the role by its place: `roles[1].valid_to`.
    pub fn invite_user(&self, actor: &Actor, profile: &Profile, roles: &[Assign]) -> Result<Change<User>> {
        actor.require_everywhere(USERS_WRITE)?;
        for assign in roles {
            actor.require_giving(assign.role_id, &assign.scope)?;
        }
        self.change(actor, |tx| {
            let user = db::users::insert(tx.conn, profile, None, tx.now)?;
            tx.welcome(&user, roles)?;
            tx.mail_link(&user, Purpose::Invite, messages::invite)?;
            Ok(user)
        })
    }

    /// Makes a service account with these roles, or nothing at all: a user as whom programs act by tokens, and that never
    /// signs in. As [`App::invite_user`] otherwise.
    pub fn create_service_account(&self, actor: &Actor, profile: &Profile, roles: &[Assign]) -> Result<Change<User>> {
        actor.require_everywhere(USERS_WRITE)?;
        for assign in roles {
            actor.require_giving(assign.role_id, &assign.scope)?;
        }
        self.change(actor, |tx| {
            let user = db::users::insert_service(tx.conn, profile, tx.now)?;
            tx.welcome(&user, roles)?;
            Ok(user)
        })
    }

    /// Mails the invitation again; the link of the one before dies.
    pub fn resend_invitation(&self, actor: &Actor, id: i64) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.require_recent_proof(actor)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.require_not_weaker_than(id)?;
            require_invited(&user)?;
            tx.mail_link(&user, Purpose::Invite, messages::invite)?;
            tx.audit(Entry {
                action: "user.invite_again",
                kind: "user",
                id: Some(id),
                name: &user.username,
                ..Entry::default()
            })
        })
    }

    /// Takes an open invitation back: its link dies, and with it the account, which nobody has used.
    pub fn revoke_invitation(&self, actor: &Actor, id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, id)?;
            tx.require_not_weaker_than(id)?;
            require_invited(&user)?;
            tx.remove_user(&user, Leave::by("user.revoke_invitation", &reason))
        })
    }
}

impl Tx<'_> {
    /// Tells of a user who was just made, and gives him his first roles.
    fn welcome(&mut self, user: &User, roles: &[Assign]) -> Result<()> {
        self.touch("user", user.id)?;
        self.audit(Entry {
            action: "user.create",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            after: Some(profile_json(user)),
            ..Entry::default()
        })?;
        for (place, assign) in roles.iter().enumerate() {
            self.give(user, &Assign { user_id: user.id, ..assign.clone() }).map_err(|error| {
                let place = format!("roles[{place}]");
                match error {
                    Error::Invalid(fields) => Error::Invalid(fields.within(&place)),
                    Error::Taken(fields) => Error::Taken(fields.within(&place)),
                    other => other,
                }
            })?;
        }
        Ok(())
    }
}

/// A user who was invited, and has not come yet.
fn require_invited(user: &User) -> Result<()> {
    if user.is_invited() {
        Ok(())
    } else {
        Err(Error::conflict("not_invited", "This user has come in already: there is no open invitation."))
    }
}
