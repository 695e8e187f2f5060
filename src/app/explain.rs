//! Why: an answer with every link that led to it, or what is missing and who could give it.

use super::{
    Actor, App,
    checks::{Ask, Grounds},
};
use crate::{
    db::{self, Conn},
    domain::{
        Result, Time,
        page::{LIMIT_MAX, ListQuery},
        permission::{ASSIGNMENTS_WRITE, GIVE, Pattern},
        policy::{Miss, Path},
        role::ADMIN,
        scope::Scope,
    },
};
use std::collections::{BTreeSet, HashMap};

/// Roles that are proposed, and givers named for each, at most.
const PROPOSED: usize = 3;
const GIVERS: usize = 5;

/// A decision that tells its reasons, in names.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub user_id: i64,
    pub username: String,
    pub allowed: bool,
    pub revision: i64,
    pub valid_until: Option<Time>,
    pub at: Time,
    /// When allowed: from the user down to the permission.
    pub path: Vec<Link>,
    /// Conditions that were fulfilled on that way.
    pub conditions: Vec<String>,
    /// When denied: what comes near.
    pub misses: Vec<NearMiss>,
    /// When denied: the smallest roles that would do.
    pub missing: Vec<Missing>,
    pub disabled: bool,
}

/// One link of a way.
#[derive(Debug, Clone)]
pub struct Link {
    /// `assignment`: user → role. `inclusion`: role → role. `grant`: role → permission pattern.
    pub kind: &'static str,
    pub id: i64,
    pub from: String,
    pub to: String,
    pub scope: Scope,
    pub condition: Option<String>,
    pub reason: String,
    pub given_at: Time,
    /// Empty: Rolecall itself, or the operator.
    pub given_by: String,
    pub valid_from: Time,
    pub valid_to: Option<Time>,
}

/// A way that would lead there if one thing were otherwise.
#[derive(Debug, Clone)]
pub struct NearMiss {
    pub path: Vec<Link>,
    pub code: &'static str,
    pub text: String,
}

/// What would make the answer yes.
#[derive(Debug, Clone)]
pub struct Missing {
    pub role_id: i64,
    pub role: String,
    /// Patterns that it would give in all: the fewer, the less too much.
    pub patterns: usize,
    /// It would do only for requests that fulfil a condition.
    pub conditional: bool,
    /// Who may give it in that scope.
    pub givers: Vec<String>,
}

impl App {
    /// The answer to a question with its reasons.
    pub fn explain(&self, actor: &Actor, ask: &Ask) -> Result<Explanation> {
        let grounds = self.grounds(actor, ask)?;
        self.read(|conn| {
            let decision = &grounds.decision;
            let paths: Vec<&Path> = decision.path.iter().chain(decision.misses.iter().map(|(path, _)| path)).collect();
            let links = Names::read(conn, &paths)?;
            let missing = if decision.allowed { vec![] } else { missing(conn, &grounds, &ask.permission, &ask.scope)? };
            Ok(Explanation {
                user_id: grounds.user.id,
                username: grounds.user.username.clone(),
                allowed: decision.allowed,
                revision: grounds.revision,
                valid_until: decision.valid_until,
                at: grounds.at,
                conditions: decision.path.iter().flat_map(|path| path.conditions.clone()).collect(),
                path: decision.path.as_ref().map(|path| links.of(path, &grounds.user.username)).unwrap_or_default(),
                misses: decision.misses.iter().map(|(path, miss)| links.near(path, miss, &grounds, ask)).collect(),
                missing,
                disabled: grounds.disabled,
            })
        })
    }
}

/// The rows behind the ids of ways, by id, with the names in them.
struct Names {
    links: HashMap<(&'static str, i64), Link>,
}

impl Names {
    fn read(conn: &mut Conn, paths: &[&Path]) -> Result<Self> {
        let ids = |f: fn(&Path) -> Vec<i64>| -> Vec<i64> {
            paths.iter().flat_map(|path| f(path)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let assignments = db::user_assignments::by_ids(conn, &ids(|path| vec![path.assignment]))?;
        let inclusions = db::role_inclusions::by_ids(conn, &ids(|path| path.inclusions.clone()))?;
        let grants = db::permission_assignments::by_ids(conn, &ids(|path| vec![path.grant]))?;
        let roles = db::roles::names(
            conn,
            &assignments
                .iter()
                .map(|row| row.role_id)
                .chain(inclusions.iter().flat_map(|row| [row.senior_id, row.junior_id]))
                .chain(grants.iter().map(|row| row.role_id))
                .collect::<Vec<_>>(),
        )?;
        let people: Vec<i64> = assignments
            .iter()
            .map(|row| row.given_by)
            .chain(inclusions.iter().map(|row| row.given_by))
            .chain(grants.iter().map(|row| row.given_by))
            .flatten()
            .collect();
        let users = db::users::names(conn, &people)?;
        let giver = |id: Option<i64>| id.and_then(|id| users.get(&id)).cloned().unwrap_or_default();
        let role = |id: i64| roles.get(&id).cloned().unwrap_or_default();
        let assigned = assignments.into_iter().map(|row| Link {
            kind: "assignment",
            id: row.id,
            from: String::new(),
            to: role(row.role_id),
            scope: Scope::from_stored(&row.scope),
            condition: row.condition,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let included = inclusions.into_iter().map(|row| Link {
            kind: "inclusion",
            id: row.id,
            from: role(row.senior_id),
            to: role(row.junior_id),
            scope: Scope::root(),
            condition: None,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let granted = grants.into_iter().map(|row| Link {
            kind: "grant",
            id: row.id,
            from: role(row.role_id),
            to: row.pattern().to_string(),
            scope: Scope::root(),
            condition: row.condition,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let links = assigned.chain(included).chain(granted).map(|link| ((link.kind, link.id), link)).collect();
        Ok(Self { links })
    }

    fn of(&self, path: &Path, username: &str) -> Vec<Link> {
        let keys = [("assignment", path.assignment)]
            .into_iter()
            .chain(path.inclusions.iter().map(|id| ("inclusion", *id)))
            .chain([("grant", path.grant)]);
        let mut links: Vec<Link> = keys.filter_map(|key| self.links.get(&key).cloned()).collect();
        if let Some(first) = links.first_mut().filter(|link| link.kind == "assignment") {
            username.clone_into(&mut first.from);
        }
        links
    }

    fn near(&self, path: &Path, miss: &Miss, grounds: &Grounds, ask: &Ask) -> NearMiss {
        let (code, text) = match miss {
            Miss::Elsewhere(scope) => {
                ("elsewhere", format!("It holds in {scope}, which does not cover {}.", ask.scope))
            }
            Miss::NotYet(from) => ("not_yet", format!("It begins at {from}.")),
            Miss::Ended(to) => ("ended", format!("It ended at {to}.")),
            Miss::Condition(text, None) => ("condition", format!("The condition {text} is not fulfilled.")),
            Miss::Condition(text, Some(why)) => ("condition", format!("The condition {text} cannot be told: {why}.")),
        };
        NearMiss { path: self.of(path, &grounds.user.username), code, text }
    }
}

/// The smallest roles that have the permission, those without a condition first, each with who may give it there.
fn missing(conn: &mut Conn, grounds: &Grounds, permission: &Pattern, scope: &Scope) -> Result<Vec<Missing>> {
    let (sure, having) = (grounds.graph.roles_with(permission), grounds.graph.roles_with_possibly(permission));
    let mut roles: Vec<(bool, usize, String, i64)> = db::roles::all(conn)?
        .into_iter()
        .filter(|role| having.contains(&role.id))
        // Everything is more than anybody lacks: it is proposed only when nothing else would do.
        .filter(|role| role.name != ADMIN || having.len() == 1)
        .map(|role| (!sure.contains(&role.id), grounds.graph.patterns(role.id).len(), role.name, role.id))
        .collect();
    roles.sort();
    roles.truncate(PROPOSED);
    let mut proposals = vec![];
    for (conditional, patterns, role, role_id) in roles {
        proposals.push(Missing {
            role_id,
            role,
            patterns,
            conditional,
            givers: givers(conn, grounds, role_id, scope)?,
        });
    }
    Ok(proposals)
}

/// Usernames of some who may give the role in the scope.
fn givers(conn: &mut Conn, grounds: &Grounds, role_id: i64, scope: &Scope) -> Result<Vec<String>> {
    let give = Pattern::from_parts(GIVE, &role_id.to_string());
    let graph = &grounds.graph;
    let candidates: Vec<i64> =
        graph.roles_with(&ASSIGNMENTS_WRITE.pattern()).union(&graph.roles_with(&give)).copied().collect();
    let query = ListQuery { limit: Some(LIMIT_MAX), ..ListQuery::default() };
    let page = db::user_assignments::holders(
        conn,
        &candidates,
        Some(&scope.covering()),
        (grounds.at, grounds.present),
        &query,
    )?;
    let patterns = graph.patterns(role_id);
    let mut givers = vec![];
    for user in page.items {
        let rights = if grounds.present { super::rights_now } else { super::rights_as_of };
        let rights = rights(conn, graph, user.id, grounds.at)?;
        let by_all = rights.cover(&ASSIGNMENTS_WRITE.pattern(), scope) && rights.missing(&patterns, scope).is_empty();
        if by_all || rights.cover(&give, scope) {
            givers.push(user.username);
        }
        if givers.len() == GIVERS {
            break;
        }
    }
    Ok(givers)
}
