//! Who asks. No App method that needs rights can be called without one.

use super::App;
use crate::{
    db,
    domain::{Error, Result, permission::Right, policy::Rights, scope::Scope, user::User},
};

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub ip: String,
    pub user_agent: String,
    pub request_id: String,
}

#[derive(Debug, Clone)]
pub struct Actor {
    /// `None`: nobody is signed in, or the operator at the machine.
    pub id: Option<i64>,
    pub name: String,
    pub session_id: Option<i64>,
    pub rights: Rights,
    pub origin: Origin,
    user: Option<User>,
}

impl Actor {
    /// Somebody who is not signed in.
    pub fn anonymous(origin: Origin) -> Self {
        Self { id: None, name: String::new(), session_id: None, rights: Rights::default(), origin, user: None }
    }

    /// Whoever can run commands on the machine: he has the database and the keys anyway.
    pub fn operator() -> Self {
        let origin = Origin { ip: "local".into(), ..Origin::default() };
        Self { name: "operator".into(), rights: Rights::everything(), ..Self::anonymous(origin) }
    }

    /// The signed-in user, or [`Error::SignInRequired`].
    pub fn user(&self) -> Result<&User> {
        self.user.as_ref().ok_or(Error::SignInRequired)
    }

    pub fn user_id(&self) -> Result<i64> {
        self.id.ok_or(Error::SignInRequired)
    }

    /// Whether the actor holds the right everywhere.
    pub fn can(&self, right: Right) -> bool {
        self.rights.cover(&right.pattern(), &Scope::root())
    }

    /// Whether the actor holds any of Rolecall's own rights: then he has a panel.
    pub fn is_some_admin(&self) -> bool {
        crate::domain::permission::BUILT_IN.iter().any(|right| self.can(*right))
    }

    /// The first line of every App method that is not for everybody.
    pub fn require(&self, right: Right, scope: &Scope) -> Result<()> {
        if self.rights.cover(&right.pattern(), scope) {
            Ok(())
        } else if self.id.is_none() {
            Err(Error::SignInRequired)
        } else {
            Err(Error::Forbidden { permission: right.name() })
        }
    }

    /// That the actor holds the right in some scope; the scope that counts is known only after a look at the data.
    pub fn require_somewhere(&self, right: Right) -> Result<()> {
        if self.rights.cover_somewhere(&right.pattern()) { Ok(()) } else { self.require_everywhere(right) }
    }

    /// As [`Actor::require`], everywhere.
    pub fn require_everywhere(&self, right: Right) -> Result<()> {
        self.require(right, &Scope::root())
    }
}

impl App {
    /// The actor of a live session; [`Error::SignInRequired`] if its user is gone or disabled.
    pub fn actor(&self, session_id: i64, origin: Origin) -> Result<Actor> {
        self.read(|conn| {
            let now = self.now();
            let session =
                db::sessions::find(conn, session_id, self.config.sign_in.limits, now)?.ok_or(Error::SignInRequired)?;
            let user = db::users::find(conn, session.user_id)?
                .filter(|user| !user.is_disabled())
                .ok_or(Error::SignInRequired)?;
            let graph = Self::graph(conn, now)?;
            let rights = Self::rights(conn, &graph, user.id, now)?;
            Ok(Actor {
                id: Some(user.id),
                name: user.username.clone(),
                session_id: Some(session_id),
                rights,
                origin,
                user: Some(user),
            })
        })
    }
}
