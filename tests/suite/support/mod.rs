//! The harness. `Site` is a running Rolecall on a fresh database with a clock that the test sets; `Browser` and `Program`
//! are its clients. Three people: ada is admin, bob is a member, eve is nobody.

mod client;
mod cluster;
mod database;
mod rights;
mod site;
mod statements;

pub use client::{Answer, Browser, Program, at_once};
pub use cluster::Cluster;
pub use database::{Database, ca, postgres_url};
pub use rights::{give, role};
pub use site::{Mailed, Site, config, password};
pub use statements::{listen, statements};
