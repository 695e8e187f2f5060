//! What a constraint says, in words: `Nobody may have both clerk and approver.`

use super::{
    Part,
    teller::{name, say},
};
use crate::domain::constraint::Rule;
use std::collections::HashMap;

/// What each kind is called, and what it is for.
pub const KINDS: [(&str, &str, &str); 7] = [
    ("ssd", "Separation of duty", "Of some roles, nobody may have two (or more) at all."),
    ("dsd", "Separation in a session", "Of some roles, nobody may use two (or more) in one session."),
    ("at_least", "At least so many", "So many people hold a role at any time: the last two admins cannot go."),
    ("at_most", "At most so many", "No more people than that are assigned a role."),
    ("requires", "Requires", "Whoever has one role has another one too."),
    ("never", "Never", "Nobody of a group or role ever holds a permission."),
    ("only_within", "Only within", "Nobody outside of a group or role holds a permission."),
];

/// What a kind is called.
pub fn kind(kind: &str) -> &'static str {
    KINDS.iter().find(|known| known.0 == kind).map_or("", |known| known.1)
}

/// The rule as a sentence, without its full stop; `roles`: names by id.
pub fn sentence(rule: &Rule, roles: &HashMap<i64, String>) -> Vec<Part> {
    let role =
        |id: &i64| name(roles.get(id).cloned().unwrap_or_else(|| format!("role {id}")), format!("/admin/roles/{id}"));
    match rule {
        Rule::Ssd { roles: set, n } => of_set("Nobody may have ", "", *n, set.iter().map(role).collect()),
        Rule::Dsd { roles: set, n } => of_set("Nobody may use ", " in one session", *n, set.iter().map(role).collect()),
        Rule::AtLeast { role: of, n } => {
            let people = if *n == 1 { "person holds " } else { "people hold " };
            vec![say(format!("At least {} {people}", number(*n))), role(of), say(", everywhere and without end")]
        }
        Rule::AtMost { role: of, n } => {
            let people = if *n == 1 { "person is assigned " } else { "people are assigned " };
            vec![say(format!("At most {} {people}", number(*n))), role(of)]
        }
        Rule::Requires { role: of, required } => {
            vec![say("Whoever has "), role(of), say(" has "), role(required), say(" too")]
        }
        Rule::Never { group, pattern } => {
            vec![
                say("Nobody who has "),
                role(group),
                say(" ever holds any part of "),
                name(pattern.to_string(), String::new()),
            ]
        }
        Rule::OnlyWithin { group, pattern } => {
            vec![
                say("Only who has "),
                role(group),
                say(" holds any part of "),
                name(pattern.to_string(), String::new()),
            ]
        }
    }
}

fn of_set(begin: &'static str, end: &'static str, n: i64, mut roles: Vec<Part>) -> Vec<Part> {
    roles.sort_by(|a, b| a.text.cmp(&b.text));
    let size = i64::try_from(roles.len()).unwrap_or(i64::MAX);
    let (how_many, last) = match (n, size) {
        (2, 2) => ("both ".to_owned(), " and "),
        (n, size) if n >= size => (format!("all {} of ", number(size)), " and "),
        (n, _) => (format!("{} or more of ", number(n)), " and "),
    };
    let mut parts = vec![say(format!("{begin}{how_many}"))];
    let count = roles.len();
    for (i, role) in roles.into_iter().enumerate() {
        if i > 0 {
            parts.push(say(if i + 1 == count { last } else { ", " }));
        }
        parts.push(role);
    }
    parts.push(say(end));
    parts
}

fn number(n: i64) -> String {
    const WORDS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    usize::try_from(n - 1).ok().and_then(|i| WORDS.get(i)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permission::Pattern;

    #[test]
    fn every_kind_is_told_in_words() {
        let roles: HashMap<i64, String> =
            ["clerk", "approver", "auditor"].into_iter().zip(1..).map(|(name, id)| (id, name.to_owned())).collect();
        let told = |rule: &Rule| sentence(rule, &roles).into_iter().map(|part| part.text).collect::<String>();
        let pattern = Pattern::parse("invoices:*").unwrap();
        for (rule, words) in [
            (Rule::Ssd { roles: [1, 2].into(), n: 2 }, "Nobody may have both approver and clerk"),
            (Rule::Ssd { roles: [1, 2, 3].into(), n: 2 }, "Nobody may have two or more of approver, auditor and clerk"),
            (Rule::Ssd { roles: [1, 2, 3].into(), n: 3 }, "Nobody may have all three of approver, auditor and clerk"),
            (Rule::Dsd { roles: [1, 2].into(), n: 2 }, "Nobody may use both approver and clerk in one session"),
            (Rule::AtLeast { role: 2, n: 2 }, "At least two people hold approver, everywhere and without end"),
            (Rule::AtMost { role: 2, n: 1 }, "At most one person is assigned approver"),
            (Rule::AtMost { role: 9, n: 12 }, "At most 12 people are assigned role 9"),
            (Rule::Requires { role: 1, required: 3 }, "Whoever has clerk has auditor too"),
            (
                Rule::Never { group: 1, pattern: pattern.clone() },
                "Nobody who has clerk ever holds any part of invoices:*",
            ),
            (Rule::OnlyWithin { group: 1, pattern }, "Only who has clerk holds any part of invoices:*"),
        ] {
            assert_eq!(told(&rule), words);
            assert!(!kind(rule.kind()).is_empty());
        }
    }
}
