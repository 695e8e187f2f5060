//! Northlight, a made-up maker of measuring instruments: how it came to use Rolecall, and 200 days of its life since.

use super::{
    HandClock, PASSWORD, history,
    names::{self, Person, below, pick},
    rights::{self, DEPARTMENTS, Department, RENAMED, RESOURCES, ROLES},
    story::{DAY, Story, address},
};
use crate::{
    app::{App, entropy::Rng, signup::SignUp},
    domain::{Time, constraint::ConstraintDraft, permission::NewPermission, role::RoleDraft},
};
use anyhow::Result;

/// The seed of the company that `rolecall demo` shows.
pub const SEED: u64 = 1854;
/// How long ago it began.
const DAYS: i64 = 200;
/// The last day that is told whole: yesterday.
const YESTERDAY: i64 = DAYS - 1;
/// People who were there when Rolecall came; the others were hired later.
const FIRST: usize = 130;
/// One in so many uses Rolecall himself; the others only have rights in other programs.
const SIGNS_IN: usize = 5;

/// People with parts of their own: username, first and last name, role.
const CAST: [(&str, &str, &str, &str); 4] = [
    ("ingrid", "Ingrid", "Solberg", "people-partner"),
    ("petra", "Petra", "Hájková", "auditor"),
    ("sam", "Sam", "Whitfield", "help-desk"),
    (MEMBER, "Tomás", "Herrera", "developer"),
];
pub const ADMIN: &str = "ada";
pub const MEMBER: &str = "tomas";

/// Somebody who works in a department.
pub struct Member {
    pub person: Person,
    pub department: &'static Department,
    /// His number in the department.
    number: usize,
    /// The day on which he begins.
    day: i64,
}

/// Midnight of the first day of a story that ends at `end`.
pub fn first_day(end: Time) -> Time {
    end.minus_seconds(end.unix().rem_euclid(DAY) + DAYS * DAY)
}

/// Fills an App that has nobody yet and whose clock is `clock`; the same seed gives the same company. The clock
/// walks from [`first_day`] to `end` and is let go then.
pub fn fill(app: &App, clock: &HandClock, seed: u64, end: Time) -> Result<()> {
    let mut story = Story::begin(app, clock, Rng::seeded(seed), first_day(end), end);
    let members = members(&story.rng);
    found(&mut story)?;
    make_roles(&mut story)?;
    bring_in_the_cast(&mut story)?;
    let mut signers: Vec<String> = DEPARTMENTS
        .iter()
        .map(|department| department.head.0)
        .chain(CAST.map(|cast| cast.0))
        .map(str::to_owned)
        .collect();
    let (mut newcomers, mut events) = (members.iter().enumerate().peekable(), history::EVENTS.iter().peekable());
    let start = story.start;
    for day in (3..=YESTERDAY).filter(|day| is_workday(start, *day)) {
        story.reach(day, 8 * 60);
        while let Some((number, member)) = newcomers.next_if(|(_, member)| member.day <= day) {
            welcome(&mut story, member)?;
            if number % SIGNS_IN == 0 {
                story.choose_password(&member.person.username)?;
                signers.push(member.person.username.clone());
            }
        }
        story.reach(day, 13 * 60);
        while let Some((_, event)) = events.next_if(|(due, _)| *due <= day) {
            event(&mut story, &members)?;
        }
        for _ in 0..2 {
            visit(&mut story, &signers)?;
        }
        story.close_the_day()?;
    }
    history::this_morning(&mut story, &signers)?;
    clock.let_go();
    Ok(())
}

/// Saturdays and Sundays are free. (1 January 1970 was a Thursday.)
fn is_workday(start: Time, day: i64) -> bool {
    !matches!((start.unix() / DAY + day + 4).rem_euclid(7), 0 | 6)
}

/// All members, in the order in which they come.
fn members(rng: &Rng) -> Vec<Member> {
    let mut places: Vec<(&'static Department, usize)> = DEPARTMENTS
        .iter()
        .flat_map(|department| (0..department.size).map(move |number| (department, number)))
        .collect();
    let heads = DEPARTMENTS.iter().map(|department| department.head.0);
    let taken: Vec<&str> = heads.chain(CAST.map(|cast| cast.0)).chain([ADMIN]).collect();
    let people = names::people(rng, places.len(), &taken);
    let later = places.len().saturating_sub(FIRST);
    let day =
        |number: usize| if number < FIRST { 3 + number * 10 / FIRST } else { 14 + (number - FIRST) * 184 / later };
    people
        .into_iter()
        .enumerate()
        .map(|(number, person)| {
            let (department, place) = places.swap_remove(below(rng, places.len()));
            Member { person, department, number: place, day: i64::try_from(day(number)).unwrap_or(YESTERDAY) }
        })
        .collect()
}

/// The first admin is made on the machine.
fn found(story: &mut Story<'_>) -> Result<()> {
    story.reach(0, 8 * 60);
    let form = SignUp {
        first_name: "Ada".into(),
        last_name: "Lindgren".into(),
        username: ADMIN.into(),
        email: address(ADMIN),
        password: PASSWORD.into(),
    };
    let ada = story.app.create_admin(&form)?;
    story.meet(ADMIN, ada.id);
    Ok(())
}

fn make_roles(story: &mut Story<'_>) -> Result<()> {
    for (resource, noun, about, actions) in RESOURCES {
        for action in actions {
            story
                .add_permission(ADMIN, &NewPermission::parse(resource, action, &rights::label(action, noun), about)?)?;
        }
    }
    for draft in &ROLES {
        let then = RENAMED.iter().find(|(today, _)| *today == draft.name).map_or(draft.name, |(_, before)| before);
        story.add_role(ADMIN, draft.name, &RoleDraft::parse(then, draft.kind, draft.about)?)?;
        for pattern in draft.patterns.split_whitespace() {
            story.grant(ADMIN, draft.name, pattern, "as agreed with the departments")?;
        }
        for junior in draft.includes.split_whitespace() {
            story.include(ADMIN, draft.name, junior, "")?;
        }
    }
    history::leftovers(story)?;
    make_rules(story)?;
    story.close_the_day()
}

/// What must never happen, whoever gives a role.
fn make_rules(story: &mut Story<'_>) -> Result<()> {
    let rule = |name: &str, kind: &str, reason: &str| ConstraintDraft {
        name: name.into(),
        kind: kind.into(),
        reason: reason.into(),
        ..ConstraintDraft::default()
    };
    let (auditor, accountant) = (story.role("auditor")?, story.role("accountant")?);
    let (lead, contractor) = (story.role("finance-lead")?, story.role("contractor")?);
    let apart = rule("Auditors keep no books", "ssd", "the auditors asked for it");
    story.demand(ADMIN, &ConstraintDraft { roles: [auditor, accountant].into(), n: Some(2), ..apart })?;
    let few = rule("Few approve payments", "at_most", "four eyes are enough");
    story.demand(ADMIN, &ConstraintDraft { role_id: Some(lead), n: Some(2), ..few })?;
    let never = rule("Pay is our own business", "never", "contractors work for other companies");
    story.demand(ADMIN, &ConstraintDraft { role_id: Some(contractor), permission: "salaries:*".into(), ..never })
}

fn bring_in_the_cast(story: &mut Story<'_>) -> Result<()> {
    story.reach(2, 9 * 60);
    let heads =
        DEPARTMENTS.iter().map(|department| (department.head.0, department.head.1, department.head.2, department.lead));
    for (username, first, last, role) in CAST.into_iter().chain(heads) {
        story.invite(ADMIN, first, last, username)?;
        story.give(ADMIN, username, role, "", (None, None), "named by the board")?;
        story.choose_password(username)?;
    }
    story.close_the_day()
}

/// A new colleague gets what all have from the people partner, and his work from the head of his department.
fn welcome(story: &mut Story<'_>, member: &Member) -> Result<()> {
    let (username, department) = (&member.person.username, member.department);
    story.invite("ingrid", &member.person.first, &member.person.last, username)?;
    let turn =
        |all: &'static [&'static str], number: usize| all.get(number % all.len().max(1)).copied().unwrap_or_default();
    let (role, scope) =
        (turn(department.roles, member.number), turn(department.scopes, member.number / department.roles.len().max(1)));
    let (until, reason) = match role {
        "contractor" => (Some(contract_end(story, member)), format!("works with us in {}", department.name)),
        _ => {
            story.give("ingrid", username, "employee", "", (None, None), "new colleague")?;
            (None, format!("joins {}", department.name))
        }
    };
    story.give(department.head.0, username, role, scope, (None, until), &reason)
}

/// By turns: long over, within the next week, next spring.
fn contract_end(story: &Story<'_>, member: &Member) -> Time {
    let days = i64::try_from(member.number).unwrap_or(0);
    match (member.number / 4) % 3 {
        0 => story.end.plus_seconds(DAY * (1 + days % 6)),
        1 => story
            .start
            .plus_seconds(DAY * (member.day + 30 + days))
            .min(story.end.minus_seconds(DAY))
            .max(story.start.plus_seconds(DAY * (member.day + 1))),
        _ => story.end.plus_seconds(DAY * (90 + days)),
    }
}

/// Somebody signs in and looks at his own rights.
fn visit(story: &mut Story<'_>, signers: &[String]) -> Result<()> {
    let Some(who) = pick(&story.rng, signers) else { return Ok(()) };
    // Who was disabled or deleted meanwhile does not come any more.
    if story.is_gone(who) {
        return Ok(());
    }
    story.act(who, |app, actor| app.me(actor)).map(drop)
}
