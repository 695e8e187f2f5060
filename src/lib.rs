//! Rolecall: who may do what, and why.
//!
//! Layers are folders, nouns are files; imports point down only:
//!
//! ```text
//! main → cli, web → app → db, mail → domain
//! ```
//!
//! - [`domain`]: what the words mean; no I/O
//! - [`db`]: all the SQL
//! - [`mail`]: the way out
//! - [`app`]: the program without HTTP, a method per intention
//! - [`web`]: HTTP pages and JSON
//! - [`cli`]: the command line
//! - [`config`]: what the environment says

pub mod app;
pub mod cli;
pub mod config;
pub mod db;
pub mod domain;
pub mod mail;
pub mod schema;
pub mod web;
