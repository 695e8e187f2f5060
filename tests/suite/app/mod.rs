//! The program without HTTP.

mod checks;
mod escalation;
mod hasher;
mod history;
mod oracle;
