//! How the made-up past is told: who acts, when, and from where. Everything goes through App, as it would have then.

use super::{
    HandClock, PASSWORD,
    names::{below, pick},
};
use crate::{
    app::{
        Actor, App, Origin,
        entropy::Rng,
        login::{Client, SignIn},
    },
    domain::{
        Error, Time,
        constraint::ConstraintDraft,
        factor::{self, Method},
        page::ListQuery,
        permission::NewPermission,
        role::{Assign, NewGrant, RoleDraft},
        user::Profile,
    },
};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::{BTreeMap, HashMap, HashSet};

pub const DAY: i64 = 24 * 3600;
pub const DOMAIN: &str = "northlight.example";

const BROWSERS: [&str; 7] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "python-requests/2.32.4",
];

pub struct Story<'a> {
    pub app: &'a App,
    pub rng: Rng,
    /// Midnight of the first day, and the end of the story.
    pub start: Time,
    pub end: Time,
    clock: &'a HandClock,
    at: Time,
    roles: HashMap<String, i64>,
    people: HashMap<String, i64>,
    /// Who is at work today, signed in.
    desks: BTreeMap<String, Actor>,
    /// Secrets of authenticator apps.
    secrets: HashMap<String, Vec<u8>>,
    /// Who cannot sign in any more.
    gone: HashSet<String>,
}

impl<'a> Story<'a> {
    pub fn begin(app: &'a App, clock: &'a HandClock, rng: Rng, start: Time, end: Time) -> Self {
        clock.set(start);
        Self {
            app,
            rng,
            start,
            end,
            clock,
            at: start,
            roles: HashMap::new(),
            people: HashMap::new(),
            desks: BTreeMap::new(),
            secrets: HashMap::new(),
            gone: HashSet::new(),
        }
    }

    /// Goes on to this day and minute; a story that is later already stays there.
    pub fn reach(&mut self, day: i64, minute: i64) {
        self.reach_time(self.start.plus_seconds(day * DAY + minute * 60));
    }

    pub fn reach_time(&mut self, at: Time) {
        self.at = self.at.max(at);
        self.clock.set(self.at);
    }

    /// Lets up to `seconds` pass, at least half of them.
    pub fn pass(&mut self, seconds: usize) {
        let step = seconds / 2 + below(&self.rng, seconds / 2) + 1;
        self.reach_time(self.at.plus_seconds(i64::try_from(step).unwrap_or(1)));
    }

    pub fn role(&self, name: &str) -> Result<i64> {
        self.roles.get(name).copied().with_context(|| format!("the demo has no role {name}"))
    }

    pub fn person(&self, username: &str) -> Result<i64> {
        self.people.get(username).copied().with_context(|| format!("the demo has no {username}"))
    }

    /// Notes the id of somebody who was made.
    pub fn meet(&mut self, username: &str, id: i64) {
        self.people.insert(username.to_owned(), id);
    }

    /// Where a person usually sits: always the same address and browser.
    pub fn origin(&self, username: &str) -> Origin {
        let mark = username.bytes().fold(7_usize, |mark, byte| (mark * 31 + usize::from(byte)) % 9973);
        let browser = BROWSERS.get(mark % BROWSERS.len()).copied().unwrap_or_default();
        self.from(&format!("198.51.100.{}", mark % 250 + 1), browser)
    }

    /// Where a stranger sits.
    pub fn stranger(&self) -> Origin {
        self.from(
            &format!("203.0.113.{}", below(&self.rng, 250) + 1),
            pick(&self.rng, &BROWSERS).copied().unwrap_or_default(),
        )
    }

    fn from(&self, ip: &str, browser: &str) -> Origin {
        Origin {
            ip: ip.to_owned(),
            user_agent: browser.to_owned(),
            request_id: self.app.new_request_id(),
            devices: None,
        }
    }

    /// Does something as this person, who signs in first if he has not today.
    pub fn act<T>(&mut self, username: &str, f: impl FnOnce(&App, &Actor) -> crate::domain::Result<T>) -> Result<T> {
        self.pass(40);
        // Whose proof is old signs in again: he might have to confirm himself.
        let (app, now) = (self.app, self.at);
        let recent = |actor: &&Actor| {
            app.reauthentication(actor).is_ok_and(|proof| proof.until.is_some_and(|until| until > now))
        };
        let mut actor = match self.desks.get(username).filter(recent) {
            Some(actor) => actor.clone(),
            None => {
                if let Some(old) = self.desks.remove(username) {
                    self.app.sign_out(&old)?;
                }
                let actor = self.sign_in(username, self.origin(username))?;
                self.desks.insert(username.to_owned(), actor.clone());
                actor
            }
        };
        actor.origin.request_id = self.app.new_request_id();
        f(self.app, &actor).map_err(|error| anyhow!("{username} could not: {error:?}"))
    }

    /// Everybody goes home.
    pub fn close_the_day(&mut self) -> Result<()> {
        for (_, actor) in std::mem::take(&mut self.desks) {
            self.pass(60);
            // Whose session was ended meanwhile has nothing to end.
            match self.app.sign_out(&actor) {
                Ok(_) | Err(Error::SignInRequired) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Signs in with the password and, if one is due, the second factor.
    pub fn sign_in(&mut self, username: &str, origin: Origin) -> Result<Actor> {
        // The code of an authenticator app is good once: the last one must have gone.
        self.pass(120);
        let session_id = match self.app.sign_in(origin.clone(), username, PASSWORD, Client::Browser)? {
            SignIn::Done { session_id, .. } => session_id,
            SignIn::SecondFactor { key, .. } => {
                let code = match self.secrets.get(username) {
                    Some(secret) => factor::totp(secret, self.at),
                    None => self.mailed(username, |line| {
                        line.len() == factor::CODE_DIGITS && line.bytes().all(|c| c.is_ascii_digit())
                    })?,
                };
                match self.app.finish_sign_in(origin.clone(), &key, &code, false)? {
                    SignIn::Done { session_id, .. } => session_id,
                    SignIn::SecondFactor { .. } => bail!("{username} was asked for a second factor twice"),
                }
            }
        };
        self.app.attach_session_key(session_id, &self.app.new_token())?;
        Ok(self.app.actor(session_id, origin)?)
    }

    /// A wrong password for this name.
    pub fn fail_to_sign_in(&mut self, name: &str, origin: Origin) {
        self.pass(90);
        // It has to fail, and App writes it down.
        let _ = self.app.sign_in(origin, name, "was it this one", Client::Browser);
    }

    /// The line that is looked for, of the latest mail to somebody that has it.
    fn mailed(&self, username: &str, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let query = ListQuery { q: address(username), limit: Some(10), ..ListQuery::default() };
        for mail in self.app.mails(&Actor::operator(), &query)?.items {
            let body = self.app.mail(&Actor::operator(), mail.id)?.body.context("the body of a mail")?;
            if let Some(line) = body.text.lines().map(str::trim).find(|line| wanted(line)) {
                return Ok(line.to_owned());
            }
        }
        anyhow::bail!("no mail to {username} has such a line")
    }

    /// Opens the link of the last mail and chooses the password of the demo.
    pub fn choose_password(&mut self, username: &str) -> Result<()> {
        self.pass(240);
        let link = self.mailed(username, |line| line.contains("/reset/"))?;
        let token = link.rsplit('/').next().unwrap_or_default();
        Ok(self.app.reset_password(self.origin(username), token, PASSWORD, None)?)
    }

    /// Turns on a second factor.
    pub fn add_factor(&mut self, username: &str, method: Method) -> Result<()> {
        match method {
            Method::Totp => {
                let enrolment = self.act(username, |app, actor| app.totp_enrolment(actor))?;
                let secret = data_encoding::BASE32_NOPAD.decode(enrolment.secret.as_bytes())?;
                self.secrets.insert(username.to_owned(), secret.clone());
                self.act(username, |app, actor| {
                    app.confirm_totp(actor, "Phone", &factor::totp(&secret, app.now()), false).map(drop)
                })
            }
            Method::Recovery => bail!("recovery codes are no factor"),
            Method::Email => {
                self.act(username, |app, actor| app.begin_email_factor(actor))?;
                let code = self.mailed(username, |line| {
                    line.len() == factor::CODE_DIGITS && line.bytes().all(|c| c.is_ascii_digit())
                })?;
                self.act(username, |app, actor| app.confirm_email_factor(actor, &code, false))
            }
        }
    }

    pub fn add_permission(&mut self, by: &str, new: &NewPermission) -> Result<i64> {
        self.act(by, |app, actor| app.create_permission(actor, new)).map(|change| change.value.id)
    }

    /// A role under the name that it had then; the story calls it `key` throughout.
    pub fn add_role(&mut self, by: &str, key: &str, draft: &RoleDraft) -> Result<()> {
        let made = self.act(by, |app, actor| app.create_role(actor, draft))?;
        self.roles.insert(key.to_owned(), made.value.id);
        Ok(())
    }

    pub fn demand(&mut self, by: &str, draft: &ConstraintDraft) -> Result<()> {
        self.act(by, |app, actor| app.create_constraint(actor, draft)).map(drop)
    }

    pub fn rename_role(&mut self, by: &str, key: &str, name: &str) -> Result<()> {
        let id = self.role(key)?;
        let role = self.app.role(&Actor::operator(), id)?.role;
        let draft = RoleDraft::parse(name, &role.kind, &role.description)?;
        self.act(by, |app, actor| app.update_role(actor, id, &draft)).map(drop)
    }

    pub fn grant(&mut self, by: &str, role: &str, pattern: &str, reason: &str) -> Result<()> {
        let (id, new) = (self.role(role)?, NewGrant::parse(pattern, "", reason)?);
        self.act(by, |app, actor| app.grant(actor, id, &new)).map(drop).with_context(|| format!("{role}: {pattern}"))
    }

    /// Takes a permission from a role.
    pub fn take_back(&mut self, by: &str, role: &str, pattern: &str, reason: &str) -> Result<()> {
        let id = self.role(role)?;
        let own = self.app.role(&Actor::operator(), id)?.own;
        let row = own
            .iter()
            .find(|row| row.pattern().to_string() == pattern)
            .with_context(|| format!("{role} does not have {pattern}"))?;
        self.act(by, |app, actor| app.revoke(actor, id, row.id, reason)).map(drop)
    }

    pub fn include(&mut self, by: &str, senior: &str, junior: &str, reason: &str) -> Result<()> {
        let (senior_id, junior_id) = (self.role(senior)?, self.role(junior)?);
        self.act(by, |app, actor| app.include_role(actor, senior_id, junior_id, reason))
            .map(drop)
            .with_context(|| format!("{senior} includes {junior}"))
    }

    pub fn exclude(&mut self, by: &str, senior: &str, junior: &str, reason: &str) -> Result<()> {
        let (senior_id, junior_id) = (self.role(senior)?, self.role(junior)?);
        let juniors = self.app.role(&Actor::operator(), senior_id)?.juniors;
        let (inclusion, _) = juniors
            .iter()
            .find(|(_, role)| role.id == junior_id)
            .with_context(|| format!("{senior} does not include {junior}"))?;
        self.act(by, |app, actor| app.exclude_role(actor, senior_id, *inclusion, reason)).map(drop)
    }

    /// A new colleague, who is mailed an invitation.
    pub fn invite(&mut self, by: &str, first: &str, last: &str, username: &str) -> Result<()> {
        let profile = Profile::parse(first, last, username, &address(username))
            .map_err(Error::Invalid)
            .with_context(|| username.to_owned())?;
        let made = self.act(by, |app, actor| app.create_user(actor, &profile))?;
        self.meet(username, made.value.id);
        Ok(())
    }

    /// Gives a role in a scope, between two times; without them: from now on, for ever.
    pub fn give(
        &mut self,
        by: &str,
        to_whom: &str,
        role: &str,
        scope: &str,
        times: (Option<Time>, Option<Time>),
        reason: &str,
    ) -> Result<()> {
        let time = |at: Option<Time>| at.map(Time::rfc3339).unwrap_or_default();
        let assign =
            Assign::parse(self.person(to_whom)?, self.role(role)?, scope, &time(times.0), &time(times.1), reason)?;
        self.act(by, |app, actor| app.give_role(actor, &assign))
            .map(drop)
            .with_context(|| format!("{role} to {to_whom}"))
    }

    /// Takes a role from somebody, in the first scope in which he has it.
    pub fn take_role(&mut self, by: &str, from_whom: &str, role: &str, reason: &str) -> Result<()> {
        let (user, role_id) = (self.person(from_whom)?, self.role(role)?);
        let held = self.app.user(&Actor::operator(), user)?.assignments;
        let row = held
            .iter()
            .find(|held| held.row.role_id == role_id)
            .with_context(|| format!("{from_whom} does not have {role}"))?;
        self.act(by, |app, actor| app.take_role(actor, user, row.row.id, reason)).map(drop)
    }

    /// Somebody who cannot sign in any more.
    pub fn part_with(&mut self, username: &str) {
        self.desks.remove(username);
        self.gone.insert(username.to_owned());
    }

    pub fn welcome_back(&mut self, username: &str) {
        self.gone.remove(username);
    }

    pub fn is_gone(&self, username: &str) -> bool {
        self.gone.contains(username)
    }
}

pub fn address(username: &str) -> String {
    format!("{username}@{DOMAIN}")
}
