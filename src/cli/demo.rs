//! `rolecall demo`: a throw-away database with a made-up company.

mod clock;
pub mod company;
pub mod crowd;
mod history;
mod names;
mod rights;
mod story;

use super::{serve, start};
use crate::{app::App, config::Config, db::Target, domain::session::Limits};
use anyhow::{Context, Result};
use clap::Args;
pub use clock::HandClock;
use std::{path::Path, sync::Arc, time::Instant};

/// The password of everybody who can sign in: it is printed, and guards nothing.
pub const PASSWORD: &str = "northern-lights";

#[derive(Debug, Default, Args)]
pub struct Options {
    /// Instead of the company, so many made-up users with roles and a past: in the database of `DATABASE_URL`, if that is set
    /// and empty, else in a throw-away one.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(100..=10_000_000))]
    users: Option<i64>,
    /// Fill the database of `DATABASE_URL` and end.
    #[arg(long, requires = "users")]
    fill_only: bool,
}

pub fn run(config: Config, options: Options) -> Result<()> {
    match options.users {
        Some(users) => crowded(config, users, options.fill_only),
        None => company(config),
    }
}

/// Very many people. A database that was named is kept, and served with its own settings.
fn crowded(mut config: Config, users: i64, fill_only: bool) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("rolecall-demo-").tempdir().context("no folder for the demo")?;
    let named = config.database != Target::Sqlite(config.data_dir.join("rolecall.db"));
    anyhow::ensure!(named || !fill_only, "--fill-only fills the database that DATABASE_URL names; set it.");
    if !named {
        throw_away(&mut config, folder.path());
    }
    start::log(&config);
    let began = Instant::now();
    let mut bar = crowd::Bar::new();
    crowd::fill(&config, users, &mut |what, done, all| bar.show(what, done, all))?;
    if fill_only {
        println!(
            "Filled in {:.0} s. {} may do everything; everybody's password is {PASSWORD}.",
            began.elapsed().as_secs_f64(),
            company::ADMIN
        );
        return Ok(());
    }
    let listener = serve::listen(&mut config)?;
    let app = Arc::new(start::open(config, start::clock())?);
    println!("Ready after {:.0} s. Sign in at {}\n", began.elapsed().as_secs_f64(), app.config.web.address("/login"));
    println!(
        "  {:<6} {PASSWORD}   may do everything; the others have the same password\n\nCtrl-C ends it.",
        company::ADMIN
    );
    serve::serve(app, listener)
}

/// Nothing of the configured database, data folder, key or mail server is touched; only the address is kept.
fn company(mut config: Config) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("rolecall-demo-").tempdir().context("no folder for the demo")?;
    throw_away(&mut config, folder.path());
    start::log(&config);
    let listener = serve::listen(&mut config)?;
    println!("Making up a company …");
    let began = Instant::now();
    let real = start::clock();
    let (end, clock) = (real(), HandClock::default());
    clock.set(company::first_day(end));
    let app = Arc::new(start::open(config, clock.clock(real))?);
    company::fill(&app, &clock, company::SEED, end)?;
    introduce(&app, began);
    serve::serve(app, listener)
}

/// Everything that is kept goes into `folder`; nothing is mailed.
fn throw_away(config: &mut Config, folder: &Path) {
    config.database = Target::Sqlite(folder.join("demo.db"));
    config.data_dir = folder.to_owned();
    config.secret_key = None;
    config.smtp = None;
    // Dozens of people sign in before the demo begins; their hashes guard nothing.
    config.sign_in.bcrypt_cost = 4;
    config.sign_in.require_verified_email = false;
    // Those who signed in this morning stay for the day.
    config.sign_in.limits = Limits { idle: 8 * 3600, absolute: 24 * 3600 };
    // The mails of the made-up past would flood the log; they are all in the panel.
    config.log.filter.push_str(",rolecall::app::mails=off");
}

fn introduce(app: &App, began: Instant) {
    println!(
        "\nThis is a throw-away demo: nothing is kept, and no mail is sent; all of them are under Mail in the panel."
    );
    println!("Ready after {:.1} s. Sign in at {}\n", began.elapsed().as_secs_f64(), app.config.web.address("/login"));
    for (name, about) in
        [(company::ADMIN, "may do everything"), (company::MEMBER, "a developer without any right in Rolecall")]
    {
        println!("  {name:<6} {PASSWORD}   {about}");
    }
    println!("\nCtrl-C ends it.");
}
