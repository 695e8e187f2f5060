//! Why: an answer with every link that led to it, or what is missing and who could give it.

use super::{
    Actor, App,
    checks::{Ask, Grounds},
    past,
};
use crate::{
    db::{self, Conn, holders::Who},
    domain::{
        Result, Time,
        page::{LIMIT_MAX, ListQuery},
        permission::{ASSIGNMENTS_WRITE, GIVE, Pattern},
        policy::{Miss, Path},
        role::{ADMIN, UserAssignment},
        scope::Scope,
        user::User,
    },
};
use std::collections::{BTreeSet, HashMap};

/// Roles that are proposed, and givers named for each, at most.
const PROPOSED: usize = 3;
const GIVERS: usize = 5;
/// Ways that have ended, at most.
const ENDED: usize = 3;
/// Roles that are weighed against each other, at most.
const WEIGHED: usize = 500;

/// A decision that tells its reasons, in names.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub user: User,
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
    /// When only that he is disabled stands in the way: the way.
    pub barred_path: Vec<Link>,
}

/// One link of a way.
#[derive(Debug, Clone)]
pub struct Link {
    /// `assignment`: user → role. `inclusion`: role → role. `grant`: role → permission pattern.
    pub kind: &'static str,
    pub id: i64,
    pub from: String,
    /// The role, or the user, of that name.
    pub from_id: i64,
    pub to: String,
    /// The role of that name; a pattern has none.
    pub to_id: Option<i64>,
    pub scope: Scope,
    pub condition: Option<String>,
    pub reason: String,
    pub given_at: Time,
    /// Empty: Rolecall itself, or the operator.
    pub given_by: String,
    pub given_by_id: Option<i64>,
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
    /// Some who may give it in that scope.
    pub givers: Vec<User>,
}

impl App {
    /// The answer to a question with its reasons.
    pub fn explain(&self, actor: &Actor, ask: &Ask) -> Result<Explanation> {
        let grounds = self.grounds(actor, ask)?;
        self.read(|conn| {
            let (decision, mut misses, mut barred) = (&grounds.decision, grounds.decision.misses.clone(), None);
            if !decision.allowed {
                let past = Past::read(conn, &grounds, ask)?;
                misses.extend(past.misses);
                barred = past.barred;
            }
            let paths = decision.path.iter().chain(&barred).chain(misses.iter().map(|(path, _)| path));
            let paths: Vec<&Path> = paths.collect();
            let links = Names::read(conn, &paths)?;
            let missing = if decision.allowed { vec![] } else { missing(conn, &grounds, &ask.permission, &ask.scope)? };
            Ok(Explanation {
                user: grounds.user.clone(),
                allowed: decision.allowed,
                revision: grounds.revision,
                valid_until: decision.valid_until,
                at: grounds.at,
                conditions: decision.path.iter().flat_map(|path| path.conditions.clone()).collect(),
                path: decision.path.as_ref().map(|path| links.of(path)).unwrap_or_default(),
                misses: misses.iter().map(|(path, miss)| links.near(path, miss, &ask.scope)).collect(),
                missing,
                disabled: grounds.disabled,
                barred_path: barred.map(|path| links.of(&path)).unwrap_or_default(),
            })
        })
    }
}

/// What a deny does not look at.
struct Past {
    /// Ways that have ended, the latest first.
    misses: Vec<(Path, Miss)>,
    /// The way that would lead there if the user were not barred.
    barred: Option<Path>,
}

impl Past {
    fn read(conn: &mut Conn, grounds: &Grounds, ask: &Ask) -> Result<Self> {
        let (graph, at) = (&grounds.graph, grounds.at);
        let hold = |row: &UserAssignment| if grounds.present { graph.hold_now(row) } else { graph.hold(row) };
        let rows = db::user_assignments::ever(conn, grounds.user.id)?;
        let is_over = |row: &UserAssignment| row.valid_to.is_some_and(|to| to <= at);
        let (mut over, current): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_over);
        over.retain(|row| row.valid_to > Some(row.valid_from));
        over.sort_by_key(|row| std::cmp::Reverse(row.valid_to));
        let decide =
            |rows: &[UserAssignment]| graph.decide(&rows.iter().map(hold).collect::<Vec<_>>(), &ask.question(at));
        let ended = over.chunks(1).flat_map(|one| decide(one).misses);
        Ok(Self { misses: ended.take(ENDED).collect(), barred: decide(&current).path.filter(|_| grounds.disabled) })
    }
}

/// The rows behind the ids of ways, by id, with the names in them.
pub(super) struct Names {
    links: HashMap<(&'static str, i64), Link>,
}

impl Names {
    pub(super) fn read(conn: &mut Conn, paths: &[&Path]) -> Result<Self> {
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
            .flat_map(|row| [Some(row.user_id), row.given_by])
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
            from: users.get(&row.user_id).cloned().unwrap_or_default(),
            from_id: row.user_id,
            to: role(row.role_id),
            to_id: Some(row.role_id),
            scope: Scope::from_stored(&row.scope),
            condition: row.condition,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            given_by_id: row.given_by,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let included = inclusions.into_iter().map(|row| Link {
            kind: "inclusion",
            id: row.id,
            from: role(row.senior_id),
            from_id: row.senior_id,
            to: role(row.junior_id),
            to_id: Some(row.junior_id),
            scope: Scope::root(),
            condition: None,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            given_by_id: row.given_by,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let granted = grants.into_iter().map(|row| Link {
            kind: "grant",
            id: row.id,
            from: role(row.role_id),
            from_id: row.role_id,
            to: row.pattern().to_string(),
            to_id: None,
            scope: Scope::root(),
            condition: row.condition,
            reason: row.reason,
            given_at: row.given_at,
            given_by: giver(row.given_by),
            given_by_id: row.given_by,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        });
        let links = assigned.chain(included).chain(granted).map(|link| ((link.kind, link.id), link)).collect();
        Ok(Self { links })
    }

    pub(super) fn of(&self, path: &Path) -> Vec<Link> {
        let keys = [("assignment", path.assignment)]
            .into_iter()
            .chain(path.inclusions.iter().map(|id| ("inclusion", *id)))
            .chain([("grant", path.grant)]);
        keys.filter_map(|key| self.links.get(&key).cloned()).collect()
    }

    fn near(&self, path: &Path, miss: &Miss, scope: &Scope) -> NearMiss {
        let (code, text) = told(miss, scope);
        NearMiss { path: self.of(path), code, text }
    }
}

/// What a way to the scope fails by: a code and a sentence.
pub(super) fn told(miss: &Miss, scope: &Scope) -> (&'static str, String) {
    match miss {
        Miss::Elsewhere(held) => ("elsewhere", format!("It holds in {held}, which does not cover {scope}.")),
        Miss::NotYet(from) => ("not_yet", format!("It begins at {from}.")),
        Miss::Ended(to) => ("ended", format!("It ended at {to}.")),
        Miss::Condition(text, None) => ("condition", format!("The condition {text} is not fulfilled.")),
        Miss::Condition(text, Some(why)) => ("condition", format!("The condition {text} cannot be told: {why}.")),
    }
}

/// The smallest roles that have the permission, those without a condition first, each with who may give it there. A role that
/// only includes such a one has as much or more, so the owners themselves are looked at.
fn missing(conn: &mut Conn, grounds: &Grounds, permission: &Pattern, scope: &Scope) -> Result<Vec<Missing>> {
    let (sure, mut owners) = grounds.graph.owners(permission);
    let graph = match grounds.present {
        true => grounds.graph.clone(),
        // Of another time the grounds hold what concerns the permission, and not what else its owners have.
        false => past::below(conn, owners.iter().copied().collect(), grounds.at)?,
    };
    owners.sort_by_key(|role| (graph.own_grants(*role).len(), *role));
    owners.truncate(WEIGHED);
    let names = db::roles::names(conn, &owners)?;
    let alone = owners.len() == 1;
    let mut roles: Vec<(bool, usize, String, i64)> = owners
        .into_iter()
        .filter_map(|id| Some((id, names.get(&id)?.clone())))
        // Everything is more than anybody lacks: it is proposed only when nothing else would do.
        .filter(|(_, name)| name != ADMIN || alone)
        .map(|(id, name)| (!sure.contains(&id), graph.patterns(id).len(), name, id))
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
            givers: givers(conn, grounds, role_id, &graph.patterns(role_id), scope)?,
        });
    }
    Ok(proposals)
}

/// Some who may give the role, which has these patterns, in the scope.
fn givers(
    conn: &mut Conn,
    grounds: &Grounds,
    role_id: i64,
    patterns: &BTreeSet<Pattern>,
    scope: &Scope,
) -> Result<Vec<User>> {
    let asked = [ASSIGNMENTS_WRITE.pattern(), Pattern::from_parts(GIVE, &role_id.to_string())];
    let [write, give] = &asked;
    let graph = match grounds.present {
        true => grounds.graph.clone(),
        false => past::above(conn, &asked, grounds.at)?,
    };
    let candidates: Vec<i64> = graph.roles_with(write).union(&graph.roles_with(give)).copied().collect();
    let query = ListQuery { limit: Some(LIMIT_MAX), ..ListQuery::default() };
    let page = db::holders::list(
        conn,
        &candidates,
        Some(&scope.covering()),
        (grounds.at, grounds.present, Who::Enabled),
        &query,
    )?;
    let mut givers = vec![];
    for user in page.items {
        let rights = match grounds.present {
            true => super::rights_now(conn, &graph, user.id, grounds.at)?,
            false => past::rights(conn, user.id, grounds.at)?,
        };
        let by_all = rights.cover(write, scope) && rights.missing(patterns, scope).is_empty();
        if by_all || rights.cover(give, scope) {
            givers.push(user);
        }
        if givers.len() == GIVERS {
            break;
        }
    }
    Ok(givers)
}
