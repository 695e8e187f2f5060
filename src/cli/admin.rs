//! `rolecall admin`.

use super::{report, start};
use crate::{app::signup::SignUp, config::Config};
use anyhow::{Result, bail};
use clap::Subcommand;
use std::io::Read;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user who holds the role admin; works while the server runs.
    Create {
        #[arg(long)]
        username: String,
        #[arg(long)]
        email: String,
        /// Default: the username.
        #[arg(long, default_value = "")]
        first_name: String,
        #[arg(long, default_value = "")]
        last_name: String,
        /// Read the password from the standard input (never from an argument, which others on the machine could see).
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

pub fn run(config: Config, command: Command) -> Result<()> {
    let Command::Create { username, email, first_name, last_name, .. } = command;
    let mut password = String::new();
    std::io::stdin().take(4096).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let first_name = if first_name.is_empty() { username.clone() } else { first_name };
    let app = start::open(config, start::clock())?;
    match app.create_admin(&SignUp { first_name, last_name, username, email, password }) {
        Ok(user) => println!("{} is an admin now. Sign in at {}", user.username, app.config.web.address("/login")),
        Err(error) => match error.fields() {
            Some(fields) => bail!(
                "{}",
                fields
                    .iter()
                    .map(|(field, message)| format!("{field}: {message}"))
                    .collect::<Vec<_>>()
                    .join("\n       ")
            ),
            None => return Err(report(error)),
        },
    }
    Ok(())
}
