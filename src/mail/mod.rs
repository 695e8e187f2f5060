//! The way out: what mails say, and how they are sent.

pub mod messages;
pub mod smtp;
