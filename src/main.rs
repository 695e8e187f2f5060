//! Arguments → configuration → command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    rolecall::cli::run(rolecall::cli::Args::parse())
}
