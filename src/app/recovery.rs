//! When the device of the second factor is gone: recovery codes, and an admin's reset.

use super::{Actor, App, Change, Entry, Tx, users::reason_line};
use crate::{
    db::{self, Conn},
    domain::{
        Error, FieldErrors, Result,
        factor::{self, Method, RECOVERY_CODES},
        login,
        permission::USERS_WRITE,
        session::ended,
        user::User,
    },
};

fn binding(user_id: i64) -> String {
    format!("recovery {user_id}")
}

impl App {
    /// Makes new recovery codes and gives them, the only time that they are shown. The old ones end. Needs a
    /// second factor that they stand in for.
    pub fn renew_recovery_codes(&self, actor: &Actor) -> Result<Vec<String>> {
        let user = actor.user()?;
        if login::methods(&self.read(|conn| db::factors::of_user(conn, user.id))?).is_empty() {
            return Err(Error::conflict(
                "no_factor",
                "Turn on a second factor first: recovery codes stand in for it when your device is gone.",
            ));
        }
        self.require_recent_proof(actor)?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| factor::recovery_code(&self.rng.bytes())).collect();
        let hashes: Vec<String> = codes.iter().map(|code| self.keys.code_hash(&binding(user.id), code)).collect();
        self.change(actor, |tx| {
            db::recovery_codes::replace(tx.conn, user.id, &hashes, tx.now)?;
            tx.audit(Entry {
                action: "factor.recovery",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(serde_json::json!({ "codes": codes.len() })),
                ..Entry::default()
            })?;
            tx.security_notice(user, "new recovery codes were made, and the old ones do not work any more")
        })?;
        Ok(codes)
    }

    /// Whether the code is one of the user's that was not used; uses it up.
    pub(super) fn take_recovery(&self, user_id: i64, code: &str) -> Result<bool> {
        let hash = self.keys.code_hash(&binding(user_id), code);
        self.db.write(|conn| db::recovery_codes::take(conn, user_id, &hash, self.now()))
    }

    /// Takes all second factors from a user who lost them, for a reason that he is told by mail; his password alone
    /// lets him in until he sets one up again. Ends his sessions. Only for users who may do no more than the actor.
    pub fn reset_factors(&self, actor: &Actor, user_id: i64, reason: &str) -> Result<Change<()>> {
        actor.require_everywhere(USERS_WRITE)?;
        self.require_recent_proof(actor)?;
        let reason = reason_line(reason)?;
        if reason.is_empty() {
            return Err(Error::Invalid(FieldErrors::one("reason", "Say why: the user is told, and it is kept.")));
        }
        if actor.id == Some(user_id) {
            return Err(Error::conflict("own_factors", "Turn your own second factor off on the page of your account."));
        }
        self.change(actor, |tx| {
            let user = db::users::get(tx.conn, user_id)?;
            tx.require_not_weaker_than(user_id)?;
            if login::methods(&db::factors::of_user(tx.conn, user_id)?).is_empty() {
                return Err(Error::conflict("no_factor", "This user has no second factor."));
            }
            db::factors::end(tx.conn, user_id, db::factors::Which::All, tx.now)?;
            db::recovery_codes::clear(tx.conn, user_id)?;
            // If one is demanded, the grace begins anew.
            db::users::set_second_factor_due(tx.conn, user_id, None)?;
            tx.touch("user", user_id)?;
            tx.void_proofs(user_id)?;
            tx.end_sessions(&user, db::sessions::Which::All, ended::FACTORS_RESET)?;
            tx.audit(Entry {
                action: "factor.reset",
                kind: "user",
                id: Some(user_id),
                name: &user.username,
                reason: &reason,
                ..Entry::default()
            })?;
            let what =
                format!("{} took your second factors off and signed you out everywhere, because: {reason}", actor.name);
            tx.security_notice(&user, what)
        })
    }
}

/// The ways in which the user can take the second step, the strongest first: those of his factors and, if he has any left,
/// recovery codes.
pub(super) fn due_methods(conn: &mut Conn, user_id: i64) -> Result<Vec<Method>> {
    let mut methods = login::methods(&db::factors::of_user(conn, user_id)?);
    let left = db::recovery_codes::left(conn, user_id)?;
    if !methods.is_empty() && left > 0 {
        methods.push(Method::Recovery);
    }
    Ok(methods)
}

impl Tx<'_> {
    /// Tells the user that a recovery code of his was used, if that is how he proved the second step.
    pub(super) fn tell_recovery(&mut self, user: &User, method: Method) -> Result<()> {
        if method != Method::Recovery {
            return Ok(());
        }
        let left = db::recovery_codes::left(self.conn, user.id)?;
        self.security_notice(user, format!("one of your recovery codes was used; {left} are left"))
    }

    /// Recovery codes stand in for a factor: with the last one they end too.
    pub(super) fn forget_recovery_of_nothing(&mut self, user_id: i64) -> Result<()> {
        if login::methods(&db::factors::of_user(self.conn, user_id)?).is_empty() {
            db::recovery_codes::clear(self.conn, user_id)?;
        }
        Ok(())
    }
}
