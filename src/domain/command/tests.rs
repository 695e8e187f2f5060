use super::*;
use proptest::{collection::vec, option, prelude::*};

fn now() -> Time {
    Time::parse("2026-11-25T09:00").unwrap()
}

fn readings(text: &str) -> Vec<String> {
    match read(text, now()) {
        Read::Readings(all) => all.iter().map(ToString::to_string).collect(),
        other => panic!("{text}: {other:?}"),
    }
}

fn missing(text: &str) -> String {
    match read(text, now()) {
        Read::Unfinished(unfinished) => unfinished.missing,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_form_is_read_without_case_and_with_or_without_quotes() {
    for (typed, means) in [
        ("CAN ada invoices:approve?", "can ada invoices:approve"),
        ("why may ada invoices:approve", "can ada invoices:approve"),
        (
            "can ada invoices:approve on 2026-03-03 in project/42",
            "can ada invoices:approve in project/42 on 2026-03-03T00:00",
        ),
        ("who can \"invoices:approve\" in a", "who can invoices:approve in a"),
        ("what can ada do", "what can ada do"),
        ("what may \"Ada Lovelace\"", "what can \"Ada Lovelace\" do"),
        ("give bob approver until 2026-12-31", "give bob approver until 2026-12-31T23:59"),
        ("give approver to bob in project/42", "give bob approver in project/42"),
        ("give bob approver because stands in  until Friday", "give bob approver because stands in  until Friday"),
        ("take approver from bob, eve and \"Bob B\"", "take approver from bob, eve, \"Bob B\""),
        ("take \"head of all\" from everybody", "take \"head of all\" from all"),
        ("disable bob because he left", "disable bob because he left"),
        ("enable bob", "enable bob"),
        ("sign out bob", "end sessions of bob"),
        ("reset 2fa of bob", "reset second factor of bob"),
        (
            "create role auditor with invoices:read,invoices:export",
            "create role auditor with invoices:read, invoices:export",
        ),
        ("create group \"Sales, EU\"", "create group \"Sales, EU\""),
        ("create user", "create user"),
        ("who changed bob last week", "history of bob since 2026-11-18T00:00"),
        ("history of bob since yesterday", "history of bob since 2026-11-24T00:00"),
        ("compare ada and bob", "compare ada bob"),
    ] {
        assert_eq!(readings(typed), [means], "{typed}");
    }
}

#[test]
fn names_of_several_words_are_read_in_every_way_the_likeliest_first() {
    assert_eq!(readings("give bob head approver"), ["give bob \"head approver\"", "give \"bob head\" approver"]);
    assert_eq!(
        readings("can ada lovelace invoices:approve"),
        ["can \"ada lovelace\" invoices:approve", "can ada \"lovelace invoices:approve\""]
    );
    assert_eq!(readings("give \"bob b\" head approver"), ["give \"bob b\" \"head approver\""]);
}

#[test]
fn a_wrong_command_says_what_is_missing() {
    for (typed, says) in [
        ("give bob", "it takes a user and a role"),
        ("give bob approver until", "a day is missing after “until”, such as 2026-11-25"),
        ("give bob approver until soon", "“soon” is no day: write 2026-11-25, today, tomorrow, yesterday or last week"),
        (
            "give bob approver until 2026-12-31 noon",
            "“noon” is one word too many there; names of several words stand in quotes",
        ),
        ("give bob approver because", "the reason is missing after “because”"),
        ("can ada invoices:approve in", "a place is missing after “in”, such as project/42"),
        ("enable bob until 2026-12-31", "“until” does not go with it"),
        ("take approver", "it takes a role and from whom"),
        ("take approver from", "it takes a role and from whom"),
        ("create role with", "the name of the role is missing, or its permissions after “with”"),
        ("disable", "the user is missing"),
        ("compare ada", "it takes two users"),
    ] {
        assert_eq!(missing(typed), says, "{typed}");
    }
}

#[test]
fn other_texts_are_no_commands() {
    for text in ["", "  ", "ada", "candice", "approver", "\"give\" bob approver", "givers", "who", "?"] {
        assert_eq!(read(text, now()), Read::NoCommand, "{text}");
    }
}

#[test]
fn every_example_is_a_command() {
    for (example, _) in EXAMPLES {
        assert!(matches!(read(example, now()), Read::Readings(_)), "{example}");
    }
}

fn moment() -> impl Strategy<Value = Time> {
    (0i64..60_000_000).prop_map(|minutes| Time::default().plus_seconds(minutes * 60))
}

fn scope() -> impl Strategy<Value = Scope> {
    "[a-z]{1,5}(/[a-z0-9]{1,5}){0,2}".prop_map(|text| Scope::parse(&text).unwrap())
}

fn place() -> impl Strategy<Value = Place> {
    (option::of(scope()), option::of(moment())).prop_map(|(scope, on)| Place { scope, on })
}

fn reason() -> impl Strategy<Value = String> {
    "([a-z]{1,6}( [a-z]{1,6}){0,3})?"
}

fn command() -> impl Strategy<Value = Command> {
    let name = || prop_oneof![".{1,10}", "in|on|all|from|because|last|do|to|with|and|,"];
    prop_oneof![
        (name(), name(), place()).prop_map(|(user, permission, place)| Command::Can { user, permission, place }),
        (name(), place()).prop_map(|(permission, place)| Command::WhoCan { permission, place }),
        (name(), place()).prop_map(|(user, place)| Command::WhatCan { user, place }),
        (name(), name(), option::of(scope()), option::of(moment()), reason())
            .prop_map(|(user, role, scope, until, reason)| Command::Give { user, role, scope, until, reason }),
        (name(), reason()).prop_map(|(role, reason)| Command::Take { role, from: Holders::All, reason }),
        (name(), vec(name(), 1..4), reason()).prop_map(|(role, users, reason)| Command::Take {
            role,
            from: Holders::These(users),
            reason
        }),
        (name(), reason()).prop_map(|(user, reason)| Command::Disable { user, reason }),
        name().prop_map(|user| Command::Enable { user }),
        name().prop_map(|user| Command::EndSessions { user }),
        (name(), reason()).prop_map(|(user, reason)| Command::ResetFactors { user, reason }),
        (name(), any::<bool>(), vec(name(), 0..4)).prop_map(|(name, group, permissions)| Command::CreateRole {
            name,
            group,
            permissions
        }),
        Just(Command::CreateUser),
        (name(), option::of(moment())).prop_map(|(user, since)| Command::History { user, since }),
        (name(), name()).prop_map(|(one, other)| Command::Compare { one, other }),
    ]
}

proptest! {
    #[test]
    fn a_printed_command_is_read_as_itself(command in command()) {
        prop_assert_eq!(read(&command.to_string(), now()), Read::Readings(vec![command]));
    }

    #[test]
    fn every_text_has_an_answer(text in "(give|can|who can|take|create role|compare|history of)? ?\\PC{0,40}") {
        if let Read::Readings(all) = read(&text, now()) {
            for command in all {
                prop_assert_eq!(read(&command.to_string(), now()), Read::Readings(vec![command]));
            }
        }
    }
}
