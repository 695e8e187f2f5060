//! The program without HTTP.

mod audit_chain;
mod bulk;
mod checks;
mod common_passwords;
mod disabling;
mod escalation;
mod foreign_hashes;
mod hasher;
mod history;
mod jobs;
mod oracle;
mod timelines;
mod token_warnings;
mod undo;
