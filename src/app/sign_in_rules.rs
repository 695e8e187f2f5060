//! What is demanded of a sign-in, by the configuration and by the roles that somebody has: a second factor, shorter sessions.

use super::{
    Actor, App, Change, Entry, Tx,
    memory::{Live, Person},
};
use crate::{
    db::{self, Conn},
    domain::{
        Error, Result, Time,
        factor::Method,
        login,
        permission::{ROLES_READ, ROLES_WRITE},
        policy::Graph,
        session::ended,
        sign_in_rules::{Demand, Enrolment, RulesByRole, SignInRules},
        user::User,
    },
};
use serde_json::json;

impl App {
    /// What a role demands.
    pub fn sign_in_rules(&self, actor: &Actor, role_id: i64) -> Result<SignInRules> {
        actor.require_everywhere(ROLES_READ)?;
        self.read(|conn| {
            db::roles::get(conn, role_id)?;
            db::sign_in_rules::of_role(conn, role_id)
        })
    }

    /// Sets what a role demands, of a built-in one too. Needs to hold all that the role has: rules that are taken away
    /// weaken what guards it.
    pub fn set_sign_in_rules(&self, actor: &Actor, role_id: i64, rules: SignInRules) -> Result<Change<SignInRules>> {
        actor.require_everywhere(ROLES_WRITE)?;
        self.require_recent_proof(actor)?;
        let rules = rules.judged()?;
        self.change(actor, |tx| tx.set_sign_in_rules(role_id, rules))
    }

    /// What the configuration demands of everybody.
    pub(super) fn server_rules(&self) -> SignInRules {
        let config = self.sign_in_settings();
        SignInRules {
            second_factor: config.second_factor,
            sessions_at_once: config.sessions_at_once,
            ..SignInRules::default()
        }
    }

    /// What the configuration, his roles and an admin demand of the user.
    fn rules_of(&self, graph: &Graph, rules: &RulesByRole, person: &Person, now: Time) -> SignInRules {
        // A service account never signs in.
        if person.user.is_service() {
            return SignInRules::default();
        }
        let base = self.server_rules().and(person.user.own_rules());
        let all = if rules.is_empty() { base } else { base.with_roles(graph, &person.held, rules, now) };
        self.without_mailed_codes(all, &person.methods)
    }

    /// Where mailed codes are switched off, whoever has nothing else must set up an app.
    fn without_mailed_codes(&self, rules: SignInRules, methods: &[Method]) -> SignInRules {
        let weak = !self.config.sign_in.email_codes && (rules.second_factor == Demand::Any || !methods.is_empty());
        SignInRules { second_factor: if weak { Demand::App } else { rules.second_factor }, ..rules }
    }

    /// Whether a session has outlived what its user's roles allow, or a moment at which he was to be disabled.
    fn has_outlived(&self, live: &Live, person: &Person, rules: &SignInRules, now: Time) -> bool {
        let ended = person.user.bars.ended(live.session.created_at, now).is_some();
        ended || !live.is_alive(rules.limits(self.sign_in_settings().limits), now)
    }

    /// How the user of a session stands to what is demanded; `None`: the session has ended by itself.
    pub(super) fn standing(
        &self,
        graph: &Graph,
        rules: &RulesByRole,
        live: &Live,
        person: &Person,
        now: Time,
    ) -> Option<Enrolment> {
        let rules = self.rules_of(graph, rules, person, now);
        let enrolment = rules.enrolment(&person.methods, person.user.second_factor_due_at, now);
        (!self.has_outlived(live, person, &rules, now)).then_some(enrolment)
    }

    /// How a user stands to what is demanded.
    pub(super) fn enrolment(&self, graph: &Graph, rules: &RulesByRole, person: &Person, now: Time) -> Enrolment {
        let rules = self.rules_of(graph, rules, person, now);
        rules.enrolment(&person.methods, person.user.second_factor_due_at, now)
    }

    /// The ways that are strong enough for this user, of those that he has.
    pub(super) fn strong_enough(&self, conn: &mut Conn, user_id: i64, methods: Vec<Method>) -> Result<Vec<Method>> {
        let mixed = methods.contains(&Method::Totp) && methods.contains(&Method::Email);
        if !mixed {
            return Ok(methods);
        }
        let demand = self.demand_of(conn, user_id, &methods)?;
        Ok(methods.into_iter().filter(|method| demand < Demand::App || *method != Method::Email).collect())
    }

    /// What is demanded of the user, by the rows; not yet without mailed codes.
    pub(super) fn rules_by_rows(&self, conn: &mut Conn, user_id: i64) -> Result<SignInRules> {
        let (base, rules) = (self.server_rules(), db::sign_in_rules::all(conn)?);
        let base = base.and(db::users::find(conn, user_id)?.map(|user| user.own_rules()).unwrap_or_default());
        if rules.is_empty() {
            return Ok(base);
        }
        let (graph, rights) = (self.graph(conn)?, self.rights(conn, user_id)?);
        Ok(base.with_roles(&graph, rights.held(), &rules, self.now()))
    }

    /// Which second factor is demanded of the user, by the rows.
    pub(super) fn demand_of(&self, conn: &mut Conn, user_id: i64, methods: &[Method]) -> Result<Demand> {
        let all = self.rules_by_rows(conn, user_id)?;
        Ok(self.without_mailed_codes(all, methods).second_factor)
    }

    /// Whether the user would still have what is demanded of him with only these methods `left`.
    pub(super) fn can_do_without(&self, user: &User, methods: &[Method], left: &[Method]) -> Result<()> {
        let demand = self.read(|conn| self.demand_of(conn, user.id, left))?;
        if demand.is_met_by(left) || !demand.is_met_by(methods) {
            return Ok(());
        }
        let text = match demand {
            Demand::App => "An authenticator app is demanded of you: set up another one first, then turn this one off.",
            _ => "A second factor is demanded of you: set up another one first, then turn this one off.",
        };
        Err(Error::conflict("second_factor_demanded", text))
    }
}

impl Tx<'_> {
    pub(super) fn set_sign_in_rules(&mut self, role_id: i64, rules: SignInRules) -> Result<SignInRules> {
        let role = db::roles::get(self.conn, role_id)?;
        self.require_held(&self.graph.patterns(role_id), &crate::domain::scope::Scope::root())?;
        let before = db::sign_in_rules::of_role(self.conn, role_id)?;
        if before == rules {
            return Ok(rules);
        }
        db::sign_in_rules::set(self.conn, role_id, rules)?;
        self.touch("role", role_id)?;
        self.audit(Entry {
            action: "role.sign_in_rules",
            kind: "role",
            id: Some(role_id),
            name: &role.name,
            before: Some(json!(before)),
            after: Some(json!(rules)),
            ..Entry::default()
        })?;
        Ok(rules)
    }

    /// At a sign-in: begins the grace of a user who lacks what is demanded of him, or ends it if he lacks nothing.
    pub(super) fn note_demand(&mut self, user: &User) -> Result<SignInRules> {
        let methods = login::methods(&db::factors::of_user(self.conn, user.id)?);
        let (config, base) = (self.app.sign_in_settings(), self.app.server_rules().and(user.own_rules()));
        let by_role = db::sign_in_rules::all(self.conn)?;
        let rights = super::rights_now(self.conn, &self.graph.clone(), user.id, self.now)?;
        let rules = base.with_roles(&self.graph, rights.held(), &by_role, self.now);
        let rules = self.app.without_mailed_codes(rules, &methods);
        let due = match user.second_factor_due_at {
            _ if rules.second_factor.is_met_by(&methods) => None,
            Some(at) => Some(at),
            None => Some(self.now.plus_seconds(config.grace)),
        };
        if due != user.second_factor_due_at {
            db::users::set_second_factor_due(self.conn, user.id, due)?;
            self.touch("user", user.id)?;
        }
        Ok(rules)
    }

    /// Signs users out who lose a role that asks for it, or that includes one that does.
    pub(super) fn end_sessions_of_losers(&mut self, users: &[i64], role_id: i64) -> Result<()> {
        let rules = db::sign_in_rules::all(self.conn)?;
        let ends = rules.iter().any(|(role, rules)| rules.ends_sessions && self.graph.reaches(role_id, *role));
        if ends {
            self.void_proofs_of(users)?;
            self.end_sessions_of(users, ended::ROLE_LOST)?;
        }
        Ok(())
    }
}
