//! Step-up: before a sensitive act the user of a session proves again that it is he, by the strongest means of his account.

use super::{Actor, App, Change, Entry, login::hide, recovery::due_methods};
use crate::{
    db,
    domain::{
        Error, FieldErrors, Result, Time,
        factor::{self, Method},
        login,
        throttle::{self, FAILURES_IN_A_ROW},
        user::User,
    },
};

/// What a new proof takes.
#[derive(Debug, Clone)]
pub struct Reauthentication {
    /// The strongest method of the account, and recovery codes if there are any; empty: the password.
    pub methods: Vec<Method>,
    /// When the live mailed code was made, if there is one.
    pub code_sent_at: Option<Time>,
    /// The address, mostly hidden.
    pub address: String,
    /// Until when sensitive acts need no new proof; in the past or `None`: they do.
    pub until: Option<Time>,
}

fn binding(session_id: i64) -> String {
    format!("reauthenticate {session_id}")
}

impl App {
    /// For sensitive acts: that the last proof is not too long ago.
    pub(super) fn require_recent_proof(&self, actor: &Actor) -> Result<()> {
        actor.require_recent_proof(self.now(), self.config.sign_in.reauthenticate)
    }

    /// As [`App::require_recent_proof`], for forms that ask for the password themselves: that is the strongest proof where
    /// there is no second factor.
    pub(super) fn require_recent_second_factor(&self, actor: &Actor) -> Result<()> {
        let user_id = actor.user_id()?;
        actor.require_himself()?;
        let factors = self.read(|conn| db::factors::of_user(conn, user_id))?;
        if login::methods(&factors).is_empty() { Ok(()) } else { self.require_recent_proof(actor) }
    }

    /// What a new proof of the actor takes.
    pub fn reauthentication(&self, actor: &Actor) -> Result<Reauthentication> {
        let (user, session) = (actor.who()?, actor.own_session()?);
        self.read(|conn| {
            Ok(Reauthentication {
                methods: strongest(due_methods(conn, user.id)?),
                code_sent_at: db::codes::sent_at(conn, &binding(session), self.now())?,
                address: hide(&user.email),
                until: actor.proven_until(self.config.sign_in.reauthenticate),
            })
        })
    }

    /// Mails a code, to somebody whose strongest method that is.
    pub fn send_reauthentication_code(&self, actor: &Actor) -> Result<()> {
        let (user, session) = (actor.who()?, actor.own_session()?);
        if !self.reauthentication(actor)?.methods.contains(&Method::Email) {
            return Err(Error::conflict("no_email_code", "Your account does not use mailed codes for this."));
        }
        self.mail_code(actor, user, &binding(session), "confirm that it is you")
    }

    /// The proof: the password of an account without a second factor, else a code. The session's key is to be renewed.
    pub fn reauthenticate(&self, actor: &Actor, password: &str, code: &str) -> Result<Change<()>> {
        let (user, session) = (actor.who()?, actor.own_session()?);
        let methods = self.reauthentication(actor)?.methods;
        let method = if methods.is_empty() {
            self.confirm_password(actor, password, "password")?;
            None
        } else {
            Some(self.prove_strongest(user, session, &methods, code)?)
        };
        self.change(actor, |tx| {
            db::sessions::set_authenticated(tx.conn, session, tx.now)?;
            tx.touch("session", session)?;
            if let Some(method) = method {
                tx.tell_recovery(user, method)?;
            }
            let proof = method.map_or("password", Method::as_str);
            tx.audit(Entry {
                action: "session.reauthenticate",
                kind: "user",
                id: Some(user.id),
                name: &user.username,
                after: Some(serde_json::json!({ "factors": proof })),
                ..Entry::default()
            })
        })
    }

    /// The signed-in user types his password again. Failures are counted by the session and in a row by the account, so that a
    /// stolen session guesses no password and a stranger's failures at sign-in cost its owner nothing.
    pub(super) fn confirm_password(&self, actor: &Actor, password: &str, field: &'static str) -> Result<()> {
        let (user, session) = (actor.who()?, actor.own_session()?);
        if password.is_empty() {
            return Err(Error::Invalid(FieldErrors::one(field, "Type your present password.")));
        }
        let by = format!("session {session}");
        self.count(&throttle::SIGN_IN_ACCOUNT, &by)?;
        let row = format!("{} session", self.account_bucket(&user.username));
        if self.db.write(|conn| db::throttles::in_a_row(conn, &row, self.now()))? > FAILURES_IN_A_ROW {
            return Err(Error::PasswordOff);
        }
        if !self.verify_password(Some(user), &user.username, password)? {
            return Err(Error::Invalid(FieldErrors::one(field, "This is not your present password.")));
        }
        self.db.write(|conn| {
            db::throttles::clear_row(conn, &row)?;
            db::throttles::clear(conn, &throttle::SIGN_IN_ACCOUNT, &by)
        })
    }

    fn prove_strongest(&self, user: &User, session: i64, methods: &[Method], code: &str) -> Result<Method> {
        let wrong = |text: &str| Error::Invalid(FieldErrors::one("code", text));
        if code.trim().is_empty() {
            return Err(wrong("Type the code."));
        }
        if !methods.contains(&factor::method_of(&factor::typed_code(code))) {
            let text = match methods.first() {
                Some(Method::Totp) => "Type the six digits that your authenticator app shows now, or a recovery code.",
                _ => "Type the eight digits of the newest mail, or a recovery code.",
            };
            return Err(wrong(text));
        }
        self.prove_code(user.id, &binding(session), code).map_err(|error| match error {
            Error::BadCode => wrong("This code is wrong, was used already or has expired."),
            other => other,
        })
    }
}

/// The strongest method, and what stands in for it.
fn strongest(methods: Vec<Method>) -> Vec<Method> {
    let first = methods.first().copied();
    methods.into_iter().filter(|method| Some(*method) == first || *method == Method::Recovery).collect()
}
