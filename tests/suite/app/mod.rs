//! The program without HTTP.

mod checks;
mod disabling;
mod escalation;
mod foreign_hashes;
mod hasher;
mod history;
mod oracle;
