//! Very many made-up users with roles and a past, for `rolecall demo --users` and for benches: written in bulk past the rules
//! that hold for each single act, and so that it could all have come about by such acts.

mod past;
mod people;
mod roles;

use super::{App, entropy::Rng};
use crate::{
    db::{self, crowd::Row},
    domain::{Error, Result, Time},
};

/// Names that go together: as they are written, and in plain letters.
#[derive(Debug, Clone)]
pub struct Names {
    pub first: Vec<(String, String)>,
    pub last: Vec<(String, String)>,
}

/// What is made up; the same for the same seed.
#[derive(Debug, Clone)]
pub struct Crowd {
    pub users: i64,
    pub seed: u64,
    /// Countries; the first ones are the most frequent.
    pub names: Vec<Names>,
    /// What everybody's password hashes to, as far as he has one.
    pub password_hash: String,
}

/// Seconds of the past that is made up: three years.
const PAST: i64 = 3 * 365 * 24 * 3600;
/// Rows that are written in one transaction.
const CHUNK: i64 = 10_000;

/// How far it is: what is done, how much of it, of how much.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, i64, i64);

/// A draw that depends on nothing but the seed and what it is for, so that whoever asks later gets the same.
#[derive(Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn of(seed: u64, what: u64, number: i64) -> Self {
        let mut dice = Self(seed ^ what.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.unsigned_abs().rotate_left(24));
        dice.next();
        dice
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to below `end`.
    fn below(&mut self, end: i64) -> i64 {
        ((self.fraction() * end as f64) as i64).clamp(0, (end - 1).max(0))
    }

    /// As [`Self::below`], the first ones the likelier: the n-th comes up about 1/n as often as the first (Zipf).
    fn zipf(&mut self, end: i64) -> i64 {
        ((end.max(1) as f64 + 1.0).powf(self.fraction()) as i64 - 1).clamp(0, (end - 1).max(0))
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

/// Where the made-up rows begin and end: ids above those that are there.
struct Plan<'a> {
    crowd: &'a Crowd,
    /// The first id, and how many.
    user: i64,
    role: i64,
    roles: i64,
    permission: i64,
    permissions: i64,
    now: Time,
    begin: Time,
}

impl Plan<'_> {
    /// When the user of this number came.
    fn came(&self, number: i64) -> Time {
        self.begin.plus_seconds((PAST - 3600) * number / self.crowd.users.max(1))
    }
}

impl App {
    /// Whether nobody is here yet.
    pub fn is_unused(&self) -> Result<bool> {
        Ok(self.read(db::users::anybody)?.is_none())
    }

    /// The hash of a password, for a [`Crowd`].
    pub fn demo_hash(&self, password: &str) -> Result<String> {
        self.hash_password("password", password, &[], None)
    }

    /// Writes the crowd into a database where nobody but the first admin is; whoever remembers rows of it (this `App` too)
    /// must be opened anew.
    pub fn populate(&self, crowd: &Crowd, progress: Progress<'_>) -> Result<()> {
        let rng = Rng::seeded(crowd.seed);
        let now = self.now();
        let (users, roles, permissions) =
            self.read(|conn| Ok((db::users::count(conn)?, db::roles::count(conn)?, db::permissions::count(conn)?)))?;
        if users > 1 || crowd.users < 100 {
            return Err(Error::Malformed("A crowd has at least 100 users and comes into an empty database.".into()));
        }
        let plan = Plan {
            crowd,
            user: users + 1,
            role: roles + 1,
            roles: (crowd.users / 100).max(20),
            permission: permissions + 1,
            permissions: (crowd.users / 10).max(100),
            now,
            begin: now.minus_seconds(PAST),
        };
        let aside = self.db.write(db::crowd::begin)?;
        self.in_chunks("roles", plan.roles, progress, |from, to| roles::rows(&plan, from, to))?;
        self.in_chunks("permissions", plan.permissions, progress, |from, to| roles::permissions(&plan, from, to))?;
        self.in_chunks("users", crowd.users, progress, |from, to| people::rows(&plan, from, to))?;
        self.in_chunks("assignments", crowd.users, progress, |from, to| people::assignments(&plan, from, to))?;
        self.write_past(&plan, &rng, progress)?;
        let steps = i64::try_from(aside.steps()).unwrap_or(0) + 1;
        for step in 0..aside.steps() {
            progress("indexes", i64::try_from(step).unwrap_or(0), steps);
            self.db.write(|conn| aside.step(conn, step))?;
        }
        progress("indexes", steps - 1, steps);
        self.db.write(db::crowd::end)?;
        progress("indexes", steps, steps);
        Ok(())
    }

    /// Writes the rows of a number of things, so many at a time.
    fn in_chunks(
        &self,
        what: &'static str,
        all: i64,
        progress: &mut dyn FnMut(&'static str, i64, i64),
        rows: impl Fn(i64, i64) -> Vec<Rows>,
    ) -> Result<()> {
        let mut from = 0;
        while from < all {
            let to = (from + CHUNK).min(all);
            let tables = rows(from, to);
            self.db.write(|conn| {
                for Rows { table, columns, rows } in tables {
                    db::crowd::insert(conn, table, columns, rows)?;
                }
                Ok(())
            })?;
            progress(what, to, all);
            from = to;
        }
        Ok(())
    }
}

/// Rows of one table.
struct Rows {
    table: &'static str,
    columns: &'static str,
    rows: Vec<Row>,
}

/// The values of a row, each into what a statement takes.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$(crate::db::crowd::Piece::from($value)),*] };
}
use row;
