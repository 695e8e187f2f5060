//! All tests in one binary; the folders mirror `src`. `support` has the harness: a real server on a database of its own.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests read the environment")]

mod app;
mod cli;
mod config;
mod db;
mod docs;
mod house;
mod mail;
mod support;
mod web;
