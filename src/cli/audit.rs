//! `rolecall audit`.

use super::{report, start};
use crate::{
    app::{Actor, App, audit::Filter, audit_chain::Verified},
    config::Config,
    domain::{audit::Format, page::ListQuery, text::thousands},
};
use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use std::{
    fs::File,
    io::{BufReader, IsTerminal, Write, stderr, stdout},
    path::PathBuf,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check that the audit log is what was written: every event, its end, and that the database was not set back. Ends with 1
    /// if it is not.
    Verify {
        /// Check a file that `rolecall audit export --format jsonl` wrote, instead of the database.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Write the audit log, the oldest event first.
    Export {
        #[arg(long, value_enum, default_value = "jsonl")]
        format: Kind,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    Csv,
    Jsonl,
}

pub fn run(config: Config, command: Command) -> Result<()> {
    let app = start::open(config, start::clock())?;
    let operator = Actor::operator();
    match command {
        Command::Verify { file: None } => {
            let shown = stderr().is_terminal();
            let tell = |done: i64, of: i64| {
                if shown {
                    eprint!("\r{} of {} events ({} %) ", thousands(done), thousands(of), done * 100 / of.max(1));
                }
            };
            let verified = app.verify_audit_telling(&operator, tell).map_err(report)?;
            if shown {
                eprintln!();
            }
            if verified.found.is_none() {
                keep_head(&app)?;
            }
            told(&verified)
        }
        Command::Verify { file: Some(path) } => {
            let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            told(&app.verify_export(&operator, BufReader::new(file)).map_err(report)?)
        }
        Command::Export { format } => {
            let format = match format {
                Kind::Csv => Format::Csv,
                Kind::Jsonl => Format::Jsonl,
            };
            let nothing = (ListQuery::default(), Filter::default());
            let export = app.export_audit(&operator, &nothing.0, &nothing.1, format).map_err(report)?;
            let mut out = std::io::BufWriter::new(stdout().lock());
            app.write_export(export, &mut out).map_err(report)?;
            Ok(out.flush()?)
        }
    }
}

fn keep_head(app: &App) -> Result<()> {
    app.keep_audit_head().map(drop).map_err(report)
}

fn told(verified: &Verified) -> Result<()> {
    let events = thousands(verified.events);
    match &verified.found {
        None => {
            println!("The chain holds: all {events} events are as they were written.");
            Ok(())
        }
        Some(finding) => bail!("the audit log is not what was written. {finding} The {events} events before hold."),
    }
}
