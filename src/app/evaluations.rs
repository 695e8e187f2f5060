//! Decisions as the AuthZEN API has them: about entities, one or many in order, each with its way.

use super::{
    Actor, App,
    checks::{Ask, Grounds, Subject},
    explain::{Link, Names, told},
    memory::Fresh,
};
use crate::domain::{
    Error, FieldErrors, Result, Time,
    authzen::{Tuple, USER},
    permission::Pattern,
    policy::Path,
    scope::Scope,
};
use std::collections::HashMap;

/// One answer.
#[derive(Debug, Clone)]
pub struct Evaluation {
    pub allowed: bool,
    /// The state by which it was answered.
    pub revision: i64,
    /// The first moment at which it can change by itself.
    pub valid_until: Option<Time>,
    /// When allowed: from the user down to the permission.
    pub path: Vec<Link>,
    /// When denied: why, in a sentence.
    pub reason: Option<String>,
}

/// An answer whose links have no names yet.
type Answered = (Ask, Grounds);

impl App {
    /// Answers in order. What cannot be answered is as good as a deny: a broken question, an unknown user, or one that the
    /// actor may not ask ([`Error::Forbidden`]). After the first answer that is `stop` no other is given.
    pub fn evaluate(
        &self,
        actor: &Actor,
        fresh: Fresh,
        asked: Vec<Result<Tuple>>,
        stop: Option<bool>,
    ) -> Result<Vec<Result<Evaluation>>> {
        actor.user_id()?;
        let (mut answers, mut known): (Vec<Result<Answered>>, _) = (vec![], HashMap::new());
        for tuple in asked {
            let answer = tuple.and_then(|tuple| self.ask_of(actor, &tuple, &mut known));
            let answer = answer.and_then(|ask| Ok((self.grounds_fresh(actor, fresh, &ask)?, ask)));
            let answer = match answer {
                Err(error @ (Error::Internal(_) | Error::Unavailable(_) | Error::Busy { .. })) => return Err(error),
                answer => answer.map(|(grounds, ask)| (ask, grounds)),
            };
            let allowed = answer.as_ref().is_ok_and(|(_, grounds)| grounds.decision.allowed);
            answers.push(answer);
            if stop == Some(allowed) {
                break;
            }
        }
        self.named(answers)
    }

    /// The question that a request asks; `known`: ids of the users that were looked up already.
    fn ask_of(&self, actor: &Actor, tuple: &Tuple, known: &mut HashMap<String, i64>) -> Result<Ask> {
        let (permission, scope) = self.asked(tuple)?;
        let user = match known.get(&tuple.subject.id) {
            Some(id) => *id,
            None => self.subject_of(actor, tuple)?,
        };
        known.insert(tuple.subject.id.clone(), user);
        Ok(Ask { subject: Subject::User(user), permission, scope, at: None, attributes: tuple.attributes() })
    }

    /// The id of the user whom the subject is: by username, e-mail address, or `#` and his id.
    pub(super) fn subject_of(&self, actor: &Actor, tuple: &Tuple) -> Result<i64> {
        if tuple.subject.kind != USER {
            return Err(unknown("subject.type", format!("Subjects are of the type {USER}.")));
        }
        self.subject(actor, &tuple.subject.id, "subject.id").map(|user| user.id)
    }

    /// What the resource and the action are here.
    pub(super) fn asked(&self, tuple: &Tuple) -> Result<(Pattern, Scope)> {
        let permission = tuple.permission().ok_or_else(|| {
            let name = format!("{}:{}", tuple.resource.kind, tuple.action.name);
            unknown("action.name", format!("{name} is no permission."))
        })?;
        let scope = tuple.scope().map_err(|why| unknown("resource.id", why))?;
        Ok((permission, scope))
    }

    /// As [`App::grounds`] of now, from memory as far as it goes; an allowed permission counts as used.
    fn grounds_fresh(&self, actor: &Actor, fresh: Fresh, ask: &Ask) -> Result<Grounds> {
        let grounds = self.grounds_since(actor, fresh, ask)?;
        if let (true, Some(permission)) = (grounds.decision.allowed, grounds.permission) {
            self.uses.note(grounds.user.id, permission, grounds.at);
        }
        Ok(grounds)
    }

    /// Puts the names to all ways at once.
    fn named(&self, answers: Vec<Result<Answered>>) -> Result<Vec<Result<Evaluation>>> {
        let ways = answers.iter().flatten().filter_map(|(_, grounds)| grounds.decision.path.as_ref());
        let ways: Vec<&Path> = ways.collect();
        let names = if ways.is_empty() { None } else { Some(self.read(|conn| Names::read(conn, &ways))?) };
        let evaluation = |(ask, grounds): Answered| {
            let decision = &grounds.decision;
            Evaluation {
                allowed: decision.allowed,
                revision: grounds.revision,
                valid_until: decision.valid_until,
                path: names
                    .as_ref()
                    .zip(decision.path.as_ref())
                    .map(|(names, path)| names.of(path))
                    .unwrap_or_default(),
                reason: (!decision.allowed).then(|| why_not(&ask, &grounds)),
            }
        };
        Ok(answers.into_iter().map(|answer| answer.map(evaluation)).collect())
    }
}

fn why_not(ask: &Ask, grounds: &Grounds) -> String {
    let who = &grounds.user.username;
    match (grounds.disabled, grounds.decision.misses.first()) {
        (true, _) => format!("{who} is disabled."),
        (false, Some((_, miss))) => told(miss, &ask.scope).1,
        (false, None) => format!("No role of {who} has {}.", ask.permission),
    }
}

pub(super) fn unknown(field: &'static str, why: String) -> Error {
    Error::Invalid(FieldErrors::one(field, why))
}
