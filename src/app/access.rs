//! What somebody may do beside what another one may, or beside what he might at another time; and what ends soon.

use super::{
    Actor, App, past,
    users::{AssignmentView, name_assignments},
};
use crate::{
    db::{self, Conn},
    domain::{
        Error, Result, Time,
        page::{ListQuery, Page},
        permission::USERS_READ,
        policy::{Holding, Rights},
        scope::Scope,
    },
};

/// What two have, or one at two moments.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Only the first has it, or he had it only at the first moment.
    pub only_first: Vec<Holding>,
    pub both: Vec<Holding>,
    pub only_second: Vec<Holding>,
}

impl Comparison {
    fn of(first: &Rights, second: &Rights) -> Self {
        let only_first = first.beyond(second);
        let both = first.list().into_iter().filter(|one| !only_first.contains(one)).collect();
        Self { both, only_second: second.beyond(first), only_first }
    }
}

impl App {
    /// What the user has with all his roles, now (`None`), or had, or will have, at another time: nothing while he is barred.
    pub(super) fn rights_at(&self, conn: &mut Conn, user_id: i64, at: Option<Time>) -> Result<Rights> {
        match at {
            None => {
                let user = db::users::get(conn, user_id)?;
                if user.bars.is_barred(self.now()) { Ok(Rights::none()) } else { self.rights(conn, user_id) }
            }
            Some(at) => {
                db::users::find_ever(conn, user_id)?.ok_or(Error::not_found("user"))?;
                past::rights(conn, user_id, at)
            }
        }
    }

    /// What each of two users has, now or at another time.
    pub fn compare_users(&self, actor: &Actor, first: i64, second: i64, at: Option<Time>) -> Result<Comparison> {
        self.may_ask_about(actor, first, &Scope::root())?;
        self.may_ask_about(actor, second, &Scope::root())?;
        self.read(|conn| Ok(Comparison::of(&self.rights_at(conn, first, at)?, &self.rights_at(conn, second, at)?)))
    }

    /// What a user has at each of two moments; `None`: now.
    pub fn compare_times(
        &self,
        actor: &Actor,
        user_id: i64,
        from: Option<Time>,
        to: Option<Time>,
    ) -> Result<Comparison> {
        self.may_ask_about(actor, user_id, &Scope::root())?;
        self.read(|conn| Ok(Comparison::of(&self.rights_at(conn, user_id, from)?, &self.rights_at(conn, user_id, to)?)))
    }

    /// The assignments in force that end within so many seconds, the next one first.
    pub fn ending(&self, actor: &Actor, within: i64, query: &ListQuery) -> Result<Page<AssignmentView>> {
        actor.require_everywhere(USERS_READ)?;
        self.read(|conn| {
            let now = self.now();
            let page = db::endings::list(conn, now, now.plus_seconds(within), query)?;
            let (total, next, prev) = (page.total, page.next, page.prev);
            Ok(Page { items: name_assignments(conn, page.items, now)?, total, next, prev })
        })
    }
}
