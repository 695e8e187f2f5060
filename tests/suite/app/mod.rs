//! The program without HTTP.

mod escalation;
mod hasher;
mod history;
mod oracle;
