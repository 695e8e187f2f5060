//! What happened at Northlight besides hiring.

use super::{
    company::{ADMIN, MEMBER, Member},
    names::below,
    story::{DAY, Story, address},
};
use crate::{
    app::signup::SignUp,
    domain::{Time, factor::Method, permission::NewPermission, role::RoleDraft, user::Profile},
};
use anyhow::{Context, Result};

/// A day, and what happened on it or the next workday.
pub type Event = (i64, fn(&mut Story<'_>, &[Member]) -> Result<()>);

pub const EVENTS: [Event; 20] = [
    (16, |story, _| story.include(ADMIN, "sales-lead", "accountant", "sales closes its own books during the audit")),
    (18, second_factors),
    (30, |story, _| story.rename_role(ADMIN, "customer-care", "customer-care")),
    (36, guesses),
    (42, |story, _| {
        story.take_back(
            ADMIN,
            "support-lead",
            "customers:export",
            "privacy review: lists of customers leave with sales only",
        )
    }),
    (45, |story, _| story.rename_role(ADMIN, "site-reliability", "site-reliability")),
    (52, covers),
    (61, a_wedding),
    (70, |story, _| story.exclude(ADMIN, "sales-lead", "accountant", "the audit is over")),
    (78, |story, members| leave(story, members, &[11, 47], "left the company")),
    (90, |story, _| story.rename_role(ADMIN, "people-partner", "people-partner")),
    (97, another_department),
    (104, the_fax_goes),
    (112, |story, members| disable(story, members, &[23, 58, 77], "on parental leave")),
    (121, |story, members| leave(story, members, &[5, 63], "contract ended")),
    (126, |story, _| {
        story.take_back(ADMIN, "developer", "servers:restart", "restarts go through site reliability now")
    }),
    (138, forgotten_passwords),
    (160, |story, members| enable(story, members, 58, "back from parental leave")),
    (176, strangers_sign_up),
    (188, the_last_days),
];

/// Rights that go again in the course of the story.
pub fn leftovers(story: &mut Story<'_>) -> Result<()> {
    story.add_permission(ADMIN, &NewPermission::parse("faxes", "send", "Send faxes", "")?)?;
    story.add_role(ADMIN, "fax-desk", &RoleDraft::parse("fax-desk", "", "Sends what must be signed on paper.")?)?;
    story.grant(ADMIN, "fax-desk", "faxes:send", "")?;
    story.grant(ADMIN, "support-lead", "customers:export", "asked for by support")?;
    story.grant(ADMIN, "developer", "servers:restart", "until there is somebody for the servers")
}

fn second_factors(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    for who in ["kofi", "ingrid", "petra", "brigid", "anil"] {
        story.add_factor(who, Method::Totp)?;
    }
    story.add_factor("diego", Method::Email)?;
    // Of those who sign in, every second one.
    for member in members.iter().take(100).step_by(10) {
        let method = if below(&story.rng, 4) == 0 { Method::Email } else { Method::Totp };
        story.add_factor(&member.person.username, method)?;
    }
    Ok(())
}

/// A stranger tries names and passwords.
fn guesses(story: &mut Story<'_>, _: &[Member]) -> Result<()> {
    let origin = story.stranger();
    for name in ["admin", "root", "ada", "administrator", "ada", "test", "kofi"] {
        story.fail_to_sign_in(name, origin.clone());
    }
    Ok(())
}

/// While colleagues are away, others do their work: all of it ran out long ago.
fn covers(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    for (number, (member, role)) in
        [(2, "accountant"), (8, "buyer"), (19, "support-agent"), (31, "payroll-clerk")].into_iter().enumerate()
    {
        let until = story.start.plus_seconds(DAY * (70 + 12 * i64::try_from(number)?));
        story.give(
            ADMIN,
            name(members, member)?,
            role,
            "",
            (None, Some(until)),
            "covers for a colleague on sick leave",
        )?;
    }
    Ok(())
}

fn a_wedding(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    let person = &members.get(14).context("too few people")?.person;
    let email = address(&format!("{}.moreau", person.username));
    let profile = Profile::parse(&person.first, &format!("{} Moreau", person.last), &person.username, &email)
        .map_err(crate::domain::Error::Invalid)?;
    let id = story.person(&person.username)?;
    story.act(ADMIN, |app, actor| app.update_user(actor, id, &profile)).map(drop)
}

fn another_department(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    let member = members.iter().find(|member| member.department.name == "support").context("nobody in support")?;
    let username = &member.person.username;
    story.take_role(ADMIN, username, "customer-care", "moves to sales")?;
    story.give("diego", username, "salesperson", "country/fr", (None, None), "comes from support")
}

fn the_fax_goes(story: &mut Story<'_>, _: &[Member]) -> Result<()> {
    let role = story.role("fax-desk")?;
    story.act(ADMIN, |app, actor| app.delete_role(actor, role, "the last fax machine was given away"))?;
    story.act(ADMIN, |app, actor| {
        let permission = app.permission_by_name(actor, "faxes:send")?;
        app.delete_permission(actor, permission.id, "the last fax machine was given away")
    })?;
    story
        .act(ADMIN, |app, actor| {
            let permission = app.permission_by_name(actor, "leave:cancel")?;
            app.describe_permission(
                actor,
                permission.id,
                "Cancel leave",
                "Holidays and other days off. Not without a word to the person.",
            )
        })
        .map(drop)
}

/// Two forget their passwords: one asks for a link himself, one asks the admin.
fn forgotten_passwords(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    let (own, asked) = (name(members, 15)?, name(members, 25)?);
    for _ in 0..3 {
        story.fail_to_sign_in(own, story.origin(own));
    }
    story.app.forgot_password(story.origin(own), &address(own))?;
    story.choose_password(own)?;
    let id = story.person(asked)?;
    story.act(ADMIN, |app, actor| app.start_password_reset(actor, id))?;
    story.choose_password(asked)
}

/// Three who found the sign-up page: they have an account and no right.
fn strangers_sign_up(story: &mut Story<'_>, _: &[Member]) -> Result<()> {
    for (first_name, last_name, username) in
        [("Noor", "Vermeulen", "noor.v"), ("Petros", "Ioannou", "petros"), ("Tala", "", "tala")]
    {
        story.pass(3600);
        let form = SignUp {
            first_name: first_name.into(),
            last_name: last_name.into(),
            username: username.into(),
            email: format!("{username}@mail.example"),
            password: super::PASSWORD.into(),
        };
        story.app.sign_up(story.stranger(), &form)?;
    }
    Ok(())
}

/// Grants that end within the next week, and some that begin later.
fn the_last_days(story: &mut Story<'_>, members: &[Member]) -> Result<()> {
    let in_hours = |end: Time, hours: i64| Some(end.plus_seconds(hours * 3600));
    let end = story.end;
    for (member, role, scope, hours) in [
        (3, "accountant", "", 20),
        (9, "buyer", "site/lyon", 45),
        (17, "support-agent", "", 70),
        (26, "release-manager", "project/dusk", 98),
        (34, "auditor", "", 120),
        (41, "project-lead", "project/corona", 160),
    ] {
        story.give(
            ADMIN,
            name(members, member)?,
            role,
            scope,
            (None, in_hours(end, hours)),
            "stands in until the new colleague is there",
        )?;
    }
    for (member, role, scope, from, to) in [
        (12, "project-lead", "project/borealis", 60, None),
        (28, "finance-lead", "", 100, Some(100 + 14 * 24)),
        (36, "sales-lead", "country/jp", 240, None),
        (52, "warehouse-worker", "site/pune", 300, Some(300 + 90 * 24)),
    ] {
        let times = (in_hours(end, from), to.and_then(|hours| in_hours(end, hours)));
        story.give(ADMIN, name(members, member)?, role, scope, times, "planned with the department")?;
    }
    story.give(ADMIN, "yuki", "operations", "", (None, None), "prepares the weekly round")?;
    leave(story, members, &[70, 91], "left the company")?;
    disable(story, members, &[83], "his laptop was stolen; until he has a new one")
}

/// The last hour: who is signed in now, and who is not.
pub fn this_morning(story: &mut Story<'_>, signers: &[String]) -> Result<()> {
    story.reach_time(story.end.minus_seconds(50 * 60));
    let gone: Vec<bool> = signers.iter().map(|who| story.is_gone(who)).collect();
    let here: Vec<&String> = signers.iter().zip(gone).filter(|(_, gone)| !gone).map(|(who, _)| who).take(11).collect();
    for who in here {
        story.sign_in(who, story.origin(who))?;
    }
    // The same person at a second machine.
    story.sign_in(MEMBER, story.stranger())?;
    story.fail_to_sign_in("ada", story.stranger());
    story.fail_to_sign_in("brigid", story.origin("brigid"));
    Ok(())
}

fn name(members: &[Member], number: usize) -> Result<&str> {
    members.get(number).map(|member| member.person.username.as_str()).context("too few people")
}

fn leave(story: &mut Story<'_>, members: &[Member], numbers: &[usize], reason: &str) -> Result<()> {
    for number in numbers {
        let who = name(members, *number)?;
        let id = story.person(who)?;
        story.act(ADMIN, |app, actor| app.delete_user(actor, id, reason))?;
        story.part_with(who);
    }
    Ok(())
}

fn disable(story: &mut Story<'_>, members: &[Member], numbers: &[usize], reason: &str) -> Result<()> {
    for number in numbers {
        let who = name(members, *number)?;
        let id = story.person(who)?;
        story.act(ADMIN, |app, actor| app.set_user_disabled(actor, id, true, reason))?;
        story.part_with(who);
    }
    Ok(())
}

fn enable(story: &mut Story<'_>, members: &[Member], number: usize, reason: &str) -> Result<()> {
    let who = name(members, number)?;
    let id = story.person(who)?;
    story.act(ADMIN, |app, actor| app.set_user_disabled(actor, id, false, reason))?;
    story.welcome_back(who);
    Ok(())
}
