//! The program without HTTP.

mod checks;
mod escalation;
mod foreign_hashes;
mod hasher;
mod history;
mod oracle;
