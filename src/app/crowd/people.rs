//! Made-up users, what they have, and how they stand.

use super::{Dice, Plan, Rows, roles, row};
use crate::domain::{Time, keys, user::Profile};

const DAY: i64 = 24 * 3600;
const DOMAINS: [&str; 5] = ["works.example", "home.example", "north.example", "post.example", "quay.example"];
const SCOPES: [&str; 4] = ["region", "project", "plant", "store"];
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Assignments of each user.
pub const EACH: i64 = 5;
/// One role in so many has a handful of members.
const TINY: i64 = 20;

pub fn profile(plan: &Plan<'_>, number: i64) -> Profile {
    let mut dice = Dice::of(plan.crowd.seed, 2, number);
    let countries = i64::try_from(plan.crowd.names.len()).unwrap_or(1);
    // Most people are from few countries.
    let country = (dice.fraction().powi(2) * countries as f64) as usize;
    let mut pick = |names: &[(String, String)]| {
        let place = usize::try_from(dice.below(i64::try_from(names.len()).unwrap_or(1))).unwrap_or(0);
        names.get(place).cloned().unwrap_or_default()
    };
    let ((first, plain), (last, family)) = match plan.crowd.names.get(country) {
        Some(names) => (pick(&names.first), pick(&names.last)),
        None => Default::default(),
    };
    let domain = DOMAINS.get(usize::try_from(number % 7).unwrap_or(0)).unwrap_or(&DOMAINS[0]);
    let username = format!("{plain}.{family}{number}");
    Profile { first_name: first, last_name: last, email: format!("{username}@{domain}"), username }
}

/// How a user stands.
struct Standing {
    password: bool,
    verified: bool,
    waiting: bool,
    disabled: Option<Time>,
    planned: Option<Time>,
    leaving: Option<Time>,
    factor: bool,
    signed_in: Option<Time>,
    deleted: bool,
}

fn standing(plan: &Plan<'_>, number: i64) -> Standing {
    let mut dice = Dice::of(plan.crowd.seed, 3, number);
    let came = plan.came(number);
    let age = plan.now.seconds_since(came);
    let invited = dice.one_in(12);
    let waiting = !invited && dice.one_in(2000);
    let disabled = (!waiting && dice.one_in(50)).then(|| came.plus_seconds(age / 2));
    let deleted = disabled.is_none() && !waiting && dice.one_in(200);
    Standing {
        password: !invited && !deleted,
        verified: !invited && !dice.one_in(10) || waiting,
        waiting,
        disabled,
        planned: (disabled.is_none() && dice.one_in(500)).then(|| plan.now.plus_seconds(DAY * (1 + dice.below(60)))),
        leaving: (disabled.is_none() && dice.one_in(1000)).then(|| plan.now.plus_seconds(DAY * (1 + dice.below(30)))),
        factor: !invited && !waiting && !deleted && dice.below(100) < 55,
        signed_in: (!invited && !waiting)
            .then(|| plan.now.minus_seconds((age as f64 * dice.fraction().powi(3)) as i64)),
        deleted,
    }
}

pub fn rows(plan: &Plan<'_>, from: i64, to: i64) -> Vec<Rows> {
    let (mut users, mut factors, mut suspensions, mut sessions) = (vec![], vec![], vec![], vec![]);
    for number in from..to {
        let (id, came, person, is) =
            (plan.user + number, plan.came(number), profile(plan, number), standing(plan, number));
        let gone = is.deleted.then(|| plan.now.minus_seconds(DAY));
        let hash = is.password.then(|| plan.crowd.password_hash.clone());
        let (username_key, email_key, key) = (person.username_key(), person.email_key(), person.search_key());
        let since = is.waiting.then_some(came);
        let bars = [is.disabled, is.planned, since, is.leaving];
        if let Some(at) = bars.into_iter().flatten().min() {
            suspensions.push(row![id, if is.leaving.is_some() { plan.now } else { at }, None::<Time>]);
        }
        if is.factor {
            factors.push(row![id, "email", 0, came, Some(came), ""]);
        }
        let now = plan.now;
        if let (Some(at), true) = (is.signed_in, number % 20 == 3 && is.disabled.is_none() && gone.is_none()) {
            let (seen, live) = (now.minus_seconds(number % 1800), number % 40 == 3);
            let hash = live.then(|| keys::token_hash(&format!("crowd {} {number}", plan.crowd.seed)));
            let ended = (!live).then_some(now);
            sessions.push(row![
                id,
                hash,
                "password",
                format!("192.0.2.{}", number % 250),
                BROWSER,
                at.min(seen),
                seen,
                now.plus_seconds(DAY),
                ended,
                ended.map(|_| "signed out".to_owned()),
                false
            ]);
        }
        users.push(row![
            id,
            person.username,
            username_key,
            person.email,
            email_key,
            person.first_name,
            person.last_name,
            key,
            hash,
            is.verified.then_some(came),
            is.signed_in,
            came,
            came,
            is.disabled,
            gone,
            since,
            since,
            is.planned,
            is.leaving,
            is.factor,
        ]);
    }
    vec![
        Rows {
            table: "users",
            columns: "id, username, username_key, email, email_key, first_name, last_name, search_key, password_hash, email_verified_at, \
                      last_sign_in_at, created_at, updated_at, disabled_at, deleted_at, signed_up_at, awaits_approval_since, disable_at, \
                      delete_at, has_second_factor",
            rows: users,
        },
        Rows { table: "factors", columns: "user_id, kind, last_step, created_at, confirmed_at, name", rows: factors },
        Rows { table: "suspensions", columns: "user_id, valid_from, valid_to", rows: suspensions },
        Rows {
            table: "sessions",
            columns: "user_id, key_hash, factors, ip, user_agent, created_at, last_seen_at, expires_at, ended_at, end_reason, restricted",
            rows: sessions,
        },
    ]
}

/// The numbers of the roles that a user has: most have the first one; of the others few are large and most are small.
pub fn role_numbers(plan: &Plan<'_>, number: i64) -> Vec<i64> {
    let mut dice = Dice::of(plan.crowd.seed, 4, number);
    let common = plan.roles - plan.roles / TINY;
    let mut chosen = vec![];
    if dice.one_in(2) {
        chosen.push(0);
    }
    // The tiny ones go round the first people, five for each.
    if number < (plan.roles - common) * 5 {
        chosen.push(common + number / 5);
    }
    while i64::try_from(chosen.len()).unwrap_or(EACH) < EACH {
        let role = 1 + dice.zipf(common - 1);
        if !chosen.contains(&role) {
            chosen.push(role);
        }
    }
    chosen
}

/// An assignment with its dates.
pub struct Given {
    pub role: i64,
    pub scope: String,
    pub at: Time,
    pub to: Option<Time>,
    pub ended: bool,
}

pub fn given(plan: &Plan<'_>, number: i64) -> Vec<Given> {
    let mut dice = Dice::of(plan.crowd.seed, 5, number);
    let (came, gone) = (plan.came(number), standing(plan, number).deleted);
    let age = plan.now.seconds_since(came).max(10);
    role_numbers(plan, number)
        .into_iter()
        .map(|role| {
            let scope = if dice.one_in(3) && role != 0 {
                let place = usize::try_from(dice.below(4)).unwrap_or(0);
                format!("{}/{}", SCOPES.get(place).copied().unwrap_or("region"), dice.below(50))
            } else {
                String::new()
            };
            let (to, ended) = match dice.below(100) {
                _ if gone => (Some(plan.now.minus_seconds(DAY)), true),
                _ if role == 0 => (None, false),
                0..8 => (Some(came.plus_seconds(age / 2)), true),
                8 => (Some(plan.now.plus_seconds(dice.below(7 * DAY))), false),
                9..20 => (Some(plan.now.plus_seconds(DAY * (8 + dice.below(500)))), false),
                _ => (None, false),
            };
            Given { role, scope, at: came, to, ended }
        })
        .collect()
}

pub fn assignments(plan: &Plan<'_>, from: i64, to: i64) -> Vec<Rows> {
    let mut rows = vec![];
    for number in from..to {
        for (place, given) in given(plan, number).into_iter().enumerate() {
            let id = 2 + number * EACH + i64::try_from(place).unwrap_or(0);
            let ended = given.to.filter(|_| given.ended);
            rows.push(row![
                id,
                plan.user + number,
                plan.role + given.role,
                given.scope,
                given.at,
                given.to,
                "made up",
                given.at,
                Some(1),
                ended,
                ended.map(|_| 1),
                ended.map(|_| "not needed any more".to_owned())
            ]);
        }
    }
    vec![Rows {
        table: "user_assignments",
        columns: "id, user_id, role_id, scope, valid_from, valid_to, reason, given_at, given_by, ended_at, ended_by, end_reason",
        rows,
    }]
}

/// The name of a role that somebody has.
pub fn role_name(given: &Given) -> String {
    roles::name(given.role)
}
