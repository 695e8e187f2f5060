//! One's own account.

use super::{Actor, App, Entry, signup::profile_json};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result,
        factor::Method,
        link::Purpose,
        login,
        user::{Profile, User},
    },
    mail::messages,
};

impl App {
    /// Changes one's own names and address. Another address needs the present password, counts as unverified, and both
    /// addresses are told.
    pub fn update_account(
        &self,
        actor: &Actor,
        first_name: &str,
        last_name: &str,
        username: &str,
        email: &str,
        password: &str,
    ) -> Result<User> {
        let user = actor.user()?;
        let profile = Profile::parse(first_name, last_name, username, email).map_err(Error::Invalid)?;
        let new_address = profile.email_key() != crate::domain::text::fold(&user.email);
        if new_address {
            // Otherwise the password alone would move the second factor to another mailbox.
            let factors = self.read(|conn| db::factors::of_user(conn, user.id))?;
            if login::methods(&factors).contains(&Method::Email) {
                let text = "Codes are mailed to your present address. Turn them off under Second factor first.";
                return Err(Error::Invalid(FieldErrors::one("email", text)));
            }
            self.require_recent_second_factor(actor)?;
            self.confirm_password(actor, password, "current_password")?;
        }
        let change = self.change(actor, |tx| {
            let verified = user.email_verified_at.filter(|_| !new_address);
            let updated = db::users::update_profile(tx.conn, user.id, &profile, verified, tx.now)?;
            tx.touch("user", user.id)?;
            tx.audit(Entry {
                action: "user.update",
                kind: "user",
                id: Some(user.id),
                name: &updated.username,
                before: Some(profile_json(user)),
                after: Some(profile_json(&updated)),
                ..Entry::default()
            })?;
            if updated.username != user.username {
                tx.security_notice(&updated, format!("the username was changed from {}", user.username))?;
            }
            if new_address {
                tx.security_notice(user, "the e-mail address was changed")?;
                tx.mail_link(&updated, Purpose::VerifyEmail, messages::verify_email)?;
            }
            Ok(updated)
        })?;
        Ok(change.value)
    }
}
