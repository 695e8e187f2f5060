//! `rolecall users`.

use super::{report, start};
use crate::{
    app::{Actor, import::ForeignUser},
    config::Config,
    domain::{Error, FieldErrors, user::Profile},
};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make users who had accounts in another system, with the passwords that they have there. All of them, or none.
    ///
    /// A line of the file is a JSON object: username, email, first_name, and optionally last_name, email_verified, and
    /// password_hash as Werkzeug or Django made it, or a bcrypt or Argon2 hash.
    Import { file: PathBuf },
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    username: String,
    email: String,
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    password_hash: String,
    #[serde(default)]
    email_verified: bool,
}

pub fn run(config: Config, command: Command) -> Result<()> {
    let Command::Import { file } = command;
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    // Blank lines are no users, and errors name the line that the editor shows.
    let (mut numbers, mut users, mut mistakes) = (vec![], vec![], vec![]);
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match parse(line) {
            Ok(user) => {
                numbers.push(index + 1);
                users.push(user);
            }
            Err(problems) => {
                mistakes.extend(problems.into_iter().map(|problem| format!("line {}: {problem}", index + 1)))
            }
        }
    }
    if !mistakes.is_empty() {
        bail!("nobody was imported\n{}", mistakes.join("\n"));
    }
    let app = start::open(config, start::clock())?;
    match app.import_users(&Actor::operator(), &users) {
        Ok(change) if change.value == 1 => println!("1 user was imported."),
        Ok(change) => println!("{} users were imported.", change.value),
        Err(Error::Taken(fields)) => bail!("nobody was imported\n{}", places(&fields, &numbers).join("\n")),
        Err(error) => return Err(report(error)),
    }
    Ok(())
}

fn parse(line: &str) -> Result<ForeignUser, Vec<String>> {
    let line: Line = serde_json::from_str(line).map_err(|error| vec![error.to_string()])?;
    let profile = Profile::parse(&line.first_name, &line.last_name, &line.username, &line.email);
    ForeignUser::parse(profile, &line.password_hash, line.email_verified)
        .map_err(|errors| errors.iter().map(|(field, message)| format!("{field}: {message}")).collect())
}

/// `users[2].email` as the line of the file.
fn places(fields: &FieldErrors, numbers: &[usize]) -> Vec<String> {
    let place = |field: &str| {
        let (place, field) = field.strip_prefix("users[")?.split_once("].")?;
        Some((*numbers.get(place.parse::<usize>().ok()?)?, field.to_owned()))
    };
    fields
        .iter()
        .map(|(field, message)| match place(field) {
            Some((line, field)) => format!("line {line}: {field}: {message}"),
            None => message.to_owned(),
        })
        .collect()
}
