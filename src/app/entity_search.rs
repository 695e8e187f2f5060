//! Searches as the AuthZEN API has them: who may do this here, where may he do it, what may he do here. Whatever is found is
//! allowed by [`App::evaluate`], asked with the same properties.

use super::{
    Actor, App,
    evaluations::unknown,
    memory::{Fresh, Who},
    rights_now,
};
use crate::{
    db,
    domain::{
        Error, Result,
        authzen::{Tuple, USER},
        page::{Cursor, LIMIT_MAX, ListQuery},
        permission::{CHECKS_READ, Pattern, USERS_READ},
        policy::{Graph, Held, Question},
        scope::Scope,
        text,
    },
};
use std::sync::Arc;

/// Candidates that are looked at for one page; what is not found by then is on the next.
const LOOKED_AT: usize = 1000;
/// Scopes that are read at once.
const STEPS: usize = 200;
/// Follows whatever a path may contain.
const LAST: char = '\u{7f}';

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Usernames, ids of resources or names of actions.
    pub names: Vec<String>,
    /// Where the next page begins; `None`: there is no more.
    pub next: Option<String>,
    /// The state by which it was found.
    pub revision: i64,
    /// Of a search for resources: where the subject has the permission, known resources or not.
    pub scopes: Vec<Scope>,
}

/// Of whom and by what a search decides.
struct Ground {
    graph: Arc<Graph>,
    held: Arc<[Held]>,
    revision: i64,
}

impl App {
    /// The users of whom the rest of the request is true, by name.
    pub fn subjects_allowed(&self, actor: &Actor, tuple: &Tuple, from: &str, limit: usize) -> Result<Found> {
        let asked = self.asked(tuple);
        let everywhere = Scope::root();
        let place = asked.as_ref().map_or(&everywhere, |(_, scope)| scope);
        actor.require(CHECKS_READ, place).and(actor.require_everywhere(USERS_READ))?;
        self.read(|conn| {
            let (now, revision) = (self.now(), db::revision::current(conn)?);
            let Ok((permission, scope)) = &asked else { return Ok(Found::nothing(revision)) };
            let name = permission.to_string();
            if tuple.subject.kind != USER || db::permissions::find_by_name(conn, &name)?.is_none() {
                return Ok(Found::nothing(revision));
            }
            let graph = self.graph(conn)?;
            let roles: Vec<i64> = graph.roles_with_possibly(permission).into_iter().collect();
            let (covering, mut page) = (scope.covering(), Window::new(limit));
            let mut query = ListQuery { cursor: from.to_owned(), limit: Some(LIMIT_MAX), ..ListQuery::default() };
            loop {
                let users =
                    db::holders::list(conn, &roles, Some(&covering), (now, true, db::holders::Who::Enabled), &query)?;
                for user in users.items {
                    let mut asked = tuple.clone();
                    asked.subject.id.clone_from(&user.username);
                    let attributes = asked.attributes();
                    let question = Question { permission, scope, at: now, attributes: &attributes };
                    let rights = rights_now(conn, &graph, user.id, now)?;
                    let here = Cursor::write((text::fold(&user.username), user.id), false);
                    if page.look(user.username, here, graph.allows(rights.held(), &question)) {
                        return Ok(page.found(revision));
                    }
                }
                match users.next {
                    Some(next) => query.cursor = next,
                    None => return Ok(page.finished(revision)),
                }
            }
        })
    }

    /// The resources of the type for which the rest of the request is true, by id: those that an assignment has named as
    /// its scope, or as a part of it.
    pub fn resources_allowed(
        &self,
        actor: &Actor,
        fresh: Fresh,
        tuple: &Tuple,
        from: &str,
        limit: usize,
    ) -> Result<Found> {
        let above = tuple.scope_of_kind();
        let everywhere = Scope::root();
        let user = self.searched(actor, tuple, above.as_ref().unwrap_or(&everywhere))?;
        let revision = self.memory.revision(fresh);
        let (Some(user), Some(permission), Ok(above)) = (user, tuple.permission(), above) else {
            return Ok(Found::nothing(revision));
        };
        let Some(ground) = self.ground(user, &permission)? else { return Ok(Found::nothing(revision)) };
        let below = format!("{}/", above.as_str());
        if !from.is_empty() && !from.starts_with(&below) {
            return Err(unknown("page.token", "This token belongs to another search.".to_owned()));
        }
        let allows = |id: &str| {
            let mut asked = tuple.clone();
            id.clone_into(&mut asked.resource.id);
            let (Ok(scope), attributes) = (asked.scope(), asked.attributes()) else { return false };
            let question = Question { permission: &permission, scope: &scope, at: self.now(), attributes: &attributes };
            ground.graph.allows(&ground.held, &question)
        };
        let (mut page, mut at, mut last) = (Window::new(limit), from.to_owned(), String::new());
        let found = self.read(|conn| {
            loop {
                let steps = db::scopes::below(conn, &above, &at, i64::try_from(STEPS).unwrap_or(i64::MAX))?;
                let finished = steps.len() < STEPS;
                for step in steps {
                    let path = step.strip_prefix(&below).unwrap_or_default();
                    let (part, deep) = path.split_once('/').map_or((path, false), |(part, _)| (part, true));
                    if part == last {
                        continue;
                    }
                    part.clone_into(&mut last);
                    let itself = format!("{below}{part}");
                    // What lies deeper may come long after its own scope: `a`, `a-b`, `a/c`.
                    let again = deep && db::scopes::is_named(conn, &itself)?;
                    at = if deep { format!("{itself}/{LAST}") } else { step.clone() };
                    let id = Scope::name_of(part).filter(|id| !again && allows(id));
                    let is_found = id.is_some();
                    if page.look(id.unwrap_or_default(), at.clone(), is_found) {
                        return Ok(page.found(ground.revision));
                    }
                }
                if finished {
                    return Ok(page.finished(ground.revision));
                }
            }
        })?;
        let rights = super::Rights::new(ground.graph.clone(), ground.held.clone(), self.now());
        Ok(Found { scopes: rights.scopes_of(&permission), ..found })
    }

    /// The actions on the resource that the subject may take, by name.
    pub fn actions_allowed(
        &self,
        actor: &Actor,
        fresh: Fresh,
        tuple: &Tuple,
        from: &str,
        limit: usize,
    ) -> Result<Found> {
        let scope = tuple.scope();
        let everywhere = Scope::root();
        let user = self.searched(actor, tuple, scope.as_ref().unwrap_or(&everywhere))?;
        let (Some(user), Ok(scope)) = (user, scope) else {
            return Ok(Found::nothing(self.memory.revision(fresh)));
        };
        let kind = text::fold(&tuple.resource.kind);
        let registered = self.read(|conn| db::permissions::of_resource(conn, &kind))?;
        let Some(ground) = self.ground(user, &Pattern::from_parts(&kind, "*"))? else {
            return Ok(Found::nothing(self.memory.revision(fresh)));
        };
        let mut names: Vec<String> = registered.into_iter().map(|permission| permission.action).collect();
        names.sort_unstable();
        let mut page = Window::new(limit);
        for name in names.into_iter().filter(|name| name.as_str() > from) {
            let mut asked = tuple.clone();
            (asked.action.name, asked.action.properties) = (name.clone(), serde_json::Map::new());
            let (Some(permission), attributes) = (asked.permission(), asked.attributes()) else { continue };
            let question = Question { permission: &permission, scope: &scope, at: self.now(), attributes: &attributes };
            if page.look(name.clone(), name, ground.graph.allows(&ground.held, &question)) {
                return Ok(page.found(ground.revision));
            }
        }
        Ok(page.finished(ground.revision))
    }

    /// The id of the subject of whom the actor may ask there; `None`: there is no such subject.
    fn searched(&self, actor: &Actor, tuple: &Tuple, scope: &Scope) -> Result<Option<i64>> {
        actor.user_id()?;
        match self.subject_of(actor, tuple) {
            Ok(user) => self.may_ask_about(actor, user, scope).map(|()| Some(user)),
            Err(Error::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the user has at present; `None`: the permission is not registered, or he was deleted.
    fn ground(&self, user: i64, permission: &Pattern) -> Result<Option<Ground>> {
        let view = match self.load_view(Who::User(user), permission) {
            Ok(view) => view,
            Err(Error::Invalid(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let known = view.permission.is_some() || !permission.is_single();
        let held = self.counting(&view, self.now());
        Ok(known.then(|| Ground { held, revision: view.revision, graph: view.graph }))
    }
}

impl Found {
    fn nothing(revision: i64) -> Self {
        Self { names: vec![], next: None, revision, scopes: vec![] }
    }
}

/// A page that is being filled, with one more, which tells that there is a next.
struct Window {
    limit: usize,
    looked: usize,
    /// With where each stands.
    found: Vec<(String, String)>,
    /// Where the last stood that was looked at.
    at: String,
}

impl Window {
    fn new(limit: usize) -> Self {
        Self { limit, looked: 0, found: vec![], at: String::new() }
    }

    /// Whether the page is full, or enough was looked at.
    fn look(&mut self, name: String, at: String, is_found: bool) -> bool {
        self.looked += 1;
        self.at.clone_from(&at);
        if is_found {
            self.found.push((name, at));
        }
        self.found.len() > self.limit || self.looked >= LOOKED_AT
    }

    /// There is more.
    fn found(mut self, revision: i64) -> Found {
        let overfull = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        let last = self.found.last().map(|(_, at)| at.clone());
        let next = if overfull { last.unwrap_or_default() } else { self.at };
        Found {
            names: self.found.into_iter().map(|(name, _)| name).collect(),
            next: Some(next),
            revision,
            scopes: vec![],
        }
    }

    /// There was no more.
    fn finished(self, revision: i64) -> Found {
        Found { next: None, ..self.found(revision) }
    }
}
