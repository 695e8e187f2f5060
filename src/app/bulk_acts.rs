//! One act on many users in one transaction: who can be changed is changed, by a few statements; of the others it is told
//! why not. The guards are those of the act on one user.

use super::{
    Entry, Tx,
    assignments::{GAVE, TOOK, assignment_json},
    rights_now,
    users::bars_entry,
};
use crate::{
    db,
    domain::{
        Error, Result, Time,
        bars::{Bars, Disabling},
        bulk::{Act, Bulk, Row},
        job::Outcome,
        permission::{BUILT_IN, Pattern},
        policy::{Held, Rights},
        role::{ADMIN, Assign, UserAssignment},
        scope::Scope,
        session::ended,
        sign_in_rules::Demand,
        user::User,
    },
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};

const LAST_ADMIN: &str =
    "one of the last who hold the role admin everywhere and without end: give it to somebody else first";

/// Those to whom the act is still to be done, and what came of the others.
struct Chosen {
    users: Vec<User>,
    rows: Vec<Row>,
}

impl Chosen {
    fn ids(&self) -> Vec<i64> {
        self.users.iter().map(|user| user.id).collect()
    }

    /// Leaves out those for whom `is` holds.
    fn leave_out(&mut self, outcome: Outcome, why: &str, is: impl Fn(&User) -> bool) {
        let rows = &mut self.rows;
        self.users.retain(|user| {
            let out = is(user);
            if out {
                rows.push((user.id, outcome, why.to_owned()));
            }
            !out
        });
    }
}

impl Tx<'_> {
    /// Does the act to those of the users to whom it can be done. What came of each, by id.
    pub(super) fn bulk(&mut self, bulk: &Bulk, ids: &[i64]) -> Result<Vec<Row>> {
        let (before, logged) = ((self.touched.clone(), self.revision, self.mailed, self.undoable), self.log.len());
        db::mark(self.conn)?;
        let mut rows = self.act(bulk, ids)?;
        let breakers = self.breakers()?;
        let breaks = |id: &i64| breakers.contains_key(id);
        if ids.iter().any(breaks) {
            db::back_to_mark(self.conn)?;
            (self.touched, self.revision, self.mailed, self.undoable) = before;
            self.log.truncate(logged);
            let rest: Vec<i64> = ids.iter().copied().filter(|id| !breaks(id)).collect();
            rows = self.act(bulk, &rest)?;
            let refused = ids.iter().filter_map(|id| {
                let name = breakers.get(id)?;
                Some((*id, Outcome::Refused, format!("the constraint “{name}” would be broken")))
            });
            rows.extend(refused);
        }
        rows.sort_by_key(|(id, ..)| *id);
        Ok(rows)
    }

    fn act(&mut self, bulk: &Bulk, ids: &[i64]) -> Result<Vec<Row>> {
        let users = db::selections::users(self.conn, ids)?;
        let there: HashSet<i64> = users.iter().map(|user| user.id).collect();
        let gone = ids.iter().filter(|id| !there.contains(id));
        let rows = gone.map(|id| (*id, Outcome::Refused, "does not exist any more".to_owned())).collect();
        let mut chosen = Chosen { users, rows };
        match &bulk.act {
            Act::GiveRole(assign) => self.give_to(&mut chosen, assign, bulk)?,
            Act::TakeRole(role_id) => {
                self.keeping_an_admin(|tx| tx.take_from(&mut chosen, *role_id, bulk))?;
            }
            Act::Disable => self.keeping_an_admin(|tx| tx.disable(&mut chosen, bulk))?,
            Act::Enable => self.enable(&mut chosen, bulk)?,
            Act::EndSessions => self.sign_out(&mut chosen, bulk)?,
            Act::RequireSecondFactor(due) => self.require_factor(&mut chosen, *due, bulk)?,
            Act::WaiveSecondFactor => self.waive_factor(&mut chosen, bulk)?,
            Act::SendReset => self.send_resets(&mut chosen)?,
        }
        let Chosen { users, mut rows } = chosen;
        rows.extend(users.into_iter().map(|user| (user.id, Outcome::Done, String::new())));
        Ok(rows)
    }

    fn give_to(&mut self, chosen: &mut Chosen, assign: &Assign, bulk: &Bulk) -> Result<()> {
        let role = db::roles::get(self.conn, assign.role_id)?;
        self.check_dates(assign)?;
        let rows = db::user_assignments::of_role_and_users(self.conn, role.id, &chosen.ids(), self.now)?;
        let have: HashSet<i64> =
            rows.iter().filter(|row| row.scope == assign.scope.as_str()).map(|row| row.user_id).collect();
        chosen.leave_out(Outcome::Already, "has the role already", |user| have.contains(&user.id));
        let made = self.assign_all(assign, &chosen.ids())?;
        let of_user: HashMap<i64, UserAssignment> = made.into_iter().map(|row| (row.user_id, row)).collect();
        let given = || chosen.users.iter().filter_map(|user| Some((user, of_user.get(&user.id)?)));
        self.audit_all(given().map(|(user, row)| Entry {
            after: Some(assignment_json(row, &role.name)),
            reason: &bulk.reason,
            ..on("role.give", user)
        }))?;
        if bulk.tell && !self.actor.dry_run {
            let tell = |(user, row)| self.rights_message(user, row, &role.name, GAVE, &bulk.reason);
            let messages = given().map(tell).collect::<Result<Vec<_>>>()?;
            self.mail_all(messages)?;
        }
        Ok(())
    }

    fn take_from(&mut self, chosen: &mut Chosen, role_id: i64, bulk: &Bulk) -> Result<()> {
        let role = db::roles::get(self.conn, role_id)?;
        let mut of_user: HashMap<i64, Vec<UserAssignment>> = HashMap::new();
        for row in db::user_assignments::of_role_and_users(self.conn, role_id, &chosen.ids(), self.now)? {
            of_user.entry(row.user_id).or_default().push(row);
        }
        let why = "does not have the role by an assignment of its own";
        chosen.leave_out(Outcome::Already, why, |user| !of_user.contains_key(&user.id));
        let places: BTreeSet<String> = of_user.values().flatten().map(|row| row.scope.clone()).collect();
        for place in places {
            let scope = Scope::from_stored(&place);
            let may =
                self.actor.require_giving(role_id, &scope).and_then(|()| self.require_may_give_role(role_id, &scope));
            if let Err(error) = may {
                let there = |user: &User| of_user.get(&user.id).into_iter().flatten().any(|row| row.scope == place);
                chosen.leave_out(Outcome::Refused, &refusal(error)?, there);
            }
        }
        if self.would_shut_myself_out(chosen, role_id)? {
            let why = "this is you: you would lose rights in this panel; take the role on your own page if you mean it";
            chosen.leave_out(Outcome::Spared, why, |user| Some(user.id) == self.actor.id);
        }
        if role.name == ADMIN {
            self.refuse_last_admins(chosen)?;
        }
        let ids = chosen.ids();
        let taken: Vec<UserAssignment> = ids.iter().filter_map(|id| of_user.get(id)).flatten().cloned().collect();
        db::user_assignments::end_all(self.conn, &taken, self.actor.id, &bulk.reason, self.now)?;
        self.touch_all("user", &ids)?;
        self.end_sessions_of_losers(&ids, role_id)?;
        let lost = || {
            let of = |user| of_user.get(&user).into_iter().flatten();
            chosen.users.iter().flat_map(move |user| of(user.id).map(move |row| (user, row)))
        };
        self.audit_all(lost().map(|(user, row)| Entry {
            before: Some(assignment_json(row, &role.name)),
            reason: &bulk.reason,
            ..on("role.take", user)
        }))?;
        if bulk.tell && !self.actor.dry_run {
            let tell = |(user, row)| self.rights_message(user, row, &role.name, TOOK, &bulk.reason);
            let messages = lost().map(tell).collect::<Result<Vec<_>>>()?;
            self.mail_all(messages)?;
        }
        Ok(())
    }

    /// Whether the actor is among them and would lose one of Rolecall's own rights with the role.
    fn would_shut_myself_out(&mut self, chosen: &Chosen, role_id: i64) -> Result<bool> {
        let Some(me) = self.actor.id.filter(|me| chosen.users.iter().any(|user| user.id == *me)) else {
            return Ok(false);
        };
        let graph = self.graph.clone();
        let before = rights_now(self.conn, &graph, me, self.now)?;
        let left: Vec<Held> = before.held().iter().filter(|held| held.role != role_id).cloned().collect();
        let after = Rights::new(graph, left, self.now);
        let has = |rights: &Rights, pattern: &Pattern| rights.cover(pattern, &Scope::root());
        Ok(BUILT_IN.iter().map(|right| right.pattern()).any(|own| has(&before, &own) && !has(&after, &own)))
    }

    /// When all who lastingly hold `admin` are among the chosen, none of these is changed.
    fn refuse_last_admins(&mut self, chosen: &mut Chosen) -> Result<()> {
        let role = self.admin_role()?;
        let there = self.count_admins()?;
        let lasting = |row: &UserAssignment| {
            let begun = row.valid_from <= self.now || row.valid_from == row.given_at;
            begun && row.scope.is_empty() && row.condition.is_none() && row.valid_to.is_none()
        };
        let rows = db::user_assignments::of_role_and_users(self.conn, role.id, &chosen.ids(), self.now)?;
        let hold: HashSet<i64> = rows.iter().filter(|row| lasting(row)).map(|row| row.user_id).collect();
        let stays = |bars: &Bars| {
            !bars.is_barred(self.now) && (bars.disable_at.is_none() || bars.enable_at.is_some_and(|at| at <= self.now))
        };
        let is_one = |user: &User| hold.contains(&user.id) && stays(&user.bars);
        let chosen_ones = i64::try_from(chosen.users.iter().filter(|user| is_one(user)).count()).unwrap_or(i64::MAX);
        if chosen_ones > 0 && chosen_ones >= there {
            chosen.leave_out(Outcome::Refused, LAST_ADMIN, is_one);
        }
        Ok(())
    }

    /// Nobody acts on somebody who may do more: as [`Tx::require_not_weaker_than`], of many.
    fn refuse_stronger(&mut self, chosen: &mut Chosen) -> Result<()> {
        if self.actor.holds_everything() {
            return Ok(());
        }
        let graph = self.graph.clone();
        let mut held: HashMap<i64, Vec<Held>> = HashMap::new();
        for row in db::user_assignments::of_users(self.conn, &chosen.ids(), self.now)? {
            held.entry(row.user_id).or_default().push(graph.hold_now(&row));
        }
        let stronger: HashSet<i64> = held
            .into_iter()
            .filter(|(_, held)| {
                let theirs = Rights::new(graph.clone(), held.clone(), self.now);
                !self.actor.rights.lacks_of(&theirs).is_empty()
            })
            .map(|(id, _)| id)
            .collect();
        chosen.leave_out(Outcome::Refused, "may do more than you", |user| stronger.contains(&user.id));
        Ok(())
    }

    fn spare_myself(&self, chosen: &mut Chosen, why: &str) {
        chosen.leave_out(Outcome::Spared, why, |user| Some(user.id) == self.actor.id);
    }

    fn disable(&mut self, chosen: &mut Chosen, bulk: &Bulk) -> Result<()> {
        self.spare_myself(chosen, "this is you: nobody disables himself among others");
        self.refuse_stronger(chosen)?;
        let (plan, now) = (Disabling::default(), self.now);
        // A plan without dates fits everybody.
        let bars = |user: &User| plan.bars(user.bars, now).unwrap_or(user.bars);
        chosen.leave_out(Outcome::Already, "is disabled already", |user| bars(user) == user.bars);
        self.refuse_last_admins(chosen)?;
        let ids = chosen.ids();
        self.set_bars_of(&chosen.users, bars)?;
        self.void_proofs_of(&ids)?;
        self.end_sessions_of(&ids, "disabled")?;
        self.audit_all(chosen.users.iter().map(|user| bars_entry("user.disable", user, bars(user), &bulk.reason)))
    }

    fn enable(&mut self, chosen: &mut Chosen, bulk: &Bulk) -> Result<()> {
        self.refuse_stronger(chosen)?;
        let now = self.now;
        let as_is = |user: &User| !user.is_disabled(now) && user.bars.next_turn(now).is_none();
        chosen.leave_out(Outcome::Already, "is not disabled", as_is);
        self.set_bars_of(&chosen.users, |user| user.bars.enabled())?;
        self.audit_all(chosen.users.iter().map(|user| {
            let action = if user.is_disabled(now) { "user.enable" } else { "user.cancel_disabling" };
            bars_entry(action, user, user.bars.enabled(), &bulk.reason)
        }))
    }

    fn set_bars_of(&mut self, users: &[User], bars: impl Fn(&User) -> Bars) -> Result<()> {
        let mut alike: Vec<(Bars, Vec<i64>)> = vec![];
        for user in users {
            let bars = bars(user);
            match alike.iter_mut().find(|(known, _)| *known == bars) {
                Some((_, ids)) => ids.push(user.id),
                None => alike.push((bars, vec![user.id])),
            }
        }
        for (bars, ids) in alike {
            db::users::set_bars(self.conn, &ids, bars, self.now)?;
            self.touch_all("user", &ids)?;
        }
        Ok(())
    }

    fn sign_out(&mut self, chosen: &mut Chosen, bulk: &Bulk) -> Result<()> {
        self.spare_myself(chosen, "this is you: end your own sessions under My account");
        self.refuse_stronger(chosen)?;
        let limits = self.app.sign_in_settings().limits;
        let signed_in = db::sessions::signed_in(self.conn, &chosen.ids(), limits, self.now)?;
        chosen.leave_out(Outcome::Already, "is not signed in anywhere", |user| !signed_in.contains(&user.id));
        self.end_sessions_of(&chosen.ids(), ended::BY_ADMIN)?;
        let reason = if bulk.reason.is_empty() { ended::BY_ADMIN } else { &bulk.reason };
        self.audit_all(chosen.users.iter().map(|user| Entry { reason, ..on("session.end", user) }))
    }

    fn require_factor(&mut self, chosen: &mut Chosen, due: Option<Time>, bulk: &Bulk) -> Result<()> {
        self.refuse_stronger(chosen)?;
        chosen.leave_out(Outcome::Already, "it is demanded of him already", |user| {
            user.second_factor_demanded_at.is_some()
        });
        let due = due.unwrap_or_else(|| self.now.plus_seconds(self.app.sign_in_settings().grace));
        let factors = db::factors::kinds(self.conn, &chosen.ids())?;
        let (lack, have): (Vec<&User>, Vec<&User>) =
            chosen.users.iter().partition(|user| !factors.contains_key(&user.id));
        // Who has less time already keeps it.
        let (early, late): (Vec<&User>, Vec<&User>) =
            lack.iter().partition(|user| user.second_factor_due_at.is_some_and(|at| at <= due));
        let ids = |users: &[&User]| users.iter().map(|user| user.id).collect::<Vec<_>>();
        db::users::demand_second_factor(self.conn, &ids(&late), Some(self.now), Some(due))?;
        db::users::demand_second_factor(self.conn, &ids(&have), Some(self.now), None)?;
        for user in early {
            db::users::demand_second_factor(self.conn, &[user.id], Some(self.now), user.second_factor_due_at)?;
        }
        self.touch_all("user", &chosen.ids())?;
        self.audit_all(chosen.users.iter().map(|user| Entry {
            after: Some(if factors.contains_key(&user.id) { json!({}) } else { json!({ "until": due }) }),
            reason: &bulk.reason,
            ..on("factor.demand", user)
        }))
    }

    fn waive_factor(&mut self, chosen: &mut Chosen, bulk: &Bulk) -> Result<()> {
        self.refuse_stronger(chosen)?;
        let why = "it is not demanded of him alone";
        chosen.leave_out(Outcome::Already, why, |user| user.second_factor_demanded_at.is_none());
        let by_roles = db::sign_in_rules::all(self.conn)?;
        let all = by_roles.values().fold(self.app.server_rules(), |all, rules| all.and(*rules));
        // Who must have one by his roles keeps the time that he has for it.
        db::users::waive_second_factor(self.conn, &chosen.ids(), all.second_factor == Demand::Optional)?;
        self.touch_all("user", &chosen.ids())?;
        self.audit_all(chosen.users.iter().map(|user| Entry { reason: &bulk.reason, ..on("factor.waive", user) }))
    }

    fn send_resets(&mut self, chosen: &mut Chosen) -> Result<()> {
        self.refuse_stronger(chosen)?;
        let now = self.now;
        let why = "is disabled: a disabled user cannot set a password";
        chosen.leave_out(Outcome::Refused, why, |user| user.is_disabled(now));
        for user in &chosen.users {
            self.mail_password_link(user)?;
        }
        self.audit_all(chosen.users.iter().map(|user| on("password.send_reset", user)))
    }
}

/// An entry about a user.
fn on<'a>(action: &'static str, user: &'a User) -> Entry<'a> {
    Entry { action, kind: "user", id: Some(user.id), name: &user.username, ..Entry::default() }
}

/// Why the actor may not do it to a user, if that is what the error is about.
fn refusal(error: Error) -> Result<String> {
    match error {
        error @ (Error::Escalation { .. } | Error::Forbidden { .. }) => Ok(error.to_string()),
        error => Err(error),
    }
}
