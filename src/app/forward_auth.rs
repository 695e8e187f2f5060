//! May this request go on to the application? Asked by a proxy, of whoever sent it.

use super::{Actor, App, Origin, memory::Fresh};
use crate::{
    db,
    domain::{
        Error, Result,
        forward::{Address, ForwardRule},
        permission::Pattern,
        scope::Scope,
        session::SEEN_EVERY,
        sign_in_rules::Enrolment,
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// What a request needs.
#[derive(Debug, Clone)]
pub enum Demand {
    /// All of these in this scope; none: a sign-in.
    Permissions(Vec<Pattern>, Scope),
    /// What the rule for this address says.
    Rule(Address),
}

/// Who sent a request that may go on, for the application.
#[derive(Debug, Clone)]
pub struct Passed {
    pub username: String,
    pub name: String,
    pub email: String,
    /// The names of the roles that he has, by inclusion too, where the permission was asked for, whatever the request.
    pub roles: BTreeSet<String>,
}

/// No rule is for this address, so nobody may.
pub const NO_RULE: &str = "no_rule";
/// The permission that it takes does not exist, so nobody has it.
pub const NOT_REGISTERED: &str = "permission_not_registered";

impl App {
    /// What proves the actor's session to [`App::forwarded_actor`]; `None`: he has none.
    pub fn forward_token(&self, actor: &Actor) -> Result<Option<String>> {
        let Some(id) = actor.session_id else { return Ok(None) };
        let live = self.live_session(self.fresh()?, id)?;
        Ok(Some(self.keys.forward_token(id, live.session.created_at)))
    }

    /// The actor of the session that the token proves, as long as it lives; notes that the session was seen. Only for
    /// [`App::verify`]: a token is sent to applications, and may prove nothing to Rolecall's own pages.
    pub fn forwarded_actor(&self, fresh: Fresh, token: &str, origin: Origin) -> Result<Actor> {
        let (id, began) = self.keys.read_forward_token(token).ok_or(Error::SignInRequired)?;
        let live = self.live_session(fresh, id)?;
        if live.session.created_at.unix() != began {
            return Err(Error::SignInRequired);
        }
        let actor = self.known_actor(fresh, id, origin)?;
        let now = self.now();
        if live.note_seen(now, SEEN_EVERY) {
            self.db.write(|conn| db::sessions::seen(conn, id, now))?;
        }
        Ok(actor)
    }

    /// Whether the actor's request may go on, by the rights that he has now. Conditions get no attributes.
    pub fn verify(&self, actor: &Actor, fresh: Fresh, demand: &Demand) -> Result<Passed> {
        let user = actor.who()?;
        if let Some(at) = actor.leaves_at() {
            return Err(Error::Leaving { at });
        }
        if actor.enrolment == Enrolment::Overdue {
            return Err(Error::EnrolmentRequired);
        }
        let scope = match demand {
            Demand::Permissions(permissions, scope) => {
                permissions.iter().try_for_each(|permission| self.pass(actor, fresh, permission, scope))?;
                scope.clone()
            }
            Demand::Rule(address) => {
                let rule = self.ruled(fresh, address)?;
                if let Some(permission) = &rule.permission {
                    self.pass(actor, fresh, permission, &rule.scope)?;
                }
                rule.scope.clone()
            }
        };
        Ok(Passed {
            username: user.username.clone(),
            name: user.name(),
            email: user.email.clone(),
            roles: self.memory.role_names(fresh, actor.rights.roles_in(&scope)),
        })
    }

    /// The rule for an address.
    pub(super) fn ruled(&self, fresh: Fresh, address: &Address) -> Result<Arc<ForwardRule>> {
        let rules = self.memory.forward(fresh);
        rules.find(address)?.cloned().ok_or_else(|| Error::Refused {
            code: NO_RULE,
            message: format!("no rule lets anybody pass to {}{}", address.host, address.path),
        })
    }

    /// That the actor has the permission; which counts as its use.
    fn pass(&self, actor: &Actor, fresh: Fresh, permission: &Pattern, scope: &Scope) -> Result<()> {
        let Some(id) = self.memory.permission(fresh, permission) else {
            let message = format!("this takes the permission {permission}, which is not registered");
            return Err(Error::Refused { code: NOT_REGISTERED, message });
        };
        if !actor.rights.cover(permission, scope) {
            return Err(Error::Forbidden { permission: permission.to_string() });
        }
        self.uses.note(actor.user_id()?, id, self.now());
        Ok(())
    }
}
