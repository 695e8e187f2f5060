//! The command line: parse → call one App method → print.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

pub mod admin;
pub mod audit;
pub mod demo;
pub mod healthcheck;
pub mod serve;
pub mod start;
pub mod users;

use crate::{config::Config, domain::Error};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Rolecall: who may do what, and why.
///
/// Configured by environment variables or a file .env in the working directory; the README lists them.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and the API (the default).
    Serve,
    /// Bring the database's schema up to date and end.
    Migrate,
    /// Manage admins from the machine.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Manage users from the machine.
    #[command(subcommand)]
    Users(users::Command),
    /// Verify the audit log, or take it away as a file.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Serve a throw-away database with a made-up company, to look around.
    Demo(demo::Options),
    /// Ask the running server at LISTEN whether it can answer; for containers.
    Healthcheck,
}

/// Runs the command. 0: done; 1: it could not be done, and why stands on the error output.
pub fn run(args: Args) -> ExitCode {
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(mistakes) => {
            eprintln!("Rolecall cannot start with this configuration:");
            for mistake in mistakes {
                eprintln!("  {mistake}");
            }
            return ExitCode::FAILURE;
        }
    };
    let done = match args.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config),
        Command::Migrate => start::migrate(&config).map(|done| match done.as_slice() {
            [] => println!("The database is up to date."),
            names => println!("Migrated: {}", names.join(", ")),
        }),
        Command::Admin(command) => admin::run(config, command),
        Command::Users(command) => users::run(config, command),
        Command::Audit(command) => audit::run(config, command),
        Command::Demo(options) => demo::run(config, options),
        Command::Healthcheck => healthcheck::run(&config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// On the machine the cause may be told.
fn report(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) | Error::Unavailable(cause) => cause,
        other => anyhow::anyhow!(other.to_string()),
    }
}
