//! What a user or a role had, and when: from the intervals themselves, whatever is left of the audit log.

use super::{Actor, App};
use crate::{
    db::{self, Conn, timelines::Of},
    domain::{
        Error, Result, Time,
        page::{Cursor, ListQuery, Page},
        permission::{AUDIT_READ, ROLES_READ, USERS_READ},
        role::Role,
        text,
        timeline::{Interval, Kind, MOST, Range, counts},
        user::User,
    },
};
use std::collections::{HashMap, HashSet};

/// An interval with its names.
#[derive(Debug, Clone)]
pub struct Stretch {
    pub interval: Interval,
    pub user: String,
    pub role: String,
    pub junior: String,
    pub given_by: String,
    pub ended_by: String,
    /// The audit events that tell of its beginning and its end, for whoever may read them.
    pub begun_in: Option<i64>,
    pub ended_in: Option<i64>,
}

/// A page of intervals.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub rows: Page<Stretch>,
    /// There are more than are looked at: only the latest are shown.
    pub cut: bool,
    /// How many had a role, at moments of the range; empty when that is not known whole.
    pub members: Vec<(Time, usize)>,
    /// When its user or role was deleted; what it was is still told.
    pub deleted_at: Option<Time>,
}

/// Moments at which members are counted.
const MOMENTS: i64 = 60;

impl App {
    /// The roles that a user had, and when he was barred; of a deleted user, too. Filter: a kind of interval. Words: of its
    /// names, place, permission and reasons.
    pub fn user_timeline(&self, actor: &Actor, id: i64, range: Range, query: &ListQuery) -> Result<(User, Timeline)> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| {
            let user = db::users::find_ever(conn, id)?.ok_or(Error::not_found("user"))?;
            let mut all = db::timelines::assignments(conn, Of::User(id), range)?;
            all.extend(db::timelines::suspended(conn, id, range)?);
            let timeline = Timeline { deleted_at: user.deleted_at, ..timeline(conn, actor, all, range, query)? };
            Ok((user, timeline))
        })
    }

    /// The permissions and inclusions of a role, and, for whoever may see users, its members; of a deleted role, too. Filter: a kind of interval.
    pub fn role_timeline(&self, actor: &Actor, id: i64, range: Range, query: &ListQuery) -> Result<(Role, Timeline)> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            let (role, deleted_at) = db::roles::find_ever(conn, id)?.ok_or(Error::not_found("role"))?;
            let mut all = db::timelines::permissions(conn, id, range)?;
            all.extend(db::timelines::inclusions(conn, id, range)?);
            if actor.can(USERS_READ) {
                all.extend(db::timelines::assignments(conn, Of::Role(id), range)?);
            }
            Ok((role, Timeline { deleted_at, ..timeline(conn, actor, all, range, query)? }))
        })
    }
}

fn timeline(
    conn: &mut Conn,
    actor: &Actor,
    mut all: Vec<Interval>,
    range: Range,
    query: &ListQuery,
) -> Result<Timeline> {
    let cut = i64::try_from(all.len()).is_ok_and(|n| n > MOST);
    all.truncate(usize::try_from(MOST).unwrap_or_default());
    let members = match all.iter().any(|one| one.kind == Kind::Assignment) && !cut {
        true => {
            let held: Vec<Interval> = all.iter().filter(|one| one.kind == Kind::Assignment).cloned().collect();
            counts(&held, range, MOMENTS)
        }
        false => vec![],
    };
    all.retain(|one| query.filter.is_empty() || query.filter == one.kind.as_str());
    if !query.q.trim().is_empty() {
        let names = Names::read(conn, &all)?;
        let words = text::fold(&query.q);
        all.retain(|one| names.say(one, &words));
    }
    let (sort, downward) = query.order("Time lines", &["what", "from"], "what")?;
    let from = |one: &Interval| if sort == "from" { one.from.rfc3339() } else { String::new() };
    // What is of one thing stands together.
    let key = |one: &Interval| {
        let of = (one.role_id.unwrap_or_default(), one.junior_id.unwrap_or_default(), one.user_id.unwrap_or_default());
        let what = (one.kind.as_str().to_owned(), of, one.pattern.clone(), one.scope.clone());
        (from(one), what, one.from.rfc3339(), one.id)
    };
    let page = Cursor::slice(all, query, downward, key)?;
    let (total, next, prev) = (page.total, page.next, page.prev);
    let rows = Page { items: named(conn, actor, page.items)?, total, next, prev };
    Ok(Timeline { rows, cut, members, deleted_at: None })
}

/// The users and roles that intervals speak of, by id.
struct Names {
    users: HashMap<i64, String>,
    roles: HashMap<i64, String>,
}

impl Names {
    fn read(conn: &mut Conn, rows: &[Interval]) -> Result<Self> {
        let (mut users, mut roles) = (HashSet::new(), HashSet::new());
        for one in rows {
            users.extend([one.user_id, one.given.by, one.ended.as_ref().and_then(|end| end.by)].into_iter().flatten());
            roles.extend([one.role_id, one.junior_id].into_iter().flatten());
        }
        let (users, roles): (Vec<i64>, Vec<i64>) = (users.into_iter().collect(), roles.into_iter().collect());
        Ok(Self { users: db::users::names(conn, &users)?, roles: db::roles::names(conn, &roles)? })
    }

    fn user(&self, id: Option<i64>) -> String {
        id.and_then(|id| self.users.get(&id)).cloned().unwrap_or_default()
    }

    fn role(&self, id: Option<i64>) -> String {
        id.and_then(|id| self.roles.get(&id)).cloned().unwrap_or_default()
    }

    /// Whether all the words, which are folded, stand in what an interval is of, where, by whom or why.
    fn say(&self, one: &Interval, words: &str) -> bool {
        let (by, reason) = one.ended.as_ref().map_or((None, ""), |end| (end.by, end.reason.as_str()));
        let names = [self.role(one.role_id), self.role(one.junior_id), self.user(one.user_id)];
        let givers = [self.user(one.given.by), self.user(by)];
        let told = [names.join(" "), givers.join(" "), one.pattern.clone(), one.scope.clone()].join(" ");
        let told = text::fold(&[told.as_str(), &one.given.reason, reason].join(" "));
        words.split_whitespace().all(|word| told.contains(word))
    }
}

fn named(conn: &mut Conn, actor: &Actor, rows: Vec<Interval>) -> Result<Vec<Stretch>> {
    let names = Names::read(conn, &rows)?;
    let times = rows.iter().flat_map(|one| [Some(one.given.at), one.ended.as_ref().map(|end| end.at)]).flatten();
    let times: Vec<Time> = times.collect::<HashSet<_>>().into_iter().collect();
    let things: Vec<i64> = names.users.keys().chain(names.roles.keys()).copied().collect();
    let events = match actor.can(AUDIT_READ) {
        true => db::timelines::events(conn, &times, &things)?,
        false => HashMap::new(),
    };
    let (user, role) = (|id| names.user(id), |id| names.role(id));
    let event = |one: &Interval, at: Time| {
        let (kind, id) = match one.user_id {
            Some(id) => ("user", id),
            None => ("role", one.role_id?),
        };
        events.get(&(at, kind.to_owned(), id)).copied()
    };
    let stretch = |interval: Interval| Stretch {
        user: user(interval.user_id),
        role: role(interval.role_id),
        junior: role(interval.junior_id),
        given_by: user(interval.given.by),
        ended_by: user(interval.ended.as_ref().and_then(|end| end.by)),
        begun_in: event(&interval, interval.given.at),
        ended_in: interval.ended.as_ref().and_then(|end| event(&interval, end.at)),
        interval,
    };
    Ok(rows.into_iter().map(stretch).collect())
}
