//! One's own account.

use super::{Actor, App, Entry, signup::profile_json};
use crate::{
    db,
    domain::{
        Error, Result,
        user::{Profile, User},
    },
};

impl App {
    /// Changes one's own names; a change of the username is told by mail. The address has a way of its own:
    /// [`App::request_email_change`].
    pub fn update_account(&self, actor: &Actor, first_name: &str, last_name: &str, username: &str) -> Result<User> {
        let user = actor.user()?;
        let profile = Profile::parse(first_name, last_name, username, &user.email).map_err(Error::Invalid)?;
        let change = self.change(actor, |tx| {
            // As it is now: a link may have changed the address since the request came.
            let now = db::users::get(tx.conn, user.id)?;
            let profile = Profile { email: now.email.clone(), ..profile.clone() };
            let updated = db::users::update_profile(tx.conn, user.id, &profile, now.email_verified_at, tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit(Entry {
                action: "user.update",
                kind: "user",
                id: Some(user.id),
                name: &updated.username,
                before: Some(profile_json(&now)),
                after: Some(profile_json(&updated)),
                ..Entry::default()
            })?;
            if updated.username != now.username {
                tx.security_notice(&updated, format!("the username was changed from {}", now.username))?;
            }
            Ok(updated)
        })?;
        Ok(change.value)
    }
}
