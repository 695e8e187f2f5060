//! Reads commands.

use super::{Command, Holders, Place, Read, Unfinished};
use crate::domain::{scope::Scope, text, time::Time};

const DAY: i64 = 24 * 3600;
/// Words of a text that are looked at, and words that the first of two names may have.
const WORDS_MAX: usize = 400;
const NAME_MAX: usize = 8;

/// A word, a comma, or what stands in quotes.
#[derive(Debug, Clone)]
struct Token {
    text: String,
    quoted: bool,
    /// Where it ends in the source, in bytes.
    ends: usize,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

/// Splits at white space and commas; in quotes both are letters, and `\` takes the next letter as it is.
fn tokens(source: &str) -> Vec<Token> {
    let mut found: Vec<Token> = vec![];
    let mut letters = source.char_indices().peekable();
    while let Some((begins, c)) = letters.next() {
        if c.is_whitespace() {
            continue;
        }
        let (mut word, mut ends) = (String::new(), begins + c.len_utf8());
        if c == '"' {
            while let Some((at, c)) = letters.next() {
                ends = at + c.len_utf8();
                match c {
                    '"' => break,
                    '\\' => word.extend(letters.next().map(|(_, c)| c)),
                    c => word.push(c),
                }
            }
        } else if c == ',' {
            word.push(c);
        } else {
            word.push(c);
            while let Some((at, c)) = letters.next_if(|(_, c)| !c.is_whitespace() && *c != ',' && *c != '"') {
                word.push(c);
                ends = at + c.len_utf8();
            }
        }
        found.push(Token { text: word, quoted: c == '"', ends });
    }
    found
}

/// Names of one or several words each, and what else was said.
#[derive(Default)]
struct Said<'t> {
    /// The words that the command begins with.
    head: &'static [&'static str],
    names: &'t [Token],
    place: Place,
    until: Option<Time>,
    since: Option<Time>,
    reason: String,
    /// The clauses that are there.
    clauses: Vec<&'static str>,
}

type Told<T> = Result<T, String>;

/// Cuts the clauses off: `in …`, `on …`, `until …`, `since …`, `because …`.
fn clauses<'t>(source: &str, words: &'t [Token], now: Time) -> Told<Said<'t>> {
    let begins =
        |token: &Token| ["in", "on", "until", "since", "because", "last"].into_iter().find(|word| token.is(word));
    let first = words.iter().position(|token| begins(token).is_some()).unwrap_or(words.len());
    let (names, mut rest) = words.split_at(first);
    let mut said = Said { names, ..Said::default() };
    while let Some((token, after)) = rest.split_first() {
        let Some(clause) = begins(token) else {
            return Err(format!("“{}” is one word too many there; names of several words stand in quotes", token.text));
        };
        rest = after;
        // `last week` alone is `since last week`.
        let clause = if clause == "last" {
            rest = words.get(words.len() - after.len() - 1..).unwrap_or_default();
            "since"
        } else {
            clause
        };
        said.clauses.push(clause);
        match clause {
            "because" => {
                said.reason = text::clean(source.get(token.ends..).unwrap_or_default());
                rest = &[];
                if said.reason.is_empty() {
                    return Err("the reason is missing after “because”".into());
                }
            }
            "in" => {
                let (scope, after) = rest.split_first().ok_or("a place is missing after “in”, such as project/42")?;
                said.place.scope = Some(Scope::parse(&scope.text)?);
                rest = after;
            }
            other => {
                let (at, after) = moment(rest, other, now)?;
                rest = after;
                match other {
                    "on" => said.place.on = Some(at),
                    "until" => said.until = Some(at),
                    _ => said.since = Some(at),
                }
            }
        }
    }
    Ok(said)
}

/// A day or a moment. A day is its end after `until`, and its beginning elsewhere.
fn moment<'t>(words: &'t [Token], clause: &str, now: Time) -> Told<(Time, &'t [Token])> {
    let missing = || format!("a day is missing after “{clause}”, such as {}", now.format("%Y-%m-%d"));
    let (word, rest) = words.split_first().ok_or_else(missing)?;
    let ahead = |days: i64| now.plus_seconds(days * DAY).format("%Y-%m-%d").to_string();
    let (named, rest) = match word.text.to_ascii_lowercase().as_str() {
        "today" => (ahead(0), rest),
        "tomorrow" => (ahead(1), rest),
        "yesterday" => (ahead(-1), rest),
        "last" if rest.first().is_some_and(|next| next.is("week")) => (ahead(-7), rest.get(1..).unwrap_or_default()),
        "last" if rest.first().is_some_and(|next| next.is("month")) => (ahead(-30), rest.get(1..).unwrap_or_default()),
        _ => (word.text.clone(), rest),
    };
    let at = Time::parse(&named).map_err(|_| {
        format!("“{}” is no day: write {}, today, tomorrow, yesterday or last week", word.text, now.format("%Y-%m-%d"))
    })?;
    // A date alone has ten letters.
    let whole_day = named.chars().count() == 10;
    Ok((if whole_day && clause == "until" { at.plus_seconds(DAY - 60) } else { at }, rest))
}

/// The words as one name; `None`: none, a comma, or one in quotes beside others.
fn name(words: &[Token]) -> Option<String> {
    let single = words.len() == 1;
    let fits =
        words.iter().all(|word| !word.text.is_empty() && (single || !word.quoted) && (word.quoted || word.text != ","));
    (fits && !words.is_empty()).then(|| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// Names separated by commas, `and` or both.
fn list(words: &[Token]) -> Option<Vec<String>> {
    let parts = words.split(|word| word.is(",") || word.is("and")).filter(|part| !part.is_empty());
    let names: Option<Vec<String>> = parts.map(name).collect();
    names.filter(|names| !names.is_empty())
}

/// Every way to read the words as two names, the first as short as can be.
fn pairs(words: &[Token]) -> Vec<(String, String)> {
    (1..words.len().min(NAME_MAX))
        .filter_map(|at| {
            let (left, right) = words.split_at(at);
            Some((name(left)?, name(right)?))
        })
        .collect()
}

/// What stands before and after the first such word.
fn around<'t>(words: &'t [Token], word: &str) -> Option<(&'t [Token], &'t [Token])> {
    let at = words.iter().position(|token| token.is(word))?;
    Some((words.get(..at)?, words.get(at + 1..)?))
}

/// How a command begins, which clauses it takes, how it looks, and what makes it of its names.
struct Form {
    heads: &'static [&'static [&'static str]],
    takes: &'static [&'static str],
    example: &'static str,
    missing: &'static str,
    make: fn(&Said<'_>) -> Vec<Command>,
}

/// Longer heads stand before those that begin alike.
const FORMS: [Form; 13] = [
    Form {
        heads: &[&["who", "can"], &["who", "may"]],
        takes: &["in", "on"],
        example: "who can invoices:approve",
        missing: "the permission is missing",
        make: |said| {
            let make = |permission| Command::WhoCan { permission, place: said.place.clone() };
            name(said.names).map(make).into_iter().collect()
        },
    },
    Form {
        heads: &[&["what", "can"], &["what", "may"]],
        takes: &["in", "on"],
        example: "what can ada do",
        missing: "the user is missing",
        make: |said| {
            let names = said.names.strip_suffix_word("do");
            name(names).map(|user| Command::WhatCan { user, place: said.place.clone() }).into_iter().collect()
        },
    },
    Form {
        heads: &[&["why", "can"], &["why", "may"], &["can"], &["may"]],
        takes: &["in", "on"],
        example: "can ada invoices:approve",
        missing: "it takes a user and a permission",
        make: |said| {
            let mut read = pairs(said.names);
            // A permission has a colon, and no space.
            read.sort_by_key(|(_, permission)| !permission.contains(':') || permission.contains(' '));
            let make = |(user, permission)| Command::Can { user, permission, place: said.place.clone() };
            read.into_iter().map(make).collect()
        },
    },
    Form {
        heads: &[&["give"], &["assign"]],
        takes: &["in", "until", "because"],
        example: "give bob approver",
        missing: "it takes a user and a role",
        make: |said| {
            let read = match around(said.names, "to") {
                Some((role, user)) => name(user).zip(name(role)).into_iter().collect(),
                None => pairs(said.names),
            };
            let make = |(user, role)| Command::Give {
                user,
                role,
                scope: said.place.scope.clone(),
                until: said.until,
                reason: said.reason.clone(),
            };
            read.into_iter().map(make).collect()
        },
    },
    Form {
        heads: &[&["take"], &["revoke"]],
        takes: &["because"],
        example: "take approver from bob",
        missing: "it takes a role and from whom",
        make: |said| {
            let Some((role, users)) = around(said.names, "from") else { return vec![] };
            let from = match users {
                [word] if ["all", "everybody", "everyone"].iter().any(|all| word.is(all)) => Some(Holders::All),
                users => list(users).map(Holders::These),
            };
            let make = |(role, from)| Command::Take { role, from, reason: said.reason.clone() };
            name(role).zip(from).map(make).into_iter().collect()
        },
    },
    Form {
        heads: &[&["disable"]],
        takes: &["because"],
        example: "disable bob",
        missing: "the user is missing",
        make: |said| one_user(said, |user, reason| Command::Disable { user, reason }),
    },
    Form {
        heads: &[&["enable"]],
        takes: &[],
        example: "enable bob",
        missing: "the user is missing",
        make: |said| one_user(said, |user, _| Command::Enable { user }),
    },
    Form {
        heads: &[&["end", "sessions", "of"], &["end", "sessions"], &["end", "all", "sessions", "of"], &["sign", "out"]],
        takes: &[],
        example: "end sessions of bob",
        missing: "the user is missing",
        make: |said| one_user(said, |user, _| Command::EndSessions { user }),
    },
    Form {
        heads: &[
            &["reset", "second", "factor", "of"],
            &["reset", "second", "factors", "of"],
            &["reset", "second", "factor"],
            &["reset", "2fa", "of"],
            &["reset", "2fa"],
        ],
        takes: &["because"],
        example: "reset second factor of bob",
        missing: "the user is missing",
        make: |said| one_user(said, |user, reason| Command::ResetFactors { user, reason }),
    },
    Form {
        heads: &[&["create", "user"], &["invite"]],
        takes: &[],
        example: "create user",
        missing: "it takes no name: that is asked on the next page",
        make: |said| if said.names.is_empty() { vec![Command::CreateUser] } else { vec![] },
    },
    Form {
        heads: &[&["create", "role"], &["create", "group"]],
        takes: &[],
        example: "create role auditor with invoices:read",
        missing: "the name of the role is missing, or its permissions after “with”",
        make: |said| {
            let (called, permissions) = match around(said.names, "with") {
                Some((called, permissions)) => (called, list(permissions)),
                None => (said.names, Some(vec![])),
            };
            let make =
                |(name, permissions)| Command::CreateRole { name, group: said.head.contains(&"group"), permissions };
            name(called).zip(permissions).map(make).into_iter().collect()
        },
    },
    Form {
        heads: &[&["who", "changed"], &["history", "of"], &["history"]],
        takes: &["since"],
        example: "who changed bob since last week",
        missing: "the user is missing",
        make: |said| one_user(said, |user, _| Command::History { user, since: said.since }),
    },
    Form {
        heads: &[&["compare"]],
        takes: &[],
        example: "compare ada bob",
        missing: "it takes two users",
        make: |said| {
            let split = ["with", "and", ","].iter().find_map(|word| around(said.names, word));
            let read = match split {
                Some((one, other)) => name(one).zip(name(other)).into_iter().collect(),
                None => pairs(said.names),
            };
            read.into_iter().map(|(one, other)| Command::Compare { one, other }).collect()
        },
    },
];

fn one_user(said: &Said<'_>, make: impl Fn(String, String) -> Command) -> Vec<Command> {
    name(said.names).map(|user| make(user, said.reason.clone())).into_iter().collect()
}

trait Words {
    fn strip_suffix_word(&self, word: &str) -> &[Token];
}

impl Words for [Token] {
    fn strip_suffix_word(&self, word: &str) -> &[Token] {
        match self.split_last() {
            Some((last, rest)) if last.is(word) => rest,
            _ => self,
        }
    }
}

/// Reads what was typed; `now`: for `today` and the like. Every text has an answer.
pub fn read(text: &str, now: Time) -> Read {
    let text = text.trim().trim_end_matches(|c: char| c == '?' || c.is_whitespace());
    let words: Vec<Token> = tokens(text).into_iter().take(WORDS_MAX).collect();
    let begins =
        |head: &&&[&str]| words.len() >= head.len() && head.iter().zip(&words).all(|(word, token)| token.is(word));
    let Some((form, head)) = FORMS.iter().find_map(|form| Some((form, form.heads.iter().find(begins)?))) else {
        return Read::NoCommand;
    };
    let rest = words.get(head.len()..).unwrap_or_default();
    let said = clauses(text, rest, now).and_then(|said| {
        match said.clauses.iter().find(|clause| !form.takes.contains(clause)) {
            Some(clause) => Err(format!("“{clause}” does not go with it")),
            None => Ok(Said { head, ..said }),
        }
    });
    let missing = match said {
        Ok(said) => {
            let readings = (form.make)(&said);
            if !readings.is_empty() {
                return Read::Readings(readings);
            }
            form.missing.to_owned()
        }
        Err(missing) => missing,
    };
    let understood = words.last().and_then(|last| text.get(..last.ends)).unwrap_or(text).to_owned();
    Read::Unfinished(Unfinished { understood, missing, example: form.example })
}
