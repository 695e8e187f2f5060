//! `rolecall demo --users N`: a database with very many people, to see that nothing is slow.

use super::{
    PASSWORD, company,
    names::{COUNTRIES, ascii},
    story::address,
};
use crate::{
    app::{
        App,
        crowd::{Crowd, Names},
        signup::SignUp,
    },
    cli::{report, start},
    config::Config,
};
use anyhow::{Result, bail, ensure};
use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// Makes the first admin and the crowd in the configured database, which must be empty.
pub fn fill(config: &Config, users: i64, progress: &mut dyn FnMut(&'static str, i64, i64)) -> Result<()> {
    ensure!(users >= 100, "A crowd has at least 100 users.");
    let app = start::open(config.clone(), start::clock())?;
    if !app.is_unused().map_err(report)? {
        bail!("This database has users already: a crowd only comes into an empty one.");
    }
    fill_app(&app, users, progress)
}

/// As [`fill`], into an App that nobody uses yet.
pub fn fill_app(app: &App, users: i64, progress: &mut dyn FnMut(&'static str, i64, i64)) -> Result<()> {
    app.create_admin(&SignUp {
        first_name: "Ada".into(),
        last_name: "Lindgren".into(),
        username: company::ADMIN.into(),
        email: address(company::ADMIN),
        password: PASSWORD.into(),
    })
    .map_err(report)?;
    let crowd =
        Crowd { users, seed: company::SEED, names: names(), password_hash: app.demo_hash(PASSWORD).map_err(report)? };
    app.populate(&crowd, progress).map_err(report)
}

fn names() -> Vec<Names> {
    let both = |names: &str| {
        names.split(' ').map(|name| (name.replace('-', " "), ascii(&name.replace('-', "")))).collect::<Vec<_>>()
    };
    COUNTRIES.iter().map(|(first, last)| Names { first: both(first), last: both(last) }).collect()
}

/// Shows how far it is: a bar in a terminal, else a line now and then.
pub struct Bar {
    terminal: bool,
    what: &'static str,
    shown: Instant,
}

/// Cells of the bar.
const WIDTH: i64 = 30;

impl Bar {
    pub fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), what: "", shown: Instant::now() }
    }

    pub fn show(&mut self, what: &'static str, done: i64, all: i64) {
        let (ends, begins) = (done >= all, what != self.what);
        let pause = if self.terminal { Duration::from_millis(100) } else { Duration::from_secs(10) };
        if !ends && !begins && self.shown.elapsed() < pause {
            return;
        }
        (self.what, self.shown) = (what, Instant::now());
        let line = line(what, done, all);
        if self.terminal {
            print!("\r{line}{}", if ends { "\n" } else { "" });
            let _ = std::io::stdout().flush();
        } else if ends || !begins {
            println!("{line}");
        }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

/// `users         [########……] 270,000 of 1,000,000`.
fn line(what: &str, done: i64, all: i64) -> String {
    let full = usize::try_from(WIDTH * done / all.max(1)).unwrap_or(0);
    let empty = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(full);
    let of = crate::domain::text::thousands;
    format!("{what:<13} [{}{}] {} of {}", "#".repeat(full), ".".repeat(empty), of(done), of(all))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_bar_is_full_at_the_end_only() {
        assert_eq!(line("users", 0, 2000), format!("users         [{}] 0 of 2,000", ".".repeat(30)));
        assert_eq!(
            line("users", 1000, 2000),
            format!("users         [{}{}] 1,000 of 2,000", "#".repeat(15), ".".repeat(15))
        );
        assert_eq!(line("users", 2000, 2000), format!("users         [{}] 2,000 of 2,000", "#".repeat(30)));
    }
}
