//! What the words mean. No I/O, no clock, no randomness: they come in as arguments.

pub mod audit;
pub mod audit_mark;
pub mod bars;
pub mod bulk;
pub mod command;
pub mod condition;
pub mod constraint;
pub mod csv;
pub mod error;
pub mod factor;
pub mod foreign_hash;
pub mod job;
pub mod keys;
pub mod link;
pub mod login;
pub mod mail;
pub mod matrix;
pub mod page;
pub mod password;
pub mod permission;
pub mod policy;
pub mod preview;
pub mod role;
pub mod scope;
pub mod search;
pub mod session;
pub mod sign_in_rules;
pub mod sign_up;
pub mod text;
pub mod throttle;
pub mod time;
pub mod timeline;
pub mod undo;
pub mod user;

pub use error::{Error, FieldErrors, Result};
pub use time::Time;
